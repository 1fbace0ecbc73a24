"""Results as JSON for programs: every round, the machine, the bars and what came of them."""

from __future__ import annotations

import dataclasses
import os
import platform
import sqlite3
import subprocess
from collections.abc import Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

import orjson

from benchmarks.log import repository
from benchmarks.measure import Settings
from benchmarks.result import Measured, Result

form = 1
_packages = ("retold", "sqlalchemy", "aiosqlite", "orjson", "asyncpg")


def write_report(
    path: Path, results: Sequence[Result], settings: Settings, *, begun: datetime, seconds: float
) -> None:
    """Write a run's results to a file.

    Args:
        path: of the file; it is replaced.
        results: of the run.
        settings: how it was measured.
        begun: when the run began, UTC.
        seconds: how long it took.
    """
    found = {
        "format": form,
        "begun": begun,
        "seconds": round(seconds, 1),
        "settings": dataclasses.asdict(settings),
        "machine": machine(),
        "results": [result_as_json(result) for result in results],
    }
    path.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2) + b"\n")


def machine() -> dict[str, Any]:
    """Return what the figures depend on."""
    return {
        "cores": os.cpu_count(),
        "load": list(os.getloadavg()),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "commit": _commit(),
        "packages": {name: _version(name) for name in _packages},
    }


def result_as_json(result: Result) -> dict[str, Any]:
    """Return a result with all that follows from it."""
    found: dict[str, Any] = {"verdict": result.verdict, **dataclasses.asdict(result)}
    if isinstance(result, Measured):
        compared = result.compared
        found["median"] = median(result.rounds)
        found["ratio"] = None
        if result.reference is not None:
            found["reference"]["median"] = median(result.reference.rounds)
            found["ratio"] = {
                "rounds": compared,
                "median": median(compared),
                "min": min(compared),
                "max": max(compared),
            }
    return found


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """Return the commit of this checkout, with a plus when files differ from it."""
    try:
        commit = _git("rev-parse", "HEAD").strip()
        changed = _git("status", "--porcelain", "--untracked-files=no").strip()
    except (OSError, subprocess.CalledProcessError):
        return None
    return commit + ("+" if changed else "")


def _git(*arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments],  # noqa: S607 - whichever git there is
        cwd=repository,
        check=True,
        capture_output=True,
        text=True,
    ).stdout

"""Running ``retold`` in this process and in one of its own."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from retold.cli.main import app
from retold.domain.event import NewEvent
from retold.domain.recording import conversation_stream
from retold.store import open_store
from retold.store.append import ExpectedVersion
from tests.forking import run

repository = Path(__file__).parents[2]


def retold(*arguments: str, url: str | None = None) -> Result:
    """Run the command in this process; its log is ``url``, given by ``RETOLD_URL``."""
    runner = CliRunner(env={"RETOLD_URL": url, "RETOLD_TENANT": None})
    result = runner.invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def printed(*arguments: str, url: str | None = None) -> Any:
    """Run the command, which must succeed, and return the JSON it prints."""
    result = retold(*arguments, "-o", "json", url=url)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def csv_rows(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV text by column."""
    return list(csv.DictReader(io.StringIO(text)))


def process(
    *arguments: str, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, its output piped."""
    return run(
        *("-m", "retold", *arguments),
        cwd=cwd,
        env={
            **{name: value for name, value in os.environ.items() if name != "RETOLD_URL"},
            **environment,
        },
    )


def record(url: str, session: str, news: Sequence[NewEvent], *, tenant: str = "default") -> None:
    """Append a conversation to a log, which is made when there is none."""

    async def append() -> None:
        async with await open_store(url, tenant=tenant) as store:
            await store.append(
                conversation_stream(session), news, expected_version=ExpectedVersion.NO_STREAM
            )

    asyncio.run(append())

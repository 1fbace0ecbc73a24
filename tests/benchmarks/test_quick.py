"""The benchmarks run, and say what they found: a table for people, JSON for programs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

root = Path(__file__).parents[2]


def run(*arguments: str | Path, temporary: Path) -> subprocess.CompletedProcess[str]:
    """Run ``python -m benchmarks``, with its scratch files below ``temporary``."""
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *map(str, arguments)],
        cwd=root,
        env={**os.environ, "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the run below makes its files."""
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="module")
def quick(
    scratch: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """A quick run of two benchmarks: the process, and the report it wrote."""
    report = tmp_path_factory.mktemp("report") / "bench.json"
    done = run("append", "reading", "--quick", "--rounds", "2", "--json", report, temporary=scratch)
    assert done.returncode == 0, done.stderr
    return done, json.loads(report.read_bytes())


def test_every_result_has_a_line_in_the_table(
    quick: tuple[subprocess.CompletedProcess[str], dict[str, Any]],
) -> None:
    done, report = quick
    lines = done.stdout.splitlines()
    for result in report["results"]:
        found = [
            line
            for line in lines
            if line.startswith(f" {result['benchmark']} ") and f" {result['case']} " in line
        ]
        assert len(found) == 1, result["case"]
        assert found[0].rstrip().endswith(result["verdict"])


def test_the_report_holds_each_round_of_both_sides_and_their_ratios(
    quick: tuple[subprocess.CompletedProcess[str], dict[str, Any]],
) -> None:
    _, report = quick
    measured = [result for result in report["results"] if result["verdict"] != "not measured"]
    assert {result["benchmark"] for result in measured} == {"append", "reading"}
    for result in measured:
        ours, theirs = result["rounds"], result["reference"]["rounds"]
        assert len(ours) == len(theirs) == report["settings"]["rounds"] == 2
        assert min(*ours, *theirs) > 0
        ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
        assert result["ratio"]["rounds"] == pytest.approx(ratios)
        assert result["ratio"]["min"] <= result["ratio"]["median"] <= result["ratio"]["max"]


def test_the_report_names_the_bars_and_the_machine(
    quick: tuple[subprocess.CompletedProcess[str], dict[str, Any]],
) -> None:
    _, report = quick
    bars = {result["case"]: result.get("bar") for result in report["results"]}
    assert bars["full, 8 callers"]["at_least"] == 2.2
    assert bars["full, 8 callers"]["aim"] == 3.3
    assert bars["full, 8 callers, 99th percentile"]["at_most"] == 4.0
    assert report["machine"]["cores"] == os.cpu_count()
    assert report["machine"]["python"].startswith("3.")
    assert report["settings"]["quick"] is True


def test_nothing_is_left_behind(
    quick: tuple[subprocess.CompletedProcess[str], dict[str, Any]], scratch: Path
) -> None:
    assert quick[0].returncode == 0
    assert list(scratch.iterdir()) == []


def test_an_unknown_benchmark_is_refused_with_the_names_there_are(tmp_path: Path) -> None:
    done = run("apend", temporary=tmp_path)
    assert done.returncode == 2
    assert "'apend'" in done.stderr
    assert "append, batches" in done.stderr

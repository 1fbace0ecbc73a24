"""``retold worker`` works on what is queued until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import pytest

import retold
from tests.agents.orchestrator.worked_on import make
from tests.cli.commands import repository
from tests.cli.commands import retold as command

module = "tests.agents.orchestrator.worked_on"


async def test_it_runs_what_is_queued_and_stops_when_it_is_told_to(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    async with retold.open(url) as log:
        orchestrator = retold.AgentOrchestrator(log, "shared")
        await (await make(log)).define("w", [{"name": "one", "agent": "a", "task": "x"}])
        run = await orchestrator.queue("w")
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "retold", "worker", f"{module}:make"),
            *("--url", url, "--concurrency", "2", "--lease-seconds", "5"),
            cwd=repository,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            async with asyncio.timeout(90):
                result = await orchestrator.wait(run, work=False)
                process.send_signal(signal.SIGTERM)
                _, told = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        assert result.value == {"one": "done"}
        assert process.returncode == 0, told.decode()
        assert "of orchestrator 'shared' works" in told.decode()
        worker = (await orchestrator.status(run)).steps["one"].item(None).worker
        assert worker is not None
        assert f":{process.pid}:" in worker


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("nothing", "write it as MODULE:FUNCTION"),
        ("tests.no_such_module:make", "it cannot be imported"),
        (f"{module}:nothing", "it has no function 'nothing'"),
        (f"{module}:not_callable", "it has no function 'not_callable'"),
        (f"{module}:make_nothing", "it returned NoneType"),
    ],
)
def test_what_gives_no_orchestrator_is_wrong_usage(place: str, why: str, tmp_path: Path) -> None:
    result = command("worker", place, "--url", f"sqlite:///{tmp_path / 'log.db'}")
    assert result.exit_code == 2
    assert why in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    "option", ["--concurrency=0", "--lease-seconds=0", "--grace-seconds=-1", "--lease-seconds=nan"]
)
def test_numbers_out_of_range_are_wrong_usage(option: str) -> None:
    result = command("worker", f"{module}:make", option)
    assert result.exit_code == 2

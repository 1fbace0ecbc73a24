"""Processes that use one name on one log share one circuit, also when one of them is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

import pytest

import retold
from tests.agents.resilience.failing import circuit_events

repository = Path(__file__).parents[3]


class Process:
    """One of them, by the pipes it reads from and writes to."""

    def __init__(self, folder: Path) -> None:
        self.names = [str(folder / name) for name in ("in", "out")]
        for name in self.names:
            os.mkfifo(name)
        self._in: TextIO | None = None
        self._out: TextIO | None = None
        self.pid = 0

    def connect(self) -> None:
        """Open the pipes, once it is to do the same, and wait until it is ready."""
        # Open until it is closed.
        self._in = Path(self.names[0]).open("w", encoding="utf-8")  # noqa: SIM115
        self._out = Path(self.names[1]).open(encoding="utf-8")  # noqa: SIM115
        pid, ready = self._hear().split()
        assert ready == "ready"
        self.pid = int(pid)

    async def call(self, at: float, told: str) -> str:
        """Let it call at a time by its clock, and return what it says."""
        return await self.say(f"{at} {told}")

    async def say(self, line: str) -> str:
        """Write it a line, and return what it says."""
        return await asyncio.to_thread(self._say, line)

    def kill(self) -> None:
        """Kill it, with no chance to clean up."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let go of the pipes."""
        for pipe in (self._in, self._out):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _say(self, line: str) -> str:
        assert self._in is not None
        self._in.write(f"{line}\n")
        self._in.flush()
        return self._hear()

    def _hear(self) -> str:
        assert self._out is not None
        return self._out.readline().strip()


@pytest.fixture(scope="module")
def host() -> Iterator[subprocess.Popen[str]]:
    """What forks them."""
    command = [sys.executable, "-m", "tests.agents.resilience.circuit_process"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, cwd=repository) as process:
        yield process
        process.kill()


@contextmanager
def processes(
    host: subprocess.Popen[str], url: str, count: int, folder: Path
) -> Iterator[list[Process]]:
    """Run some; each is ready."""
    assert host.stdin is not None
    with ExitStack() as stack:
        started = []
        for number in range(count):
            own = folder / f"process-{number}"
            own.mkdir()
            process = Process(own)
            stack.callback(process.close)
            stack.callback(process.kill)
            host.stdin.write(f"{url} {' '.join(process.names)}\n")
            host.stdin.flush()
            process.connect()
            started.append(process)
        yield started


@pytest.mark.crash
async def test_processes_share_one_circuit_and_survive_each_other(
    host: subprocess.Popen[str], store_url: str, tmp_path: Path
) -> None:
    async with retold.open(store_url) as log:
        with processes(host, store_url, 2, tmp_path) as (one, two):
            # Failures are counted together, and an answer counts for both.
            assert await one.call(0, "fail") == "RateLimitError, called 1"
            assert await two.call(1, "answer") == "answered"
            assert await one.call(2, "fail") == "RateLimitError, called 1"
            assert await two.call(3, "fail") == "RateLimitError, called 1"
            assert await one.call(4, "fail") == "RateLimitError, called 1"
            # It was opened by one, and refuses both.
            assert await two.call(5, "answer") == "CircuitOpen, called 0"
            assert await one.call(33.9, "answer") == "CircuitOpen, called 0"
            # Half open, it lets one of them through.
            assert await one.call(34, "wait") == "waiting"
            assert await two.call(35, "answer") == "CircuitOpen, called 0"
            # Killed, that one is never heard of: its place is free again in time.
            one.kill()
            assert await two.call(93.9, "answer") == "CircuitOpen, called 0"
            assert await two.call(94, "fail") == "RateLimitError, called 1"
            assert await two.call(123.9, "answer") == "CircuitOpen, called 0"
            assert await two.call(124, "answer") == "answered"
            assert await two.call(125, "answer") == "answered"
        events = await circuit_events(log, "shared")
        report = await log.verify()
    assert [event.type.removeprefix("circuit.") for event in events] == [
        "call_failed",
        "recovered",
        "call_failed",
        "call_failed",
        "call_failed",
        "opened",
        "call_refused",
        "call_refused",
        "half_opened",
        "probe_started",
        "call_refused",
        "call_refused",
        "probe_started",
        "opened",
        "call_refused",
        "half_opened",
        "probe_started",
        "closed",
    ]
    assert report.ok


@pytest.mark.crash
async def test_processes_that_fail_at_once_count_every_failure_and_open_once(
    host: subprocess.Popen[str], store_url: str, tmp_path: Path
) -> None:
    async with retold.open(store_url) as log:
        with processes(host, store_url, 3, tmp_path) as several:
            said = await asyncio.gather(*(one.call(0, "wait") for one in several))
            assert said == ["waiting"] * 3
            said = await asyncio.gather(*(one.say("fail") for one in several))
            assert said == ["RateLimitError, called 1"] * 3
        events = await circuit_events(log, "shared")
    assert [event.type for event in events] == ["circuit.call_failed"] * 3 + ["circuit.opened"]
    assert [event.data["failures"] for event in events] == [1, 2, 3, 3]

"""Other processes that act in sessions, told what to do line by line."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

import retold
from tests.forking import Process

repository = Path(__file__).parents[2]


class OtherProcesses:
    """Runs other_process.py, which acts in a new process each time."""

    def __init__(self) -> None:
        """Start it."""
        self._acting = 0
        self._process = Process(
            *("-m", "tests.sessions.other_process"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=repository,
        )

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End it, whatever it is doing."""
        self._process.kill()
        self._process.communicate()

    async def act(self, url: str, session: str, action: str) -> dict[str, Any]:
        """Let a process act, and return what came of it, or where it stands still."""
        return await asyncio.to_thread(self._tell, json.dumps([url, session, action]))

    async def go_on(self) -> dict[str, Any]:
        """Let it go on from where it stands still, and return what came of it."""
        return await asyncio.to_thread(self._tell, "go on")

    async def kill(self) -> None:
        """Kill the one that stands still, with no chance to clean up."""
        os.kill(self._acting, signal.SIGKILL)
        assert await asyncio.to_thread(self._answer) == {"ended": -signal.SIGKILL}

    def _tell(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        answer = self._answer()
        assert "ended" not in answer, "the other process failed; its standard error says why"
        return answer

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        self._acting = answer.pop("process")
        return answer


async def lapse(log: retold.Log) -> None:
    """Let every lease of a log be over, as if its holders had not renewed it for long."""
    async with log.store.transaction() as connection:
        await connection.execute(sa.text("UPDATE leases SET expires_at = 0"))

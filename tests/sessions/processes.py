"""Another process that acts in sessions, told what to do line by line."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa

import retold

repository = Path(__file__).parents[2]


class OtherProcess:
    """Runs other_process.py; each thing it says is one JSON object."""

    def __init__(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.sessions.other_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
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
        """Let it act, and return what came of it, or where it stands still."""
        return await asyncio.to_thread(self._tell, json.dumps([url, session, action]))

    async def go_on(self) -> dict[str, Any]:
        """Let it go on from where it stands still, and return what came of it."""
        return await asyncio.to_thread(self._tell, "go on")

    def kill(self) -> None:
        """Kill it, with no chance to clean up."""
        self._process.send_signal(signal.SIGKILL)
        assert self._process.wait() == -signal.SIGKILL

    def _tell(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        assert said, "the other process ended; its standard error says why"
        answer: dict[str, Any] = json.loads(said)
        return answer


async def lapse(log: retold.Log) -> None:
    """Let every lease of a log be over, as if its holders had not renewed it for long."""
    async with log.store.transaction() as connection:
        await connection.execute(sa.text("UPDATE leases SET expires_at = 0"))

"""A process that starts others quickly: it has imported everything, and forks.

``python -m tests.store.fork_server`` reads orders from standard input, a JSON array a line, and
answers each with a line: ``["start", module, ...]`` forks a child that runs that module's ``main``
with the further values, and answers its process id; ``["wait", pid]`` answers how that one ended.
A module may have a ``prepare`` as well, which is run once before its first child: what it imports
and makes, its children have.
At the end of its input it kills what is left, so nothing outlives the tests.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NoReturn, Self

from retold.store import open_store

repository = Path(__file__).parents[2]
# Should even this process be killed, its children end by themselves.
longest_life_seconds = 900


class ForkServer:
    """The server as the tests use it; a context manager."""

    def __init__(self) -> None:
        """Store nothing yet; entering starts it."""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.fork_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=repository,
        )
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        self._process.communicate(timeout=30)

    def start(self, module: str, *arguments: object) -> Child:
        """Start a child; its output goes nowhere, its traceback to standard error.

        Args:
            module: name of a module whose ``main`` is a coroutine function.
            arguments: of ``main``.
        """
        return Child(self, self._ask("start", module, *arguments))

    def wait(self, pid: int) -> int:
        """Return how a child ended: its exit code, or the signal's number below zero."""
        return self._ask("wait", pid)

    def _ask(self, *order: object) -> int:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        return int(process.stdout.readline())


class Child:
    """A process of the server's; its id is its own until it is waited for."""

    def __init__(self, server: ForkServer, pid: int) -> None:
        """Store which."""
        self.pid = pid
        self._server = server
        self._ended: int | None = None

    def send(self, number: signal.Signals) -> None:
        """Send a signal, unless it has ended."""
        if self._ended is None:
            os.kill(self.pid, number)

    def wait(self) -> int:
        """Return how it ended."""
        if self._ended is None:
            self._ended = self._server.wait(self.pid)
        return self._ended

    def kill(self) -> None:
        """Kill it, and see that the signal was what ended it."""
        self.send(signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL, "it ended by itself; see standard error"


def _run(main: Callable[..., Coroutine[None, None, None]], arguments: list[object]) -> NoReturn:
    status = 1
    try:
        signal.alarm(longest_life_seconds)
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 1)
        asyncio.run(main(*arguments))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


async def _open_and_close() -> None:
    await (await open_store("sqlite:///:memory:")).close()


def _serve() -> None:
    children: set[int] = set()
    prepared: set[str] = set()
    # What is imported on first use is imported now.
    asyncio.run(_open_and_close())
    assert threading.active_count() == 1, "a thread does not live on in a child"
    for line in sys.stdin:
        order = json.loads(line)
        if order[0] == "start":
            # Imported here, so once.
            module = importlib.import_module(order[1])
            if order[1] not in prepared:
                prepared.add(order[1])
                if (prepare := getattr(module, "prepare", None)) is not None:
                    asyncio.run(prepare())
                    assert threading.active_count() == 1, "a thread does not live on in a child"
                gc.collect()
                gc.freeze()
            answer = os.fork()
            if not answer:
                _run(module.main, order[2:])
            children.add(answer)
        else:
            children.remove(order[1])
            answer = os.waitstatus_to_exitcode(os.waitpid(order[1], 0)[1])
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    for child in children:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


if __name__ == "__main__":
    _serve()

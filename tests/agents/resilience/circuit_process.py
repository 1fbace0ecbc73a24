"""Calls a model through a circuit, from processes of their own: ``python -m`` this module.

Each line it reads is a log's URL and the names of two pipes. A new process, forked from this one
so that it need not import anything, opens the log and writes its id and ``ready`` to the second.

Each line that process then reads from the first is the time by its clock, in seconds, and what
the model is to do: ``answer``, ``fail`` or ``wait``. It writes what came of the call. A model that
waits writes ``waiting``, reads another line, and does that.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from ag2 import Agent

import retold
from retold import Breaker
from retold.errors import CircuitOpen
from tests.agents.resilience.failing import RateLimitError
from tests.agents.scripted import Say, Script

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)


class Pipes:
    """What a process reads its lines from, and where it writes its own."""

    def __init__(self, inward: str, outward: str) -> None:
        # Open until the process ends.
        self._in = Path(inward).open(encoding="utf-8")  # noqa: SIM115
        self._out = Path(outward).open("w", encoding="utf-8")  # noqa: SIM115

    async def line(self) -> str:
        """Return the next line; empty when there are no more."""
        return (await asyncio.to_thread(self._in.readline)).strip()

    def tell(self, text: str) -> None:
        """Write a line at once."""
        self._out.write(f"{text}\n")
        self._out.flush()


async def act(pipes: Pipes, told: str) -> Say:
    """Do what the model is told to."""
    if told == "wait":
        pipes.tell("waiting")
        told = await pipes.line()
    return RateLimitError() if told == "fail" else "answered"


async def call_until_the_end(url: str, pipes: Pipes) -> None:
    """Call until there are no more lines."""
    seconds = 0.0
    breaker = Breaker(
        "shared",
        failures=3,
        open_seconds=30,
        probe_seconds=60,
        clock=lambda: noon + timedelta(seconds=seconds),
    )
    async with retold.open(url) as log:
        pipes.tell(f"{os.getpid()} ready")
        while line := await pipes.line():
            at, told = line.split()
            seconds = float(at)
            script = Script(partial(act, pipes, told))
            agent = Agent("a", config=breaker.around(log.model(script)))
            try:
                reply = await agent.ask("hello")
            except (RateLimitError, CircuitOpen) as error:
                pipes.tell(f"{type(error).__name__}, called {len(script.seen)}")
            else:
                pipes.tell(str(reply.body))


def run_apart(url: str, inward: str, outward: str) -> None:
    """Call from a process of its own."""
    if os.fork():
        return
    try:
        asyncio.run(call_until_the_end(url, Pipes(inward, outward)))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


async def warm_up() -> None:
    """Have imported what is imported when first used."""
    async with retold.open("sqlite:///:memory:") as log:
        agent = Agent("a", config=Breaker("x").around(log.model(Script("done"))))
        await agent.ask("hello")


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    asyncio.run(warm_up())
    for one in sys.stdin:
        run_apart(*one.split())

"""Asks through a cache, from processes of their own: ``python -m`` this module.

Each line it reads is a log's URL and the names of two pipes, for a process that is forked from this
one so that it need not import anything. For each line that process reads from the first pipe it
asks that, and writes what came of it to the second. ``wait`` before the question lets the model
write ``waiting`` and never answer. ``store`` asks for ever, one question after the other, and
writes each once its answer is stored.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback
from functools import partial
from itertools import count

from ag2 import Agent

import retold
from retold import Cache
from tests.agents.caching.asked import Model, answer
from tests.agents.resilience.circuit_process import Pipes
from tests.agents.scripted import Say


async def never(pipes: Pipes) -> Say:
    """Wait to be killed."""
    pipes.tell("waiting")
    await asyncio.sleep(600)
    return "too late"


async def say(log: retold.Log, model: Model, text: str) -> str:
    """Ask a model, and return what was said, and how often it was asked."""
    config = log.cached(model, Cache(lease_seconds=1))
    session = await log.session(f"{text}-{os.getpid()}")
    reply = await session.ask(Agent("a", "You help.", config=config), text)
    return f"{reply.body}, asked {model.asked}"


async def ask_until_the_end(url: str, pipes: Pipes) -> None:
    """Ask what is read."""
    async with retold.open(url) as log:
        pipes.tell(f"{os.getpid()} ready")
        while line := await pipes.line():
            waits, _, text = line.rpartition(" ")
            if text == "store":
                for number in count():
                    model = Model.of(answer(f"{os.getpid()} to q{number}"))
                    await say(log, model, f"q{number}")
                    pipes.tell(str(number))
            model = Model.of(partial(never, pipes) if waits else answer(f"{os.getpid()} to {text}"))
            pipes.tell(await say(log, model, text))


def run_apart(url: str, inward: str, outward: str) -> None:
    """Ask from a process of its own."""
    if os.fork():
        return
    try:
        asyncio.run(ask_until_the_end(url, Pipes(inward, outward)))
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


async def warm_up() -> None:
    """Have imported what is imported when first used."""
    async with retold.open("sqlite:///:memory:") as log:
        await say(log, Model.of(answer("done")), "hello")


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    asyncio.run(warm_up())
    for one in sys.stdin:
        run_apart(*one.split())

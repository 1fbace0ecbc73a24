"""Asks by meaning, from processes of their own: ``python -m`` this module.

Each line it reads is a log's URL and the names of two pipes, for a process that is forked from this
one so that it need not import anything. That process reads one line: for how many seconds to ask,
and a number. Eight tasks then ask, each question twice, a near one after it, and one of a cache
whose entries do not last. Each text whose answer was acknowledged is written; at last ``done``, or
what is wrong.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import traceback

import retold
from retold import Cache, FixedThreshold, Meaning, SameText
from tests.agents.caching.asked import ask
from tests.agents.caching.meant import Knowing, Topics, known_answer
from tests.agents.resilience.circuit_process import Pipes
from tests.projections.histories import dice

tasks = 8
topics = 40


def steady() -> Cache:
    """Return a cache that keeps what it has."""
    meaning = Meaning(
        embedder=Topics(0.3), policy=FixedThreshold(0.65), judge=SameText(), guards=False
    )
    return Cache(name="steady", ttl_seconds=None, meaning=meaning)


def fleeting() -> Cache:
    """Return one whose entries are soon over, and that shares none with the other."""
    meaning = Meaning(
        embedder=Topics(0.3), policy=FixedThreshold(0.65), judge=SameText(), guards=False
    )
    return Cache(name="fleeting", scope="fleeting", ttl_seconds=0.2, meaning=meaning)


async def ask_for(log: retold.Log, pipes: Pipes, seconds: float, seed: int) -> None:
    """Ask until the time is over."""
    chance, model = dice(seed), Knowing()
    kept, soon_over = log.cached(model, steady()), log.cached(model, fleeting())
    clock = asyncio.get_running_loop().time
    end, number = clock() + seconds, 0

    async def said(config: object, text: str) -> None:
        nonlocal number
        number += 1
        answer = await ask(log, config, session=f"{seed}-{number}", text=text)  # type: ignore[arg-type] # a configuration
        if answer != known_answer(text):
            raise AssertionError(f"{text}: {answer}")

    while clock() < end:
        topic = chance.randrange(topics)
        text, near = (f"{topic} or {chance.randrange(10**6)}" for _ in range(2))
        await said(kept, text)
        pipes.tell(text)
        asked = model.asked
        await said(kept, text)
        await said(kept, near)
        if model.asked != asked:
            raise AssertionError(f"{text}, then {near}: the model was asked")
        await said(soon_over, text)


async def ask_until_the_end(url: str, pipes: Pipes) -> None:
    """Ask with all tasks."""
    async with retold.open(url, durability="full") as log:
        pipes.tell(f"{os.getpid()} ready")
        seconds, seed = (await pipes.line()).split()
        await asyncio.gather(
            *(ask_for(log, pipes, float(seconds), int(seed) * 100 + n) for n in range(tasks))
        )
        pipes.tell("done")


def run_apart(url: str, inward: str, outward: str) -> None:
    """Ask from a process of its own."""
    if os.fork():
        return
    pipes = Pipes(inward, outward)
    try:
        asyncio.run(ask_until_the_end(url, pipes))
    except BaseException as error:
        traceback.print_exc()
        pipes.tell(f"wrong: {error!r}")
    finally:
        os._exit(0)


async def warm_up() -> None:
    """Have imported what is imported when first used."""
    async with retold.open("sqlite:///:memory:") as log:
        await ask(log, log.cached(Knowing(), steady()), session="a", text="1 or 2")


if __name__ == "__main__":
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    asyncio.run(warm_up())
    for one in sys.stdin:
        run_apart(*one.split())

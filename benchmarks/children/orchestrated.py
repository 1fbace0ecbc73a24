"""A process that works for the orchestrator benchmark: ``orchestrated URL DURABILITY WHAT ...``.

``WHAT`` is ``work`` for a worker of the orchestrator until its input ends; ``ask NAME COUNT`` for
as many sessions of one turn, without an orchestrator; ``take COUNT`` for taking and finishing
that many items of a queue.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Iterator

from ag2 import Agent

import retold
from benchmarks.child import report, wait_for_start
from benchmarks.log import Durability
from benchmarks.model_call_cost import Answering
from retold.store.work_queue import WorkQueue

agent_name, queue_name, task = "worker", "benchmark", "Say something"
at_once = 8


async def work(log: retold.Log) -> None:
    """Work for the orchestrator until the input ends."""
    orchestrator = retold.AgentOrchestrator(log, concurrency=at_once)
    await orchestrator.register(agent_name, Agent(agent_name, config=log.model(Answering())))
    wait_for_start()
    async with orchestrator.working():
        await asyncio.to_thread(sys.stdin.read)
    report({})


async def ask(log: retold.Log, name: str, count: int) -> None:
    """Ask an agent in ``count`` sessions, several at once."""
    agent = Agent(agent_name, config=log.model(Answering()))

    async def ask_once(number: int) -> None:
        session = await log.session(f"{name}-{number}")
        await session.ask(agent, task)

    await _all(ask_once, iter(range(count)))


async def take(log: retold.Log, count: int) -> None:
    """Take and finish ``count`` items of a queue, one after the other in each of several tasks."""
    queue = WorkQueue(log.store, queue_name)

    async def take_once(number: int) -> None:
        for item in await queue.take(f"owner-{number % at_once}", seconds=60):
            await queue.finish(item)

    await _all(take_once, iter(range(count)))


async def _all(do: Callable[[int], Awaitable[None]], numbers: Iterator[int]) -> None:
    async def in_turn() -> None:
        for number in numbers:
            await do(number)

    wait_for_start()
    begin = time.time()
    await asyncio.gather(*(in_turn() for _ in range(at_once)))
    report({"begin": begin, "end": time.time()})


async def main(url: str, durability: Durability, what: str, arguments: list[str]) -> None:
    """Open the log as its users do, and do what is asked for."""
    async with retold.open(url, durability=durability) as log:
        if what == "work":
            await work(log)
        elif what == "ask":
            await ask(log, arguments[0], int(arguments[1]))
        else:
            await take(log, int(arguments[0]))


if __name__ == "__main__":
    asyncio.run(
        main(
            sys.argv[1], "normal" if sys.argv[2] == "normal" else "full", sys.argv[3], sys.argv[4:]
        )
    )

"""Delegates three tasks at once and stands still in the middle. Run by test_crash.py.

One sub-agent has answered by then, one is in a tool, one waits for its model. It prints
``stopped``, and is killed.
"""

from __future__ import annotations

import asyncio
import sys

from ag2 import Agent

import retold
from tests.agents.hierarchical.teams import asked, director, expert, said
from tests.agents.scripted import Script, call

tasks = {"quick": "look", "working": "dig", "waiting": "think"}


def team(
    log: retold.Log, models: dict[str, Script], tool: object = None
) -> retold.HierarchicalAgent:
    """Return a director of three."""

    async def dig() -> str:
        """Dig."""
        if isinstance(tool, asyncio.Event):
            tool.set()
            await asyncio.sleep(60)
        return "dug"

    agents: dict[str, Agent[str]] = {
        name: expert(log, name, model, tools=[dig]) for name, model in models.items()
    }
    return director(log, sub_agents=agents)


async def work_in(log: retold.Log, boss: retold.HierarchicalAgent) -> list[retold.Result[str]]:
    """Delegate all three at once."""
    async with boss.in_session(await log.session("s")) as work:
        return list(
            await asyncio.gather(*(work.delegate(task, to=to) for to, task in tasks.items()))
        )


async def main(url: str) -> None:
    """Delegate, and never come to an end."""
    digging, thinking = asyncio.Event(), asyncio.Event()

    async def never() -> str:
        thinking.set()
        await asyncio.sleep(60)
        return ""

    async with retold.open(url, lease_seconds=60) as log:
        models = {
            "quick": Script(said("seen", 1)),
            "working": Script(asked(call("dig", "c1"), tokens=2)),
            "waiting": Script(never),
        }
        working = asyncio.create_task(work_in(log, team(log, models, digging)))
        await digging.wait()
        await thinking.wait()
        async with log.store.subscribe(types=["delegation.completed"]) as ended:
            await anext(ended)
        sys.stdout.write("stopped\n")
        sys.stdout.flush()
        await working


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))

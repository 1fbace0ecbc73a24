"""AG2's Network hub on a log: a workflow of agents, and what a hub that is opened later knows.

As a process: ``hub_child URL die`` runs the workflow and is killed while the developer's model is
asked; ``hub_child URL look`` opens the hub and prints what it knows.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from typing import Any

from ag2 import Agent
from ag2.network import Hub, TransitionGraph

import retold
from tests.agents.scripted import Script, Turn

checkpointed = "task-1"


async def open_hub(log: retold.Log) -> Hub:
    """Open a hub without timers on a knowledge store of the log."""
    return await Hub.open(
        await log.knowledge("hub"), ttl_sweep_interval=0, expectation_sweep_interval=0
    )


async def run_workflow(hub: Hub, developing: Turn = "code") -> str:
    """Let three agents work one after another; return the channel once it is closed."""
    boss = await hub.register(Agent("boss", config=Script()))
    ids = []
    for name, answer in (("researcher", "specs"), ("developer", developing), ("reviewer", "LGTM")):
        ids.append((await hub.register(Agent(name, config=Script(answer)))).agent_id)
    await hub.checkpoint_task(checkpointed, {"step": 1})
    await hub.checkpoint_task(checkpointed, {"step": 2})
    graph = TransitionGraph.sequence([boss.agent_id, *ids])
    channel = await boss.open(type="workflow", target=ids, knobs={"graph": graph.to_dict()})
    await channel.send("build the login page")
    async with asyncio.timeout(60):
        while "channel_closed" not in await _audited(hub):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)
    return channel.channel_id


async def _audited(hub: Hub) -> list[str]:
    return [record["kind"] for record in await hub.audit_log.read_all()]


async def known_to(hub: Hub) -> dict[str, Any]:
    """Return what a hub knows: channels, their envelopes, agents, audit, a task's checkpoint."""
    channels = await hub.list_channels()
    agents = {passport.agent_id: passport.name for passport in await hub.list_agents()}
    pending = [
        agents[agent_id]
        for agent_id in agents
        if agent_id is not None and await hub.pending_turns_for(agent_id)
    ]
    return {
        "channels": {one.channel_id: one.state.value for one in channels},
        "reasons": [one.close_reason for one in channels],
        "envelopes": [
            [agents.get(e.sender_id), e.event_type, json.dumps(e.event_data, default=str)]
            for one in channels
            for e in await hub.read_wal(one.channel_id)
        ],
        "agents": sorted(agents.values()),
        "pending": pending,
        "audit": await _audited(hub),
        "checkpoint": await hub.read_task_checkpoint(checkpointed),
    }


async def _die() -> str:
    os.kill(os.getpid(), signal.SIGKILL)
    return "never said"


async def main(url: str, what: str) -> None:
    """Do what is asked for."""
    async with retold.open(url) as log:
        hub = await open_hub(log)
        if what == "die":
            await run_workflow(hub, _die)
        sys.stdout.write(json.dumps(await known_to(hub)))
        await hub.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))

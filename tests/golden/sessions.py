"""Sessions of all kinds, to be recorded in a golden log."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from ag2 import Agent, KnowledgeConfig, ToolResult
from ag2.annotations import Context
from ag2.compact import CompactTrigger, SummarizeCompact
from ag2.events import BaseEvent, ModelMessage, ModelResponse, TextInput, Usage
from ag2.knowledge import MemoryKnowledgeStore

import retold
from tests.agents.scripted import Script, call

# How long the lease of a process that dies in a turn lasts.
lease_seconds = 1.0


class Noticed(BaseEvent):
    """An event class of an application that gave it no stable name."""

    # The same wherever this module is run as a program.
    __module__ = "shop.events"
    what: str


async def find_parcel(number: int, ctx: Context) -> dict[str, Any]:
    """Find a parcel."""
    ctx.variables["found"] = number
    await ctx.send(Noticed(what=f"parcel {number}"))
    return {"number": number, "weight_kg": 1.25, "where": "Zürich 🚚", "signed": None}


def lose_parcel(number: int) -> str:
    """Fail."""
    raise LookupError(f"parcel {number} is lost")


async def ask_human(ctx: Context) -> str:
    """Ask the human."""
    return await ctx.input("May I refund €12.50?")


def answer() -> ToolResult:
    """Give the final answer."""
    return ToolResult("forty-two", final=True, metadata={"sure": True})


def said(text: str) -> ModelResponse:
    """Return an answer that cost something."""
    usage = Usage(prompt_tokens=17, completion_tokens=5)
    return ModelResponse(ModelMessage(text), usage=usage, model="scripted-1", finish_reason="stop")


async def record_sessions(log: retold.Log) -> None:
    """Record sessions of all kinds that a release of this schema knows."""
    await _tools_and_variables(log)
    await _human_and_final_tool(log)
    await _nested(log)
    await _compacted(log)
    await _cancelled(log)
    await _inbox(log)
    await one_closed(log)


async def one_closed(log: retold.Log) -> None:
    session = await log.session("closed", tags={"env": "test"})
    await session.ask(Agent("brief", config=log.model(Script(said("Bye.")))), "Bye?")
    await session.close("resolved")


async def _tools_and_variables(log: retold.Log) -> None:
    script = Script(
        [
            call("find_parcel", "call_1", '{"number": 7}'),
            call("find_parcel", "call_2", '{"number": 9007199254740993}'),
        ],
        [call("lose_parcel", "call_1", '{"number": 8}'), call("fly", "call_3")],
        said("Your parcel is in Zürich. 📦"),
        "As I said.",
    )
    agent = Agent(
        "support",
        "You help customers, très gentiment.",
        config=log.model(script),
        tools=[find_parcel, lose_parcel],
        variables={"name": "Zoë", "limits": (1, 2.5, None)},
    )
    session = await log.session(
        "ticket-4711", subject="user:7", tags={"env": "prod", "língua": "pt"}
    )
    await session.ask(
        agent, "Wo ist mein Paket?", variables={"since": datetime(2026, 2, 3, tzinfo=UTC)}
    )
    session.describe(None, {"priority": "high"})
    await session.ask(agent, "Are you sure?", correlation_id="case-1")


async def _human_and_final_tool(log: retold.Log) -> None:
    script = Script([call("ask_human", "call_1")], [call("answer", "call_2")])
    agent = Agent(
        "clerk", config=log.model(script), tools=[ask_human, answer], hitl_hook=lambda _: "yes"
    )
    session = await log.session("refund", subject="user:8")
    await session.ask(agent, "Refund me!")


async def _nested(log: retold.Log) -> None:
    inner = Script([call("find_parcel", "call_1", '{"number": 7}')], said("It is there."))
    outer = Script([call("task_expert", "call_1", '{"objective": "find 7"}')], "Found.")
    expert = Agent("expert", "You find.", config=log.model(inner), tools=[find_parcel])
    boss = Agent("boss", config=log.model(outer), tools=[expert.as_tool(description="finds")])
    await (await log.session("delegated")).ask(boss, "Ask the expert.")


async def _compacted(log: retold.Log) -> None:
    script = Script(said("answer 0"), said("answer 1"), "After the drop.")
    writer = Script(said("a summary"))
    session = await log.session("compacted")
    agent = Agent(
        "talker",
        config=log.model(script),
        knowledge=KnowledgeConfig(
            MemoryKnowledgeStore(),
            compact=SummarizeCompact(2, log.model(writer)),
            compact_trigger=CompactTrigger(max_events=3),
        ),
    )
    for n in range(2):
        await session.ask(agent, f"question {n}")
    await log.storage.drop_history(session.ag2_stream_id)
    await session.ask(Agent("talker", config=log.model(script)), "Anybody there?")


async def _cancelled(log: retold.Log) -> None:
    started = asyncio.Event()

    async def wait() -> str:
        """Wait for ever."""
        started.set()
        await asyncio.Event().wait()
        return "never"

    agent = Agent("waiter", config=log.model(Script([call("wait", "call_1")])), tools=[wait])
    session = await log.session("cancelled")
    asking = asyncio.create_task(session.ask(agent, "Wait."))
    await started.wait()
    asking.cancel()
    await asyncio.wait([asking])
    failing = Agent("waiter", config=log.model(Script(ConnectionError("lost"))), tools=[wait])
    with suppress(ConnectionError):
        await session.ask(failing, "Still there?")


async def _inbox(log: retold.Log) -> None:
    session = await log.session("inbox")
    session.stream.enqueue("early", TextInput("bird"))
    await session.ask(Agent("reader", config=log.model(Script("Read."))), "late")
    session.stream.enqueue("nobody has read this yet")
    await log.write_inboxes()


async def die_in_a_turn(url: str) -> None:
    """Ask, and end this process in the midst of a tool."""

    def die() -> str:
        """Die."""
        os.kill(os.getpid(), signal.SIGKILL)
        return "never"

    async with retold.open(url, lease_seconds=lease_seconds) as log:
        script = Script([call("die", "call_1", '{"n": [1, {"é": null}]}')])
        agent = Agent("mortal", config=log.model(script), tools=[die])
        await (await log.session("interrupted", subject="user:9")).ask(agent, "Do it.")

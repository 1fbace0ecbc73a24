"""Acts in sessions from processes of their own: ``python -m tests.sessions.other_process``.

Each line it reads is a JSON list of a log's URL, a session and an action. A new process opens that
log, acts, and writes what came of it as one JSON object. Where it stands still in between, it
writes ``{"at": where}`` and waits for a line; ``{"ended": status}`` says that it did not get there.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
import traceback
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from ag2 import Agent
from ag2.annotations import Context

import retold
from retold.agents import turn_lease
from retold.errors import SessionBusy, TurnAborted
from retold.store import EventStore
from retold.store.append import Append, AppendResult
from tests.agents.scripted import Script, call, requests_in, results_in

# Nobody renews a lease, nor notices that it was lost, while a test takes place.
lease_seconds = 3_600


def tell(answer: dict[str, Any]) -> None:
    """Write an answer at once."""
    sys.stdout.write(f"{json.dumps(answer | {'process': os.getpid()})}\n")
    sys.stdout.flush()


def stand_still(where: str) -> None:
    """Say where, and wait for a line."""
    tell({"at": where})
    sys.stdin.readline()


def outlast_lease() -> None:
    """Let the clock of this process be where it is once its lease has lapsed."""
    began = time.monotonic()
    moved = SimpleNamespace(monotonic=lambda: began + lease_seconds, time=time.time)
    vars(turn_lease)["time"] = moved


async def ask(session: retold.Session, log: retold.Log) -> dict[str, Any]:
    """Ask, and say what the model was given."""
    script = Script("I am the other process")
    reply = await session.ask(Agent("other", config=log.model(script)), "Who are you?")
    return {
        "reply": reply.body,
        "heard": requests_in(script.said),
        "results": results_in(script.said),
        "variables": reply.context.variables,
    }


async def remember(session: retold.Session, log: retold.Log) -> dict[str, Any]:
    """Ask, and have a tool change a variable and take another away."""

    def note(ctx: Context) -> str:
        """Change the variables."""
        ctx.variables["topic"] = "parcels"
        ctx.variables.pop("old", None)
        return "noted"

    script = Script([call("note", "call_1")], "done")
    agent = Agent("other", config=log.model(script), tools=[note])
    reply = await session.ask(agent, "remember", variables={"old": 1, "kept": 2})
    return {"variables": reply.context.variables}


async def enqueue(session: retold.Session, _: retold.Log) -> dict[str, Any]:
    """Put a message into the inbox."""
    session.stream.enqueue("from the other process")
    return {}


async def busy(session: retold.Session, log: retold.Log) -> dict[str, Any]:
    """Ask while somebody else is in a turn."""
    script = Script("never")
    try:
        await session.ask(Agent("other", config=log.model(script)), "Are you busy?")
    except SessionBusy as error:
        return {"busy": error.session, "owner": error.owner, "asked": len(script.seen)}
    return {"busy": None}


async def hold_in_tool(session: retold.Session, log: retold.Log) -> dict[str, Any]:
    """Be in a turn, and stand still in its tool, which then puts in a message."""

    async def wait(ctx: Context) -> str:
        """Wait."""
        await asyncio.to_thread(stand_still, "tool")
        ctx.enqueue("from a turn that lost its lease")
        return "waited"

    script = Script([call("wait", "call_1")], "done")
    return await outcome(session, Agent("other", config=log.model(script), tools=[wait]), script)


async def hold_in_model(session: retold.Session, log: retold.Log) -> dict[str, Any]:
    """Be in a turn, and stand still in its model call."""

    async def answer() -> str:
        await asyncio.to_thread(stand_still, "model")
        outlast_lease()
        return "done"

    script = Script(answer)
    return await outcome(session, Agent("other", config=log.model(script)), script)


async def outcome(session: retold.Session, agent: Agent[str], script: Script) -> dict[str, Any]:
    """Ask, and say whether the turn was aborted, and why."""
    try:
        reply = await session.ask(agent, "hold")
    except TurnAborted as error:
        return {"aborted": type(error.__cause__).__name__, "asked": len(script.seen)}
    return {"aborted": None, "reply": reply.body, "asked": len(script.seen)}


async def deliver(session: retold.Session, log: retold.Log) -> dict[str, Any]:
    """Put in a message, and ask."""
    session.stream.enqueue("news")
    script = Script("heard")
    await session.ask(Agent("other", config=log.model(script)), "hello")
    return {"heard": requests_in(script.said)}


async def deliver_in_turn(session: retold.Session, log: retold.Log) -> dict[str, Any]:
    """Ask, and have a tool put in a message from its worker thread."""

    def note(ctx: Context) -> str:
        """Put in a message."""
        ctx.enqueue("news")
        return "noted"

    script = Script([call("note", "call_1")], "heard")
    await session.ask(Agent("other", config=log.model(script), tools=[note]), "hello")
    return {"heard": requests_in(script.said)}


async def variables_after_tool(session: retold.Session, log: retold.Log) -> dict[str, Any]:
    """Ask, have a tool change the variables, and stand still when the model is to read of it."""

    def note(ctx: Context) -> str:
        """Change the variables."""
        ctx.variables["topic"] = "parcels"
        ctx.variables.pop("old")
        return "noted"

    async def answer() -> str:
        await asyncio.to_thread(stand_still, "model")
        return "done"

    script = Script([call("note", "call_1")], answer)
    agent = Agent("other", config=log.model(script), tools=[note])
    await session.ask(agent, "remember", variables={"old": 1, "kept": 2})
    return {}


async def ask_stateful(session: retold.Session, log: retold.Log) -> dict[str, Any]:
    """Ask a stateful agent, and say what it made of the message."""
    script = Script("I am the other process")
    agent = retold.StatefulAgent("other", "BASE", config=log.model(script))
    await session.ask(agent, "I don't understand")
    context = await agent.state_context(session)
    topics = [entry["topic"] for entry in context["recent_history"]]
    return {"topics": topics, "prompt": script.seen[-1].prompt}


actions = {
    "ask stateful": ask_stateful,
    "ask": ask,
    "remember": remember,
    "enqueue": enqueue,
    "busy": busy,
    "hold in tool": hold_in_tool,
    "hold in model": hold_in_model,
    "deliver": deliver,
    "deliver in turn": deliver_in_turn,
    "change variables": variables_after_tool,
}


def stop_at(store: EventStore, moment: str) -> None:
    """Stand still at a moment in a message's life, with the whole process."""
    append_many = store.append_many

    async def watched(appends: Sequence[Append], **options: Any) -> tuple[AppendResult, ...]:
        events = [event for append in appends for event in append.events]
        enqueues = any(event.type == "conversation.message_enqueued" for event in events)
        delivers = any(event.data.get("inbox") for event in events)
        if delivers and moment == "delivering":
            stand_still(moment)
        results = await append_many(appends, **options)
        classifies = any(e.type == "conversation.message_classified" for e in events)
        if classifies and moment == "classified":
            stand_still(moment)
        if (enqueues and moment == "enqueued") or (delivers and moment == "delivered"):
            stand_still(moment)
        return results

    # What is appended is seen from outside, without a hook in the store.
    store.append_many = watched  # type: ignore[method-assign]


async def act_in(url: str, session_id: str, action: str) -> dict[str, Any]:
    """Open the log and act."""
    name, _, moment = action.partition(", stop when ")
    async with retold.open(url, lease_seconds=lease_seconds) as log:
        if moment:
            stop_at(log.store, moment)
        return await actions[name](await log.session(session_id), log)


async def warm_up() -> None:
    """Have imported what is imported when first used, so that no process has to by itself."""
    async with retold.open("sqlite:///:memory:") as log:
        await ask(await log.session("s"), log)


def act_apart(line: str) -> int:
    """Act in a process of its own, forked from this one, which runs no thread; return its status.

    Starting one from the file would take longer than most tests.
    """
    process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    status = 1
    try:
        tell(asyncio.run(act_in(*json.loads(line))))
        status = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)


if __name__ == "__main__":
    asyncio.run(warm_up())
    for told in sys.stdin:
        ended = act_apart(told)
        if ended:
            tell({"ended": ended})

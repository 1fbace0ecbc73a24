"""A session's context variables are state: recorded when they change, restored when it goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from ag2 import Agent
from ag2.annotations import Context

import retold
from tests.agents.recorded import events_of, names_of
from tests.agents.scripted import Script, call


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    """An open log."""
    async with retold.open(sqlite_url) as opened:
        yield opened


async def changes_of(session: retold.Session) -> list[tuple[dict[str, Any], list[str]]]:
    """Return the changes recorded: what was set, and what was removed."""
    return [
        (dict(event.data["changed"]), list(event.data["removed"]))
        for event in await events_of(session, "conversation.variables_changed")
    ]


def count(ctx: Context) -> str:
    """Count."""
    ctx.variables["n"] = ctx.variables.get("n", 0) + 1
    return "counted"


def forget(ctx: Context) -> str:
    """Forget."""
    del ctx.variables["n"]
    return "forgotten"


async def test_what_a_turn_begins_with_is_recorded_before_it_runs(log: retold.Log) -> None:
    session = await log.session("s")
    agent = Agent("a", config=log.model(Script(ConnectionError())), variables={"init": 0, "who": 1})
    with pytest.raises(ConnectionError):
        await session.ask(agent, "hi", variables={"who": "Ann"})
    assert await changes_of(session) == [({"init": 0, "who": "Ann"}, [])]


async def test_only_changes_are_recorded_and_the_sum_of_them_is_restored(sqlite_url: str) -> None:
    for expected in (1, 2, 3):
        async with retold.open(sqlite_url) as log:
            session = await log.session("s")
            script = Script([call("count", "c")], "done")
            agent = Agent("a", config=log.model(script), tools=[count], variables={"fixed": 0})
            reply = await session.ask(agent, "count")
            assert reply.context.variables == {"fixed": 0, "n": expected}
    async with retold.open(sqlite_url) as log:
        assert await changes_of(await log.session("s")) == [
            ({"fixed": 0}, []),
            *(({"n": n}, []) for n in (1, 2, 3)),
        ]


async def test_those_given_win_over_stored_ones_and_stored_ones_over_the_agents(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    defaults = dict.fromkeys("abc", "agent")
    agent = Agent("a", config=log.model(Script("x", "y")), variables=defaults)
    await session.ask(agent, "hi", variables={"a": "first", "b": "first"})
    reply = await session.ask(agent, "hi", variables={"a": "second"})
    assert reply.context.variables == {"a": "second", "b": "first", "c": "agent"}


async def test_a_variable_taken_away_stays_away(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script([call("count", "c")], "done", [call("forget", "f")], "done", "nothing")
    agent = Agent("a", config=log.model(script), tools=[count, forget])
    for text in ("count", "forget"):
        await session.ask(agent, text)
    reply = await session.ask(agent, "what do you know?")
    assert reply.context.variables == {}
    assert await changes_of(session) == [({"n": 1}, []), ({}, ["n"])]


async def test_what_a_tool_changed_is_recorded_once_and_before_its_result(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script([call("count", "c"), call("count", "d")], "done")
    agent = Agent("a", config=log.model(script), tools=[count])
    await session.ask(agent, "count twice", variables={"n": 0})
    names = await names_of(session)
    assert names.index("conversation.variables_changed", names.index("ToolCallsEvent")) < (
        names.index("ToolResultEvent")
    )
    merged: dict[str, Any] = {}
    for changed, _ in await changes_of(session):
        assert changed.items().isdisjoint(merged.items())
        merged |= changed
    assert merged == {"n": 2}


async def test_a_turn_that_fails_keeps_what_its_tools_changed(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script([call("count", "c")], ConnectionError("lost"), "back")
    agent = Agent("a", config=log.model(script), tools=[count])
    with pytest.raises(ConnectionError):
        await session.ask(agent, "count")
    reply = await session.ask(agent, "go on")
    assert reply.context.variables == {"n": 1}


async def test_a_turn_that_ag2_began_has_them_too(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script([call("count", "c")], "done", [call("count", "d")], "done", "see?")
    agent = Agent("a", config=log.model(script), tools=[count])
    await session.ask(agent, "count")
    reply = await agent.ask("count", stream=session.stream)
    assert reply.context.variables == {"n": 2}
    reply.context.variables["by hand"] = True
    await reply.ask("see?")
    assert (await changes_of(session))[-1] == ({"by hand": True}, [])
    assert script.seen[-1].variables == {"n": 2, "by hand": True}


async def test_ag2s_own_variables_and_dependencies_are_never_recorded(log: retold.Log) -> None:
    def meddle(ctx: Context) -> str:
        """Set what is not ours to keep."""
        ctx.variables["ag:approval_required:always"] = ["refund"]
        ctx.variables["a2a:tenant"] = "x"
        ctx.variables[7] = "not text"  # type: ignore[index]  # what the test is about
        ctx.variables["\ud800"] = "no text a database stores"
        ctx.dependencies["connection"] = "dependency-value"
        ctx.variables["kept"] = 1
        return "done"

    session = await log.session("s")
    agent = Agent("a", config=log.model(Script([call("meddle", "c")], "done")), tools=[meddle])
    await session.ask(agent, "go", dependencies={"client": "dependency-value"})
    assert await changes_of(session) == [({"kept": 1}, [])]
    assert "dependency-value" not in repr([event.data for event in await session.events()])


async def test_values_come_back_as_they_were(sqlite_url: str) -> None:
    values = {
        "when": datetime(2025, 8, 1, 16, 18, tzinfo=UTC),
        "price": Decimal("9.90"),
        "pair": (1, 2),
        "tags": {"a", "b"},
        "raw": b"\x00\xff",
        "nested": {1: [None, True, 1.5]},
        "nothing": None,
    }
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        await session.ask(Agent("a", config=log.model(Script("x"))), "hi", variables=values)
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        reply = await session.ask(Agent("a", config=log.model(Script("y"))), "hi")
        assert reply.context.variables == values
        assert await changes_of(session) == [((await changes_of(session))[0][0], [])]


@pytest.mark.parametrize(("before", "after"), [(1, True), (1, 1.0), (0, False), ("1", 1)])
async def test_a_change_of_type_is_a_change(log: retold.Log, before: Any, after: Any) -> None:
    session = await log.session("s")
    agent = Agent("a", config=log.model(Script("x", "y", "z")))
    await session.ask(agent, "hi", variables={"v": before})
    await session.ask(agent, "hi", variables={"v": after})
    reply = await session.ask(agent, "hi")
    assert type(reply.context.variables["v"]) is type(after)


async def test_what_a_caller_does_to_its_own_dictionary_later_does_not_matter(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    given = {"list": [1]}
    await session.ask(Agent("a", config=log.model(Script("x"))), "hi", variables=given)
    given["list"].append(2)
    reply = await session.ask(Agent("a", config=log.model(Script("y"))), "hi")
    assert reply.context.variables == {"list": [1]}

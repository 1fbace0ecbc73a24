"""A turn that is cancelled, at whatever moment, leaves a sound session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ag2 import Agent

import retold
from tests.agents.recorded import events_of, names_of
from tests.agents.scenario_catalogue import add, adds
from tests.agents.scripted import Script, call, results_in


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    """An open log."""
    async with retold.open(sqlite_url) as opened:
        yield opened


async def test_a_cancelled_turn_is_recorded_as_cancelled_and_its_calls_are_closed(
    log: retold.Log,
) -> None:
    started = asyncio.Event()

    async def wait() -> str:
        """Wait for ever."""
        started.set()
        await asyncio.Event().wait()
        return "never"

    script = Script([call("wait", "call_1"), adds], "welcome back")
    agent = Agent("a", config=log.model(script), tools=[wait, add])
    session = await log.session("s")
    asking = asyncio.create_task(session.ask(agent, "wait"))
    await started.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert (await names_of(session))[-2:] == ["execution failed", "turn.cancelled"]
    assert (await session.ask(agent, "back")).body == "welcome back"
    answers = results_in(script.said)
    assert "no result" in answers["call_1"]
    bootstraps = [
        event.data["detail"]
        for event in await events_of(session, "turn.stage_finished")
        if event.data["stage"] == "bootstrap"
    ]
    assert bootstraps[1]["closed_calls"] >= 1


async def test_a_time_limit_on_an_ask_cancels_its_turn(log: retold.Log) -> None:
    started = asyncio.Event()

    async def wait() -> str:
        """Wait for ever."""
        started.set()
        await asyncio.Event().wait()
        return "never"

    agent = Agent("a", config=log.model(Script([call("wait", "call_1")], "back")), tools=[wait])
    session = await log.session("s")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(session.ask(agent, "wait"), 0.5)
    assert started.is_set()
    assert (await names_of(session))[-1] == "turn.cancelled"
    assert (await session.ask(agent, "hi")).body == "back"


last_append = 13


@pytest.mark.parametrize("n", range(1, last_append + 1))
async def test_a_turn_cancelled_during_any_of_its_appends_leaves_a_sound_session(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch, n: int
) -> None:
    """What an append that was under way recorded is known afterwards, and nothing is doubled."""
    appends = 0
    asking: asyncio.Task[Any]
    append_many = log.store.append_many

    async def cancelling(requests: Any, **options: Any) -> Any:
        nonlocal appends
        appends += 1
        if appends == n:
            asking.cancel()
        return await append_many(requests, **options)

    monkeypatch.setattr(log.store, "append_many", cancelling)
    script = Script([adds], "3")
    agent = Agent("a", config=log.model(script), tools=[add])
    session = await log.session("s")
    asking = asyncio.create_task(session.ask(agent, "1 + 2?"))
    with pytest.raises(asyncio.CancelledError):
        await asking

    monkeypatch.undo()
    script.turns = ["welcome back"]
    assert (await session.ask(agent, "Once more")).body == "welcome back"
    names = await names_of(session)
    ends = [name for name in names if name in {"turn.cancelled", "turn.completed"}]
    assert names.count("turn.started") == 2
    # The last append is the end itself: what it says is true, although its caller was cancelled.
    assert ends == ["turn.completed" if n == last_append else "turn.cancelled", "turn.completed"]
    assert session.version == len(names)
    assert (await log.verify()).ok


async def test_cancelling_twice_ends_the_turn_all_the_same(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = asyncio.Event()
    ending = asyncio.Event()

    async def wait() -> str:
        """Wait for ever."""
        started.set()
        await asyncio.Event().wait()
        return "never"

    append_many = log.store.append_many

    async def watched(requests: Any, **options: Any) -> Any:
        if any(e.type == "turn.cancelled" for a in requests for e in a.events):
            ending.set()
        return await append_many(requests, **options)

    monkeypatch.setattr(log.store, "append_many", watched)
    agent = Agent("a", config=log.model(Script([call("wait", "call_1")], "back")), tools=[wait])
    session = await log.session("s")
    asking = asyncio.create_task(session.ask(agent, "wait"))
    await started.wait()
    asking.cancel()
    await ending.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert (await names_of(session))[-1] == "turn.cancelled"
    assert (await session.ask(agent, "hi")).body == "back"

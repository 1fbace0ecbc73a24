"""What a turn costs: how often it appends, and how much, however long the conversation is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import orjson
import pytest
from ag2 import Agent

import retold
from retold.store.append import Append
from tests.agents.recorded import events_of
from tests.agents.scripted import Script, call


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    async with retold.open(sqlite_url) as opened:
        yield opened


@pytest.fixture
def appended(log: retold.Log, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The types of the events of each append, in order."""
    found: list[list[str]] = []
    append_many = log.store.append_many

    async def noting(appends: Sequence[Append]) -> Any:
        found.extend([event.type for event in append.events] for append in appends)
        return await append_many(appends)

    monkeypatch.setattr(log.store, "append_many", noting)
    return found


def look_up() -> str:
    """Look something up."""
    return "found"


async def test_a_turn_appends_as_often_whatever_the_length_of_the_conversation(
    log: retold.Log, appended: list[list[str]]
) -> None:
    session = await log.session("s")
    agent = Agent("a", config=log.model(Script(*"x" * 40)))
    for number in range(40):
        appended.clear()
        await session.ask(agent, f"message {number}")
        if number:
            assert appended == [
                ["turn.started", *["turn.stage_finished"] * 2, "conversation.event_recorded"],
                # By itself, before the model is called.
                ["model.call_started"],
                # By itself, before anything can be made of the answer.
                ["model.call_completed"],
                # The answer as AG2 has it, with the end of the turn.
                ["conversation.event_recorded", *["turn.stage_finished"] * 4, "turn.completed"],
            ]


async def test_a_model_call_with_a_tool_appends_what_ag2_waits_for_and_its_start_and_end(
    log: retold.Log, appended: list[list[str]]
) -> None:
    session = await log.session("s")
    script = Script([call("look_up", "call_1")], "x", [call("look_up", "call_2")], "y")
    agent = Agent("a", config=log.model(script), tools=[look_up])
    await session.ask(agent, "one")
    appended.clear()
    await session.ask(agent, "two")
    assert appended[1:-1] == [
        ["model.call_started"],
        ["model.call_completed"],
        # The response and its calls, with the first of them.
        ["conversation.event_recorded"] * 3,
        # Its result, by itself, before a model is told; the results.
        *[["conversation.event_recorded"]] * 2,
        ["model.call_started"],
        ["model.call_completed"],
    ]


async def test_what_is_recorded_of_a_call_does_not_grow_with_the_conversation(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    script = Script(*(turn for _ in range(30) for turn in ([call("look_up", "call_1")], "x")))
    agent = Agent("a", config=log.model(script), tools=[look_up])
    for number in range(30):
        await session.ask(agent, f"message {number}")
    started = await events_of(session, "model.call_started")
    sizes = [len(orjson.dumps(event.data)) for event in started]
    # But for the digits of a version.
    assert max(sizes) - min(sizes) <= 2
    assert len(started[-1].data["messages"]) == 1

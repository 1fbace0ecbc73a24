"""A conversation that ended with unanswered tool calls goes on with a result for each of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from ag2 import Agent, ToolResult
from ag2.events import (
    BaseEvent,
    ModelRequest,
    ModelResponse,
    ToolCallsEvent,
    ToolResultEvent,
    ToolResultsEvent,
)

import retold
from tests.agents.recorded import names_of
from tests.agents.scripted import Script, call, results_in
from tests.agents.streams import request, sent


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    """An open log."""
    async with retold.open(sqlite_url) as opened:
        yield opened


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def called(*ids: str) -> ModelResponse:
    return ModelResponse(tool_calls=ToolCallsEvent([call("add", i) for i in ids]))


def answered(*ids: str) -> ToolResultsEvent:
    return ToolResultsEvent([result_of(i) for i in ids])


def result_of(call_id: str) -> ToolResultEvent:
    return ToolResultEvent(parent_id=call_id, name="add", result=ToolResult("3"))


async def asked_after(log: retold.Log, *events: BaseEvent) -> list[BaseEvent]:
    """Return what a model is given when a conversation goes on that ended with ``events``."""
    stream = await sent(log, request("go"), *events)
    session = await log.session(str(stream.id))
    script = Script("on")
    await session.ask(Agent("a", config=log.model(script), tools=[add]), "go on")
    # A tuple: AG2's event classes make something else of "|".
    conversational = (ModelRequest, ModelResponse, ToolResultsEvent)
    return [event for event in script.said if isinstance(event, conversational)]


def kinds(events: list[BaseEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


async def test_ids_that_come_back_in_a_later_turn_are_told_apart_by_their_order(
    log: retold.Log,
) -> None:
    """Many a server calls every first call ``call_1``."""
    seen = await asked_after(
        log, called("call_1"), answered("call_1"), request("more"), called("call_1")
    )
    assert kinds(seen) == [
        "ModelRequest",
        "ModelResponse",
        "ToolResultsEvent",
        "ModelRequest",
        "ModelResponse",
        "ToolResultsEvent",
        "ModelRequest",
    ]
    assert "no result" in results_in([seen[5]])["call_1"]
    assert results_in([seen[2]]) == {"call_1": "3"}


async def test_results_that_landed_are_kept_and_the_others_stood_in_for(log: retold.Log) -> None:
    calls = called("call_1", "call_2")
    assert calls.tool_calls is not None
    seen = await asked_after(log, calls, calls.tool_calls, result_of("call_2"))
    results = results_in(seen)
    assert list(results) == ["call_1", "call_2"]
    assert "no result" in results["call_1"]
    assert results["call_2"] == "3"


async def test_results_that_all_landed_one_by_one_are_put_together(log: retold.Log) -> None:
    calls = called("call_1", "call_2")
    seen = await asked_after(log, calls, result_of("call_1"), result_of("call_2"))
    assert results_in(seen) == {"call_1": "3", "call_2": "3"}


async def test_results_stand_before_what_was_asked_after_the_interruption(log: retold.Log) -> None:
    seen = await asked_after(log, called("call_1"), request("hello?"))
    assert kinds(seen) == [
        "ModelRequest",
        "ModelResponse",
        "ToolResultsEvent",
        "ModelRequest",
        "ModelRequest",
    ]


async def test_a_call_that_a_final_tool_answered_is_not_closed_again(log: retold.Log) -> None:
    final = ModelResponse(response_force=True)
    seen = await asked_after(log, called("call_1"), result_of("call_1"), final)
    assert kinds(seen) == ["ModelRequest", "ModelResponse", "ModelResponse", "ModelRequest"]


async def test_a_history_without_open_calls_is_left_as_it_is(log: retold.Log) -> None:
    stream = await sent(log, request("go"), called("call_1"), answered("call_1"))
    session = await log.session(str(stream.id))
    await session.ask(Agent("a", config=log.model(Script("on"))), "go on")
    assert "conversation.history_replaced" not in await names_of(session)

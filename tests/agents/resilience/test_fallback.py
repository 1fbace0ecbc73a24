"""Other models answer in order, then a fixed text; each step says what led to it."""

from __future__ import annotations

import pytest
from ag2 import Agent
from ag2.events import ModelMessage, ModelMessageChunk

import retold
from retold import Fallback
from retold.errors import StoreUnavailable, TurnAborted
from tests.agents.recorded import name_of
from tests.agents.resilience.failing import RateLimitError, causes_in, model_events
from tests.agents.scripted import Script, call


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def test_other_models_are_asked_in_order_and_then_the_answer_is_given(
    store_url: str,
) -> None:
    async with retold.open(store_url) as log:
        session = await log.session("s")
        first, second = (Script(RateLimitError(status), name=str(status)) for status in (429, 500))
        fallback = Fallback(log.model(second), answer="Please ask again later.")
        agent = Agent("a", config=fallback.around(log.model(first)))
        assert (await session.ask(agent, "hello")).body == "Please ask again later."
        events, causes = await model_events(session), await causes_in(session)
        history = await session.history()
        everything = await session.events()

    assert causes == [
        ("model.call_started", "conversation.event_recorded"),
        ("model.call_failed", "model.call_started"),
        ("model.fell_back", "model.call_failed"),
        ("model.call_started", "conversation.event_recorded"),
        ("model.call_failed", "model.call_started"),
        ("model.fell_back", "model.call_failed"),
    ]
    to_model, to_answer = (event for event in events if event.type == "model.fell_back")
    assert to_model.data == {
        "step": 1,
        "to": "model",
        "error": {"type": "RateLimitError", "message": "status 429"},
        "from_model": "429",
        "model": "500",
    }
    assert to_answer.causation_id == events[4].event_id
    assert to_answer.data["error"]["message"] == "status 500"
    assert to_answer.data["answer"] == "Please ask again later."
    (response,) = [event for event in everything if name_of(event) == "ModelResponse"]
    assert response.causation_id == to_answer.event_id
    assert history[-1].message == ModelMessage("Please ask again later.")  # type: ignore[attr-defined] # a response


async def test_a_model_that_answers_ends_the_chain_and_the_turn_goes_on(sqlite_url: str) -> None:
    adds = call("add", "call_1", '{"a": 1, "b": 2}')
    first = Script(RateLimitError(), "3")
    second, third = Script([adds]), Script("never asked")
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        fallback = Fallback(log.model(second), log.model(third))
        agent = Agent("a", config=fallback.around(log.model(first)), tools=[add])
        # The first model is asked again with the tool's result: a fallback is for one call.
        assert (await session.ask(agent, "1 + 2?")).body == "3"
    assert len(third.seen) == 0


async def test_the_last_error_is_raised_when_nothing_is_left(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        fallback = Fallback(log.model(Script(ValueError("the second"))))
        agent = Agent("a", config=fallback.around(log.model(Script(ValueError("the first")))))
        with pytest.raises(ValueError, match="the second"):
            await session.ask(agent, "hello")


async def test_nothing_is_fallen_back_on_once_another_model_published_a_piece(
    sqlite_url: str,
) -> None:
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        second = Script(ModelMessageChunk("Once"), ValueError("the second"))
        fallback = Fallback(log.model(second), answer="never given")
        agent = Agent("a", config=fallback.around(log.model(Script(ValueError("the first")))))
        with pytest.raises(ValueError, match="the second"):
            await session.ask(agent, "hello")


async def test_a_log_that_fails_is_no_reason_to_ask_another_model(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = Script("never asked")
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        await session.ask(Agent("a", config=log.model(Script("hello"))), "hello")

        async def break_log() -> str:
            async def refuse(*_: object, **__: object) -> None:
                raise StoreUnavailable("the log", "the disk is full")

            monkeypatch.setattr(log.store, "append", refuse)
            return "lost"

        fallback = Fallback(log.model(second), answer="never given")
        agent = Agent("a", config=fallback.around(log.model(Script(break_log))))
        with pytest.raises(TurnAborted):
            await session.ask(agent, "again")
        monkeypatch.undo()
    assert len(second.seen) == 0


async def test_it_works_around_models_that_are_not_recorded() -> None:
    fallback = Fallback(Script(RateLimitError()), answer="later")
    reply = await Agent("a", config=fallback.around(Script(RateLimitError()))).ask("hello")
    assert reply.body == "later"


def test_a_fallback_to_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="another model, or an answer"):
        Fallback()

"""StatefulAgent: every way of asking classifies each message once, and shapes every model call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ag2 import Agent
from ag2.annotations import Context
from ag2.testing import TestConfig, TrackingConfig

import retold
from retold.domain.dialogue.events import Label
from retold.domain.dialogue.tables import sketch_table
from retold.domain.recorded import RecordedEvent
from retold.domain.result import ResultStatus
from retold.errors import EmptyMessage, InvalidPreference, NotRecorded, UnknownTopic
from tests.agents.recorded import events_of
from tests.agents.scripted import Script, call


@pytest.fixture
async def log(store_url: str) -> AsyncIterator[retold.Log]:
    async with retold.open(store_url) as opened:
        yield opened


def stateful(log: retold.Log, script: Script, **options: Any) -> retold.StatefulAgent:
    return retold.StatefulAgent("support", "BASE", config=log.model(script), **options)


async def classes_in(session: retold.Session) -> list[str]:
    events = await events_of(session, "conversation.message_classified")
    return [event.data["message_class"]["label"] for event in events]


def said_of_state(script: Script, call_number: int = -1) -> str:
    base, *added = script.seen[call_number].prompt
    assert base == "BASE"
    return "\n".join(added)


async def test_a_message_moves_the_conversation_and_shapes_the_prompt(log: retold.Log) -> None:
    session, script = await log.session("s"), Script("a", "b")
    agent = stateful(log, script)
    await session.ask(agent, "Which parcel is mine?")
    assert "has asked a question" in said_of_state(script)
    await session.ask(agent, "I don't understand")
    assert "did not understand" in said_of_state(script)
    assert "seems confused" in said_of_state(script)

    state = await session.state("conversation")
    assert (state.current_topic, state.emotional_state) == ("clarifying", "confused")
    assert [(t.from_topic, t.to_topic) for t in state.transitions] == [
        ("greeting", "question_asked"),
        ("question_asked", "clarifying"),
    ]
    first = await session.state("conversation", at=state.transitions[1].message)
    assert (first.current_topic, first.emotional_state) == ("question_asked", "neutral")


async def test_the_topic_is_explained_by_the_message_and_its_classification(
    log: retold.Log,
) -> None:
    session, script = await log.session("s"), Script("a")
    await session.ask(stateful(log, script), "How does it work?")

    found = await session.explain("conversation.current_topic")
    assert found.value == "question_asked"
    assert found.event is not None
    assert found.event.type == "conversation.state_transitioned"
    request, classified = (edge.event for edge in found.causes)
    assert request.data["event"]["$"] == "ag2.ModelRequest"
    assert request.version == found.event.data["message"]
    assert classified.type == "conversation.message_classified"
    assert classified.causation_id == request.event_id
    mood = await session.explain("conversation.emotional_state")
    assert mood.event is None


async def test_a_tool_round_classifies_nothing_and_is_shaped_as_well(log: retold.Log) -> None:
    def look() -> str:
        """Look."""
        return "found"

    session = await log.session("s")
    script = Script([call("look", "c1")], [call("look", "c2")], "done")
    await session.ask(stateful(log, script, tools=[look]), "Where is it?")
    assert await classes_in(session) == ["question_asked"]
    assert len(script.seen) == 3
    assert len({said_of_state(script, number) for number in range(3)}) == 1
    assert said_of_state(script)


@pytest.mark.parametrize("way", ["ask", "stream", "reply", "run"])
async def test_it_works_wherever_an_agent_does(log: retold.Log, way: str) -> None:
    session, script = await log.session("s"), Script("a", "b")
    agent = stateful(log, script)
    reply = await session.ask(agent, "hello")
    match way:
        case "ask":
            await session.ask(agent, "Tell me more about it")
        case "stream":
            await agent.ask("Tell me more about it", stream=session.stream)
        case "reply":
            await reply.ask("Tell me more about it")
        case _:
            async with agent.run("Tell me more about it", stream=session.stream) as run:
                await run.result()
    assert await classes_in(session) == ["greeting", "deepening"]
    assert "more details" in said_of_state(script)
    turns = {event.metadata["turn"] for event in await events_of(session, "turn.started")}
    assert len(turns) == 2
    classified = await events_of(session, "conversation.message_classified")
    assert {event.metadata["turn"] for event in classified} == turns
    assert {event.metadata["agent"] for event in classified} == {"support"}


async def test_a_message_that_arrives_in_mid_turn_is_classified_before_the_model_sees_it(
    log: retold.Log,
) -> None:
    def wait(ctx: Context) -> str:
        """Wait."""
        ctx.enqueue("Compare it with the other one")
        return "waited"

    session, script = await log.session("s"), Script([call("wait", "c")], "done")
    await session.ask(stateful(log, script, tools=[wait]), "What is it?")
    assert await classes_in(session) == ["question_asked", "comparison_made"]
    assert "compares" not in said_of_state(script, 0)
    assert "compares" in said_of_state(script, 1)


async def test_a_message_of_a_turn_that_failed_is_classified_once(log: retold.Log) -> None:
    session = await log.session("s")
    agent = stateful(log, Script(ValueError("no model"), "a"))
    with pytest.raises(ValueError, match="no model"):
        await session.ask(agent, "What is it?")
    await session.ask(agent, "hello?")
    assert len(await classes_in(session)) == 2


async def test_a_plugin_makes_any_agent_stateful_for_one_call_too(log: retold.Log) -> None:
    session, script = await log.session("s"), Script("a", "b", "c")
    plugin = retold.StatefulPlugin()
    always = Agent("support", "BASE", config=log.model(script), plugins=[plugin])
    once = Agent("support", "BASE", config=log.model(script))
    await session.ask(always, "What is it?")
    assert "has asked a question" in said_of_state(script)
    await session.ask(once, "Explain the details", plugins=[plugin])
    assert "more details" in said_of_state(script)
    await session.ask(once, "And why?")
    assert said_of_state(script) == ""
    assert await classes_in(session) == ["question_asked", "deepening"]


async def test_as_a_sub_agent_it_has_the_state_of_its_own_conversation(log: retold.Log) -> None:
    script = Script("inner")
    inner = stateful(log, script)
    outer = retold.StatefulAgent(
        "boss",
        config=log.model(
            Script([call("task_support", "c", '{"objective": "Compare A versus B"}')], "done")
        ),
        tools=[inner.as_tool(description="Asks support.")],
    )
    session = await log.session("s")
    result = await outer.respond(session, "hello")
    assert result.value is not None
    assert result.value.state.current_topic == "greeting"
    assert "compares" in said_of_state(script)
    assert await classes_in(session) == ["greeting"]


async def test_two_sessions_at_once_never_see_each_others_state(log: retold.Log) -> None:
    entered, may_go = asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        entered.set()
        await may_go.wait()
        return "slow"

    one, other = await log.session("one"), await log.session("other")
    script = Script(slow, "quick", "again")
    agent = stateful(log, script)
    asking = asyncio.create_task(one.ask(agent, "I don't understand"))
    await entered.wait()
    reply = await other.ask(agent, "Compare A versus B")
    may_go.set()
    await (await asking).ask("hello")
    await reply.ask("bye") if script.turns else None
    assert "confused" in said_of_state(script, 0)
    assert "confused" not in said_of_state(script, 1)
    assert "compares" in said_of_state(script, 1)
    states = [await session.state("conversation") for session in (one, other)]
    assert [s.current_topic for s in states] == ["clarifying", "comparison_made"]
    assert [s.emotional_state for s in states] == ["neutral", "neutral"]


async def test_a_stream_that_is_in_no_log_is_refused_before_anything_happens(
    log: retold.Log,
) -> None:
    script = Script("never")
    with pytest.raises(NotRecorded):
        await stateful(log, script).ask("hello")
    assert script.seen == []


async def test_the_table_says_where_a_message_may_lead(log: retold.Log) -> None:
    session, script = await log.session("s"), Script("a", "b", "c")
    agent = stateful(log, script, table=sketch_table)
    for text in ("What is it?", "And why?"):
        await session.ask(agent, text)
    state = await session.state("conversation")
    assert (state.current_topic, state.refusal_count) == ("question_asked", 1)
    (refused,) = await events_of(session, "conversation.transition_refused")
    assert refused.data["possible"] == ["answering", "clarifying"]

    other = retold.TransitionTable({"a": ["b"]}, "a", frozenset({"b"}))
    with pytest.raises(UnknownTopic) as error:
        await session.ask(stateful(log, script, table=other), "hello")
    assert error.value.topic == "question_asked"


async def test_variables_and_state_go_on_when_the_log_is_opened_again(store_url: str) -> None:
    async with retold.open(store_url) as log:
        session = await log.session("s")
        agent = stateful(log, Script("a"))
        await agent.prefer(session, {"language": "de"})
        await session.ask(agent, "What is it?", variables={"order": 4711})
    async with retold.open(store_url) as log:
        session, script = await log.session("s"), Script("b")
        reply = await session.ask(stateful(log, script), "Tell me more")
        assert reply.context.variables == {"order": 4711}
        assert 'prefers language: "de"' in said_of_state(script)
        state = await session.state("conversation")
        assert [t.to_topic for t in state.transitions] == ["question_asked", "deepening"]


async def test_a_fork_goes_on_with_the_state_of_its_parent(log: retold.Log) -> None:
    session = await log.session("s")
    agent = stateful(log, Script("a", "b", "c"))
    await session.ask(agent, "What is it?")
    at = session.version
    await session.ask(agent, "bye")
    await log.store.fork("conversation-s", "conversation-f", at=at)
    fork = await log.session("f")
    assert (await fork.state("conversation")).current_topic == "question_asked"
    await fork.ask(agent, "Compare A versus B")
    assert (await fork.state("conversation")).current_topic == "comparison_made"
    assert (await session.state("conversation")).current_topic == "farewell"


# What it returns ---------------------------------------------------------------------------------


async def test_respond_returns_the_reply_and_where_it_is_recorded(log: retold.Log) -> None:
    session = await log.session("s")
    agent = stateful(log, Script("It is here.", "Bye."))
    result = await agent.respond(session, "Where is it?", correlation_id="c-1")
    assert (result.status, result.ok) == (ResultStatus.IN_PROGRESS, True)
    assert result.value is not None
    assert result.value.text == "It is here."
    assert result.value.context == await agent.state_context(session)
    assert result.value.context["current_topic"] == "question_asked"
    (turn,) = await events_of(session, "turn.started")
    assert result.ids.turn == turn.data["turn"]
    assert (result.ids.stream, result.ids.correlation_id) == ("conversation-s", "c-1")
    assert result.usage.model_calls == 1
    assert (await agent.respond(session, "bye")).status is ResultStatus.COMPLETED


async def test_a_failure_of_the_model_is_in_the_result_and_the_log(log: retold.Log) -> None:
    session = await log.session("s")
    result = await stateful(log, Script(ValueError("no model"))).respond(session, "hello")
    assert (result.status, result.value) == (ResultStatus.FAILED, None)
    assert result.error is not None
    assert result.error.message == "no model"
    (failed,) = await events_of(session, "turn.failed")
    assert failed.data["turn"] == result.ids.turn


@pytest.mark.parametrize("message", [(), ("",), ("  \n",)])
async def test_nothing_to_respond_to_is_refused(log: retold.Log, message: tuple[str, ...]) -> None:
    session = await log.session("s")
    with pytest.raises(EmptyMessage):
        await stateful(log, Script()).respond(session, *message)
    assert session.version == 0


async def test_the_context_has_the_last_three_messages(log: retold.Log) -> None:
    session = await log.session("s")
    agent = stateful(log, Script(*"abcd"))
    for text in ("hello", "What is it?", "I don't understand", "Compare A versus B"):
        await session.ask(agent, text)
    context = await agent.state_context(session)
    assert [entry["message_class"] for entry in context["recent_history"]] == [
        "question_asked",
        "clarifying",
        "comparison_made",
    ]
    assert [entry["emotional_state"] for entry in context["recent_history"]] == [
        "neutral",
        "confused",
        "neutral",
    ]
    assert all(entry["said_at"] for entry in context["recent_history"])


# Preferences -------------------------------------------------------------------------------------


async def test_the_model_can_remember_and_forget_a_preference(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script(
        [call("remember_preference", "c1", '{"name": "language", "value": "de"}')],
        [call("remember_preference", "c2", '{"name": "", "value": "x"}')],
        [call("forget_preference", "c3", '{"name": "language"}')],
        "done",
    )
    await session.ask(stateful(log, script, learns_preferences=True), "Auf Deutsch, bitte")
    assert 'prefers language: "de"' in said_of_state(script, 1)
    assert "prefers" in said_of_state(script, 2)
    assert "prefers" not in said_of_state(script, 3)
    first, second = await events_of(session, "conversation.preferences_changed")
    assert (first.data["changed"], second.data["removed"]) == ({"language": "de"}, ["language"])


async def test_a_preference_that_cannot_be_recorded_is_refused(log: retold.Log) -> None:
    session = await log.session("s")
    agent = stateful(log, Script())
    with pytest.raises(InvalidPreference):
        await agent.prefer(session, {"good": 1, "bad": object()})
    assert (await session.state("conversation")).preferences == {}


# Classifiers of one's own ------------------------------------------------------------------------


class Loud:
    """Tells shouting from talking, or fails as it is told to."""

    name = "loud"
    labels = ("shouting", "talking")

    def __init__(self, failure: Exception | str | None = None) -> None:
        self.failure = failure

    async def classify(self, message: Any) -> Label:
        if isinstance(self.failure, Exception):
            raise self.failure
        label = self.failure or ("shouting" if message.text.isupper() else "talking")
        return Label(label=label, classifier=self.name)


loud_table = retold.TransitionTable(
    {"calm": {"talking": "calm", "shouting": "heated"}, "heated": {"talking": "calm"}}, "calm"
)


async def test_a_classifier_and_a_table_of_ones_own(log: retold.Log) -> None:
    session = await log.session("s")
    agent = stateful(
        log,
        Script("a", "b"),
        table=loud_table,
        classifier=Loud(),
        sentiment=None,
        hints=lambda context: [f"It is {context['current_topic']}."],
    )
    await session.ask(agent, "HELLO")
    await session.ask(agent, "sorry")
    state = await session.state("conversation")
    assert [t.to_topic for t in state.transitions] == ["heated", "calm"]
    classified = await events_of(session, "conversation.message_classified")
    assert "sentiment" not in classified[0].data


@pytest.mark.parametrize("failure", [RuntimeError("broken"), "whispering"])
async def test_a_classifier_that_fails_is_stood_in_for_by_rules(
    log: retold.Log, failure: Exception | str
) -> None:
    session = await log.session("s")
    await session.ask(stateful(log, Script("a"), classifier=Loud(failure)), "What is it?")
    classified: RecordedEvent
    (classified,) = await events_of(session, "conversation.message_classified")
    label = classified.data["message_class"]
    assert (label["label"], label["classifier"]) == ("question_asked", "words")
    assert label["error"]["type"] in {"RuntimeError", "NotClassified"}


async def test_with_ag2s_own_test_model(log: retold.Log) -> None:
    tracked = TrackingConfig(TestConfig("Hello!"))
    agent = retold.StatefulAgent("support", "BASE", config=log.model(tracked))
    reply = await (await log.session("s")).ask(agent, "Why is that?")
    assert reply.body == "Hello!"
    assert "has asked a question" in tracked.calls[0].prompt[-1]

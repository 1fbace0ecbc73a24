"""One session, a stateful agent in each of several processes: each goes by what the log says."""

from __future__ import annotations

import pytest

import retold
from tests.agents.recorded import events_of
from tests.agents.scripted import Script
from tests.sessions.processes import OtherProcesses, lapse


async def test_two_processes_take_turns_in_one_conversation(
    store_url: str, other: OtherProcesses
) -> None:
    async with retold.open(store_url) as log:
        session, script = await log.session("s"), Script("a", "b")
        agent = retold.StatefulAgent("here", "BASE", config=log.model(script))
        await session.ask(agent, "What is it?")
        told = await other.act(store_url, "s", "ask stateful")
        assert told["topics"] == ["question_asked", "clarifying"]
        assert "seems confused" in told["prompt"][-1]

        await session.ask(agent, "Compare A versus B")
        assert "compares" in script.seen[-1].prompt[-1]
        moves = [
            (event.data["from_topic"], event.data["to_topic"], event.metadata["agent"])
            for event in await events_of(session, "conversation.state_transitioned")
        ]
        assert moves == [
            ("greeting", "question_asked", "here"),
            ("question_asked", "clarifying", "other"),
            ("clarifying", "comparison_made", "here"),
        ]
        told = await other.act(store_url, "s", "ask stateful")
        assert told["topics"] == ["clarifying", "comparison_made", "clarifying"]
        assert (await log.verify()).ok


async def test_a_reply_goes_on_from_where_another_process_left_the_conversation(
    store_url: str, other: OtherProcesses
) -> None:
    async with retold.open(store_url) as log:
        session, script = await log.session("s"), Script("a", "b", "c")
        agent = retold.StatefulAgent("here", "BASE", config=log.model(script))
        reply = await session.ask(agent, "What is it?")
        for number in (1, 2):
            await other.act(store_url, "s", "ask stateful")
            reply = await reply.ask("hello")
            state = await session.state("conversation")
            # A greeting keeps the topic the other process came to.
            assert state.transitions[-1].from_topic == state.current_topic == "clarifying"
            assert state.transition_count == 1 + 2 * number
            assert "did not understand" in script.seen[-1].prompt[-1]


@pytest.mark.crash
async def test_a_process_killed_right_after_a_classification_leaves_it_for_the_next(
    sqlite_url: str, other: OtherProcesses
) -> None:
    told = await other.act(sqlite_url, "s", "ask stateful, stop when classified")
    assert told == {"at": "classified"}
    await other.kill()
    async with retold.open(sqlite_url) as log:
        await lapse(log)
        session, script = await log.session("s"), Script("a")
        state = await session.state("conversation")
        assert (state.current_topic, state.emotional_state) == ("clarifying", "confused")
        agent = retold.StatefulAgent("here", "BASE", config=log.model(script))
        await session.ask(agent, "Tell me more")
        classified = await events_of(session, "conversation.message_classified")
        assert [event.data["message_class"]["label"] for event in classified] == [
            "clarifying",
            "deepening",
        ]
        assert (await session.state("conversation")).transitions[-1].from_topic == "clarifying"

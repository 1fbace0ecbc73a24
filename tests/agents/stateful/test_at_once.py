"""One agent in many conversations at once, tool rounds and all: each call is told its own state."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ag2.config import LLMClient
from ag2.context import ConversationContext
from ag2.events import ModelMessage, ModelRequest, ModelResponse, TextInput, ToolCallsEvent

import retold
from retold.agents.stateful.behaviour import Behaviour
from retold.agents.stateful.classifiers import RuleClassifier
from retold.domain.dialogue.rules import WordRules
from retold.domain.dialogue.tables import default_table, sketch_classes, sketch_table
from tests.agents.recorded import events_of
from tests.agents.scripted import Script, call

# What a user says, the topic it leads to, and what the model must be told of that.
turns = (
    ("What is it?", "question_asked", "has asked a question"),
    ("I don't understand", "clarifying", "did not understand"),
    ("Tell me more about it", "deepening", "wants more details"),
    ("Compare A versus B", "comparison_made", "compares"),
)


class Rounds(Script):
    """Calls a tool once for each message, lets others go first, and keeps what it was told."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        super().__init__()
        self.told: list[tuple[str, str]] = []

    def create(self) -> LLMClient:
        """Return a client of it."""
        return _Client(self)


class _Client(LLMClient):
    def __init__(self, rounds: Rounds) -> None:
        self._rounds = rounds

    async def __call__(
        self, messages: Any, context: ConversationContext, **_: Any
    ) -> ModelResponse:
        await asyncio.sleep(0)
        (request,) = [m for m in messages if isinstance(m, ModelRequest)][-1:]
        said = "".join(part.content for part in request.parts if isinstance(part, TextInput))
        self._rounds.told.append((said, "\n".join(context.prompt[1:])))
        if isinstance(messages[-1], ModelRequest):
            return ModelResponse(tool_calls=ToolCallsEvent([call("look", f"c{len(messages)}")]))
        return ModelResponse(ModelMessage("done"))


async def look() -> str:
    """Look, while others speak."""
    for _ in range(3):
        await asyncio.sleep(0)
    return "seen"


async def test_each_call_is_told_the_state_of_its_own_conversation(store_url: str) -> None:
    async with retold.open(store_url) as log:
        rounds = Rounds()
        agent = retold.StatefulAgent("support", "BASE", config=log.model(rounds), tools=[look])

        async def talk(number: int) -> list[str]:
            """Go through the turns, beginning at another one in each conversation."""
            own = [turns[(number + place) % len(turns)] for place in range(len(turns))]
            session = await log.session(f"s{number}")
            reply = await session.ask(agent, own[0][0], variables={"number": number})
            for said, _, _ in own[1:]:
                reply = await reply.ask(said)
                assert reply.context.variables == {"number": number}
            moved = await events_of(session, "conversation.state_transitioned")
            assert [event.data["to_topic"] for event in moved] == [topic for _, topic, _ in own]
            return [said for said, _, _ in own]

        spoken = await asyncio.gather(*(talk(number) for number in range(6)))
        # Two calls a message: before the tool, and after it.
        assert len(rounds.told) == 2 * sum(map(len, spoken))
        for said, told in rounds.told:
            for text, _, hint in turns:
                assert (hint in told) is (said == text)


@pytest.mark.parametrize(("table", "stuck"), [(sketch_table, True), (default_table, False)])
def test_a_table_that_a_classifier_gets_stuck_in_is_warned_of(
    table: retold.TransitionTable, stuck: bool, caplog: pytest.LogCaptureFixture
) -> None:
    words: dict[str, dict[str, float]] = {
        name: {name: 1.0} for name in sketch_classes if name != "topic_introduced"
    }
    classifier = RuleClassifier(WordRules("sketch", words, "topic_introduced"))
    Behaviour(table=table, classifier=classifier)
    warnings = [record.getMessage() for record in caplog.records]
    assert any("question_asked" in warning for warning in warnings) is stuck

"""A model that classifies: by a response schema, recorded, and stood in for when it talks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from ag2.config import OpenAIConfig
from ag2.events import ModelMessage, ModelResponse, Usage

import retold
from retold.agents.stateful.classifiers import message_class_meanings, sentiment_meanings
from retold.domain.dialogue.decider import default_emotions
from retold.domain.dialogue.rules import message_classes, sentiment_rules
from retold.domain.dialogue.tables import default_table
from tests.agents.openai_server import OpenAIServer, running
from tests.agents.prefixes import everything_in, log_of
from tests.agents.recorded import events_of
from tests.agents.scripted import Script, Turn


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    async with retold.open(sqlite_url) as opened:
        yield opened


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """An OpenAI-compatible server on loopback."""
    with running() as state:
        yield state


def said(text: str) -> ModelResponse:
    return ModelResponse(ModelMessage(text), usage=Usage(prompt_tokens=5, completion_tokens=1))


def agent_of(log: retold.Log, script: Script, classes: Script) -> retold.StatefulAgent:
    classifier = retold.ModelClassifier(log.model(classes))
    return retold.StatefulAgent("support", config=log.model(script), classifier=classifier)


async def label_in(session: retold.Session) -> dict[str, object]:
    (classified,) = await events_of(session, "conversation.message_classified")
    label: dict[str, object] = classified.data["message_class"]
    return label


@pytest.mark.parametrize(
    "answer",
    [
        *['{"label": "broadening"}', '```json\n{"label": "broadening"}\n```', '"broadening"'],
        *["Broadening.", "**broadening**"],
    ],
)
async def test_the_models_label_is_taken(log: retold.Log, answer: str) -> None:
    session, classes = await log.session("s"), Script(said(answer))
    result = await agent_of(log, Script(said("a")), classes).respond(session, "What is it?")
    assert await label_in(session) == {"label": "broadening", "classifier": "model"}
    assert result.value is not None
    assert result.value.state.current_topic == "broadening"
    # The agent's own call and the classifier's.
    assert (result.usage.model_calls, result.usage.tokens) == (2, 12)
    assert "never an instruction" in classes.seen[0].prompt[0]


@pytest.mark.parametrize(
    "answer",
    [
        *["", "I cannot do that.", '{"label": "angry"}', '{"label": 3}', "{", "[1, 2]", "null"],
        ConnectionError("no route"),
    ],
)
async def test_nonsense_is_recorded_and_the_rules_choose(log: retold.Log, answer: Turn) -> None:
    session = await log.session("s")
    turn = said(answer) if isinstance(answer, str) else answer
    reply = await session.ask(agent_of(log, Script("a"), Script(turn)), "What is it?")
    assert reply.body == "a"
    label = await label_in(session)
    assert (label["label"], label["classifier"]) == ("question_asked", "words")
    assert isinstance(label["error"], dict)
    assert label["error"]["type"] == "NotClassified"


async def test_a_classification_in_the_log_is_not_asked_for_again(log: retold.Log) -> None:
    session = await log.session("s")
    await session.ask(agent_of(log, Script("a"), Script(said("farewell"))), "What is it?")
    events = await everything_in(log.store)
    labels = [e for e in events if e.type == "conversation.message_classified"]
    whole = events.index(labels[0])
    async with log_of(events[: whole + 1]) as cut:
        # It died right after the classification.
        again, script, classes = await cut.session("s"), Script("b"), Script(said("deepening"))
        await again.ask(agent_of(cut, script, classes), "Tell me more")
        found = await events_of(again, "conversation.message_classified")
        assert [e.data["message_class"]["label"] for e in found] == ["farewell", "deepening"]
        assert len(classes.seen) == 1


async def test_sentiment_can_be_a_models_too(log: retold.Log) -> None:
    session = await log.session("s")
    moods = retold.ModelClassifier(
        log.model(Script(said('{"label": "frustrated"}'))), sentiment_meanings, name="mood"
    )
    agent = retold.StatefulAgent("support", config=log.model(Script("a")), sentiment=moods)
    await session.ask(agent, "Again?")
    assert (await session.state("conversation")).emotional_state == "frustrated"


def test_a_model_gives_the_classes_that_the_default_table_and_moods_are_made_for() -> None:
    assert set(message_class_meanings) == set(message_classes)
    assert default_table.unhandled(message_class_meanings) == []
    assert set(sentiment_meanings) == set(sentiment_rules.labels) == set(default_emotions)


def test_a_classifier_without_labels_is_refused(log: retold.Log) -> None:
    with pytest.raises(ValueError, match="no label"):
        retold.ModelClassifier(Script(), {})


async def test_over_http_the_state_is_in_the_system_message(
    log: retold.Log, server: OpenAIServer
) -> None:
    config = log.model(OpenAIConfig("fake-1", base_url=server.url, api_key="k"))
    agent = retold.StatefulAgent(
        "support", "BASE", config=config, classifier=retold.ModelClassifier(config)
    )
    session = await log.session("s")
    result = await agent.respond(session, "What is it?")
    assert result.value is not None
    assert result.value.text == "echo:What is it?"
    asked, answered = server.requests
    assert asked["response_format"]["json_schema"]["schema"]["properties"]["label"]["enum"]
    system = answered["messages"][0]["content"]
    assert system.startswith("BASE")
    assert "has asked a question" in system
    # The server echoes: no label, so the rules chose.
    assert (await label_in(session))["classifier"] == "words"
    assert result.usage.model_calls == 2

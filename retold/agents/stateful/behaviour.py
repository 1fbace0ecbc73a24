"""How messages move a conversation through its topics, and how that shapes the prompt."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TypeAlias

from ag2.context import ConversationContext

from retold.agents.conversation import Conversation
from retold.agents.stateful.classifiers import (
    Classifier,
    RuleClassifier,
    rule_classifier,
    rule_sentiment,
)
from retold.agents.stateful.messages import (
    UserMessage,
    conversation_in,
    unanswered_messages,
)
from retold.agents.work import Work
from retold.domain.dialogue.decider import TakeMessage, default_emotions, dialogue
from retold.domain.dialogue.events import Label
from retold.domain.dialogue.state import DialogueState, StateContext, state_context
from retold.domain.dialogue.table import TransitionTable
from retold.domain.dialogue.tables import default_table
from retold.errors import NotClassified, RetoldError
from retold.logs import get_logger

log = get_logger("retold.stateful")

Hints: TypeAlias = Callable[[StateContext], Iterable[str]]
"""What the agent is told of a state, a sentence each."""

topic_hints: Mapping[str, str] = MappingProxyType(
    {
        "question_asked": "The user has asked a question. Provide clear, direct answers.",
        "clarifying": "The user did not understand. Say it in other words, with an example.",
        "deepening": "The user wants more details. Provide comprehensive information.",
        "broadening": "The user wants to look around. Name alternatives and related topics.",
        "comparison_made": "The user compares. Say what differs, and for whom which is better.",
        "solution_provided": "The user's problem seems solved. Confirm, and offer further help.",
        "farewell": "The user is leaving. Say goodbye in a sentence.",
    }
)
emotion_hints: Mapping[str, str] = MappingProxyType(
    {
        "confused": "The user seems confused. Explain concepts clearly and offer to clarify.",
        "frustrated": "The user seems frustrated. Acknowledge that first, and be brief.",
        "positive": "The user seems satisfied. Keep going the same way.",
    }
)


def default_hints(context: StateContext) -> Iterable[str]:
    """Yield what is told of the topic, the emotional state and the preferences of a state."""
    for hints, name in ((topic_hints, "current_topic"), (emotion_hints, "emotional_state")):
        hint = hints.get(context[name] or "")
        if hint is not None:
            yield hint
    for name, value in context["preferences"].items():
        # As JSON: a preference is a value, and stays on its line.
        yield f"The user prefers {name}: {json.dumps(value, ensure_ascii=False)}"


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What a stateful agent goes by; it holds nothing of any conversation.

    Attributes:
        table: the topics, and the ways between them.
        classifier: says what kind of message a message is.
        sentiment: says in what mood it was written; None to leave that unknown.
        emotions: emotional state by sentiment.
        hints: what the agent is told of a state.
    """

    table: TransitionTable = default_table
    classifier: Classifier = rule_classifier
    sentiment: Classifier | None = rule_sentiment
    emotions: Mapping[str, str] = field(default_factory=lambda: default_emotions)
    hints: Hints = default_hints

    def __post_init__(self) -> None:
        """Warn of a table in which a conversation gets stuck."""
        stuck = self.table.stuck_with(self.classifier.labels)
        if stuck:
            log.warning(
                "no message of any class leads out of some topics",
                topics=stuck,
                classifier=self.classifier.name,
            )

    async def settle(self, context: ConversationContext) -> DialogueState:
        """Take in each message that was not taken in yet, and return the state after them.

        Args:
            context: AG2's, of the turn.

        Raises:
            NotRecorded: when the stream is not one of a log.
            UnknownTopic: when the conversation is in a topic that the table does not have.
            TurnAborted: when the log does not do its work.
        """
        work = await Work.of(context)
        _, conversation = await conversation_in(context)
        state = await work.state(dialogue)
        for message in await unanswered_messages(context, work, after=state.last_message):
            message_class, sentiment = await asyncio.gather(
                _label(self.classifier, message, rule_classifier, conversation),
                _sentiment(self.sentiment, message, conversation),
            )
            decided = await work.decide(
                dialogue,
                TakeMessage(
                    message=message.version,
                    message_class=message_class,
                    table=self.table,
                    sentiment=sentiment,
                    emotions=self.emotions,
                    said_at=message.said_at,
                ),
                caused_by=message.event_id,
            )
            state = decided.state
        return state

    def prompt_of(self, state: DialogueState) -> str | None:
        """Return what is added to the prompt; None when there is nothing to say."""
        hints = [hint for hint in self.hints(state_context(state)) if hint]
        if not hints:
            return None
        return "\n".join(["Additional context:", *(f"- {hint}" for hint in hints)])


async def _sentiment(
    classifier: Classifier | None, message: UserMessage, conversation: Conversation
) -> Label | None:
    if classifier is None:
        return None
    return await _label(classifier, message, rule_sentiment, conversation)


async def _label(
    classifier: Classifier, message: UserMessage, rules: RuleClassifier, conversation: Conversation
) -> Label:
    """Return a classifier's label; when it gives none of its own, what the rules say."""
    try:
        label = await classifier.classify(message)
        if label.label not in classifier.labels:
            raise NotClassified(classifier.name, f"{label.label!r} is none of its labels")
    except NotClassified as error:
        failure: Exception = error
    except RetoldError:
        # The log does not do its work: what is decided now would not be recorded either.
        raise
    except Exception as error:
        failure = error
    else:
        return label
    log.warning("a message was classified by rules", error=type(failure).__name__)
    fallback = await rules.classify(message)
    return fallback.model_copy(update={"error": conversation.describe(failure)})

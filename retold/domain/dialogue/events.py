"""What happens to a conversation's topic, emotional state and preferences."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from pydantic import Field

from retold.domain.event import DomainEvent
from retold.domain.value import ErrorInfo, Value


class Label(Value):
    """What a classifier made of a text.

    Attributes:
        label: one of the classifier's labels.
        score: how sure it is, 0 to 1; None when it does not say.
        classifier: name of the classifier that chose the label.
        error: why the classifier that was asked first gave none, so that another one chose.
    """

    label: str
    score: float | None = None
    classifier: str
    error: ErrorInfo | None = None


class MessageClassified(DomainEvent):
    """A message of the user was classified, once.

    Attributes:
        message: version of the message's event in the same stream.
        message_class: what kind of message it is.
        sentiment: in what mood it was written; None when nobody looked.
        said_at: when it was said, by the source's clock; None when unknown.
    """

    type: ClassVar[str] = "conversation.message_classified"
    message: int = Field(ge=1)
    message_class: Label
    sentiment: Label | None = None
    said_at: datetime | None = None


class StateTransitioned(DomainEvent):
    """A message led the conversation from one topic to another, or kept it where it may stay.

    Attributes:
        from_topic: where it was.
        to_topic: where it is.
        trigger: class of the message.
        message: version of the message's event in the same stream.
        off_flow: the transition table has no such way; the conversation went it all the same.
        possible: triggers the table has a way for; given for transitions off the flow.
    """

    type: ClassVar[str] = "conversation.state_transitioned"
    from_topic: str
    to_topic: str
    trigger: str
    message: int = Field(ge=1)
    off_flow: bool = False
    possible: tuple[str, ...] | None = None


class TransitionRefused(DomainEvent):
    """A message led nowhere: the transition table has no way for it from the topic.

    Attributes:
        from_topic: where the conversation was, and is.
        trigger: class of the message.
        possible: triggers that there is a way for.
        message: version of the message's event in the same stream.
    """

    type: ClassVar[str] = "conversation.transition_refused"
    from_topic: str
    trigger: str
    possible: tuple[str, ...]
    message: int = Field(ge=1)


class EmotionalStateChanged(DomainEvent):
    """The sentiment of a message changed the user's emotional state, as far as it shows.

    Attributes:
        from_state: what it was.
        to_state: what it is.
        sentiment: of the message.
        message: version of the message's event in the same stream.
    """

    type: ClassVar[str] = "conversation.emotional_state_changed"
    from_state: str
    to_state: str
    sentiment: str
    message: int = Field(ge=1)


class PreferencesChanged(DomainEvent):
    """Preferences of the user became known, changed, or hold no more.

    Attributes:
        changed: JSON-native values by name.
        removed: names of those that hold no more.
    """

    type: ClassVar[str] = "conversation.preferences_changed"
    changed: dict[str, Any] = Field(default_factory=dict)
    removed: tuple[str, ...] = ()


dialogue_events: tuple[type[DomainEvent], ...] = (
    MessageClassified,
    StateTransitioned,
    TransitionRefused,
    EmotionalStateChanged,
    PreferencesChanged,
)

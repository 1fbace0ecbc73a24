"""Errors about the topics of a conversation and the ways between them."""

from __future__ import annotations

from collections.abc import Iterable

from retold.errors.root import RetoldError


class DialogueError(RetoldError):
    """Root of the errors about topics and transition tables."""

    code = "dialogue"


class UnknownTopic(DialogueError):
    """Raised when a topic is named that the transition table does not have.

    Attributes:
        topic: as named.
        topics: those there are.
    """

    code = "unknown_topic"

    def __init__(self, topic: str, topics: Iterable[str], *, where: str) -> None:
        self.topic = topic
        self.topics = tuple(topics)
        super().__init__(
            f"{where} names the topic {topic!r}, and the transition table has "
            f"{', '.join(self.topics) or 'none'}. Add it to the "
            "table's topics, or correct its name."
        )


class UnreachableTopics(DialogueError):
    """Raised when a transition table has topics that no way leads to.

    Attributes:
        topics: those topics.
        initial: where a conversation begins.
    """

    code = "unreachable_topics"

    def __init__(self, topics: Iterable[str], initial: str) -> None:
        self.topics = tuple(topics)
        self.initial = initial
        super().__init__(
            f"No way leads from {initial!r} to {', '.join(self.topics)}. Add a transition to each, "
            "or leave it out of the table."
        )


class DeadTopics(DialogueError):
    """Raised when a transition table has topics with no way on that are not said to be terminal.

    Attributes:
        topics: those topics.
    """

    code = "dead_topics"

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = tuple(topics)
        super().__init__(
            f"A conversation can never leave {', '.join(self.topics)}. Add a transition to another "
            "topic to each, or declare it terminal."
        )


class InvalidPreference(DialogueError):
    """Raised when a preference cannot be recorded.

    Attributes:
        name: of the preference.
        reason: why not.
    """

    code = "invalid_preference"

    def __init__(self, name: object, reason: str) -> None:
        self.name = name
        self.reason = reason
        super().__init__(f"The preference {name!r} cannot be recorded: {reason}.")


class EmptyMessage(DialogueError):
    """Raised when an agent is to respond to nothing."""

    code = "empty_message"

    def __init__(self, agent: str) -> None:
        self.agent = agent
        super().__init__(f"{agent!r} was given no message to respond to. Give it a text.")


class NotClassified(DialogueError):
    """Raised by a classifier that finds no label for a message; another one then chooses.

    Attributes:
        classifier: its name.
        reason: what it got instead of a label.
    """

    code = "not_classified"

    def __init__(self, classifier: str, reason: str) -> None:
        self.classifier = classifier
        self.reason = reason
        super().__init__(f"The classifier {classifier!r} gave no label: {reason}.")

"""What a conversation's recording events add up to: its history, variables, inbox,
open turn and topic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from retold.domain.dialogue.events import dialogue_events
from retold.domain.dialogue.state import (
    DialogueState,
    HistoryEntry,
    Transition,
    evolve,
    neutral,
)
from retold.domain.event import RecordedEvent
from retold.domain.recording import (
    ConversationClosed,
    ConversationStarted,
    EventRecorded,
    HistoryDropped,
    HistoryReplaced,
    HistorySpan,
    MessageEnqueued,
    MessageImported,
    TagsChanged,
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    VariablesChanged,
)

_history_types = frozenset(
    {EventRecorded.type, MessageImported.type, HistoryReplaced.type, HistoryDropped.type}
)

_dialogue_types = {event.type: event for event in dialogue_events}


class Reference(NamedTuple):
    """An event of the history: where the log holds it."""

    stream: str
    version: int


@dataclass(slots=True)
class ConversationState:
    """A fold of one conversation's stream; it is changed by :meth:`apply` only.

    Attributes:
        stream: name of the stream.
        version: of the last event applied; 0 when there is none.
        started: how it began; None when it has not.
        tags: of the session, later values over earlier ones.
        history: AG2's events and imported messages that make up the history, in order.
        variables: context variables by Retold's codec.
        inbox: enqueued messages that no model call has taken yet, by id, in order.
        turns: how many have begun.
        open_turn: the turn that has begun and not ended.
        interrupted: True when tool calls may be unanswered: the last turn did not complete, or
            something was recorded in no turn at all.
        closed: how it ended; None while it goes on.
        closings: how often it was closed.
        current_topic: of the conversation, in a transition table's terms; None before the first
            transition.
        emotional_state: of the user, as far as it shows.
        preferences: of the user, by name.
        transitions: from topic to topic, the newest of them, in order.
        recent_messages: the newest messages that were classified, in order.
        transition_count: how many transitions there were.
        off_flow_count: those of them the transition table had no way for.
        refusal_count: how many messages led nowhere.
        message_count: how many messages were classified.
    """

    stream: str
    version: int = 0
    started: ConversationStarted | None = None
    tags: dict[str, str] = field(default_factory=dict)
    history: list[Reference] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    inbox: dict[str, MessageEnqueued] = field(default_factory=dict)
    turns: int = 0
    open_turn: TurnStarted | None = None
    interrupted: bool = False
    closed: ConversationClosed | None = None
    closings: int = 0
    current_topic: str | None = None
    emotional_state: str = neutral
    preferences: dict[str, Any] = field(default_factory=dict)
    transitions: tuple[Transition, ...] = ()
    recent_messages: tuple[HistoryEntry, ...] = ()
    transition_count: int = 0
    off_flow_count: int = 0
    refusal_count: int = 0
    message_count: int = 0

    @property
    def dialogue(self) -> DialogueState:
        """The part of it that a dialogue's decider decides on."""
        return DialogueState.model_construct(
            **{name: getattr(self, name) for name in DialogueState.model_fields}
        )

    @dialogue.setter
    def dialogue(self, state: DialogueState) -> None:
        for name in DialogueState.model_fields:
            setattr(self, name, getattr(state, name))

    @property
    def refuses_turns(self) -> bool:
        """Whether it was closed here; how an imported one ended at its source ends nothing here."""
        is_imported = self.started is not None and self.started.origin is not None
        ended_at_source = is_imported and self.turns == 0 and self.closings == 1
        return self.closed is not None and not ended_at_source

    def apply(self, event: RecordedEvent) -> None:
        """Take in the next event of the stream.

        Args:
            event: of the version after :attr:`version`; types that say nothing about the state
                are passed over.

        Raises:
            InvalidEventData: when its data does not fit its type.
        """
        self.version = event.version
        category = event.type.partition(".")[0]
        if category == "turn":
            self._apply_turn(event)
        elif event.type in _history_types:
            self._apply_history(event)
        elif event.type in _dialogue_types:
            decided = _dialogue_types[event.type].from_recorded(event)
            self.dialogue = evolve(self.dialogue, decided)
        else:
            self._apply_conversation(event)

    def _apply_history(self, event: RecordedEvent) -> None:
        match event.type:
            case EventRecorded.type:
                self._record(event)
            case MessageImported.type:
                self.history.append(Reference(event.stream, event.version))
                self.interrupted = True
            case HistoryReplaced.type:
                self.history = list(references(event.stream, HistoryReplaced.from_recorded(event)))
            case HistoryDropped.type:
                self.history = []

    def _apply_conversation(self, event: RecordedEvent) -> None:
        match event.type:
            case VariablesChanged.type:
                changes = VariablesChanged.from_recorded(event)
                for name in changes.removed:
                    self.variables.pop(name, None)
                self.variables |= changes.changed
            case MessageEnqueued.type:
                enqueued = MessageEnqueued.from_recorded(event)
                self.inbox[enqueued.message] = enqueued
            case ConversationStarted.type:
                self.started = ConversationStarted.from_recorded(event)
                self.tags |= self.started.tags
            case TagsChanged.type:
                self.tags |= TagsChanged.from_recorded(event).tags
            case ConversationClosed.type:
                self.closed = ConversationClosed.from_recorded(event)
                self.closings += 1

    def _apply_turn(self, event: RecordedEvent) -> None:
        match event.type:
            case TurnStarted.type:
                self.open_turn = TurnStarted.from_recorded(event)
                self.turns += 1
                self.interrupted = True
                self.closed = None
            case TurnCompleted.type | TurnFailed.type | TurnCancelled.type:
                if self.open_turn and self.open_turn.turn == event.data.get("turn"):
                    self.open_turn = None
                    self.interrupted = event.type != TurnCompleted.type

    def _record(self, event: RecordedEvent) -> None:
        # Read as it is: the AG2 event inside is the bulk of a log, and nothing here needs it.
        if not event.data.get("detached", False):
            self.history.append(Reference(event.stream, event.version))
            self.interrupted = self.interrupted or self.open_turn is None
        for message in event.data.get("inbox", ()):
            self.inbox.pop(message, None)


def references(stream: str, replaced: HistoryReplaced) -> Iterable[Reference]:
    """Yield the events a replacement refers to; ``stream`` is the one it was recorded in."""
    for span in replaced.spans:
        for version in range(span.first, span.last + 1):
            yield Reference(span.stream or stream, version)


def spans(stream: str, history: Iterable[Reference]) -> tuple[HistorySpan, ...]:
    """Return references as runs of consecutive versions, in their order.

    Args:
        stream: the stream the runs are to be recorded in; its own name is left out.
        history: references in order; they need not be sorted nor distinct.
    """
    runs: list[tuple[str, int, int]] = []
    for reference in history:
        if runs:
            name, first, last = runs[-1]
            if reference == (name, last + 1):
                runs[-1] = (name, first, last + 1)
                continue
        runs.append((reference.stream, reference.version, reference.version))
    return tuple(
        HistorySpan(first=first, last=last, stream=None if name == stream else name)
        for name, first, last in runs
    )

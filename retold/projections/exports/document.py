"""A conversation as a document: its turns, what was said in each, and what that cost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from retold.domain.event import RecordedEvent
from retold.domain.recording import (
    EventRecorded,
    MessageImported,
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
)
from retold.projections.models.session_summary import SessionSummary, evolve
from retold.projections.models.transcript import Entry, transcript
from retold.projections.payload import (
    added_count,
    added_dollars,
    dollars,
    mapping_of,
    model_request_types,
    token_count,
    type_of,
)

_outcomes = {
    TurnCompleted.type: "completed",
    TurnFailed.type: "failed",
    TurnCancelled.type: "cancelled",
}


@dataclass(frozen=True, slots=True)
class Figures:
    """Tokens and dollars, as far as known; None where nobody says."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: Decimal | None = None

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            added_count(self.prompt_tokens, other.prompt_tokens),
            added_count(self.completion_tokens, other.completion_tokens),
            added_dollars(self.cost_usd, other.cost_usd),
        )


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the transcript, the event it is from, and what the source says it cost."""

    entry: Entry
    event: RecordedEvent
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A turn; or, where turns were not recorded, from one message of a user to the next.

    Attributes:
        number: from 1; 0 for what came before the first.
        turn: id of the turn; None where turns were not recorded.
        events: of the section, in order.
        lines: of its transcript.
        figures: tokens and dollars of the section.
    """

    number: int
    turn: str | None
    events: tuple[RecordedEvent, ...]
    lines: tuple[Line, ...]
    figures: Figures

    @property
    def start(self) -> RecordedEvent | None:
        """The recorded start of the turn; None where turns were not recorded."""
        return next((e for e in self.events if e.type == TurnStarted.type), None)

    @property
    def end(self) -> RecordedEvent | None:
        """The recorded end of the turn; None when it has none."""
        return next((e for e in reversed(self.events) if e.type in _outcomes), None)

    @property
    def outcome(self) -> str | None:
        """``completed``, ``failed`` or ``cancelled``; None when the turn has no recorded end."""
        return None if self.end is None else _outcomes[self.end.type]

    @property
    def agent(self) -> str | None:
        """Name of the agent asked, when it was recorded."""
        name = None if self.start is None else self.start.data.get("agent")
        return name if isinstance(name, str) else None

    @property
    def duration_ms(self) -> float | None:
        """Milliseconds the turn took by a monotonic clock; None when unknown."""
        duration = None if self.end is None else self.end.data.get("duration_ms")
        return duration if isinstance(duration, int | float) else None


@dataclass(frozen=True, slots=True)
class Document:
    """A conversation.

    Attributes:
        summary: as the session list shows it.
        events: all of it.
        sections: in order; none is empty.
    """

    summary: SessionSummary
    events: tuple[RecordedEvent, ...]
    sections: tuple[Section, ...]

    @property
    def answers(self) -> dict[int, Line]:
        """The line of a tool's result, by the ordinal of the call it answers."""
        lines = (line for section in self.sections for line in section.lines)
        return {line.entry.answers: line for line in lines if line.entry.answers is not None}


def document_of(events: Sequence[RecordedEvent]) -> Document:
    """Return a conversation as a document.

    Args:
        events: of its stream, from the first on, at least one.

    Raises:
        ValueError: when there is none.
    """
    summary: SessionSummary | None = None
    for event in events:
        summary = evolve(summary, event)
    if summary is None:
        raise ValueError("a document has at least one event")
    entries: dict[int, list[Entry]] = {}
    for entry in transcript(events):
        entries.setdefault(entry.version, []).append(entry)
    sections = [
        _section(number, turn, within, entries) for number, turn, within in _divided(events)
    ]
    return Document(summary, tuple(events), tuple(sections))


def _divided(
    events: Sequence[RecordedEvent],
) -> Iterable[tuple[int, str | None, list[RecordedEvent]]]:
    """Divide a conversation into numbered sections."""
    sections: list[tuple[int, str | None, list[RecordedEvent]]] = []
    by_turn: dict[str, list[RecordedEvent]] = {}
    before: list[RecordedEvent] = []
    # A nested conversation is recorded in the turn of its parent, and has none of its own.
    own = {_turn_of(event) for event in events if event.type == TurnStarted.type}
    for event in events:
        named = _turn_of(event)
        turn = named if named in own else None
        begins = event.type == TurnStarted.type if turn is not None else _is_users(event)
        if turn is not None and turn in by_turn:
            by_turn[turn].append(event)
        elif begins:
            within = [event]
            sections.append((len(sections) + 1, turn, within))
            if turn is not None:
                by_turn[turn] = within
        else:
            (sections[-1][2] if sections else before).append(event)
    return [(0, None, before), *sections] if before else sections


def _turn_of(event: RecordedEvent) -> str | None:
    # The end of an abandoned turn is recorded in the next one.
    of = event.data if event.type.startswith("turn.") else event.metadata
    turn = of.get("turn")
    return turn if isinstance(turn, str) else None


def _is_users(event: RecordedEvent) -> bool:
    if event.type == MessageImported.type:
        return event.data.get("role") == "user"
    payload = mapping_of(event.data.get("event"))
    return (
        event.type == EventRecorded.type
        and type_of(payload) in model_request_types
        and event.data.get("detached") is not True
    )


def _section(
    number: int,
    turn: str | None,
    events: Sequence[RecordedEvent],
    entries: dict[int, list[Entry]],
) -> Section:
    lines = [
        Line(entry, event, figures_of_message(event))
        for event in events
        for entry in entries.get(event.version, ())
    ]
    return Section(
        number=number,
        turn=turn,
        events=tuple(events),
        lines=tuple(lines),
        figures=sum(map(_figures, events), Figures()),
    )


def _figures(event: RecordedEvent) -> Figures:
    """Return what an event adds to a section's figures, by the rules of the session list."""
    if event.type == MessageImported.type:
        return figures_of_message(event)
    payload = mapping_of(event.data.get("event"))
    if type_of(payload) != "ag2.UsageEvent" or event.data.get("detached") is True:
        return Figures()
    usage = mapping_of(payload.get("usage"))
    return Figures(
        token_count(usage.get("prompt_tokens")), token_count(usage.get("completion_tokens"))
    )


def figures_of_message(event: RecordedEvent) -> Figures:
    """Return what is known of the tokens and the cost of one message."""
    if event.type == MessageImported.type:
        return Figures(
            token_count(event.data.get("prompt_tokens")),
            token_count(event.data.get("completion_tokens")),
            dollars(event.data.get("cost_usd")),
        )
    payload = mapping_of(event.data.get("event"))
    usage = mapping_of(payload.get("usage")) if type_of(payload) == "ag2.ModelResponse" else {}
    return Figures(
        token_count(usage.get("prompt_tokens")), token_count(usage.get("completion_tokens"))
    )

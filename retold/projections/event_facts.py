"""What the rows of several read models take from an event, whatever it records."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from typing import Literal, TypeAlias

from retold.domain.event import RecordedEvent
from retold.domain.recording import conversation_of
from retold.projections.payload import printable

DayOf: TypeAlias = Literal["source", "recorded"]

# PostgreSQL refuses an index entry of more than 2,704 bytes, and an entry has several texts. Names
# of tools and agents are a few words, but a model may make up any.
_longest_indexed = 120


def root_session_of(event: RecordedEvent) -> str:
    """Return the session an event belongs to: its conversation's own unless it is nested."""
    return printable(event.metadata.get("session")) or conversation_of(event.stream)


def metadata_text(event: RecordedEvent, name: str) -> str | None:
    """Return a text of an event's metadata, such as ``agent`` or ``turn``; None without one."""
    return printable(event.metadata.get(name))


def day_of(event: RecordedEvent) -> tuple[str, DayOf]:
    """Return the UTC date of an event as ``YYYY-MM-DD``, and whose clock says so.

    It is the source's where the source gave a time, otherwise the log's.
    """
    if event.occurred_at is None:
        return event.recorded_at.astimezone(UTC).date().isoformat(), "recorded"
    return event.occurred_at.astimezone(UTC).date().isoformat(), "source"


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """Return the seconds from one time to a later one; None when either is unknown.

    Also None when the end comes first: then the clocks disagree, and nobody knows.
    """
    if start is None or end is None or end < start:
        return None
    return (end - start).total_seconds()


def short_text(text: str | None, longest: int = _longest_indexed) -> str | None:
    """Return text that fits an index: of a long one the beginning and its hash; None for None.

    Args:
        text: any.
        longest: characters that are kept as they are; more than 17.
    """
    if text is None or len(text) <= longest:
        return text
    return f"{text[: longest - 17]}~{sha256(text.encode()).hexdigest()[:16]}"

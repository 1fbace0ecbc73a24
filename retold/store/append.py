"""An append: what the caller asks for, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, TypeAlias
from uuid import UUID

from retold.domain.event import NewEvent
from retold.errors import AppendTooLarge, EmptyAppend, InvalidExpectedVersion

# Of one append; others wait while it is committed.
most_events = 100_000


class ExpectedVersion(Enum):
    """What an appender expects of a stream when it does not name its version."""

    ANY = "any"
    NO_STREAM = "no_stream"
    STREAM_EXISTS = "stream_exists"


@dataclass(frozen=True, slots=True)
class Append:
    """Events for one stream.

    Attributes:
        stream: name of the stream, ``category-id``.
        events: at least one.
        expected_version: the version the stream must be at (0: it must not exist), or an
            :class:`ExpectedVersion`.
    """

    stream: str
    events: Sequence[NewEvent]
    expected_version: int | ExpectedVersion


@dataclass(frozen=True, slots=True)
class BeginFork:
    """A stream begins as a fork: it has its parent's versions up to one, and none of its own.

    Attributes:
        stream: the fork; it must not exist.
        parent: the stream that holds the version itself, not as a fork of a third one.
        version: the last version of the parent that the fork has, at least 1.
        digest: of that version.
        session: id of the root session the fork belongs to, when it does.
    """

    stream: str
    parent: str
    version: int
    digest: bytes
    session: str | None


@dataclass(frozen=True, slots=True)
class SetTombstone:
    """A stream ends: nothing can be appended to it any more.

    Attributes:
        stream: it must exist.
        expected_version: as of an :class:`Append`.
    """

    stream: str
    expected_version: int | ExpectedVersion


class AppendResult(NamedTuple):
    """Where events went.

    Attributes:
        stream: name of the stream.
        first_version: version of the first event.
        last_version: version of the last event.
        event_id_bytes: ids in the order of the events, 16 bytes each.
        duplicate: True when the same events were in the log already and nothing was added.
    """

    stream: str
    first_version: int
    last_version: int
    event_id_bytes: tuple[bytes, ...]
    duplicate: bool = False

    @property
    def event_ids(self) -> tuple[UUID, ...]:
        """Ids in the order of the events."""
        return tuple(UUID(bytes=event_id) for event_id in self.event_id_bytes)


Request: TypeAlias = "Sequence[Append | BeginFork | SetTombstone]"
Outcome: TypeAlias = "tuple[AppendResult, ...] | Exception"


def check_request(appends: Sequence[Append]) -> None:
    """Refuse a request no store could carry out.

    Raises:
        EmptyAppend: when there is no event, or a stream is named twice.
        AppendTooLarge: when there are too many events.
        InvalidExpectedVersion: when an expected version is neither.
    """
    if not appends:
        raise EmptyAppend("An append needs at least one stream with at least one event.")
    events = sum(len(append.events) for append in appends)
    if events > most_events:
        raise AppendTooLarge(events, None, most_events)
    streams = set()
    for append in appends:
        if not append.events:
            raise EmptyAppend(f"Append to {append.stream!r} holds no event; give at least one.")
        if append.stream in streams:
            raise EmptyAppend(f"{append.stream!r} is named twice; give its events in one Append.")
        streams.add(append.stream)
        check_expected_version(append.stream, append.expected_version)


def check_expected_version(stream: str, expected: object) -> None:
    """Refuse what is no expected version.

    Raises:
        InvalidExpectedVersion: when it is neither a version nor an :class:`ExpectedVersion`.
    """
    if isinstance(expected, ExpectedVersion):
        return
    if isinstance(expected, bool) or not isinstance(expected, int) or expected < 0:
        raise InvalidExpectedVersion(stream, expected)

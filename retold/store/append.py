"""An append: what the caller asks for, what comes of it, and the rules in between.

``plan`` is pure: given the heads of the streams and the events whose ids are known already, it
says which rows to write and what each request gets. Every backend commits what it says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from uuid import UUID

from retold.domain.event import NewEvent
from retold.errors import (
    DuplicateEventId,
    EmptyAppend,
    InvalidExpectedVersion,
    RetoldError,
    WrongExpectedVersion,
)
from retold.store.row import Content, EventRow, chain, genesis, hashed_columns


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
class AppendResult:
    """Where events went.

    Attributes:
        stream: name of the stream.
        first_version: version of the first event.
        last_version: version of the last event.
        event_ids: ids in the order of the events.
        duplicate: True when the same events were in the log already and nothing was added.
    """

    stream: str
    first_version: int
    last_version: int
    event_ids: tuple[UUID, ...]
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """Version and digest of a stream's last event; version 0 when there is none."""

    version: int = 0
    digest: bytes = genesis


@dataclass(frozen=True, slots=True)
class EncodedEvent:
    """A :class:`NewEvent` ready to be stored.

    Attributes:
        event_id: the caller's, or a fresh one.
        named: True when the caller gave the id, so that it may be in the log already.
        content: the columns that say what happened.
        session: ``metadata["session"]``, kept with the stream that the event begins.
    """

    event_id: UUID
    named: bool
    content: Content
    session: str | None


@dataclass(frozen=True, slots=True)
class EncodedAppend:
    """An :class:`Append` with its events as the rows' bytes; no id occurs twice in a request."""

    stream: str
    events: tuple[EncodedEvent, ...]
    expected_version: int | ExpectedVersion


EncodedRequest = tuple[EncodedAppend, ...]
Outcome = tuple[AppendResult, ...] | Exception


@dataclass(slots=True)
class Plan:
    """What a group commit writes.

    Attributes:
        rows: event rows in the order to insert them.
        heads: streams whose head moves.
        sessions: session of each stream that begins.
        outcomes: one per request, in order.
    """

    rows: list[EventRow] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    sessions: dict[str, str | None] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)


def check_request(appends: Sequence[Append]) -> None:
    """Refuse a request no store could carry out.

    Raises:
        EmptyAppend: when there is no event, or a stream is named twice.
        InvalidExpectedVersion: when an expected version is neither.
    """
    if not appends:
        raise EmptyAppend("An append needs at least one stream with at least one event.")
    streams = set()
    for append in appends:
        if not append.events:
            raise EmptyAppend(f"Append to {append.stream!r} holds no event; give at least one.")
        if append.stream in streams:
            raise EmptyAppend(f"{append.stream!r} is named twice; give its events in one Append.")
        streams.add(append.stream)
        _check_expected_version(append.stream, append.expected_version)


def plan(
    requests: Sequence[EncodedRequest],
    heads: Mapping[str, Head],
    known: Mapping[UUID, EventRow],
    *,
    tenant: str,
    recorded_at: int,
    confirming: bool = False,
) -> Plan:
    """Decide a group of append requests, each all or nothing.

    Args:
        requests: in the order they arrived; a later one sees what an earlier one appends.
        heads: head of each stream named, absent when the stream does not exist.
        known: rows whose event ids occur in the requests.
        tenant: the tenant all of them belong to.
        recorded_at: microseconds since the epoch, UTC.
        confirming: the requests are sent again after a lost connection; finding them is success.

    Returns:
        Rows to insert, heads to move, and an outcome or an error for each request.
    """
    planned = Plan()
    heads, known = dict(heads), dict(known)
    for request in requests:
        try:
            results = _first_results(request, known, confirming=confirming)
            if results is None:
                rows = _rows_of(request, heads, tenant, recorded_at)
                _begin_streams(request, heads, planned.sessions)
                moved = {row.stream: Head(row.version, row.digest) for row in rows}
                heads |= moved
                known |= {row.event_id: row for row in rows}
                planned.heads |= moved
                planned.rows += rows
                results = tuple(_result(append, heads[append.stream].version) for append in request)
            planned.outcomes.append(results)
        except RetoldError as error:
            planned.outcomes.append(error)
    return planned


def _first_results(
    request: EncodedRequest, known: Mapping[UUID, EventRow], *, confirming: bool
) -> tuple[AppendResult, ...] | None:
    """Return what a repeated request got the first time; None for a new one."""
    present = [
        known[event.event_id]
        for append in request
        for event in append.events
        if event.event_id in known
    ]
    if not present:
        return None
    results = []
    for append in request:
        # When the first event is new, the loop refuses it before this is used.
        version = known.get(append.events[0].event_id, present[0]).version - 1
        for event in append.events:
            version += 1
            row = known.get(event.event_id)
            if row is None:
                taken = present[0]
                raise DuplicateEventId(taken.event_id, append.stream, taken.stream, taken.version)
            if (row.stream, row.version, row.content) != (append.stream, version, event.content):
                raise DuplicateEventId(event.event_id, append.stream, row.stream, row.version)
        results.append(_result(append, version, duplicate=not confirming))
    return tuple(results)


def _rows_of(
    request: EncodedRequest, heads: Mapping[str, Head], tenant: str, recorded_at: int
) -> list[EventRow]:
    rows = []
    for append in request:
        head = heads.get(append.stream, Head())
        _check_version(append, head.version)
        digest = head.digest
        for version, event in enumerate(append.events, head.version + 1):
            row = EventRow(
                tenant, append.stream, version, event.event_id, event.content, recorded_at, b""
            )
            digest = chain(digest, hashed_columns(row))
            rows.append(row._replace(digest=digest))
    return rows


def _begin_streams(
    request: EncodedRequest, heads: Mapping[str, Head], sessions: dict[str, str | None]
) -> None:
    for append in request:
        if append.stream not in heads:
            sessions[append.stream] = append.events[0].session


def _result(append: EncodedAppend, last_version: int, *, duplicate: bool = False) -> AppendResult:
    return AppendResult(
        append.stream,
        last_version - len(append.events) + 1,
        last_version,
        tuple(event.event_id for event in append.events),
        duplicate,
    )


def _check_version(append: EncodedAppend, actual: int) -> None:
    expected = append.expected_version
    match expected:
        case ExpectedVersion.ANY:
            holds = True
        case ExpectedVersion.NO_STREAM:
            holds = actual == 0
        case ExpectedVersion.STREAM_EXISTS:
            holds = actual > 0
        case _:
            holds = actual == expected
    if not holds:
        shown = expected.value if isinstance(expected, ExpectedVersion) else expected
        raise WrongExpectedVersion(append.stream, shown, actual)


def _check_expected_version(stream: str, expected: object) -> None:
    if isinstance(expected, ExpectedVersion):
        return
    if isinstance(expected, bool) or not isinstance(expected, int) or expected < 0:
        raise InvalidExpectedVersion(stream, expected)

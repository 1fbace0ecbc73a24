"""An append: what the caller asks for, what comes of it, and the rules in between.

``plan`` is pure: given the heads of the streams and the events whose ids are known already, it
says which rows to write and what each request gets. Every backend commits what it says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal
from uuid import UUID

from retold.domain.event import NewEvent
from retold.errors import (
    DuplicateEventId,
    EmptyAppend,
    InvalidExpectedVersion,
    RetoldError,
    WrongExpectedVersion,
)
from retold.store.row import EncodedEvent, EventRow, chain, genesis


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
class EncodedAppend:
    """An :class:`Append` with its events as the rows' bytes."""

    stream: str
    events: tuple[EncodedEvent, ...]
    expected_version: int | ExpectedVersion


EncodedRequest = tuple[EncodedAppend, ...]
Outcome = tuple[AppendResult, ...] | RetoldError


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
    result = Plan()
    heads = dict(heads)
    known = dict(known)
    for request in requests:
        try:
            found = _find_duplicates(request, known, confirming=confirming)
            if found is not None:
                result.outcomes.append(found)
                continue
            rows, moved = _decide(request, heads, tenant, recorded_at)
        except RetoldError as error:
            result.outcomes.append(error)
            continue
        for append in request:
            if append.stream not in heads:
                result.sessions[append.stream] = append.events[0].session
        heads |= moved
        result.heads |= moved
        result.rows += rows
        known |= {row.event_id: row for row in rows}
        result.outcomes.append(
            tuple(
                AppendResult(
                    append.stream,
                    moved[append.stream].version - len(append.events) + 1,
                    moved[append.stream].version,
                    tuple(event.event_id for event in append.events),
                )
                for append in request
            )
        )
    return result


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
        expected = append.expected_version
        if isinstance(expected, ExpectedVersion):
            continue
        if isinstance(expected, bool) or not isinstance(expected, int) or expected < 0:
            raise InvalidExpectedVersion(append.stream, expected)


def _find_duplicates(
    request: EncodedRequest, known: Mapping[UUID, EventRow], *, confirming: bool
) -> tuple[AppendResult, ...] | None:
    """Return the first result of a repeated request, or None for a new one."""
    ids = [event.event_id for append in request for event in append.events]
    present = [known[event_id] for event_id in ids if event_id in known]
    if not present and len(set(ids)) == len(ids):
        return None
    results = []
    for append in request:
        first_version = 0
        for offset, event in enumerate(append.events):
            row = known.get(event.event_id)
            if row is None:
                other = present[0] if present else None
                raise DuplicateEventId(
                    other.event_id if other else event.event_id,
                    append.stream,
                    other.stream if other else append.stream,
                    other.version if other else 0,
                )
            if offset == 0:
                first_version = row.version
            if (
                row.stream != append.stream
                or row.version != first_version + offset
                or row.content != event.content
            ):
                raise DuplicateEventId(event.event_id, append.stream, row.stream, row.version)
        results.append(
            AppendResult(
                append.stream,
                first_version,
                first_version + len(append.events) - 1,
                tuple(event.event_id for event in append.events),
                duplicate=not confirming,
            )
        )
    return tuple(results)


def _decide(
    request: EncodedRequest, heads: Mapping[str, Head], tenant: str, recorded_at: int
) -> tuple[list[EventRow], dict[str, Head]]:
    rows: list[EventRow] = []
    moved: dict[str, Head] = {}
    for append in request:
        head = heads.get(append.stream, Head())
        _check_version(append, head.version)
        version, digest = head.version, head.digest
        for event in append.events:
            version += 1
            row = EventRow.of(event, tenant, append.stream, version, recorded_at)
            digest = chain(digest, row)
            rows.append(row.with_digest(digest))
        moved[append.stream] = Head(version, digest)
    return rows, moved


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
        shown: int | Literal["no_stream", "stream_exists"] | str
        shown = expected.value if isinstance(expected, ExpectedVersion) else expected
        raise WrongExpectedVersion(append.stream, shown, actual)

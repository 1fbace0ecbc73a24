"""The rules of appending: what a group of requests writes.

``plan`` is pure: given the heads of the streams and the events whose ids are known already, it
says which rows to write and what each request gets. Every backend commits what it says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias, TypeGuard
from uuid import UUID

from retold.errors import (
    DuplicateEventId,
    RetoldError,
    StreamNotFound,
    StreamTombstoned,
    WrongExpectedVersion,
)
from retold.store.append import (
    AppendResult,
    BeginFork,
    ExpectedVersion,
    Outcome,
    SetTombstone,
)
from retold.store.row import Content, EventRow, genesis, hashed


class Head(NamedTuple):
    """Version and digest of a stream's last event; version 0 when there is none."""

    version: int = 0
    digest: bytes = genesis
    tombstoned: bool = False


class EncodedEvent(NamedTuple):
    """A :class:`NewEvent` ready to be stored.

    Attributes:
        event_id: the caller's, or a fresh one; 16 bytes.
        named: True when the caller gave the id, so that it may be in the log already.
        content: the columns that say what happened.
        hashed: id and content as the digest covers them.
        session: ``metadata["session"]``, kept with the stream that the event begins.
    """

    event_id: bytes
    named: bool
    content: Content
    hashed: bytes
    session: str | None


class EncodedAppend(NamedTuple):
    """An :class:`Append` with its events as the rows' bytes; no id occurs twice in a request."""

    stream: str
    events: tuple[EncodedEvent, ...]
    expected_version: int | ExpectedVersion


EncodedRequest: TypeAlias = "Sequence[EncodedAppend | BeginFork | SetTombstone]"


class Beginning(NamedTuple):
    """What is kept of a stream from its beginning on."""

    session: str | None = None
    parent_stream: str | None = None
    parent_version: int | None = None


@dataclass(slots=True)
class Plan:
    """What a group commit writes.

    Attributes:
        rows: event rows in the order to insert them.
        heads: streams that begin, move or end.
        begun: those of them that begin.
        outcomes: one per request, in order.
    """

    rows: list[EventRow] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    begun: dict[str, Beginning] = field(default_factory=dict)
    outcomes: list[Outcome] = field(default_factory=list)

    def stream_rows(self, tenant: str, recorded_at: int) -> list[tuple[Any, ...]]:
        """Return the rows of streams: tenant, name, version, digest, session, parent's name and
        version, time of the tombstone.
        """
        nothing = Beginning()
        return [
            (
                tenant,
                name,
                head.version,
                head.digest,
                *self.begun.get(name, nothing),
                recorded_at if head.tombstoned else None,
            )
            for name, head in self.heads.items()
        ]


def streams_of(request: EncodedRequest) -> set[str]:
    """Return the streams whose heads a request depends on."""
    parents = {part.parent for part in request if isinstance(part, BeginFork)}
    return parents | {part.stream for part in request}


def plan(
    requests: Sequence[EncodedRequest],
    heads: Mapping[str, Head],
    known: Mapping[bytes, EventRow],
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
        Rows to insert, streams to change, and an outcome or an error for each request.
    """
    planned = Plan()
    heads, known = dict(heads), dict(known)
    draft = _Draft(tenant, recorded_at)
    for request in requests:
        try:
            results = _first_results(request, known, confirming=confirming) if known else None
            if results is None:
                draft.begin(heads)
                results = tuple(draft.take(part) for part in request if draft.decide(part))
                heads |= draft.heads
                known |= {row.event_id: row for row in draft.named}
                planned.heads |= draft.heads
                planned.begun |= draft.begun
                planned.rows += draft.rows
            planned.outcomes.append(results)
        except RetoldError as error:
            planned.outcomes.append(error)
    return planned


def _first_results(
    request: EncodedRequest, known: Mapping[bytes, EventRow], *, confirming: bool
) -> tuple[AppendResult, ...] | None:
    """Return what a repeated request got the first time; None for a new one."""
    appends = [part for part in request if isinstance(part, EncodedAppend)]
    present = [
        known[event.event_id]
        for append in appends
        for event in append.events
        if event.event_id in known
    ]
    if not present:
        return None
    results = []
    for append in appends:
        # When the first event is new, the loop refuses it before this is used.
        version = known.get(append.events[0].event_id, present[0]).version - 1
        for event in append.events:
            version += 1
            row = known.get(event.event_id)
            if row is None:
                taken = present[0]
                raise _taken(taken.event_id, append.stream, taken)
            if (row.stream, row.version, row.content) != (append.stream, version, event.content):
                raise _taken(event.event_id, append.stream, row)
        results.append(_result(append, version, duplicate=not confirming))
    return tuple(results)


def _taken(event_id: bytes, stream: str, row: EventRow) -> DuplicateEventId:
    return DuplicateEventId(UUID(bytes=event_id), stream, row.stream, row.version)


class _Draft:
    """What one request of a group would write."""

    def __init__(self, tenant: str, recorded_at: int) -> None:
        self._tenant = tenant
        self._tenant_hashed = hashed(tenant.encode())
        self._recorded_at = recorded_at
        self._recorded_at_hashed = hashed(b"%d" % recorded_at)

    def begin(self, before: Mapping[str, Head]) -> None:
        """Take up another request, with the heads it finds."""
        self._before = before
        self.heads: dict[str, Head] = {}
        self.begun: dict[str, Beginning] = {}
        self.rows: list[EventRow] = []
        self.named: list[EventRow] = []

    def decide(self, part: EncodedAppend | BeginFork | SetTombstone) -> TypeGuard[EncodedAppend]:
        """Carry out a part that holds no events; return whether it does hold events.

        Raises:
            StoreError: when the part is refused.
        """
        if isinstance(part, EncodedAppend):
            return True
        head = self._before.get(part.stream)
        if isinstance(part, BeginFork):
            if head is not None:
                raise WrongExpectedVersion(part.stream, "no_stream", head.version)
            self._refuse_tombstoned(part.parent, self._before.get(part.parent, Head()))
            self.heads[part.stream] = Head(part.version, part.digest)
            self.begun[part.stream] = Beginning(part.session, part.parent, part.version)
        else:
            if head is None:
                raise StreamNotFound(part.stream)
            self._refuse_tombstoned(part.stream, head)
            _check_version(part, head.version)
            self.heads[part.stream] = head._replace(tombstoned=True)
        return False

    def take(self, append: EncodedAppend) -> AppendResult:
        """Make the rows of an append.

        Raises:
            StoreError: when the append is refused.
        """
        stream = append.stream
        head = self._before.get(stream)
        if head is None:
            head = Head()
            self.begun[stream] = Beginning(append.events[0].session)
        self._refuse_tombstoned(stream, head)
        _check_version(append, head.version)
        version, digest, _ = head
        stream_hashed = self._tenant_hashed + hashed(stream.encode())
        for event_id, named, content, content_hashed, _ in append.events:
            version += 1
            digits = b"%d" % version
            digest = sha256(
                b"".join(
                    (
                        digest,
                        stream_hashed,
                        len(digits).to_bytes(8, "big"),
                        digits,
                        content_hashed,
                        self._recorded_at_hashed,
                    )
                )
            ).digest()
            row = EventRow._make(
                (self._tenant, stream, version, event_id, *content, self._recorded_at, digest)
            )
            self.rows.append(row)
            if named:
                self.named.append(row)
        self.heads[stream] = Head(version, digest)
        return _result(append, version)

    def _refuse_tombstoned(self, stream: str, head: Head) -> None:
        if head.tombstoned:
            raise StreamTombstoned(stream, head.version)


def _result(append: EncodedAppend, last_version: int, *, duplicate: bool = False) -> AppendResult:
    return AppendResult(
        append.stream,
        last_version - len(append.events) + 1,
        last_version,
        tuple([event.event_id for event in append.events]),
        duplicate,
    )


def _check_version(part: EncodedAppend | SetTombstone, actual: int) -> None:
    expected = part.expected_version
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
        raise WrongExpectedVersion(part.stream, shown, actual)

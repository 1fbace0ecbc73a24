"""Verifying the log: every stream's hash chain, versions and head.

The chain shows an event that was altered, removed or moved. It cannot show that a stream's newest
events were cut off together with the stream's head, or that a whole chain was computed anew:
that takes a checkpoint signed and kept elsewhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.store.plan import Head
from retold.store.queries import Queries
from retold.store.row import chain

_rows_at_once = 1_000


class FaultKind(StrEnum):
    """What is wrong with a stream."""

    ALTERED = "altered"
    REMOVED = "removed"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    UNKNOWN_STREAM = "unknown_stream"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing wrong with a stream.

    Attributes:
        stream: name of the stream.
        version: of the event at fault; of the missing one when it was removed.
        position: of that event; None when it is missing.
        kind: what is wrong.
        detail: the same in words.
    """

    stream: str
    version: int
    position: int | None
    kind: FaultKind
    detail: str


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What was verified.

    Attributes:
        events: events read.
        streams: streams read.
        faults: the first fault of each stream that has one: those of missing events, which have
            no position, then by position.
    """

    events: int
    streams: int
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """True when nothing is wrong."""
        return not self.faults


async def verify_streams(
    connection: AsyncConnection, queries: Queries, stream: str | None
) -> VerifyReport:
    """Verify streams as they are in the one state that ``connection`` sees.

    Args:
        connection: in a transaction that sees one state from its first statement on.
        queries: of the tenant.
        stream: only this one; None for all.

    Returns:
        The report; memory does not grow with the number of events or streams.
    """

    async def beginning(head: StoredHead | None) -> Head:
        if head is None or head.parent is None:
            return Head()
        at = queries.digest(head.parent, head.parent_version)
        digest = (await connection.execute(text(at.sql), at.values)).scalar()
        return Head(head.parent_version, digest or b"")

    return await verify_rows(
        _stored_rows(connection, queries, stream),
        _stored_heads(connection, queries, stream),
        beginning,
    )


async def verify_rows(
    rows: AsyncIterator[StoredRow],
    stored_heads: AsyncIterator[StoredHead],
    beginning: Callable[[StoredHead | None], Awaitable[Head]],
) -> VerifyReport:
    """Verify events against each other and against the heads of their streams.

    Args:
        rows: every event, by stream and version.
        stored_heads: every head, by stream.
        beginning: returns version and digest that a stream goes on from: those of the event it
            was forked at, or none.
    """
    heads = _Heads(stored_heads, beginning)
    events = streams = 0
    faults: list[Fault] = []
    checker: _Checker | None = None
    async for row in rows:
        events += 1
        if checker is None or row.stream != checker.stream:
            if checker is not None:
                faults += checker.finish()
            head, without_events = await heads.of(row.stream)
            faults += without_events
            checker = _Checker(row.stream, head, await beginning(head))
            streams += 1
        checker.check(row)
    if checker is not None:
        faults += checker.finish()
    faults += await heads.rest()
    return VerifyReport(
        events, streams, tuple(sorted(faults, key=lambda fault: fault.position or 0))
    )


class StoredRow(NamedTuple):
    """An event as it is stored, which may be anything."""

    position: int
    stream: str
    version: int
    columns: Sequence[bytes | None]
    digest: Any
    well_typed: bool


async def _stored_rows(
    connection: AsyncConnection, queries: Queries, stream: str | None
) -> AsyncIterator[StoredRow]:
    query = queries.for_verifying(stream).execution_options(yield_per=_rows_at_once)
    async with connection.stream(query) as result:
        async for rows in result.partitions():
            for row in rows:
                position, *columns, digest, well_typed = tuple(row)
                yield StoredRow(
                    position,
                    _as_text(columns[1]),
                    _as_int(columns[2]),
                    [_as_bytes(column) for column in columns],
                    digest,
                    bool(well_typed),
                )


class StoredHead(NamedTuple):
    """A stream as it is stored, which may be anything; ``parent`` is None unless it is a fork."""

    stream: str
    head: Head
    parent: str | None
    parent_version: int


async def _stored_heads(
    connection: AsyncConnection, queries: Queries, stream: str | None
) -> AsyncIterator[StoredHead]:
    query = queries.heads_for_verifying(stream).execution_options(yield_per=_rows_at_once)
    async with connection.stream(query) as result:
        async for rows in result.partitions():
            for row in rows:
                name, version, digest, parent, parent_version = tuple(row)
                yield StoredHead(
                    _as_text(name),
                    Head(_as_int(version), digest),
                    None if parent is None else _as_text(parent),
                    _as_int(parent_version),
                )


def _as_text(value: bytes | str) -> str:
    return value if isinstance(value, str) else value.decode(errors="backslashreplace")


def _as_int(value: object) -> int:
    """Return a stored number; -1, which is no version, for what is none."""
    if isinstance(value, int):
        return value
    return int(value) if isinstance(value, bytes) and value.isdigit() else -1


def _as_bytes(value: object) -> bytes | None:
    match value:
        case None | bytes():
            return value
        case UUID():
            return value.bytes
        case _:
            return str(value).encode()


class _Heads:
    """The heads in the order of their names, asked for in that order."""

    def __init__(
        self,
        heads: AsyncIterator[StoredHead],
        beginning: Callable[[StoredHead | None], Awaitable[Head]],
    ) -> None:
        self._heads = heads
        self._beginning = beginning
        self._next: StoredHead | None = None

    async def of(self, stream: str) -> tuple[StoredHead | None, list[Fault]]:
        """Return a stream's head, if it has one, and the faults of the heads skipped."""
        skipped = []
        # Python orders text by code point, as both databases order its UTF-8 bytes.
        while (following := await self._peek()) and following.stream < stream:
            skipped += await self._without_events(following)
            self._next = None
        if following is None or following.stream != stream:
            return None, skipped
        self._next = None
        return following, skipped

    async def rest(self) -> list[Fault]:
        """Return the faults of the heads that are left."""
        faults = []
        while following := await self._peek():
            faults += await self._without_events(following)
            self._next = None
        return faults

    async def _without_events(self, stored: StoredHead) -> list[Fault]:
        # Only a fork may be without events of its own.
        if stored.parent is None:
            return [_truncated(stored.stream, 0, stored.head)]
        checker = _Checker(stored.stream, stored, await self._beginning(stored))
        return checker.finish()

    async def _peek(self) -> StoredHead | None:
        if self._next is None:
            self._next = await anext(self._heads, None)
        return self._next


def _truncated(stream: str, version: int, head: Head) -> Fault:
    return Fault(
        stream,
        version + 1,
        None,
        FaultKind.TRUNCATED,
        f"the stream's head says version {head.version}, the last event is version {version}",
    )


class _Checker:
    """Follows one stream and keeps its first fault."""

    def __init__(self, stream: str, head: StoredHead | None, beginning: Head) -> None:
        self.stream = stream
        self._head = None if head is None else head.head
        self._last = beginning
        self._position = 0
        self._fault: Fault | None = None

    def check(self, row: StoredRow) -> None:
        """Take the stream's next row."""
        if self._fault is None:
            self._fault = self._find(row)
        self._last = Head(row.version, row.digest)
        self._position = row.position

    def _find(self, row: StoredRow) -> Fault | None:
        expected = self._last.version + 1
        if row.version != expected:
            return Fault(
                row.stream,
                expected,
                None,
                FaultKind.REMOVED,
                f"version {expected} is missing, the next event is version {row.version}",
            )
        if not row.well_typed or chain(self._last.digest, row.columns) != row.digest:
            return Fault(
                row.stream,
                row.version,
                row.position,
                FaultKind.ALTERED,
                "the event does not match its digest: a column of it was altered, or it stands "
                "in another event's place",
            )
        if row.position <= self._position:
            return Fault(
                row.stream,
                row.version,
                row.position,
                FaultKind.REORDERED,
                f"its position {row.position} is before version {self._last.version}'s",
            )
        return None

    def finish(self) -> list[Fault]:
        """Compare what was taken with the stream's head; return its first fault."""
        if self._fault is not None:
            return [self._fault]
        if self._head is None:
            return [
                Fault(
                    self.stream,
                    self._last.version,
                    self._position,
                    FaultKind.UNKNOWN_STREAM,
                    "the stream has events but no head",
                )
            ]
        if self._head.version > self._last.version:
            return [_truncated(self.stream, self._last.version, self._head)]
        if self._head != self._last:
            return [
                Fault(
                    self.stream,
                    self._last.version,
                    self._position,
                    FaultKind.ALTERED,
                    f"the stream's head (version {self._head.version}) is not its last event",
                )
            ]
        return []

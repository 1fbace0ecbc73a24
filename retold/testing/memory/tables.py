"""The rows of a log in memory: what a database holds, and the questions asked of it.

Events are kept as the columns that a database would store and are decoded when they are read, so
what is read and verified is what was written, or what became of it.
"""

from __future__ import annotations

import secrets
import threading
import time
from bisect import bisect_left, bisect_right, insort
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple

from retold.domain.recorded import RecordedEvent
from retold.store.append import BeginFork, Outcome
from retold.store.integrity import StoredHead, StoredRow
from retold.store.plan import EncodedAppend, EncodedRequest, Head, Plan, plan
from retold.store.row import EventRow
from retold.store.selection import Selection

# Position, epoch, transaction id, then the columns of an EventRow; as decode_rows takes them.
Columns = tuple[Any, ...]

_position = itemgetter(0)
_tenant, _stream, _version = itemgetter(3), itemgetter(4), itemgetter(5)


class StreamRow(NamedTuple):
    """A row of the table of streams, as :func:`~retold.store.heads.to_heads` takes it."""

    name: str
    version: int
    digest: bytes
    session: str | None
    parent_stream: str | None
    parent_version: int | None
    tombstoned_at: int | None


class Snapshot(NamedTuple):
    """What is verified.

    Attributes:
        events: by stream, then by version.
        streams: by name.
        beginnings: version and digest that each stream goes on from.
    """

    events: list[list[Columns]]
    streams: list[StreamRow]
    beginnings: dict[str, Head]

    async def stored_rows(self) -> AsyncIterator[StoredRow]:
        """Yield the events as :func:`~retold.store.integrity.verify_rows` takes them."""
        for of_stream in self.events:
            for row in of_stream:
                yield _stored_row(row)

    async def stored_heads(self) -> AsyncIterator[StoredHead]:
        """Yield the streams likewise."""
        for row in self.streams:
            yield _stored_head(row)

    async def beginning(self, head: StoredHead | None) -> Head:
        """Return what a stream goes on from."""
        return Head() if head is None else self.beginnings[head.stream]


class _OfTenant:
    """The rows of one tenant, by what they are asked for."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.streams: dict[str, StreamRow] = {}
        self.events: dict[str, list[Columns]] = {}
        self.by_id: dict[bytes, EventRow] = {}


class MemoryTables:
    """The tables of a log, of every tenant; what is written and read is of one state.

    Attributes:
        database_id: eight hex digits that tell databases apart.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self.database_id = secrets.token_hex(4)
        self._log: list[Columns] = []
        self._last_position = 0
        self._last_recorded_at = 0
        self._tenants: dict[str, _OfTenant] = {}
        self._watchers: list[Callable[[], None]] = []
        # Two logs on one database may be open in the loops of two threads.
        self._lock = threading.Lock()

    # Writing ---------------------------------------------------------------------------------

    def write(self, requests: Sequence[EncodedRequest], tenant: str) -> Sequence[Outcome]:
        """Write a group of requests as one transaction; return an outcome for each, in order."""
        with self._lock:
            rows = self._tenants.setdefault(tenant, _OfTenant())
            names, named = _named_in(requests)
            self._last_recorded_at = max(self._last_recorded_at, time.time_ns() // 1_000)
            planned = plan(
                requests,
                {name: _head(rows.streams[name]) for name in names if name in rows.streams},
                {one: rows.by_id[one] for one in named if one in rows.by_id},
                tenant=tenant,
                recorded_at=self._last_recorded_at,
            )
            self._insert(rows, planned, tenant)
            watchers = [*self._watchers] if planned.heads else []
        for watcher in watchers:
            watcher()
        return planned.outcomes

    def _insert(self, rows: _OfTenant, planned: Plan, tenant: str) -> None:
        for row in planned.rows:
            self._last_position += 1
            columns = (self._last_position, 1, 0, *row)
            self._log.append(columns)
            rows.events.setdefault(row.stream, []).append(columns)
            rows.by_id[row.event_id] = row
        for _, *values in planned.stream_rows(tenant, self._last_recorded_at):
            stream = StreamRow._make(values)
            before = rows.streams.get(stream.name)
            if before is None:
                insort(rows.names, stream.name)
                rows.streams[stream.name] = stream
            else:
                rows.streams[stream.name] = before._replace(
                    version=stream.version,
                    digest=stream.digest,
                    tombstoned_at=stream.tombstoned_at,
                )

    @contextmanager
    def watched(self, watcher: Callable[[], None]) -> Iterator[None]:
        """Have ``watcher`` called, in any thread, after each change made inside the block."""
        with self._lock:
            self._watchers.append(watcher)
        try:
            yield
        finally:
            with self._lock:
                self._watchers.remove(watcher)

    def replace(self, tenant: str, stream: str, version: int, data: str | None) -> None:
        """Overwrite the data of an event, or remove it: what no log does.

        Raises:
            KeyError: when there is no such event.
        """
        with self._lock:
            events = self._tenants[tenant].events[stream]
            index = bisect_left(events, version, key=_version)
            if index == len(events) or _version(events[index]) != version:
                raise KeyError((stream, version))
            place = bisect_left(self._log, _position(events[index]), key=_position)
            if data is None:
                del events[index], self._log[place]
            else:
                at = 3 + EventRow._fields.index("data")
                altered = (*events[index][:at], data, *events[index][at + 1 :])
                events[index] = self._log[place] = altered

    # Reading ---------------------------------------------------------------------------------

    @property
    def last_position(self) -> int:
        """The position of the newest event of any tenant; 0 when there is none."""
        with self._lock:
            return _position(self._log[-1]) if self._log else 0

    def page_of_stream(
        self, tenant: str, stream: str, low: int, high: int, limit: int, *, backwards: bool
    ) -> list[Columns]:
        """Return versions ``low`` to ``high`` of a stream, in order."""
        with self._lock:
            events = self._of(tenant).events.get(stream, [])
            first = bisect_left(events, low, key=_version)
            last = bisect_right(events, high, key=_version)
            found = range(last - 1, first - 1, -1) if backwards else range(first, last)
            return [events[index] for index in found[:limit]]

    def event(self, tenant: str, event_id: bytes) -> Columns | None:
        """Return the event of an id, when there is one."""
        with self._lock:
            rows = self._of(tenant)
            found = rows.by_id.get(event_id)
            if found is None:
                return None
            events = rows.events[found.stream]
            index = bisect_left(events, found.version, key=_version)
            there = index < len(events) and _version(events[index]) == found.version
            return events[index] if there else None

    def page(self, tenant: str, after: int, selection: Selection, limit: int) -> list[Columns]:
        """Return the events after a position that are selected, in order."""
        with self._lock:
            first = bisect_right(self._log, after, key=_position)
            following = (self._log[index] for index in range(first, len(self._log)))
            wanted = (row for row in following if self._wants(tenant, selection, row))
            return list(islice(wanted, limit))

    def _wants(self, tenant: str, selection: Selection, row: Columns) -> bool:
        of, stream = _tenant(row), _stream(row)
        return (
            (selection.every_tenant or of == tenant)
            and (
                selection.session is None
                or self._tenants[of].streams[stream].session == selection.session
            )
            # Nothing of it is decoded: an event that is not wanted may be corrupt.
            and selection.wants(RecordedEvent._make(row))
        )

    def stream(self, tenant: str, name: str) -> StreamRow | None:
        """Return the row of a stream."""
        with self._lock:
            return self._of(tenant).streams.get(name)

    def streams(
        self, tenant: str, after: str, wanted: Callable[[StreamRow], bool], limit: int
    ) -> list[StreamRow]:
        """Return the rows of streams after a name that are wanted, by name."""
        with self._lock:
            rows = self._of(tenant)
            first = bisect_right(rows.names, after)
            following = (rows.streams[rows.names[n]] for n in range(first, len(rows.names)))
            return list(islice(filter(wanted, following), limit))

    # Verifying -------------------------------------------------------------------------------

    def for_verifying(self, tenant: str, stream: str | None) -> Snapshot:
        """Return one state of a stream, or of all of the tenant's."""
        with self._lock:
            rows = self._of(tenant)
            heads = [rows.streams[name] for name in rows.names if stream in (None, name)]
            names = sorted(rows.events) if stream is None else [stream]
            return Snapshot(
                [[*rows.events.get(name, ())] for name in names],
                heads,
                {head.name: _beginning(rows, head) for head in heads},
            )

    def _of(self, tenant: str) -> _OfTenant:
        return self._tenants.get(tenant) or _OfTenant()


def _named_in(requests: Iterable[EncodedRequest]) -> tuple[set[str], list[bytes]]:
    """Return the streams and the event ids that requests name."""
    names: set[str] = set()
    named: list[bytes] = []
    for request in requests:
        for part in request:
            names.add(part.stream)
            if isinstance(part, EncodedAppend):
                named += [event.event_id for event in part.events if event.named]
            elif isinstance(part, BeginFork):
                names.add(part.parent)
    return names, named


def _head(row: StreamRow) -> Head:
    return Head(row.version, row.digest, row.tombstoned_at is not None)


def _beginning(rows: _OfTenant, row: StreamRow) -> Head:
    """Return version and digest that a stream goes on from; no digest when that is not there."""
    if row.parent_stream is None or row.parent_version is None:
        return Head()
    events = rows.events.get(row.parent_stream, [])
    index = bisect_left(events, row.parent_version, key=_version)
    there = index < len(events) and _version(events[index]) == row.parent_version
    return Head(row.parent_version, events[index][-1] if there else b"")


def _stored_head(row: StreamRow) -> StoredHead:
    return StoredHead(
        row.name, Head(row.version, row.digest), row.parent_stream, row.parent_version or 0
    )


def _stored_row(row: Columns) -> StoredRow:
    return StoredRow(
        _position(row),
        _stream(row),
        _version(row),
        [_covered(column) for column in row[3:-1]],
        row[-1],
        well_typed=True,
    )


def _covered(column: Any) -> bytes | None:
    """Return a column as the digest covers it."""
    match column:
        case None | bytes():
            return column
        case int():
            return b"%d" % column
        case _:
            return str(column).encode()

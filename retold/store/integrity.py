"""Verifying the log: every stream's hash chain, versions and head.

The chain shows an event that was altered, removed or moved. It cannot show that a stream's newest
events were cut off together with the stream's head, or that a whole chain was computed anew:
that takes a checkpoint signed and kept elsewhere.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

from retold.store.append import Head
from retold.store.row import EventRow, chain


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
        faults: the first fault of each stream that has one, by position.
    """

    events: int
    streams: int
    faults: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """True when nothing is wrong."""
        return not self.faults


async def verify_rows(
    rows: AsyncIterator[tuple[int, EventRow]], heads: AsyncIterator[tuple[str, Head]]
) -> VerifyReport:
    """Verify streams.

    Args:
        rows: (position, row) of every event of the streams, by stream and version.
        heads: name and head of every stream, by name, in the same order of names.

    Returns:
        The report; memory does not grow with the number of events.
    """
    events = streams = 0
    faults: list[Fault] = []
    checker: _Checker | None = None
    remaining = aiter(heads)
    async for position, row in rows:
        events += 1
        if checker is None or row.stream != checker.stream:
            if checker is not None:
                faults += checker.finish()
            checker = _Checker(row.stream, await _head_of(row.stream, remaining, faults))
            streams += 1
        checker.check(position, row)
    if checker is not None:
        faults += checker.finish()
    async for name, head in remaining:
        faults.append(_truncated(name, 0, head))
    return VerifyReport(
        events, streams, tuple(sorted(faults, key=lambda fault: fault.position or 0))
    )


async def _head_of(
    stream: str, remaining: AsyncIterator[tuple[str, Head]], faults: list[Fault]
) -> Head | None:
    async for name, head in remaining:
        if name == stream:
            return head
        faults.append(_truncated(name, 0, head))
    return None


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

    def __init__(self, stream: str, head: Head | None) -> None:
        self.stream = stream
        self._head = head
        self._last = Head()
        self._position = 0
        self._fault: Fault | None = None

    def check(self, position: int, row: EventRow) -> None:
        if self._fault is None:
            self._fault = self._find(position, row)
        self._last = Head(row.version, row.digest)
        self._position = position

    def _find(self, position: int, row: EventRow) -> Fault | None:
        expected = self._last.version + 1
        if row.version != expected:
            return Fault(
                row.stream,
                expected,
                None,
                FaultKind.REMOVED,
                f"version {expected} is missing, the next event is version {row.version}",
            )
        if chain(self._last.digest, row) != row.digest:
            return Fault(
                row.stream,
                row.version,
                position,
                FaultKind.ALTERED,
                f"event {row.event_id} does not match its digest: a column of it was altered, "
                "or it stands in another event's place",
            )
        if position <= self._position:
            return Fault(
                row.stream,
                row.version,
                position,
                FaultKind.REORDERED,
                f"its position {position} is before version {self._last.version}'s",
            )
        return None

    def finish(self) -> list[Fault]:
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

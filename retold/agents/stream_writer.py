"""Appends to one stream, each at the version this process knows of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from retold.domain.event import DomainEvent, NewEvent, RecordedEvent
from retold.domain.recording import MessageEnqueued, TurnStarted
from retold.errors import WrongExpectedVersion
from retold.store import EventStore

Make = Callable[[int], Sequence[NewEvent]]
"""Makes the events to append, given the version the first of them will have."""

Tolerates = Callable[[RecordedEvent], bool]
"""Whether an event that somebody else appended in between leaves ours as they are."""

IsTrue = Callable[[DomainEvent], bool]
"""Whether an event is still true after what others appended before it."""

# An append that others are in the way of so often is no coincidence.
most_attempts = 100


@dataclass(frozen=True, slots=True)
class Appended:
    """What was appended.

    Attributes:
        events: in order.
        first_version: of the first of them.
    """

    events: Sequence[NewEvent]
    first_version: int

    def recorded(self, stream: str, tenant: str) -> Iterator[RecordedEvent]:
        """Yield them for a fold that reads neither position nor digest.

        Args:
            stream: where they are.
            tenant: whose they are.
        """
        for version, new in enumerate(self.events, self.first_version):
            yield as_recorded(new, stream, version, tenant)


class StreamWriter:
    """Appends to one stream and follows what others append to it.

    Attributes:
        version: of the last event this process knows of.
        ahead: events that are appended before whatever is appended next, and together with it.
            What others appended in between is no reason to refuse the start of a turn.
    """

    def __init__(
        self, store: EventStore, stream: str, take_in: Callable[[RecordedEvent], None]
    ) -> None:
        """Store what is needed.

        Args:
            store: the log.
            stream: name of the stream.
            take_in: called with each event that somebody else appended, in order.
        """
        self.version = 0
        self.ahead: list[NewEvent] = []
        self._store = store
        self._stream = stream
        self._take_in = take_in

    async def read_on(self, tolerates: Tolerates = lambda _: True) -> bool:
        """Take in what others appended.

        Args:
            tolerates: reading stops before the first event that it refuses.

        Returns:
            Whether everything was taken in.

        Raises:
            StoreError: when the log cannot be read.
        """
        async for event in self._store.read_stream(
            self._stream, from_version=self.version + 1, missing_ok=True
        ):
            if not tolerates(event):
                return False
            self.version = event.version
            self._take_in(event)
        return True

    async def append(
        self, make: Make, tolerates: Tolerates, *, alone: bool = False
    ) -> Appended | None:
        """Append events behind the last one this process knows of.

        Args:
            make: makes the events; called again when somebody else appended in between.
            tolerates: whether an event appended in between is no reason to refuse.
            alone: without those that are to be appended before.

        Returns:
            None when the same events were in the log already; they are taken in by then.

        Raises:
            WrongExpectedVersion: when somebody else appended what is not tolerated.
            StoreError: when the log cannot be written.
        """
        attempts_left = most_attempts
        ahead = [] if alone else self.ahead
        if any(new.type == TurnStarted.type for new in ahead):
            tolerates = anything
        while True:
            events = [*ahead, *make(self.version + 1 + len(ahead))]
            try:
                result = await self._store.append(
                    self._stream, events, expected_version=self.version
                )
            except WrongExpectedVersion:
                attempts_left -= 1
                before = self.version
                all_tolerated = await self.read_on(tolerates)
                if not all_tolerated or self.version == before or not attempts_left:
                    raise
                continue
            if result.duplicate:
                await self.read_on()
                return None
            self.version = result.last_version
            ahead.clear()
            return Appended(events, result.first_version)


def beginning_with(start: Callable[[], NewEvent | None], make: Make) -> Make:
    """Return what makes the events that begin a stream, or go on with it.

    Args:
        start: makes the first event of the stream, which causes the next; None when it has begun.
        make: makes those that follow.
    """

    def make_all(first_version: int) -> Sequence[NewEvent]:
        started = start()
        if started is None:
            return make(first_version)
        first, *others = make(first_version + 1)
        caused = replace(first, causation_id=first.causation_id or started.event_id)
        return [started, caused, *others]

    return make_all


def as_recorded(new: NewEvent, stream: str, version: int, tenant: str) -> RecordedEvent:
    """Return an event just appended, for a fold that reads neither position nor digest.

    Args:
        new: the event, with its id.
        stream: where it is.
        version: its version there.
        tenant: whose it is.
    """
    return RecordedEvent(
        position=0,
        transaction_id=0,
        stream=stream,
        version=version,
        event_id=id_of(new),
        type=new.type,
        schema_version=new.schema_version,
        data=new.data,
        metadata=new.metadata,
        correlation_id=new.correlation_id,
        causation_id=new.causation_id,
        occurred_at=new.occurred_at,
        recorded_at=new.occurred_at or datetime.now(UTC),
        tenant=tenant,
        digest=b"",
    )


def id_of(event: NewEvent) -> UUID:
    """Return the id of an event that was given one.

    Raises:
        ValueError: when it was not.
    """
    if event.event_id is None:
        raise ValueError(f"the event of type {event.type} has no id")
    return event.event_id


def is_message(event: RecordedEvent) -> bool:
    """Return whether somebody put a message into the inbox, which leaves all else as it is."""
    return event.type == MessageEnqueued.type


def anything(_: RecordedEvent) -> bool:
    """Tolerate whatever came in between."""
    return True

"""A stream that several processes decide on: read, decide, append, and anew when one was faster."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Generic
from uuid import UUID
from weakref import ref

from retold.agents.folded_states import Decided
from retold.agents.stream_writer import as_recorded
from retold.domain.decider import CommandT, Decider, StateT
from retold.domain.event import DomainEvent, JsonObject, check_stream_name
from retold.errors import StoreClosed, WrongExpectedVersion
from retold.store import EventStore
from retold.store.row import new_event_id
from retold.store.uninterrupted import uninterrupted

Unit = Callable[[StateT], Awaitable[Sequence[DomainEvent]]]
"""Decides what happens in a state; called again when another process was faster."""

# An append that others are in the way of so often is no coincidence.
most_attempts = 100


class DecidedStream(Generic[CommandT, StateT]):
    """Runs a decider on a stream of its own.

    Every decision is made on the newest state: an append expects the version it was decided on,
    and when another process appended in between, it is decided anew on what is there then.

    Attributes:
        stream: its name.
    """

    def __init__(self, store: EventStore, stream: str, decider: Decider[CommandT, StateT]) -> None:
        """Store what is needed; nothing is read or written before the first call.

        Args:
            store: the log.
            stream: name of the stream.
            decider: decides on it.

        Raises:
            InvalidStreamName: when the name cannot be one.
        """
        self.stream = check_stream_name(stream)
        # Whoever keeps this, such as a circuit breaker, may outlive the log.
        self._log = ref(store)
        self._decider = decider
        self._lock = asyncio.Lock()
        self._state: StateT | None = None
        self._version = 0

    @property
    def known(self) -> StateT | None:
        """What the stream added up to when it was last read or decided on; None before that."""
        return self._state

    async def state(self) -> StateT:
        """Return what the stream adds up to by now.

        Raises:
            StoreError: when the log cannot be read.
        """
        async with self._lock:
            return await self._read_on()

    async def decide(
        self,
        command: CommandT,
        *,
        caused_by: UUID | None = None,
        correlation_id: str | None = None,
        metadata: JsonObject | None = None,
    ) -> Decided[StateT]:
        """Decide a command, and record what happens.

        Args:
            command: the command.
            caused_by: id of the event that led to it; None for none.
            correlation_id: of the whole piece of work.
            metadata: of the events.

        Raises:
            StoreError: when the log cannot be read or written.
            Exception: what the decider raises; then nothing happened.
        """

        async def unit(state: StateT) -> Sequence[DomainEvent]:
            return self._decider.decide(command, state)

        async def locked() -> Decided[StateT]:
            async with self._lock:
                known = self._state
                return await self._run(unit, known, caused_by, correlation_id, metadata or {})

        return await uninterrupted(locked())

    async def run(
        self,
        unit: Unit[StateT],
        *,
        caused_by: UUID | None = None,
        correlation_id: str | None = None,
        metadata: JsonObject | None = None,
    ) -> Decided[StateT]:
        """Record what a unit of work decides; arguments and errors as of :meth:`decide`."""

        async def locked() -> Decided[StateT]:
            async with self._lock:
                return await self._run(unit, None, caused_by, correlation_id, metadata or {})

        return await uninterrupted(locked())

    async def _run(
        self,
        unit: Unit[StateT],
        known: StateT | None,
        caused_by: UUID | None,
        correlation_id: str | None,
        metadata: JsonObject,
    ) -> Decided[StateT]:
        """Decide, first on what is known: should that be old, the append says so.

        What appends nothing, or is refused, is decided on what was read just now.
        """
        attempts_left = most_attempts
        while True:
            before = await self._read_on() if known is None else known
            is_newest, known = known is None, None
            try:
                events = tuple(await unit(before))
            except Exception:
                # Refused for what is old, maybe: it is raised once the newest is refused as well.
                if is_newest:
                    raise
                continue
            if not events:
                if is_newest:
                    return Decided((), (), before, before)
                continue
            news = [
                event.to_new_event(
                    event_id=new_event_id(),
                    metadata=dict(metadata),
                    correlation_id=correlation_id,
                    causation_id=caused_by,
                    occurred_at=datetime.now(UTC),
                )
                for event in events
            ]
            try:
                appended = await self._store.append(
                    self.stream, news, expected_version=self._version
                )
            except WrongExpectedVersion:
                attempts_left -= 1
                if not attempts_left:
                    raise
                continue
            state = before
            for version, new in enumerate(news, appended.first_version):
                recorded = as_recorded(new, self.stream, version, self._store.tenant)
                state = self._decider.fold.evolve(state, recorded)
            self._state, self._version = state, appended.last_version
            ids = tuple(new.event_id for new in news if new.event_id is not None)
            return Decided(events, ids, before, state, appended.last_version)

    @property
    def _store(self) -> EventStore:
        store = self._log()
        if store is None:
            raise StoreClosed
        return store

    async def _read_on(self) -> StateT:
        fold = self._decider.fold
        if self._state is None:
            if await self._store.head(self.stream) is None:
                self._state, self._version = fold.initial(), 0
            else:
                folded = await self._store.fold(self.stream, fold)
                self._state, self._version = folded.state, folded.version
            return self._state
        async for event in self._store.read_stream(
            self.stream, from_version=self._version + 1, missing_ok=True
        ):
            self._state, self._version = fold.evolve(self._state, event), event.version
        return self._state

"""The entries of a log: what the stream of a key adds up to, and decisions on it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary, ref

from retold.agents.folded_states import Decided
from retold.agents.stream_writer import as_recorded, most_attempts
from retold.domain.cache.entry import CacheEntryCommand, CacheEntryState, cache_entry
from retold.domain.cache.events import CacheEntryStored, cache_stream
from retold.domain.event import DomainEvent, JsonObject, NewEvent, RecordedEvent
from retold.errors import StoreClosed, WrongExpectedVersion
from retold.store import EventStore
from retold.store.append import Append, AppendResult
from retold.store.row import new_event_id
from retold.store.uninterrupted import uninterrupted

# Keys whose newest answer a process keeps, so that it reads only what happened since.
most_kept = 1_000
# A key that lived longer is folded from a snapshot.
longest_read = 64


class _Known(NamedTuple):
    state: CacheEntryState
    version: int


class EntryLog:
    """Reads and decides on the streams of keys.

    Every read is of the log, so what another process stored or removed is seen at once. What a
    process knows of a key already is not read again.

    Attributes:
        followers: called with what this process recorded, right after.
    """

    def __init__(self, store: EventStore) -> None:
        """Store the log, which is not kept alive."""
        self._log = ref(store)
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self.followers: list[Callable[[Sequence[RecordedEvent]], None]] = []

    async def state(self, key: str) -> CacheEntryState:
        """Return what a key adds up to by now.

        Raises:
            StoreError: when the log cannot be read.
        """
        return (await self._read_on(key)).state

    async def answering(self, key: str) -> CacheEntryState:
        """Return what the key adds up to whose entry answers a key: its own, or that of an alias.

        Raises:
            StoreError: when the log cannot be read.
        """
        own = await self.state(key)
        if own.stored is not None or own.alias is None:
            return own
        other = await self.state(own.alias.entry_key)
        # A newer answer there was never compared with what this key was answered.
        return other if other.entry == own.alias.entry else own

    async def decide(
        self,
        key: str,
        command: CacheEntryCommand,
        *,
        caused_by: UUID | None = None,
        correlation_id: str | None = None,
        metadata: JsonObject | None = None,
        beside: Sequence[Append] = (),
    ) -> Decided[CacheEntryState]:
        """Decide a command on what a key adds up to, and record what happens.

        Args:
            key: of the entry.
            command: the command.
            caused_by: id of the event that led to it.
            correlation_id: of the whole piece of work.
            metadata: of the events.
            beside: to other streams in the same transaction; made whatever is decided.

        Raises:
            StoreError: when the log cannot be read or written.
        """

        async def decide() -> Decided[CacheEntryState]:
            attempts_left = most_attempts
            while True:
                before, version = await self._read_on(key)
                events = tuple(cache_entry.decide(command, before))
                if not events:
                    if beside:
                        await self._append_all(beside)
                    return Decided((), (), before, before)
                news = [
                    event.to_new_event(
                        event_id=_id_of(event),
                        metadata=dict(metadata or {}),
                        correlation_id=correlation_id,
                        causation_id=caused_by,
                        occurred_at=datetime.now(UTC),
                    )
                    for event in events
                ]
                try:
                    state = await self._append(key, news, version, before, beside)
                except WrongExpectedVersion:
                    attempts_left -= 1
                    if not attempts_left:
                        raise
                    continue
                ids = tuple(new.event_id for new in news if new.event_id is not None)
                return Decided(events, ids, before, state)

        return await uninterrupted(decide())

    async def append_beside(self, appends: Sequence[Append]) -> None:
        """Append what is said of entries to other streams than theirs, all or nothing.

        Raises:
            StoreError: when the log cannot be written.
        """
        await uninterrupted(self._append_all(appends))

    async def _append(
        self,
        key: str,
        news: list[NewEvent],
        version: int,
        before: CacheEntryState,
        beside: Sequence[Append],
    ) -> CacheEntryState:
        stream = cache_stream(key)
        (appended, recorded), *_ = await self._append_all([Append(stream, news, version), *beside])
        state = before
        for event in recorded:
            state = cache_entry.fold.evolve(state, event)
        self._keep(key, _Known(state, appended.last_version))
        return state

    async def _append_all(
        self, appends: Sequence[Append]
    ) -> list[tuple[AppendResult, list[RecordedEvent]]]:
        """Append in one transaction, and tell those who follow."""
        results = await self._store.append_many(appends)
        tenant = self._store.tenant
        found = []
        for append, result in zip(appends, results, strict=True):
            recorded = [
                as_recorded(new, append.stream, version, tenant)
                for version, new in enumerate(append.events, result.first_version)
            ]
            found.append((result, recorded))
            for follow in self.followers:
                follow(recorded)
        return found

    async def _read_on(self, key: str) -> _Known:
        known = self._known.get(key) or _Known(CacheEntryState(), 0)
        state, version = known
        fold, read = cache_entry.fold, 0
        async for event in self._store.read_stream(
            cache_stream(key), from_version=version + 1, limit=longest_read, missing_ok=True
        ):
            state, version, read = fold.evolve(state, event), event.version, read + 1
        if read == longest_read:
            folded = await self._store.fold(cache_stream(key), fold)
            state, version = folded.state, folded.version
        return self._keep(key, _Known(state, version))

    def _keep(self, key: str, known: _Known) -> _Known:
        held = self._known.get(key)
        if held is None or held.version <= known.version:
            held = self._known[key] = known
        self._known.move_to_end(key)
        if len(self._known) > most_kept:
            self._known.popitem(last=False)
        return held

    @property
    def _store(self) -> EventStore:
        store = self._log()
        if store is None:
            raise StoreClosed
        return store


def _id_of(event: DomainEvent) -> UUID:
    return UUID(event.entry) if isinstance(event, CacheEntryStored) else new_event_id()


_by_store: WeakKeyDictionary[EventStore, EntryLog] = WeakKeyDictionary()


def entries_of(store: EventStore) -> EntryLog:
    """Return the entries of a log, one object for all who use it."""
    found = _by_store.get(store)
    if found is None:
        found = _by_store[store] = EntryLog(store)
    return found

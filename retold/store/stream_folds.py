"""Folding a stream, on from the newest snapshot that can be relied on."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from retold.domain.event import check_stream_name
from retold.domain.fold import Fold
from retold.domain.recorded import RecordedEvent
from retold.domain.upcasting import Upcasters
from retold.errors import StoreError, StreamNotFound
from retold.logs import get_logger
from retold.store.backend import Backend, is_sql
from retold.store.codec.values import JSONValue, dumps, loads
from retold.store.snapshots import (
    MemorySnapshots,
    Snapshot,
    SnapshotKey,
    SnapshotTable,
    SqlSnapshots,
    seal_of,
)
from retold.store.stream_facts import StreamFacts

StateT = TypeVar("StateT")

log = get_logger("retold.snapshots")

default_snapshot_every = 500
# A cache is not worth waiting for whoever holds the database's write lock.
keeping_seconds = 2.0


@dataclass(frozen=True, slots=True)
class Folded(Generic[StateT]):
    """What a stream adds up to.

    Attributes:
        state: after the last event that was taken in; the caller's own.
        version: of that event; 0 when there was none.
        from_version: of the snapshot the fold went on from; 0 when it began at the first event.
    """

    state: StateT
    version: int
    from_version: int


class StreamFolds(StreamFacts, ABC):
    """The part of an :class:`~retold.store.log.EventStore` that folds streams."""

    def __init__(self, backend: Backend, *, tenant: str, upcasters: Upcasters) -> None:
        """Store what keeps the log, whose it is, and how old events become those of today."""
        super().__init__(backend)
        self.tenant = tenant
        self._upcasters = upcasters
        self._snapshots: SnapshotTable = (
            SqlSnapshots(self) if is_sql(backend) else MemorySnapshots()
        )

    @abstractmethod
    def read_stream(
        self, stream: str, *, from_version: int = 1, to_version: int | None = None
    ) -> AsyncIterator[RecordedEvent]:
        """Read a stream in version order."""

    async def fold(
        self,
        stream: str,
        fold: Fold[StateT],
        *,
        to_version: int | None = None,
        snapshot_every: int | None = default_snapshot_every,
    ) -> Folded[StateT]:
        """Return what the events of a stream add up to.

        It goes on from the newest snapshot that the same code made of this very history, if there
        is one, and keeps a snapshot when it read many events beyond it. The result is the same
        with and without snapshots; that one cannot be kept is logged and changes nothing.

        Args:
            stream: name of the stream; a fork begins with its parent's events, and with the
                snapshots of them.
            fold: how events add up; one that was written before this call and does not change.
            to_version: last version to take in; None for all there are.
            snapshot_every: keep a snapshot when this many events were read, 1 or more; None to
                keep none.

        Raises:
            InvalidStreamName: when the name is none.
            StreamNotFound: when the stream does not exist.
            CorruptEvent: when a stored payload is not what was written.
            StoreUnavailable: when the database does not do its work.
            ValueError: when ``snapshot_every`` is below 1.
            Exception: whatever the fold's ``initial`` and ``evolve`` raise.
        """
        if snapshot_every is not None and snapshot_every < 1:
            raise ValueError(f"snapshot_every is {snapshot_every}: give at least 1, or None")
        check_stream_name(stream)
        run = _Run(self, stream, fold, to_version)
        folded = await self._from_snapshot(run) or await run.from_start()
        if snapshot_every is not None and run.read >= snapshot_every:
            await self._keep(run, folded, snapshot_every)
        return folded

    async def delete_snapshots(self, *, fold: str | None = None, stream: str | None = None) -> int:
        """Delete snapshots; what they saved is folded anew when it is asked for.

        Args:
            fold: name of the fold whose snapshots go; None for those of every fold.
            stream: name of the stream whose snapshots go; None for those of every stream. Those
                of versions a fork shares with its parent are its parent's.

        Returns:
            How many there were.

        Raises:
            StoreUnavailable: when the database does not do its work.
        """
        return await self._snapshots.delete(stream=stream, fold=fold)

    async def _from_snapshot(self, run: _Run[StateT]) -> Folded[StateT] | None:
        spans = await self._lineages.spans(run.stream, 1, run.to_version)
        if spans is None:
            raise StreamNotFound(run.stream)
        for holder, low, high in reversed(spans):
            key = self._key(holder, run.fold)
            below = high
            while (snapshot := await self._snapshots.newest(key, low, below)) is not None:
                folded = await run.from_snapshot(key, snapshot)
                if folded is not None:
                    return folded
                await self._throw_away(key, snapshot)
                below = snapshot.version - 1
        return None

    def _key(self, stream: str, fold: Fold[StateT]) -> SnapshotKey:
        # What a fold is given depends on the upcasters too.
        code_version = f"{fold.code_version} {self._upcasters.code_version}".rstrip()
        return SnapshotKey(stream, fold.name, code_version)

    async def _keep(self, run: _Run[StateT], folded: Folded[StateT], every: int) -> None:
        try:
            [span] = await self._lineages.spans(run.stream, folded.version, folded.version) or []
            key = self._key(span.stream, run.fold)
            state = _encoded(run.fold, folded.state)
            snapshot = Snapshot(folded.version, seal_of(key, run.digest, state), state)
            async with asyncio.timeout(keeping_seconds):
                await self._snapshots.keep(key, snapshot, every=every)
        except Exception as error:  # whatever it is, the state has been found
            log.warning(
                "a snapshot could not be kept",
                stream=run.stream,
                fold=run.fold.name,
                version=folded.version,
                error=type(error).__name__,
            )

    async def _throw_away(self, key: SnapshotKey, snapshot: Snapshot) -> None:
        place = {"stream": key.stream, "fold": key.fold, "version": snapshot.version}
        log.warning("a snapshot is not of this history, or damaged: it is thrown away", **place)
        try:
            async with asyncio.timeout(keeping_seconds):
                await self._snapshots.delete(
                    stream=key.stream, fold=key.fold, version=snapshot.version
                )
        except (StoreError, TimeoutError) as error:
            log.warning("it could not be deleted", **place, error=type(error).__name__)


def _encoded(fold: Fold[StateT], state: StateT) -> str:
    text = dumps(cast(JSONValue, fold.encode(state)))
    # Otherwise the next fold would go on from another state than this one ended with.
    if dumps(cast(JSONValue, fold.encode(_decoded(fold, text)))) != text:
        raise ValueError("decode(encode(state)) is another state")
    return text.decode()


def _decoded(fold: Fold[StateT], text: bytes | str) -> StateT:
    data = loads(text)
    if not isinstance(data, dict):
        raise TypeError("a state is encoded as a JSON object")
    return fold.decode(data)


class _Run(Generic[StateT]):
    """One fold of one stream.

    Attributes:
        read: how many events it took in.
        digest: of the last one.
    """

    def __init__(
        self, store: StreamFolds, stream: str, fold: Fold[StateT], to_version: int | None
    ) -> None:
        self.stream = stream
        self.fold = fold
        self.to_version = to_version
        self.read = 0
        self.digest = b""
        self._store = store

    async def from_start(self) -> Folded[StateT]:
        """Fold from the first event."""
        async with aclosing(self._events(1)) as events:
            return await self._go_on(self.fold.initial(), 0, events)

    async def from_snapshot(self, key: SnapshotKey, snapshot: Snapshot) -> Folded[StateT] | None:
        """Go on from a snapshot; return None when it is not to be relied on."""
        async with aclosing(self._events(snapshot.version)) as events:
            async for event in events:
                # The event itself is read, so that a state is served of this history only.
                if seal_of(key, event.digest, snapshot.state) != snapshot.seal:
                    return None
                try:
                    state = _decoded(self.fold, snapshot.state)
                except Exception:  # whatever a fold's decode makes of what it cannot read
                    return None
                return await self._go_on(state, snapshot.version, events)
        return None

    async def _go_on(
        self, state: StateT, start: int, events: AsyncGenerator[RecordedEvent]
    ) -> Folded[StateT]:
        version = start
        evolve = self.fold.evolve
        async for event in events:
            state = evolve(state, event)
            version = event.version
            self.digest = event.digest
        self.read = version - start
        return Folded(state, version, start)

    def _events(self, from_version: int) -> AsyncGenerator[RecordedEvent]:
        events = self._store.read_stream(
            self.stream, from_version=from_version, to_version=self.to_version
        )
        return cast("AsyncGenerator[RecordedEvent]", events)

"""The follower of a log: keeps folds of it up to date in the background of a process."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

from retold.domain.event import RecordedEvent
from retold.errors import InvalidCursor, RetoldError, StoreClosed
from retold.logs import get_logger
from retold.store.cursor import Cursor
from retold.store.log import EventStore

log = get_logger("retold.cache")

_longest_pause_seconds = 5.0
# Events applied before others on the event loop have their turn: 5 ms or so.
_at_a_time = 100


class Fold(Protocol):
    """What is kept up to date."""

    @property
    def event_types(self) -> Collection[str]:
        """Types of the events it folds."""
        ...

    def apply(self, event: RecordedEvent) -> None:
        """Fold an event.

        Each comes once in the log's order. Those of this process come before that as well, with
        a position of 0, and have to change nothing the second time.
        """
        ...


@runtime_checkable
class PlacedFold(Fold, Protocol):
    """A fold that knows how far it has come, as one from a snapshot does."""

    @property
    def cursor(self) -> str | None:
        """Where to read on from; None for the start of the log."""
        ...

    def moved_to(self, cursor: str) -> None:
        """Note how far it has come."""
        ...

    def reset(self) -> None:
        """Begin anew, as what it has is of no log that is there."""
        ...


class Snapshots(Protocol):
    """Keeps a fold in files."""

    async def try_save(self) -> None:
        """Save it when that is due."""
        ...

    async def save(self) -> None:
        """Save it."""
        ...


class CacheFollower:
    """Follows a log for several folds; one for each log in a process.

    Its failures are logged and tried again, and are nobody else's: a fold that is behind is one
    that finds less, and whoever serves an entry reads its stream first.
    """

    def __init__(
        self,
        store: EventStore,
        folds: Iterable[Fold],
        *,
        snapshots: Snapshots | None = None,
        poll_seconds: float = 0.25,
    ) -> None:
        """Store what is needed; :meth:`start` begins.

        Args:
            store: the log.
            folds: what to keep up to date.
            snapshots: saves one of them, when that is due and at the end.
            poll_seconds: how often the log is asked for what no hint told of.
        """
        self._store = store
        self._snapshots = snapshots
        self._readers = [_Reader(store, fold, snapshots, poll_seconds) for fold in folds]

    async def start(self) -> None:
        """Begin to follow; again is a no-op.

        Raises:
            StoreClosed: when the log is closed.
        """
        for reader in self._readers:
            reader.start()
        await asyncio.sleep(0)

    def applied(self, events: Sequence[RecordedEvent]) -> None:
        """Apply events that this process has just appended, before their turn.

        Args:
            events: what was appended, in its order; position and digest are not looked at.
        """
        for event in events:
            early = event._replace(position=0)
            for reader in self._readers:
                reader.apply(early)

    async def caught_up(self) -> None:
        """Wait until all that the log holds now is applied.

        Raises:
            StoreClosed: when the log is closed.
            CorruptEvent: when an event cannot be read.
            FutureSchemaVersion, UpcastFailed: when it cannot be given in the form of today.
            StoreUnavailable: when the database does not do its work.
        """
        for reader in self._readers:
            await reader.caught_up()

    async def close(self) -> None:
        """Follow no more; again is a no-op. Closing the log ends it as well."""
        for reader in self._readers:
            await reader.close()
        if self._snapshots is not None:
            try:
                await self._snapshots.save()
            except OSError as error:
                log.warning("index_snapshot_failed", error=str(error))

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


class _Reader:
    """Reads the log for one fold: in the background, and whenever somebody waits for it."""

    def __init__(
        self, store: EventStore, fold: Fold, snapshots: Snapshots | None, poll_seconds: float
    ) -> None:
        self._store = store
        self._snapshots = snapshots
        self._fold = fold
        self._types = frozenset(fold.event_types)
        self._poll_seconds = poll_seconds
        self._placed = fold if isinstance(fold, PlacedFold) else None
        start = None if self._placed is None else self._placed.cursor
        self._reached: Cursor | None = None if start is None else Cursor.parse(start)
        self._task: asyncio.Task[None] | None = None
        self._first_read = asyncio.Event()

    def start(self) -> None:
        if self._task is None:
            self._task = asyncio.create_task(self._follow(), name="retold-cache-follower")

    def apply(self, event: RecordedEvent) -> None:
        if event.type not in self._types:
            return
        try:
            self._fold.apply(event)
        except Exception:
            # One event must not keep the fold from all that follow; a hit is looked up in the log.
            log.exception(
                "cache_fold_failed",
                fold=type(self._fold).__name__,
                stream=event.stream,
                version=event.version,
            )

    async def caught_up(self) -> None:
        if self._task is not None and not self._task.done():
            await self._first_read.wait()
        await self._read_up()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _follow(self) -> None:
        pause = self._poll_seconds
        try:
            while True:
                try:
                    await self._read_on()
                except StoreClosed:
                    return
                except InvalidCursor as error:
                    # As after a backup was restored. What it has may never have happened.
                    log.warning(
                        "cache_fold_reset", fold=type(self._fold).__name__, error=str(error)
                    )
                    self._reset()
                    continue
                except RetoldError as error:
                    log.warning(
                        "cache_follower_failed",
                        fold=type(self._fold).__name__,
                        code=error.code,
                        error=str(error),
                    )
                except Exception:
                    # A fault of ours, logged whole; lookups go on with what is known, and it
                    # reads again after the pause.
                    log.exception("cache_follower_failed", fold=type(self._fold).__name__)
                # Who waits for it reads for itself, and is told what is wrong.
                self._first_read.set()
                await asyncio.sleep(pause)
                pause = min(2 * pause, _longest_pause_seconds)
        finally:
            self._first_read.set()

    async def _read_on(self) -> None:
        # A cursor beyond the end is refused here.
        async with self._store.subscribe(after=self._reached, types=self._types):
            pass
        while True:
            await self._read_up()
            self._first_read.set()
            if self._snapshots is not None:
                await self._snapshots.try_save()
            # Every append of this process would wake a subscription, several times a hit, and
            # what matters of those is applied by then: the others' are asked for now and then.
            await asyncio.sleep(self._poll_seconds)

    async def _read_up(self) -> None:
        end = await self._store.end()
        if self._reached is None or self._reached < end:
            count = 0
            async for event in self._store.read_all(after=self._reached, types=self._types):
                self._take(event)
                count += 1
                if not count % _at_a_time:
                    await asyncio.sleep(0)
            self._move(end)

    def _reset(self) -> None:
        self._reached = None
        if self._placed is not None:
            self._placed.reset()

    def _take(self, event: RecordedEvent) -> None:
        # Whoever is caught up has read what the background is still reading.
        place = self._store.cursor_of(event)
        if self._reached is None or self._reached < place:
            self.apply(event)
            self._move(place)

    def _move(self, place: Cursor) -> None:
        if self._reached is None or self._reached < place:
            self._reached = place
            if self._placed is not None:
                self._placed.moved_to(str(place))

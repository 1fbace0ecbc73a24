"""The work on one partition, by the process that holds it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from retold.domain.recorded import RecordedEvent
from retold.errors import CorruptEvent, HandlerFailed
from retold.logs import get_logger
from retold.store.consumers.definition import GroupDefinition
from retold.store.consumers.delivery import Delivery, Failed
from retold.store.consumers.hold import Hold
from retold.store.consumers.table import Failure, GroupTable, Holding, ParkedEvent
from retold.store.cursor import Cursor
from retold.store.log import EventStore
from retold.store.selection import Partition
from retold.store.subscription import Subscription

OnFailure: TypeAlias = Literal["park", "stop"]

# A checkpoint that moves only beyond events nobody wants is no progress; each of its moves is a
# transaction, which on PostgreSQL moves the end of the log itself.
idle_checkpoint_seconds = 30.0
retry_page = 100

log = get_logger("retold.consumers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What every worker of a process works with.

    Attributes:
        store: the log.
        table: where the group is kept.
        definition: of the group.
        delivery: to the handler.
        on_failure: what becomes of an event the handler fails on.
        checkpoint_every: events between two moves of the checkpoint within a page.
        look_seconds: how often a worker without events looks at what else there is to do.
        poll_seconds: how often the log is asked for what no hint told of.
        batch_size: events of a page at the most.
        before_checkpoint: awaited before a checkpoint moves.
    """

    store: EventStore
    table: GroupTable
    definition: GroupDefinition
    delivery: Delivery
    on_failure: OnFailure
    checkpoint_every: int
    look_seconds: float
    poll_seconds: float
    batch_size: int
    before_checkpoint: Callable[[], Awaitable[object]] | None = None


class Worker:
    """Hands the events of a partition to the handler, in order, and moves the checkpoint."""

    def __init__(self, work: Work, partition: int, hold: Hold) -> None:
        """Store what is needed; :meth:`run` acts.

        Args:
            work: what to work with.
            partition: its number.
            hold: on the lease of the partition.
        """
        self._work = work
        self._hold = hold
        self._holding = Holding(group=work.definition.name, partition=partition, lease=hold.lease)
        self._saved: str | None = None
        self._saved_at = time.monotonic()
        self._reached: str | None = None
        self._unsaved = 0
        self._retries = True

    def look_for_retries(self) -> None:
        """Say that a parked event of this partition is to be tried again."""
        self._retries = True

    async def run(self) -> None:
        """Work until the hold ends.

        Raises:
            LeaseLost: when somebody else took the lease.
            HandlerFailed: when a handler failed, and failures stop the run.
            GroupNotFound: when the group was deleted.
            CorruptEvent: when the next event is not what was written.
            StoreUnavailable: when the database does not do its work.
        """
        work = self._work
        self._saved = self._reached = await work.table.claim(self._holding)
        selection = work.definition.selection
        try:
            async with work.store.subscribe(
                after=self._saved,
                category=selection.category,
                stream_prefix=selection.stream_prefix,
                types=selection.types,
                session=selection.session,
                correlation_id=selection.correlation_id,
                every_tenant=selection.every_tenant,
                partition=Partition(self._holding.partition, work.definition.partitions),
                poll_seconds=work.poll_seconds,
                batch_size=work.batch_size,
            ) as subscription:
                await self._follow(subscription)
        finally:
            # Also when this is cancelled: what was handled need not be handled again.
            if not self._hold.lost:
                await self._save()

    async def _follow(self, subscription: Subscription) -> None:
        ended = asyncio.create_task(self._hold.ended.wait())
        pages = subscription.pages()
        coming: asyncio.Task[list[RecordedEvent]] | None = None
        try:
            while not self._hold.ended.is_set():
                if self._retries:
                    await self._retry()
                    continue
                coming = coming or asyncio.create_task(_next(pages))
                await asyncio.wait(
                    {ended, coming},
                    timeout=self._work.look_seconds,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if coming.done():
                    page, coming = coming.result(), None
                    if not await self._handle(page):
                        continue
                # Nothing is on its way from there to here.
                self._reached = subscription.cursor
                if self._unsaved or time.monotonic() > self._saved_at + idle_checkpoint_seconds:
                    await self._save()
        finally:
            waiting: list[asyncio.Task[object]] = [t for t in (ended, coming) if t is not None]
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def _handle(self, page: list[RecordedEvent]) -> bool:
        """Handle events; return False when the hold ended before all were handled."""
        for event in page:
            if self._retries:
                await self._retry()
            if self._hold.ended.is_set():
                return False
            await self._hold.check()
            outcome = await self._work.delivery.deliver(event, self._hold.ended)
            if outcome is False:
                return False
            cursor = str(self._work.store.cursor_of(event))
            if isinstance(outcome, Failed):
                await self._failed(event, cursor, outcome)
            else:
                self._reached = cursor
                self._unsaved += 1
            if self._unsaved >= self._work.checkpoint_every:
                await self._save()
        return True

    async def _failed(self, event: RecordedEvent, cursor: str, failed: Failed) -> None:
        if self._work.on_failure == "stop":
            raise HandlerFailed(
                self._holding.group,
                partition=self._holding.partition,
                event_id=event.event_id,
                stream=event.stream,
                version=event.version,
                attempts=failed.attempts,
            ) from failed.error
        await self._prepare()
        failure = Failure(
            event=event, cursor=cursor, reason=failed.reason, attempts=failed.attempts
        )
        await self._work.table.park(self._holding, failure)
        self._moved_to(cursor)
        log.warning(
            "event parked",
            group=self._holding.group,
            stream=event.stream,
            version=event.version,
            event_id=str(event.event_id),
            error=type(failed.error).__name__,
        )

    async def _retry(self) -> None:
        """Deliver the parked events that are to be tried again."""
        self._retries = False
        while not self._hold.ended.is_set():
            page = await self._work.table.parked(
                self._holding.group,
                partition=self._holding.partition,
                to_retry=True,
                limit=retry_page,
            )
            if not page:
                return
            for parked in page:
                if self._hold.ended.is_set() or not await self._retry_one(parked):
                    return

    async def _retry_one(self, parked: ParkedEvent) -> bool:
        await self._hold.check()
        try:
            event = await self._find(parked)
            outcome = await self._work.delivery.deliver(event, self._hold.ended)
        except (CorruptEvent, LookupError) as error:
            outcome = Failed(error, 0)
        if isinstance(outcome, Failed):
            await self._work.table.park_again(
                self._holding, parked, reason=outcome.reason, attempts=outcome.attempts
            )
        elif outcome:
            await self._work.table.unpark(self._holding, parked)
        return outcome is not False

    async def _find(self, parked: ParkedEvent) -> RecordedEvent:
        """Read a parked event: it is the first one after the place before its own."""
        place = Cursor.parse(parked.cursor)
        found = self._work.store.read_all(
            after=replace(place, position=place.position - 1),
            every_tenant=self._work.definition.selection.every_tenant,
            limit=1,
        )
        async for event in found:
            if (event.tenant, event.event_id) == (parked.tenant, parked.event_id):
                return event
        raise LookupError("the event is no longer in the log")

    async def _save(self) -> None:
        if self._reached is not None and self._reached != self._saved:
            await self._prepare()
            await self._work.table.move(self._holding, self._reached)
            self._moved_to(self._reached)

    async def _prepare(self) -> None:
        if self._work.before_checkpoint is not None:
            await self._work.before_checkpoint()

    def _moved_to(self, cursor: str) -> None:
        self._reached = self._saved = cursor
        self._saved_at = time.monotonic()
        self._unsaved = 0


async def _next(pages: AsyncIterator[list[RecordedEvent]]) -> list[RecordedEvent]:
    return await anext(pages)

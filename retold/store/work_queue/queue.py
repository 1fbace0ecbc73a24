"""A durable queue of work, shared by processes."""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager

from retold.domain.recorded import to_datetime, to_microseconds
from retold.errors import (
    InvalidEvent,
    InvalidWorkItem,
    InvalidWorkQueue,
    StoreUnavailable,
    WorkItemLost,
    WorkItemNotFound,
)
from retold.logs import get_logger
from retold.store.log import EventStore
from retold.store.request import to_json
from retold.store.uninterrupted import uninterrupted
from retold.store.work_queue.item import (
    FinishedWork,
    NewWorkItem,
    SweptWorkItem,
    TakenWorkItem,
    WorkFigures,
    WorkItem,
    WorkState,
)
from retold.store.work_queue.sql_table import work_table_of
from retold.store.work_queue.table import StoredItem

log = get_logger("retold.work_queue")
longest_id = 255
largest_payload_bytes = 64 * 1024
most_put_at_once = 10_000
most_taken_at_once = 1_000
largest_priority = 2**31 - 1
most_seconds = 366 * 86_400.0
default_sweep_seconds = 5.0
_page_size = 500
_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


class WorkQueue:
    """A queue of one tenant's log, by name; any number of processes put and take.

    Who takes an item has it for as long as the lease lasts, and extends the lease while at work.
    Every taking of an item has a greater fencing token than the one before, so that who lost the
    lease is refused, whatever it believes. All times are of the database's clock.

    What was begun is done to its end, also when the caller is cancelled meanwhile. What a cancelled
    :meth:`take` took is swept when the lease lapses.

    It is coordination, no facts: what was done belongs in the log. An item may be worked on twice,
    after a crash, so whoever works records what was done under a version it expects.
    """

    def __init__(self, store: EventStore, name: str) -> None:
        """Store the log whose database keeps the queue, and the queue's name.

        Raises:
            InvalidWorkQueue: when the name is not 1 to 100 letters, digits, dots, hyphens and
                underscores.
        """
        if not isinstance(name, str) or not _name.fullmatch(name):
            raise InvalidWorkQueue(name)
        self.name = name
        self._table = work_table_of(store, name)

    async def put(self, items: Sequence[NewWorkItem]) -> frozenset[str]:
        """Put items into the queue, all or none; ids that were ever put before change nothing.

        Args:
            items: 10,000 at the most; of equal priority and time, the first comes first.

        Returns:
            The ids that are new.

        Raises:
            InvalidWorkItem: when one cannot be put; nothing was.
            StoreUnavailable: when the database does not do its work; putting the same again is
                safe.
        """
        stored = self._all_stored(items)
        return await uninterrupted(self._table.put(stored)) if stored else frozenset()

    async def take(
        self, owner: str, *, seconds: float, limit: int = 1
    ) -> tuple[TakenWorkItem, ...]:
        """Take what is ready: the highest priority first, then what is ready longest.

        Nobody else is given these, and nobody waits for anybody. Items whose lease lapsed are
        given again once they were swept.

        Args:
            owner: who takes, unique to the taker; 1 to 255 printable characters.
            seconds: how long the lease lasts unless extended, more than 0 and at most a year.
            limit: how many at the most, from 1 to 1,000.

        Returns:
            What was taken, in order; nothing when nothing is ready.

        Raises:
            ValueError: when an argument is outside of its limits.
            StoreUnavailable: when the database does not do its work. What it may have taken is
                swept when the lease lapses.
        """
        _check_seconds(seconds)
        if not isinstance(owner, str) or not owner.isprintable() or not 0 < len(owner) <= 255:
            raise ValueError(f"owner is {owner!r}: give 1 to 255 printable characters")
        if type(limit) is not int or not 1 <= limit <= most_taken_at_once:
            raise ValueError(f"limit is {limit!r}: give 1 to {most_taken_at_once:,}")
        taken = self._table.take(owner, limit=limit, seconds=seconds)
        return tuple(await uninterrupted(taken))

    async def extend(self, item: TakenWorkItem, seconds: float) -> None:
        """Let the lease on ``item`` last for ``seconds`` from now; the heartbeat of a worker.

        A lease that lapsed and that nobody swept yet is still its owner's.

        Raises:
            WorkItemLost: when it was swept, taken by somebody else, cancelled or finished.
            ValueError: when ``seconds`` is not more than 0 and at most a year.
            StoreUnavailable: when the database does not do its work.
        """
        if await self.extend_all([item], seconds):
            await self._raise_lost(item)

    async def extend_all(self, items: Collection[TakenWorkItem], seconds: float) -> frozenset[str]:
        """Let the leases on ``items`` last for ``seconds`` from now, in one transaction.

        Returns:
            Ids of those that were lost; errors as of :meth:`extend`.
        """
        _check_seconds(seconds)
        held = {(item.id, item.owner, item.token) for item in items}
        if not held:
            return frozenset()
        kept = await uninterrupted(self._table.extend(held, seconds))
        return frozenset(item.id for item in items) - kept

    async def finish(
        self,
        item: TakenWorkItem,
        *,
        put: Sequence[NewWorkItem] = (),
        take_for: float | None = None,
    ) -> FinishedWork:
        """Say that ``item`` is done; saying so twice is a no-op.

        Args:
            item: what was taken.
            put: what follows upon it, put in the same transaction; as of :meth:`put`.
            take_for: seconds for which its owner takes another one in its place, in the same
                transaction and as of :meth:`take`; None to take none.

        Returns:
            What is new by that, and what was taken.

        Raises:
            WorkItemLost: when it was swept, taken by somebody else, or cancelled. What follows
                upon it was put nevertheless, and nothing was taken.
            InvalidWorkItem, ValueError: as of :meth:`put` and :meth:`take`; nothing happened.
            StoreUnavailable: when the database does not do its work.
        """
        if take_for is not None:
            _check_seconds(take_for)
        finish = self._table.finish(
            item.id, item.owner, item.token, put=self._all_stored(put), take_for=take_for
        )
        finished = await uninterrupted(finish)
        if not finished.is_done:
            await self._raise_lost(item)
        return FinishedWork(new=finished.new, taken=tuple(finished.taken))

    async def release(
        self, item: TakenWorkItem, *, delay: float = 0.0, attempted: bool = True
    ) -> None:
        """Give ``item`` back, to be taken again: at once, or later to retry.

        Args:
            item: what was taken.
            delay: seconds from now on for which nobody gets it, at most a year.
            attempted: False when it was not tried at all, as by a worker that is stopped: then
                it does not count among its attempts.

        Raises:
            WorkItemLost: when it was swept, taken by somebody else, cancelled or finished.
            ValueError: when ``delay`` is negative or more than a year.
            StoreUnavailable: when the database does not do its work.
        """
        if not 0 <= delay <= most_seconds:
            raise ValueError(f"delay is {delay!r}: give 0 to {most_seconds:,.0f} seconds")
        released = self._table.release(
            item.id, item.owner, item.token, delay=delay, attempted=attempted
        )
        if not await uninterrupted(released):
            await self._raise_lost(item)

    async def hasten(self, item_ids: Collection[str]) -> frozenset[str]:
        """Let items be taken now that were put, or given back, for later.

        Args:
            item_ids: those that are unknown, taken or finished stay as they are.

        Returns:
            Ids of those that can be taken earlier by that.

        Raises:
            StoreUnavailable: when the database does not do its work.
        """
        if not item_ids:
            return frozenset()
        return await uninterrupted(self._table.hasten(item_ids))

    async def cancel(self, item_id: str) -> bool:
        """Let an item not be taken any more; who has it learns of it by its next word.

        Returns:
            False when it was done, or cancelled, before.

        Raises:
            WorkItemNotFound: when there is no such item.
            StoreUnavailable: when the database does not do its work.
        """
        if await uninterrupted(self._table.cancel(item_id)):
            return True
        await self.find(item_id)
        return False

    async def sweep(self) -> tuple[SweptWorkItem, ...]:
        """Let items be taken again whose lease lapsed; who had them has lost them from now on.

        Returns:
            What was swept. Any number of processes may sweep at once.

        Raises:
            StoreUnavailable: when the database does not do its work.
        """
        swept: list[SweptWorkItem] = []
        while True:
            page = await uninterrupted(self._table.sweep(_page_size))
            swept += page
            if len(page) < _page_size:
                return tuple(swept)

    @asynccontextmanager
    async def sweeping(self, *, every: float = default_sweep_seconds) -> AsyncIterator[None]:
        """Sweep periodically while the block runs; a database that is away is asked again.

        Args:
            every: seconds between two sweeps, more than 0.
        """
        _check_seconds(every)
        task = asyncio.create_task(self._sweep_every(every), name=f"retold-sweep-{self.name}")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def figures(self, prefix: str = "") -> WorkFigures:
        """Return how much there is, and how long the oldest has waited; it reads, and no more.

        Args:
            prefix: of items whose ids begin so only.

        Raises:
            StoreUnavailable: when the database does not do its work.
        """
        return await self._table.figures(prefix)

    async def find(self, item_id: str) -> WorkItem:
        """Return an item as it stands, finished ones included.

        Raises:
            WorkItemNotFound: when there is no such item.
            StoreUnavailable: when the database does not do its work.
        """
        found = await self._table.find(item_id)
        if found is None:
            raise WorkItemNotFound(self.name, item_id)
        return found

    async def items(self, state: WorkState | None = None) -> AsyncIterator[WorkItem]:
        """List items by id; it pages, so memory stays flat.

        Args:
            state: only those that stand so; None for all.

        Raises:
            StoreUnavailable: when the database does not do its work.
        """
        after: str | None = None
        while True:
            page = await self._table.page(state, after, _page_size)
            for item in page:
                yield item
            if len(page) < _page_size:
                return
            after = page[-1].id

    async def forget(self, *, older_than: float) -> int:
        """Remove items that were done or cancelled long ago; their ids can be put again.

        Args:
            older_than: seconds since they were finished, 0 for all of them.

        Returns:
            How many there were.

        Raises:
            ValueError: when ``older_than`` is negative or no number.
            StoreUnavailable: when the database does not do its work.
        """
        if not 0 <= older_than < math.inf:
            raise ValueError(f"older_than is {older_than!r}: give 0 or more seconds")
        count = 0
        while (some := await uninterrupted(self._table.forget(older_than, _page_size))) > 0:
            count += some
        return count

    async def _sweep_every(self, seconds: float) -> None:
        while True:
            try:
                for item in await self.sweep():
                    log.warning(
                        "work taken back from a lapsed lease",
                        queue=self.name,
                        item=item.id,
                        owner=item.owner,
                        token=item.token,
                    )
            except StoreUnavailable as error:
                log.warning("work not swept", queue=self.name, error=error.code)
            await asyncio.sleep(seconds)

    async def _raise_lost(self, item: TakenWorkItem) -> None:
        found = await self._table.find(item.id)
        raise WorkItemLost(
            self.name,
            item.id,
            owner=item.owner,
            token=item.token,
            state=None if found is None else found.state.value,
            newest_token=None if found is None else found.token,
        )

    def _all_stored(self, items: Sequence[NewWorkItem]) -> list[StoredItem]:
        if len(items) > most_put_at_once:
            what = f"{len(items):,} items at once are more than {most_put_at_once:,}; put fewer"
            raise InvalidWorkItem(self.name, items[0].id, what)
        return [self._stored(item) for item in items]

    def _stored(self, item: NewWorkItem) -> StoredItem:
        if (
            not isinstance(item.id, str)
            or not item.id.isprintable()
            or not 0 < len(item.id) <= longest_id
        ):
            what = f"an id is printable text of 1 to {longest_id} characters"
            raise InvalidWorkItem(self.name, item.id, what)
        if type(item.priority) is not int or not -(2**31) <= item.priority <= largest_priority:
            what = f"its priority {item.priority!r} is no whole number from -2**31 to 2**31-1"
            raise InvalidWorkItem(self.name, item.id, what)
        ready_at = None
        if item.ready_at is not None:
            try:
                ready_at = to_microseconds(item.ready_at)
                to_datetime(ready_at)
            except (AttributeError, OverflowError, TypeError) as error:
                what = f"its time {item.ready_at!r} is no time from year 1 to 9999"
                raise InvalidWorkItem(self.name, item.id, what) from error
        return StoredItem(item.id, self._payload(item), item.priority, ready_at)

    def _payload(self, item: NewWorkItem) -> str:
        if not isinstance(item.payload, dict):
            raise InvalidWorkItem(self.name, item.id, "its payload is no dict")
        try:
            encoded = to_json(item.payload, "work", "its payload")
        except InvalidEvent as error:
            reason = error.__cause__ or "it holds NaN or an infinity"
            what = f"its payload is not JSON-native ({reason})"
            raise InvalidWorkItem(self.name, item.id, what) from error
        if len(encoded) > largest_payload_bytes:
            what = (
                f"its payload has {len(encoded):,} bytes, {largest_payload_bytes:,} is the most; "
                "put the id of an event that holds it"
            )
            raise InvalidWorkItem(self.name, item.id, what)
        return encoded.decode()


def _check_seconds(seconds: float) -> None:
    if not 0 < seconds <= most_seconds:
        raise ValueError(f"{seconds!r} seconds: give more than 0, and at most {most_seconds:,.0f}")

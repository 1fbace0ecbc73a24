"""One process in a consumer group: it joins, holds its share of the partitions, and leaves."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import time
from dataclasses import dataclass, field, replace

from retold.errors import LeaseHeld, LeaseLost, StoreUnavailable
from retold.logs import get_logger
from retold.store.consumers.hold import Hold
from retold.store.consumers.names import member_prefix, member_resource, partition_resource
from retold.store.consumers.share import fair_share
from retold.store.consumers.worker import Work, Worker
from retold.store.cursor import Cursor
from retold.store.lease import Lease, Leases
from retold.store.selection import Partition

log = get_logger("retold.consumers")


@dataclass(slots=True)
class _Held:
    """A partition that is held: the worker on it, its hold, and the task of both."""

    worker: Worker
    hold: Hold
    task: asyncio.Task[None] = field(init=False)


class Member:
    """Takes partitions, has a worker on each, and lets go of what is more than its share."""

    def __init__(self, work: Work, leases: Leases, *, lease_seconds: float) -> None:
        """Store what is needed; :meth:`run` acts.

        Args:
            work: what its workers work with.
            leases: where leases are taken.
            lease_seconds: how long they last once nobody renews them.
        """
        # Random, since the process of a container may well be number 1 of a host of that name.
        self.id = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._work = work
        self._leases = leases
        self._seconds = lease_seconds
        self._lease: Lease | None = None
        self._held: dict[int, _Held] = {}
        self._renewed_at = 0.0
        self._heard_at = 0.0
        self._behind: set[int] = set()
        # Leases that could not be released: until they lapse, not even this process gets them.
        self._unreleased: list[Lease] = []

    async def run(self, until: asyncio.Event | Cursor | None) -> None:
        """Work in the group.

        Args:
            until: an event that is set to end it; or a place up to which the whole group is to
                come, by whomever; None: for ever.

        Raises:
            HandlerFailed, GroupNotFound, CorruptEvent, InvalidCursor: what a worker raised, when
                the others have finished the event they had in hand.
            StoreUnavailable: when the database did nothing for as long as a lease lasts.
        """
        self._behind = set(range(self._work.definition.partitions))
        stop = until if isinstance(until, asyncio.Event) else asyncio.Event()
        stopped = asyncio.create_task(stop.wait())
        try:
            await self._join()
            target = until if isinstance(until, Cursor) else None
            while not stop.is_set() and not await self._turn(target):
                await asyncio.wait(
                    {stopped, *(held.task for held in self._held.values())},
                    timeout=self._work.look_seconds / (1 if target is None else 20),
                    return_when=asyncio.FIRST_COMPLETED,
                )
        except Exception:
            # Raised rather than what letting go finds, which follows from it.
            await self._let_go()
            raise
        else:
            for error in await self._let_go():
                raise error
        finally:
            stopped.cancel()
            await self._leave()

    async def _join(self) -> None:
        name = self._work.definition.name
        self._renewed_at = self._heard_at = time.monotonic()
        self._lease = await self._leases.take(
            member_resource(name, self.id), self.id, self._seconds
        )
        # What members left behind that were killed.
        await self._leases.forget(member_prefix(name))

    async def _turn(self, target: Cursor | None) -> bool:
        """Renew, look around, take and let go; return whether the group has reached a place."""
        self._reap()
        try:
            while self._unreleased:
                await self._leases.release(self._unreleased[-1])
                self._unreleased.pop()
            await self._renew()
            await self._balance()
            await self._pass_on_retries()
            done = target is not None and await self._reached(target)
        except StoreUnavailable as error:
            if time.monotonic() > self._heard_at + self._seconds:
                raise
            log.warning("database not reached", group=self._work.definition.name, error=error.code)
            return False
        self._heard_at = time.monotonic()
        return done

    async def _renew(self) -> None:
        now = time.monotonic()
        if now < self._renewed_at + self._seconds / 3:
            return
        held = {one.hold.lease: one.hold for one in self._held.values() if not one.hold.lost}
        own = self._lease
        lost = await self._leases.renew_all([*held, *([own] if own else [])], self._seconds)
        for lease, hold in held.items():
            if lease in lost:
                hold.lose()
            else:
                hold.renewed(now)
        if own is None or own in lost:
            # Others took this process for dead, and removed it.
            await self._join()
        self._renewed_at = now

    async def _balance(self) -> None:
        name = self._work.definition.name
        count = self._work.definition.partitions
        members = {one.owner for one in await self._leases.held(member_prefix(name))}
        share = fair_share(self.id, members, count)
        working = [n for n, one in sorted(self._held.items()) if not one.hold.ended.is_set()]
        for number in working[share:]:
            self._held[number].hold.ended.set()
        if len(working) >= share:
            return
        taken = {one.resource for one in await self._leases.held(partition_resource(name))}
        for number in range(count):
            if len(working) >= share:
                return
            resource = partition_resource(name, number)
            if resource not in taken and number not in self._held and await self._take(number):
                working.append(number)

    async def _take(self, number: int) -> bool:
        asked_at = time.monotonic()
        resource = partition_resource(self._work.definition.name, number)
        try:
            lease = await self._leases.take(resource, self.id, self._seconds)
        except LeaseHeld:
            return False
        hold = Hold(self._leases, lease, seconds=self._seconds, asked_at=asked_at)
        held = _Held(Worker(self._work, number, hold), hold)
        held.task = asyncio.create_task(self._hold(held), name=f"retold-{resource}")
        self._held[number] = held
        return True

    async def _hold(self, held: _Held) -> None:
        try:
            await held.worker.run()
        except LeaseLost as error:
            held.hold.lose()
            log.warning("partition lost", resource=error.resource)
        except StoreUnavailable as error:
            # Whoever reaches the database takes the partition next; it may be this process.
            log.warning("partition given up", resource=held.hold.lease.resource, error=error.code)
        finally:
            await self._release(held.hold.lease)

    async def _release(self, lease: Lease) -> None:
        try:
            await self._leases.release(lease)
        except StoreUnavailable as error:
            self._unreleased.append(lease)
            log.warning("lease not released", resource=lease.resource, error=error.code)

    def _reap(self) -> None:
        for number, held in list(self._held.items()):
            if held.task.done():
                del self._held[number]
                held.task.result()

    async def _pass_on_retries(self) -> None:
        if not self._held:
            return
        for number in await self._work.table.partitions_to_retry(self._work.definition.name):
            if number in self._held:
                self._held[number].worker.look_for_retries()

    async def _reached(self, target: Cursor) -> bool:
        """Return whether the checkpoints of all partitions leave nothing behind before a place."""
        work = self._work
        if await work.store.backend.frontier() < target:
            return False
        for checkpoint in await work.table.checkpoints(work.definition.name):
            if checkpoint.partition in self._behind:
                share = Partition(checkpoint.partition, work.definition.partitions)
                selection = replace(work.definition.selection, partition=share)
                cursor = work.store.checked_cursor(checkpoint.cursor)
                if (cursor is not None and cursor >= target) or not await work.table.behind(
                    checkpoint.cursor, selection, 1
                ):
                    self._behind.discard(checkpoint.partition)
        return not self._behind

    async def _let_go(self) -> list[BaseException]:
        """Let every worker finish the event it has in hand; return what they raised."""
        for held in self._held.values():
            held.hold.ended.set()
        tasks = {held.task for held in self._held.values()}
        waiting = tasks
        while waiting:
            _, waiting = await asyncio.wait(waiting, timeout=self._work.look_seconds)
            try:
                await self._renew()
            except StoreUnavailable:
                # A checkpoint that somebody else took over meanwhile refuses to be moved.
                log.warning("leases not renewed", group=self._work.definition.name)
        self._held.clear()
        return [error for task in tasks if (error := _error_of(task)) is not None]

    async def _leave(self) -> None:
        """Cancel what still runs, and be no member any more."""
        for held in self._held.values():
            held.task.cancel()
        await asyncio.gather(*(held.task for held in self._held.values()), return_exceptions=True)
        if self._lease is not None:
            await self._release(self._lease)


def _error_of(task: asyncio.Task[None]) -> BaseException | None:
    return asyncio.CancelledError() if task.cancelled() else task.exception()

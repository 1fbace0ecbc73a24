"""A consumer group: several processes that share the events of a selection."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import Literal
from uuid import UUID

from retold.errors import GroupInUse, GroupNotFound, InvalidGroup, ParkedEventNotFound
from retold.store import log
from retold.store.consumers.definition import GroupDefinition, check_name
from retold.store.consumers.delivery import Delivery, Handler
from retold.store.consumers.member import Member
from retold.store.consumers.names import member_prefix
from retold.store.consumers.sql_table import SqlGroupTable
from retold.store.consumers.status import GroupStatus, status_of
from retold.store.consumers.table import GroupTable, KeepsGroups, ParkedEvent
from retold.store.consumers.worker import OnFailure, Work
from retold.store.lease import Leases
from retold.store.log import EventStore
from retold.store.selection import Selection

parked_page = 500
longest_look_seconds = 1.0
shortest_lease_seconds = 0.1


class ConsumerGroup:
    """Events of a selection, each handled at least once by one of several processes.

    The streams are divided into partitions; a partition is worked on by one process at a time,
    in the log's order, so the events of a stream are handled in order. The checkpoint of a
    partition moves after the handler returned: a process that dies leaves the events after the
    last checkpoint to be handled again, by whoever takes the partition when its lease lapses.
    """

    def __init__(  # noqa: PLR0913 - a selection has this many parts
        self,
        store: EventStore,
        name: str,
        *,
        partitions: int = 8,
        lease_seconds: float = 15.0,
        start: Literal["beginning", "end"] = "beginning",
        category: str | None = None,
        stream_prefix: str | None = None,
        types: Collection[str] | None = None,
        session: str | None = None,
        correlation_id: str | None = None,
        every_tenant: bool = False,
    ) -> None:
        """Store what the group is; :meth:`run` begins it when there is none of that name.

        Args:
            store: the log.
            name: of the group, unique for the tenant: 1 to 100 letters, digits, dots, hyphens
                and underscores.
            partitions: how many shares the streams are divided into, so how many processes can
                work at once; each reads the log on its own. It cannot be changed later.
            lease_seconds: how long the partitions of a process that died wait for another.
            start: where the first process begins: at the ``beginning`` of the log, or at its
                ``end``, with what is appended from then on; on PostgreSQL also with what other
                processes appended just before, while older transactions were still open.
            category: only streams of this category.
            stream_prefix: only streams whose name begins so.
            types: only events of these types.
            session: only streams of this root session.
            correlation_id: only events of this piece of work.
            every_tenant: also other tenants' events, for operators.

        Raises:
            InvalidGroup: when the name or a number makes no sense.
        """
        selection = Selection(
            category=category,
            stream_prefix=stream_prefix,
            types=types,
            session=session,
            correlation_id=correlation_id,
            every_tenant=every_tenant,
        )
        self.name = check_name(name)
        self._definition = GroupDefinition(name=name, partitions=partitions, selection=selection)
        self._definition.check()
        if not lease_seconds >= shortest_lease_seconds:
            raise InvalidGroup(name, f"a lease of {lease_seconds} s is shorter than 0.1 s")
        if start not in {"beginning", "end"}:
            raise InvalidGroup(name, f"start is 'beginning' or 'end', not {start!r}")
        self._start = start
        self._lease_seconds = lease_seconds
        self._store = store
        self._table = group_table(store)
        self._leases = Leases(store)

    async def begin(self) -> GroupDefinition:
        """Keep the group when there is none of that name; :meth:`run` does it by itself.

        Raises:
            GroupMismatch: when it was begun with other partitions, or another selection.
        """
        stored = await self._table.definition(self.name)
        if stored is None:
            cursor = None
            if self._start == "end":
                # Not the newest event: on PostgreSQL an older transaction may commit after it.
                await self._settle()
                cursor = str(await self._store.backend.frontier())
            stored = await self._table.begin(self._definition, cursor)
        self._definition.require(stored)
        return stored

    async def run(  # noqa: PLR0913 - each is a choice of its own
        self,
        handler: Handler,
        *,
        until: asyncio.Event | Literal["caught_up"] | None = None,
        attempts: int = 5,
        pause: float = 0.2,
        on_failure: OnFailure = "park",
        concurrency: int | None = None,
        checkpoint_every: int = 100,
        poll_seconds: float = 0.25,
        batch_size: int = 500,
        before_checkpoint: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """Work in the group, as one of its members.

        Cancelled, it cancels the handlers that run, keeps the checkpoints of what was handled,
        and lets go of its partitions.

        Args:
            handler: awaited with one event after the other of a partition, and of several
                partitions at once. It must stand being called twice for an event, and must not
                block the event loop: leases are renewed in it.
            until: an event that is set to end the run, after the events in hand; or
                ``caught_up``: it ends when the group, by whichever member, has handled what was
                in the log when it was called. None: for ever.
            attempts: how often the handler is called for an event that it raises on.
            pause: seconds before the second attempt; doubled with each, up to 30.
            on_failure: ``park``: the event is set aside with the last error's type and message,
                and its partition goes on, with later events of its stream too; ``stop``: the run
                ends.
            concurrency: calls of the handler at once at the most; None: one a partition.
            checkpoint_every: events of a partition between two moves of its checkpoint; it is
                also moved when the partition has no more events for now.
            poll_seconds: how often the log is asked for what no hint told of.
            batch_size: events that are read at once at the most.
            before_checkpoint: awaited before a checkpoint moves, of any partition: the place to
                finish what the handler only collected. When it raises the checkpoint stays, and
                the run ends with its error.

        Raises:
            GroupMismatch: when it was begun with other partitions, or another selection.
            GroupNotFound: when it was deleted meanwhile.
            HandlerFailed: when the handler failed at every attempt, and failures stop the run.
            CorruptEvent: when an event is not what was written.
            InvalidCursor: when a checkpoint is beyond the end of the log: an older state of the
                database was restored.
            StoreUnavailable: when the database did nothing for as long as a lease lasts.
        """
        if attempts < 1 or checkpoint_every < 1 or (concurrency is not None and concurrency < 1):
            raise ValueError("attempts, checkpoint_every and concurrency are 1 or more.")
        definition = await self.begin()
        target = await self._store.backend.newest() if until == "caught_up" else None
        if until == "caught_up" and target is None:
            return
        work = Work(
            store=self._store,
            table=self._table,
            definition=definition,
            delivery=Delivery(handler, attempts=attempts, pause=pause, concurrency=concurrency),
            on_failure=on_failure,
            checkpoint_every=checkpoint_every,
            look_seconds=min(longest_look_seconds, self._lease_seconds / 3),
            poll_seconds=poll_seconds,
            batch_size=batch_size,
            before_checkpoint=before_checkpoint,
        )
        member = Member(work, self._leases, lease_seconds=self._lease_seconds)
        await member.run(until if isinstance(until, asyncio.Event) else target)

    async def parked(self, *, discarded: bool = False) -> AsyncIterator[ParkedEvent]:
        """List the events that are parked, by tenant and id; it pages.

        Args:
            discarded: those that were discarded, instead of those that were not.

        Raises:
            GroupNotFound: when there is no such group.
        """
        await self._require()
        after: tuple[str, UUID] | None = None
        while True:
            page = await self._table.parked(
                self.name, after=after, discarded=discarded, limit=parked_page
            )
            for parked in page:
                yield parked
            if len(page) < parked_page:
                return
            after = (page[-1].tenant, page[-1].event_id)

    async def retry(self, event_id: UUID | None = None) -> int:
        """Let the holder of its partition hand a parked event to the handler again.

        That is within a second of a running member's seeing it, or when the next one runs. When
        the handler returns, the event is parked no more; when it fails at every attempt, the
        event is parked again, with the attempts added.

        Args:
            event_id: of the event; None for all that are parked.

        Returns:
            How many there are.

        Raises:
            GroupNotFound: when there is no such group.
            ParkedEventNotFound: when the event is not parked.
        """
        await self._require()
        asked = await self._table.ask_for_retry(self.name, event_id)
        if event_id is not None and not asked:
            raise ParkedEventNotFound(self.name, event_id)
        return asked

    async def discard(self, event_id: UUID, reason: str) -> None:
        """Set a parked event aside for good; it stays on record with the reason.

        Args:
            event_id: of the event.
            reason: why nobody is to handle it.

        Raises:
            GroupNotFound: when there is no such group.
            ParkedEventNotFound: when the event is not parked.
        """
        await self._require()
        if not await self._table.discard(self.name, event_id, reason):
            raise ParkedEventNotFound(self.name, event_id)

    async def status(self) -> GroupStatus:
        """Return where the group stands.

        Raises:
            GroupNotFound: when there is no such group.
        """
        definition = await self._require()
        await self._settle()
        return await status_of(self._table, self._leases, definition)

    async def delete(self) -> None:
        """Remove the group: its checkpoints and what it parked; events stay as they are.

        Raises:
            GroupNotFound: when there is no such group.
            GroupInUse: when a process works in it.
        """
        await self._require()
        # The leases on its partitions stay, released: a later group of that name has greater
        # tokens than any process that still takes itself for a member of this one.
        members = [one.owner for one in await self._leases.held(member_prefix(self.name))]
        if members:
            raise GroupInUse(self.name, members)
        await self._table.delete(self.name)

    @staticmethod
    async def list(store: EventStore) -> tuple[GroupDefinition, ...]:
        """Return every group of the tenant, by name."""
        return tuple(await group_table(store).definitions())

    async def _settle(self) -> None:
        """Wait, as other readers do, for what was appended by this process."""
        await self._store.backend.settle(log.own_writes_seconds)

    async def _require(self) -> GroupDefinition:
        stored = await self._table.definition(self.name)
        if stored is None:
            raise GroupNotFound(self.name)
        return stored


def group_table(store: EventStore) -> GroupTable:
    """Return where a log keeps its groups."""
    backend = store.backend
    return backend.group_table() if isinstance(backend, KeepsGroups) else SqlGroupTable(store)

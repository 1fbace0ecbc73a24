"""What a database must do for consumer groups, and what it keeps of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable
from uuid import UUID

from retold.domain.recorded import RecordedEvent
from retold.store.consumers.definition import GroupDefinition
from retold.store.lease import Lease
from retold.store.selection import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A partition and the lease on it, by which its holder writes.

    Attributes:
        group: name of the group.
        partition: number of the partition, from 0.
        lease: the lease on it.
    """

    group: str
    partition: int
    lease: Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheckpoint:
    """How far a group has come in a partition.

    Attributes:
        partition: its number, from 0.
        cursor: everything up to here was handled, parked or not selected; None for the start.
        moved_at: when the checkpoint was last moved, UTC.
    """

    partition: int
    cursor: str | None
    moved_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedEvent:
    """An event that a group's handler failed on at every attempt.

    Attributes:
        event_id: id of the event.
        tenant: whose event it is.
        partition: number of the partition it belongs to.
        stream: its stream.
        version: its version there.
        type: its type.
        cursor: of a reader that has read up to the event, it included.
        reason: type and message of the last error, cut at 2,000 characters.
        attempts: how often the handler was called for it.
        parked_at: when it was parked last, UTC.
        retry_at: when it was asked to be tried again, UTC; None when it was not.
        discarded_at: when it was discarded, UTC; None when it was not.
        discard_reason: why it was.
    """

    event_id: UUID
    tenant: str
    partition: int
    stream: str
    version: int
    type: str
    cursor: str
    reason: str
    attempts: int
    parked_at: datetime
    retry_at: datetime | None = None
    discarded_at: datetime | None = None
    discard_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What became of an event at its last attempt.

    Attributes:
        event: the event.
        cursor: of a reader that has read up to it, it included.
        reason: type and message of the error.
        attempts: how often the handler was called for it.
    """

    event: RecordedEvent
    cursor: str
    reason: str
    attempts: int


class GroupTable(Protocol):
    """Keeps the groups of one tenant.

    A write that names a holding is one transaction, and is refused with
    :class:`~retold.errors.LeaseLost` unless the lease is still that of the holding and no later
    holder has claimed the checkpoint.
    """

    async def begin(self, definition: GroupDefinition, cursor: str | None) -> GroupDefinition:
        """Keep a group and its checkpoints, which stand at ``cursor``; return what is kept.

        When there is one of that name already it is left as it is.
        """
        ...

    async def definition(self, name: str) -> GroupDefinition | None:
        """Return what a group was begun with."""
        ...

    async def definitions(self) -> Sequence[GroupDefinition]:
        """Return every group, by name."""
        ...

    async def delete(self, name: str) -> None:
        """Remove a group, its checkpoints and what it parked."""
        ...

    async def checkpoints(self, name: str) -> Sequence[StoredCheckpoint]:
        """Return the checkpoints of a group, by partition."""
        ...

    async def claim(self, holding: Holding) -> str | None:
        """Refuse what earlier holders write from now on; return where the checkpoint stands.

        Raises:
            GroupNotFound: when the group was deleted.
        """
        ...

    async def move(self, holding: Holding, cursor: str) -> None:
        """Move a checkpoint."""
        ...

    async def park(self, holding: Holding, failure: Failure) -> None:
        """Park an event and move the checkpoint to it.

        When it is parked already, because it was handled again after a crash, the attempts add.
        """
        ...

    async def park_again(
        self, holding: Holding, parked: ParkedEvent, *, reason: str, attempts: int
    ) -> None:
        """Say that a parked event failed once more: the attempts add, and its retry is over."""
        ...

    async def unpark(self, holding: Holding, parked: ParkedEvent) -> None:
        """Remove a parked event, which was handled."""
        ...

    async def parked(
        self,
        name: str,
        *,
        after: tuple[str, UUID] | None = None,
        partition: int | None = None,
        to_retry: bool = False,
        discarded: bool = False,
        limit: int,
    ) -> Sequence[ParkedEvent]:
        """Return parked events by tenant and id.

        Args:
            name: of the group.
            after: tenant and id of the last one of the page before.
            partition: only of this one.
            to_retry: only those that are to be tried again.
            discarded: those that were discarded, instead of those that were not.
            limit: this many at the most.
        """
        ...

    async def parked_counts(self, name: str) -> dict[int, int]:
        """Return how many events are parked and not discarded, by partition."""
        ...

    async def partitions_to_retry(self, name: str) -> frozenset[int]:
        """Return the partitions that have events to be tried again."""
        ...

    async def ask_for_retry(self, name: str, event_id: UUID | None) -> int:
        """Ask for one parked event, or all, to be tried again; return how many there are."""
        ...

    async def discard(self, name: str, event_id: UUID, reason: str) -> int:
        """Set a parked event aside for good; return how many there are of that id."""
        ...

    async def behind(self, cursor: str | None, selection: Selection, at_most: int) -> int:
        """Count the settled events of a selection after a cursor, up to ``at_most``."""
        ...


@runtime_checkable
class KeepsGroups(Protocol):
    """A backend without SQL that keeps consumer groups itself."""

    def group_table(self) -> GroupTable:
        """Return where they are kept."""
        ...

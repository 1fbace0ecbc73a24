"""Where a consumer group stands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from retold.store.consumers.definition import GroupDefinition
from retold.store.consumers.names import member_prefix, partition_resource
from retold.store.consumers.table import GroupTable
from retold.store.lease import Leases
from retold.store.selection import Partition

most_counted = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionStatus:
    """Where a group stands in a partition.

    Attributes:
        partition: its number, from 0.
        holder: id of the member that works on it; None when nobody does.
        cursor: where the checkpoint stands; None at the start.
        moved_at: when it was last moved, UTC.
        lag: events after it that the group wants; counted up to 10,000.
        parked: events that are parked, those discarded left out.
    """

    partition: int
    holder: str | None
    cursor: str | None
    moved_at: datetime
    lag: int
    parked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupStatus:
    """Where a group stands.

    Attributes:
        definition: what it is.
        members: ids of the live members.
        partitions: where it stands in each partition, by number.
    """

    definition: GroupDefinition
    members: tuple[str, ...]
    partitions: tuple[PartitionStatus, ...]

    @property
    def lag(self) -> int:
        """Events behind in all partitions; each is counted up to 10,000."""
        return sum(one.lag for one in self.partitions)

    @property
    def parked(self) -> int:
        """Events parked in all partitions."""
        return sum(one.parked for one in self.partitions)


async def status_of(table: GroupTable, leases: Leases, definition: GroupDefinition) -> GroupStatus:
    """Return where a group stands; what is read one after the other may move meanwhile.

    Args:
        table: where it is kept.
        leases: where its leases are.
        definition: what it is.
    """
    name = definition.name
    holders = {one.resource: one.owner for one in await leases.held(partition_resource(name))}
    parked = await table.parked_counts(name)
    partitions = []
    for checkpoint in await table.checkpoints(name):
        number = checkpoint.partition
        share = replace(definition.selection, partition=Partition(number, definition.partitions))
        partitions.append(
            PartitionStatus(
                partition=number,
                holder=holders.get(partition_resource(name, number)),
                cursor=checkpoint.cursor,
                moved_at=checkpoint.moved_at,
                lag=await table.behind(checkpoint.cursor, share, most_counted),
                parked=parked.get(number, 0),
            )
        )
    members = tuple(one.owner for one in await leases.held(member_prefix(name)))
    return GroupStatus(definition=definition, members=members, partitions=tuple(partitions))

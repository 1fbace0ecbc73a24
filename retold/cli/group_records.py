"""Consumer groups and parked events as records to print."""

from __future__ import annotations

from retold.cli.output import Cell, time_text
from retold.store.consumers import GroupStatus, ParkedEvent, PartitionStatus
from retold.store.consumers.definition import selection_fields

# In the order of their worth: a narrow terminal shows the first ones.
list_columns = {
    "group": "group",
    "members": "members",
    "partitions": "partitions",
    "lag": "behind",
    "parked": "parked",
    "selection": "selection",
}
partition_columns = {
    "partition": "partition",
    "lag": "behind",
    "parked": "parked",
    "moved_at": "checkpoint moved",
    "holder": "holder",
    "cursor": "cursor",
}
parked_columns = {
    "event_id": "event",
    "reason": "reason",
    "stream": "stream",
    "version": "version",
    "attempts": "attempts",
    "parked_at": "parked",
    "retry_at": "to be retried",
    "discard_reason": "discarded",
    "type": "type",
    "partition": "partition",
}


def group_record(status: GroupStatus) -> dict[str, Cell]:
    """Return a row of the list of groups."""
    return {
        "group": status.definition.name,
        "partitions": status.definition.partitions,
        "members": len(status.members),
        "lag": status.lag,
        "parked": status.parked,
        "selection": dict(selection_fields(status.definition.selection)),
    }


def partition_record(status: PartitionStatus) -> dict[str, Cell]:
    """Return a row of a group's partitions."""
    return {
        "partition": status.partition,
        "holder": status.holder,
        "cursor": status.cursor,
        "moved_at": time_text(status.moved_at),
        "lag": status.lag,
        "parked": status.parked,
    }


def parked_record(parked: ParkedEvent) -> dict[str, Cell]:
    """Return a row of the list of parked events."""
    return {
        "event_id": str(parked.event_id),
        "tenant": parked.tenant,
        "partition": parked.partition,
        "stream": parked.stream,
        "version": parked.version,
        "type": parked.type,
        "reason": parked.reason,
        "attempts": parked.attempts,
        "parked_at": time_text(parked.parked_at),
        "retry_at": time_text(parked.retry_at),
        "discarded_at": time_text(parked.discarded_at),
        "discard_reason": parked.discard_reason,
    }

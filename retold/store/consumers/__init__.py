"""Consumer groups: several processes share the events of a selection, each at least once."""

from __future__ import annotations

from retold.store.consumers.definition import GroupDefinition
from retold.store.consumers.delivery import Handler
from retold.store.consumers.group import ConsumerGroup
from retold.store.consumers.status import GroupStatus, PartitionStatus
from retold.store.consumers.table import ParkedEvent

__all__ = [
    "ConsumerGroup",
    "GroupDefinition",
    "GroupStatus",
    "Handler",
    "ParkedEvent",
    "PartitionStatus",
]

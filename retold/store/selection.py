"""Which events of the log a reader wants."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from retold.domain.recorded import RecordedEvent


class Partition(NamedTuple):
    """One of several equal shares of the streams; a stream is in the same one always.

    Attributes:
        number: from 0.
        of: how many there are.
    """

    number: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a reader of the whole log wants of it; everything by default.

    Attributes:
        category: only streams of this category.
        without_category: no streams of this category.
        stream_prefix: only streams whose name begins so.
        types: only events of these types.
        session: only streams of this root session.
        correlation_id: only events of this piece of work.
        every_tenant: also other tenants' events, for operators; otherwise only the tenant's for
            whom the log was opened.
        partition: only streams of this share.
    """

    category: str | None = None
    without_category: str | None = None
    stream_prefix: str | None = None
    types: Collection[str] | None = None
    session: str | None = None
    correlation_id: str | None = None
    every_tenant: bool = False
    partition: Partition | None = None

    def wants(self, event: RecordedEvent) -> bool:
        """Return whether an event is wanted, but for its tenant and session."""
        return (
            (self.category is None or event.category == self.category)
            and event.category != self.without_category
            and (self.stream_prefix is None or event.stream.startswith(self.stream_prefix))
            and (self.types is None or event.type in self.types)
            and (self.correlation_id is None or event.correlation_id == self.correlation_id)
            and (
                self.partition is None
                or partition_of(event.stream, self.partition.of) == self.partition.number
            )
        )


everything = Selection()


def partition_of(stream: str, partitions: int) -> int:
    """Return which of ``partitions`` shares a stream belongs to.

    It is the first 32 bits of the MD5 of the name, modulo the number: what both databases can
    compute too, and spread evenly; nothing rests on its secrecy.
    """
    digest = hashlib.md5(stream.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[:4], "big") % partitions

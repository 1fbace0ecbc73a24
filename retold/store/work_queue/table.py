"""Where the items of a work queue are kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from retold.store.work_queue.item import (
    SweptWorkItem,
    TakenWorkItem,
    WorkFigures,
    WorkItem,
    WorkState,
)


class StoredItem(NamedTuple):
    """A new item as it is kept.

    Attributes:
        id: of the item.
        payload: JSON text.
        priority: of the item.
        ready_at: microseconds since 1970-01-01 UTC; None for now.
    """

    id: str
    payload: str
    priority: int
    ready_at: int | None


class Finish(NamedTuple):
    """What came of saying that an item is done.

    Attributes:
        is_done: whether it is, or just was, of that lease.
        new: ids of what was put and was new.
        taken: in its place.
    """

    is_done: bool
    new: frozenset[str]
    taken: Sequence[TakenWorkItem]


class WorkTable(Protocol):
    """Keeps the items of one queue of one tenant; each method is one transaction.

    All times are of the clock that everybody shares who uses the table.
    """

    async def put(self, items: Sequence[StoredItem]) -> frozenset[str]:
        """Keep those whose ids are new; return these."""
        ...

    async def take(self, owner: str, *, limit: int, seconds: float) -> Sequence[TakenWorkItem]:
        """Take what is ready, in order; nobody else gets it, and nobody waits for anybody."""
        ...

    async def extend(
        self, held: Collection[tuple[str, str, int]], seconds: float
    ) -> frozenset[str]:
        """Let leases (id, owner, token) last from now; return the ids of those that could."""
        ...

    async def finish(
        self,
        item_id: str,
        owner: str,
        token: int,
        *,
        put: Sequence[StoredItem],
        take_for: float | None,
    ) -> Finish:
        """Say that an item is done, keep what follows, and take one in its place.

        What follows is kept in any case. One is taken when ``take_for`` seconds are given, what
        follows included, and only when the item was not done before.
        """
        ...

    async def release(
        self, item_id: str, owner: str, token: int, *, delay: float, attempted: bool
    ) -> bool:
        """Let an item be taken again after a time; return False unless it is of that lease."""
        ...

    async def hasten(self, item_ids: Collection[str]) -> frozenset[str]:
        """Let items be taken now that could be only later; return their ids."""
        ...

    async def cancel(self, item_id: str) -> bool:
        """Let an item not be taken any more; return False when it was finished or is unknown."""
        ...

    async def sweep(self, limit: int) -> Sequence[SweptWorkItem]:
        """Let items be taken again whose leases lapsed."""
        ...

    async def figures(self, prefix: str) -> WorkFigures:
        """Count those whose ids begin so."""
        ...

    async def find(self, item_id: str) -> WorkItem | None:
        """Return an item, or None when it is not there."""
        ...

    async def page(
        self, state: WorkState | None, after: str | None, limit: int
    ) -> Sequence[WorkItem]:
        """Return items by id, those after one."""
        ...

    async def forget(self, seconds: float, limit: int) -> int:
        """Remove items that were finished so long ago; return how many."""
        ...


@runtime_checkable
class KeepsWork(Protocol):
    """A backend without SQL that keeps the items of work queues itself."""

    def work_table(self, queue: str) -> WorkTable:
        """Return where those of a queue are kept."""
        ...

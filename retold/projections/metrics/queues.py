"""How much waits in the queues of orchestrators."""

from __future__ import annotations

from collections.abc import Iterable

from retold.domain.orchestrator.queue import orchestrator_queue, run_rows, step_rows
from retold.store import EventStore
from retold.store.work_queue import WorkQueue


async def queue_depth(store: EventStore, orchestrators: Iterable[str]) -> int:
    """Return how many steps and new runs can be taken by a worker now, and are not.

    Steps that wait for their time are not among them, nor are runs that only have to be looked
    after.

    Args:
        store: the log whose database keeps the queues.
        orchestrators: their names.

    Raises:
        StoreUnavailable: when the database does not do its work.
    """
    depth = 0
    for orchestrator in orchestrators:
        queue = WorkQueue(store, orchestrator_queue(orchestrator))
        steps, runs = await queue.figures(step_rows), await queue.figures(run_rows)
        depth += steps.ready + runs.untried
    return depth

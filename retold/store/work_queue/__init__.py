"""Durable queues of work, shared by processes with leases and fencing tokens."""

from __future__ import annotations

from retold.store.work_queue.item import (
    FinishedWork,
    NewWorkItem,
    SweptWorkItem,
    TakenWorkItem,
    WorkFigures,
    WorkItem,
    WorkState,
)
from retold.store.work_queue.queue import WorkQueue

__all__ = [
    "FinishedWork",
    "NewWorkItem",
    "SweptWorkItem",
    "TakenWorkItem",
    "WorkFigures",
    "WorkItem",
    "WorkQueue",
    "WorkState",
]

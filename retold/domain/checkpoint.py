"""What the owner of a task keeps to go on from."""

from __future__ import annotations

from typing import Any, ClassVar

from retold.domain.event import DomainEvent, EventRegistry

task_category = "task"


class TaskCheckpointed(DomainEvent):
    """The owner of a task said what it needs to go on.

    Attributes:
        task: AG2's id of the task.
        state: a dict by Retold's codec.
    """

    type: ClassVar[str] = "task.checkpointed"
    task: str
    state: Any


def task_stream(task: str) -> str:
    """Return the name of the stream that holds the checkpoints of a task."""
    return f"{task_category}-{task}"


checkpoint_events = EventRegistry(TaskCheckpointed)

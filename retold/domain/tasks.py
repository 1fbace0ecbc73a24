"""The tasks a conversation delegated, by AG2's own events: which began, and how they ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from retold.domain.fold import Fold
from retold.domain.recorded import JsonObject, RecordedEvent
from retold.domain.recording import EventRecorded
from retold.domain.value import Value

_statuses: Mapping[str, str] = {
    "ag2.TaskStarted": "running",
    "ag2.TaskCompleted": "completed",
    "ag2.TaskFailed": "failed",
    "ag2.TaskExpired": "expired",
    "ag2.TaskCancelled": "cancelled",
}
rolled_up_key = "task"
"""Metadata of the event that adds a task's usage to that of its parent: the task's id."""


class Task(Value):
    """A delegated task.

    Attributes:
        status: ``running``, ``completed``, ``failed``, ``expired`` or ``cancelled``.
        started_version: of the event that started it; None when the log does not hold it.
        ended_version: of the event that ended it; None while it runs.
        is_rolled_up: whether the conversation's usage has what it took.
    """

    status: str = "running"
    started_version: int | None = None
    ended_version: int | None = None
    is_rolled_up: bool = False


class Tasks(Value):
    """The tasks of one conversation.

    Attributes:
        by_id: in the order they began.
    """

    by_id: dict[str, Task] = Field(default_factory=dict)


def _evolve(state: Tasks, event: RecordedEvent) -> Tasks:
    if event.type != EventRecorded.type:
        return state
    rolled_up = event.metadata.get(rolled_up_key)
    if isinstance(rolled_up, str):
        return _with(state, rolled_up, is_rolled_up=True)
    payload = event.data.get("event")
    if not isinstance(payload, Mapping) or event.data.get("detached") is True:
        return state
    status, task_id = _statuses.get(str(payload.get("$"))), payload.get("task_id")
    if status is None or not isinstance(task_id, str):
        return state
    if status == "running":
        return _with(state, task_id, status=status, started_version=event.version)
    return _with(state, task_id, status=status, ended_version=event.version)


def _with(state: Tasks, task_id: str, **changes: Any) -> Tasks:
    task = state.by_id.get(task_id, Task()).model_copy(update=changes)
    return Tasks.model_construct(by_id={**state.by_id, task_id: task})


def _encode(state: Tasks) -> JsonObject:
    return state.model_dump(mode="json")


def _decode(data: JsonObject) -> Tasks:
    return Tasks.model_validate(data)


tasks_fold: Fold[Tasks] = Fold("tasks", Tasks, _evolve, _encode, _decode)
"""The delegated tasks of a conversation."""

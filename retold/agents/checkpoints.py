"""AG2's ``CheckpointStore`` in the log: every checkpoint of a task, not only the last."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from retold.agents.codec import event_codec
from retold.domain.checkpoint import TaskCheckpointed, task_stream
from retold.domain.recorded import RecordedEvent
from retold.store import EventStore
from retold.store.append import ExpectedVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a task's owner kept to go on from.

    Attributes:
        version: of the event in the task's stream, from 1.
        state: as the owner gave it.
        recorded_at: when it was recorded, UTC.
    """

    version: int
    state: dict[str, Any]
    recorded_at: datetime


class Checkpoints:
    """An AG2 ``CheckpointStore`` that keeps every checkpoint: each is an event of the log.

    Give it to ``agent.task(checkpoint_store=...)``. Made by ``log.checkpoints``.
    """

    def __init__(self, store: EventStore) -> None:
        """Store the log."""
        self._store = store

    async def write(self, task_id: str, state: dict[str, Any]) -> None:
        """Record a checkpoint.

        Args:
            task_id: of the task.
            state: anything the owner needs; see :class:`retold.store.codec.Codec` for what comes
                back as it was.

        Raises:
            InvalidStreamName: when the id cannot name a stream.
            EventTooLarge: when it is larger than an event may be.
            StoreUnavailable: when the database does not do its work.
        """
        event = TaskCheckpointed(task=task_id, state=event_codec.encode(dict(state)))
        await self._store.append(
            task_stream(task_id), [event.to_new_event()], expected_version=ExpectedVersion.ANY
        )

    async def read(self, task_id: str) -> dict[str, Any] | None:
        """Return the newest checkpoint of a task; None when it has none.

        Raises:
            InvalidStreamName: when the id cannot name a stream.
            StoreUnavailable: when the database does not do its work.
        """
        found = await self.history(task_id, limit=1)
        return found[0].state if found else None

    async def history(self, task_id: str, *, limit: int | None = None) -> tuple[Checkpoint, ...]:
        """Return the checkpoints of a task, the newest first; none when it has none.

        Args:
            task_id: of the task.
            limit: how many at the most; None for all.

        Raises: as of :meth:`read`.
        """
        found = []
        events = self._store.read_stream(task_stream(task_id), backwards=True, missing_ok=True)
        async with aclosing(cast("AsyncGenerator[RecordedEvent]", events)) as newest_first:
            async for event in newest_first:
                if event.type == TaskCheckpointed.type:
                    kept = TaskCheckpointed.from_recorded(event).state
                    found.append(
                        Checkpoint(
                            version=event.version,
                            state=event_codec.decode(kept),
                            recorded_at=event.recorded_at,
                        )
                    )
                    if len(found) == limit:
                        break
        return tuple(found)

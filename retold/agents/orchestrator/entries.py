"""What stands in an orchestrator's queue: a step that may begin, or a run to look after.

A row of the queue is made of an event, and named by it, so that it can be put again, by anybody
and at any time, when whoever recorded the event died before putting it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from retold.domain.orchestrator.queue import run_rows, step_rows
from retold.domain.workflow.events import StepReady
from retold.store.work_queue import NewWorkItem, TakenWorkItem

# A fencing token says which event made the row a step was taken by, and which taking of it that
# was: tokens of a later event are greater, and so are those of a later taking.
_bits_of_takings = 24
first_entry = "first"
"""Name of the entry a run is queued with."""
_largest_priority = 2**30 - 1


@dataclass(frozen=True, slots=True)
class StepEntry:
    """A step that may begin.

    Attributes:
        run: id of the run.
        step: its step.
        item: place in its fan-out; None without one.
        attempt: that may begin.
        version: of the ``workflow.step_ready`` that says so, in the run's stream.
        event: its id.
    """

    run: str
    step: str
    item: int | None
    attempt: int
    version: int
    event: str

    @classmethod
    def of(cls, run: str, ready: StepReady, version: int, event_id: UUID) -> StepEntry:
        """Return the entry of an event."""
        return cls(run, ready.step, ready.item, ready.attempt, version, str(event_id))

    @property
    def id(self) -> str:
        """Id of its row."""
        return f"{step_rows}{self.run}/{self.step}/{self.item}/{self.attempt}@{self.version}"

    @property
    def conversation(self) -> str:
        """Id of the conversation in which the agent is asked."""
        parts = (self.run, self.step, self.item, self.attempt)
        return "/".join(str(part) for part in parts if part is not None)

    def token(self, taken: TakenWorkItem) -> int:
        """Return the fencing token of a taking of its row."""
        return self.version << _bits_of_takings | taken.token

    def has_given(self, token: int) -> bool:
        """Return whether a fencing token is one of its row."""
        return token >> _bits_of_takings == self.version

    def row(self, ready: StepReady, now: datetime) -> NewWorkItem:
        """Return its row; steps go before runs that have not started, of the same priority.

        Args:
            ready: the event it is of.
            now: by the clock that the event was decided by, which the queue's need not agree with.
        """
        return NewWorkItem(
            id=self.id,
            payload={"kind": "step", **asdict(self)},
            priority=_rank(ready.priority) + 1,
            ready_at=None if ready.ready_at <= now else ready.ready_at,
        )


@dataclass(frozen=True, slots=True)
class RunEntry:
    """A run that is to be started, or looked after until it is over.

    Attributes:
        run: id of the run.
        name: tells it from other entries of the run.
        once: it is for one look only.
    """

    run: str
    name: str
    once: bool = False

    @property
    def is_of_retry(self) -> bool:
        """Whether its row was put for a run that was over, to go on."""
        return not self.once and self.name != first_entry

    @property
    def id(self) -> str:
        """Id of its row."""
        return f"{run_rows}{self.run}@{self.name}"

    def row(self, priority: int, ready_at: datetime | None = None) -> NewWorkItem:
        """Return its row."""
        payload = {"kind": "run", **asdict(self)}
        return NewWorkItem(id=self.id, payload=payload, priority=_rank(priority), ready_at=ready_at)


def entry_of(payload: Mapping[str, Any]) -> StepEntry | RunEntry:
    """Return the entry in the payload of a row."""
    fields = {name: value for name, value in payload.items() if name != "kind"}
    return RunEntry(**fields) if payload["kind"] == "run" else StepEntry(**fields)


def _rank(priority: int) -> int:
    return 2 * max(-_largest_priority, min(priority, _largest_priority))

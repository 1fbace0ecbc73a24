"""Where a run of a workflow stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from retold.domain.value import ErrorInfo, Value
from retold.domain.workflow.definition import FallbackKind, OnFailure, Step, Workflow

# An item of a long fan-out is changed by copying one chunk and the list of chunks: at a thousand
# items that is 80 places, not a thousand.
chunk_size = 64


class RunStatus(StrEnum):
    """Where a run stands; ``new`` before its first event."""

    NEW = "new"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepStatus(StrEnum):
    """Where a step stands.

    Attributes:
        PENDING: what it depends on is not over yet.
        AWAITING_APPROVAL: a human has to agree.
        OPEN: it is in work, or ready to be; its items say more.
        COMPLETED: it has its result.
        SKIPPED: it was left out; its result is null.
        FAILED: it failed for good.
        CANCELLED: its run ended in the midst of it.
    """

    PENDING = "pending"
    AWAITING_APPROVAL = "awaiting_approval"
    OPEN = "open"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ItemStatus(StrEnum):
    """Where an item of a step stands.

    Attributes:
        WAITING: it may not begin yet: as many as may be are in work.
        READY: it may begin.
        RUNNING: an attempt is in flight.
    """

    WAITING = "waiting"
    READY = "ready"
    RUNNING = "running"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"


over_statuses = frozenset({RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED})
settled_statuses = frozenset({StepStatus.COMPLETED, StepStatus.SKIPPED})
ended_item_statuses = frozenset(
    {ItemStatus.COMPLETED, ItemStatus.SKIPPED, ItemStatus.FAILED, ItemStatus.CANCELLED}
)
settled_item_statuses = frozenset({ItemStatus.COMPLETED, ItemStatus.SKIPPED})


class Item(Value):
    """What is done by one agent: a step, or one item of its fan-out.

    Attributes:
        status: where it stands.
        attempt: number of the newest attempt; 0 before the first.
        failures: attempts that failed since it was opened, or fell back to another agent.
        restarts: attempts whose worker died, likewise.
        fallbacks: fallbacks used up.
        ready_at: the earliest it may begin, when it is ready.
        agent: that does the newest attempt.
        instance: of that agent.
        worker: that has or had the newest attempt.
        token: fencing token of the newest attempt; 0 before the first.
        deadline: of the attempt in flight; None without a limit.
        result: JSON-native.
        result_token: fencing token of the attempt that gave the result; None when none did.
        error: of the newest failure.
    """

    status: ItemStatus = ItemStatus.WAITING
    attempt: int = 0
    failures: int = 0
    restarts: int = 0
    fallbacks: int = 0
    ready_at: datetime | None = None
    agent: str | None = None
    instance: str | None = None
    worker: str | None = None
    token: int = 0
    deadline: datetime | None = None
    result: Any = None
    result_token: int | None = None
    error: ErrorInfo | None = None


class StepState(Value):
    """Where a step stands.

    Attributes:
        place: of its definition in the workflow, from 0.
        status: where it stands.
        waits_for: how many of the steps it depends on are not over.
        is_approved: whether a human agreed.
        expires_at: when an approval asked for is refused by itself.
        fanned_out: the list it is done for; None for a step without a fan-out.
        chunks: its items, in chunks of :data:`chunk_size`; read them with :meth:`item`.
        size: how many items it has: 1 without a fan-out, 0 before it is open.
        ready: items that are ready.
        running: items in flight.
        settled: items completed or skipped.
        next_item: no item before this one is still to be made ready.
        attempt_before: the newest attempt before it was opened again.
        token_before: the greatest fencing token before that.
        error: why it failed.
    """

    place: int
    status: StepStatus = StepStatus.PENDING
    waits_for: int = 0
    is_approved: bool = False
    expires_at: datetime | None = None
    fanned_out: tuple[Any, ...] | None = None
    chunks: tuple[tuple[Item, ...], ...] = ()
    size: int = 0
    ready: int = 0
    running: int = 0
    settled: int = 0
    next_item: int = 0
    attempt_before: int = 0
    token_before: int = 0
    error: ErrorInfo | None = None

    def item(self, place: int | None) -> Item:
        """Return an item; None stands for the only one. It has to be there."""
        place = place or 0
        return self.chunks[place // chunk_size][place % chunk_size]

    def items(self) -> Iterator[Item]:
        """Yield all items, in order."""
        for chunk in self.chunks:
            yield from chunk

    @property
    def result(self) -> Any:
        """Its result: a list when it was fanned out, null for what was skipped or is not over."""
        if self.fanned_out is not None:
            return [item.result for item in self.items()]
        return self.item(0).result if self.size else None


class WorkflowRun(Value):
    """Where a run of a workflow stands; the fold of its stream.

    Attributes:
        id: of the run; None before its first event.
        workflow: the definition it runs by, to its end.
        content_hash: of that definition.
        input: JSON-native.
        priority: the greater goes first.
        status: where it stands.
        is_started: whether a worker ever started it.
        steps: by name, in the order of the definition.
        dependants: the steps that depend directly on each step.
        due: steps that wait for nothing and of which nothing is decided yet. It is empty between
            commands, but for a run that is queued, failing or over.
        settled: how many steps are completed or skipped.
        failed: names of the steps that failed, in that order.
        error: why the run failed.
    """

    id: str | None = None
    workflow: Workflow | None = None
    content_hash: str | None = None
    input: Any = None
    priority: int = 0
    status: RunStatus = RunStatus.NEW
    is_started: bool = False
    steps: dict[str, StepState] = Field(default_factory=dict)
    dependants: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    due: tuple[str, ...] = ()
    settled: int = 0
    failed: tuple[str, ...] = ()
    error: ErrorInfo | None = None

    @property
    def is_over(self) -> bool:
        """Whether it completed, failed or was cancelled."""
        return self.status in over_statuses

    @property
    def is_failing(self) -> bool:
        """Whether nothing of it may begin any more, because a step failed."""
        stops = self.workflow is not None and self.workflow.on_failure is OnFailure.STOP
        return bool(self.failed) and stops

    def definition_of(self, step: str) -> Step:
        """Return the definition of one of its steps.

        Raises:
            KeyError: when it has no such step.
        """
        state = self.steps[step]
        if self.workflow is None:
            raise KeyError(step)
        return self.workflow.steps[state.place]

    def whom(self, step: str, item: int | None) -> tuple[str | None, str | None]:
        """Return the agent, or the capability, that an item is for, fallbacks considered."""
        definition = self.definition_of(step)
        state = self.steps[step]
        used = state.item(item).fallbacks if state.size else 0
        if used:
            fallback = definition.fallback[used - 1]
            if fallback.kind is FallbackKind.AGENT:
                return fallback.agent, fallback.capability
        return definition.agent, definition.capability

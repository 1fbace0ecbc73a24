"""What is asked of a run: which steps may begin, which are in flight, who has to be asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from retold.domain.workflow.course import may_begin
from retold.domain.workflow.state import Item, ItemStatus, StepState, StepStatus, WorkflowRun


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyStep:
    """A step, or an item of its fan-out, that may begin; fields as of ``StepReady``."""

    step: str
    item: int | None
    attempt: int
    agent: str | None
    capability: str | None
    ready_at: datetime
    priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepInFlight:
    """An attempt that is in flight; fields as of ``StepStarted``."""

    step: str
    item: int | None
    attempt: int
    agent: str
    worker: str
    token: int
    deadline: datetime | None


def ready_steps(run: WorkflowRun, now: datetime | None = None) -> list[ReadyStep]:
    """Return what may begin: by priority, then by when it was ready, then in order.

    Args:
        run: where the run stands.
        now: leaves out what is ready only later; None for all.

    Returns:
        Nothing for a run that is not running, or failing.
    """
    if not may_begin(run):
        return []
    found = []
    for name, step in run.steps.items():
        if step.status is not StepStatus.OPEN or not step.ready:
            continue
        priority = run.priority + run.definition_of(name).priority
        for place, item in _items(step):
            if item.status is not ItemStatus.READY or item.ready_at is None:
                continue
            if now is not None and item.ready_at > now:
                continue
            agent, capability = run.whom(name, place)
            ready = ReadyStep(
                step=name,
                item=place,
                attempt=item.attempt + 1,
                agent=agent,
                capability=capability,
                ready_at=item.ready_at,
                priority=priority,
            )
            found.append(ready)
    found.sort(key=lambda ready: (-ready.priority, ready.ready_at))
    return found


def steps_in_flight(run: WorkflowRun) -> list[StepInFlight]:
    """Return the attempts in flight, in the order of the definition."""
    found = []
    for name, step in run.steps.items():
        if not step.running:
            continue
        for place, item in _items(step):
            if item.status is ItemStatus.RUNNING:
                in_flight = StepInFlight(
                    step=name,
                    item=place,
                    attempt=item.attempt,
                    agent=item.agent or "",
                    worker=item.worker or "",
                    token=item.token,
                    deadline=item.deadline,
                )
                found.append(in_flight)
    return found


def approvals_pending(run: WorkflowRun) -> dict[str, datetime | None]:
    """Return the steps that wait for a human, with when they are refused by themselves."""
    return {
        name: step.expires_at
        for name, step in run.steps.items()
        if step.status is StepStatus.AWAITING_APPROVAL and not run.is_over
    }


def _items(step: StepState) -> Iterator[tuple[int | None, Item]]:
    if step.fanned_out is None:
        for item in step.items():
            yield None, item
    else:
        yield from enumerate(step.items())

"""How a run stands, as the result that all systems return."""

from __future__ import annotations

from typing import Any

from retold.agents.orchestrator.asking import usage_within
from retold.domain.result import Result, ResultIds, ResultStatus
from retold.domain.workflow.events import run_stream
from retold.domain.workflow.preparing import results_of
from retold.domain.workflow.reading import approvals_pending
from retold.domain.workflow.state import RunStatus, WorkflowRun
from retold.store import EventStore

_statuses = {
    RunStatus.COMPLETED: ResultStatus.COMPLETED,
    RunStatus.FAILED: ResultStatus.FAILED,
    RunStatus.CANCELLED: ResultStatus.CANCELLED,
}


def is_waiting(run: WorkflowRun) -> bool:
    """Return whether a run can only go on when somebody decides something."""
    steps = run.steps.values()
    if run.is_over or any(step.running for step in steps):
        return False
    if run.status is RunStatus.PAUSED:
        return True
    return bool(approvals_pending(run)) and not any(step.ready for step in steps)


async def result_of_run(
    store: EventStore, run: WorkflowRun, correlation_id: str | None
) -> Result[dict[str, Any]]:
    """Return how a run stands, with what its agents took.

    Raises:
        StoreError: when the log cannot be read.
    """
    run_id = run.id or ""
    return Result(
        status=_statuses.get(run.status, ResultStatus.WAITING),
        value=results_of(run),
        error=run.error,
        ids=ResultIds(session=run_id, stream=run_stream(run_id), correlation_id=correlation_id),
        usage=await usage_within(store, root=run_id),
    )

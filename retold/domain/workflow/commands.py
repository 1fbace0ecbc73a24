"""What can be asked of a run of a workflow.

``at`` is the time of whoever asks, with a zone: no clock is read in deciding.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from pydantic import AwareDatetime

from retold.domain.value import ErrorInfo, Value
from retold.domain.workflow.definition import Workflow


class QueueRun(Value):
    """Queue a run: the first command of its stream.

    Attributes:
        run: id of the run.
        workflow: a checked definition with its version.
        input: JSON-native.
        priority: the greater goes first.
    """

    run: str
    workflow: Workflow
    input: Any = None
    priority: int = 0
    at: AwareDatetime


class StartRun(Value):
    """Start a queued run; nothing happens when it was started."""

    worker: str | None = None
    at: AwareDatetime


class StartStep(Value):
    """Begin an attempt at a step that is ready.

    The same again is a no-op, so that it may be sent again when it is not known to be recorded.

    Attributes:
        attempt: as in the :class:`~retold.domain.workflow.events.StepReady` it comes from.
        agent: name of the agent chosen.
        instance: which of the agent's instances.
        worker: the process that will work on it.
        token: fencing token of its lease, greater than that of any attempt at the step before.
    """

    step: str
    item: int | None = None
    attempt: int
    agent: str
    instance: str | None = None
    worker: str
    token: int
    at: AwareDatetime


class CompleteStep(Value):
    """Record the result of the attempt in flight; the same again is a no-op."""

    step: str
    item: int | None = None
    token: int
    result: Any = None
    at: AwareDatetime


class FailStep(Value):
    """Record that the attempt in flight failed.

    Attributes:
        is_retryable: whether another attempt may do better.
    """

    step: str
    item: int | None = None
    token: int
    error: ErrorInfo
    is_retryable: bool = True
    at: AwareDatetime


class TimeOutStep(Value):
    """End the attempt in flight when its deadline is past; nothing happens otherwise."""

    step: str
    item: int | None = None
    token: int
    at: AwareDatetime


class LoseStep(Value):
    """Settle an attempt whose worker died; nothing happens when it is not in flight any more."""

    step: str
    item: int | None = None
    token: int
    at: AwareDatetime


class GiveApproval(Value):
    """Agree to a step; ``by`` is who does."""

    step: str
    by: str | None = None
    reason: str | None = None
    at: AwareDatetime


class RefuseApproval(Value):
    """Do not agree to a step; ``by`` is who does not."""

    step: str
    by: str | None = None
    reason: str | None = None
    at: AwareDatetime


class ExpireApproval(Value):
    """Refuse an approval whose time is over; nothing happens otherwise."""

    step: str
    at: AwareDatetime


class PauseRun(Value):
    """Let no step begin any more; nothing happens when the run is paused."""

    by: str | None = None
    reason: str | None = None


class ResumeRun(Value):
    """Let steps begin again; nothing happens when the run is not paused."""

    by: str | None = None


class CancelRun(Value):
    """End the run; nothing happens when it was cancelled."""

    by: str | None = None
    reason: str | None = None


class RetryFrom(Value):
    """Let a run that has ended go on from a step.

    The step begins anew, and so does all that depends on it; a fan-out that failed keeps the
    results it has. Whatever else had failed or was cut off goes on as well, because the run could
    not complete without it.
    """

    step: str
    by: str | None = None
    at: AwareDatetime


RunCommand: TypeAlias = (
    QueueRun
    | StartRun
    | StartStep
    | CompleteStep
    | FailStep
    | TimeOutStep
    | LoseStep
    | GiveApproval
    | RefuseApproval
    | ExpireApproval
    | PauseRun
    | ResumeRun
    | CancelRun
    | RetryFrom
)

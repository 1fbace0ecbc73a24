"""Runs that are played: commands by a made-up clock, worker and fencing tokens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from retold.domain.event import DomainEvent
from retold.domain.value import ErrorInfo
from retold.domain.workflow.commands import (
    CompleteStep,
    FailStep,
    LoseStep,
    QueueRun,
    RunCommand,
    StartRun,
    StartStep,
    TimeOutStep,
)
from retold.domain.workflow.defining import define_workflow
from retold.domain.workflow.definition import Workflow
from retold.domain.workflow.reading import ready_steps
from retold.domain.workflow.run import runs
from retold.domain.workflow.state import RunStatus, StepStatus, WorkflowRun

noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
boom = ErrorInfo(type="BoomError", message="it went wrong")


def after(seconds: float) -> datetime:
    """Return a time after noon."""
    return noon + timedelta(seconds=seconds)


def step(name: str, *depends_on: str, **fields: Any) -> dict[str, Any]:
    """Return a step that depends on just these."""
    given = {"name": name, "task": f"do {name}", "depends_on": list(depends_on), **fields}
    return given if "capability" in fields else {"agent": "ann", **given}


def workflow(*steps: Mapping[str, Any], **options: Any) -> Workflow:
    """Return a checked workflow."""
    return define_workflow("work", steps, **options)


feature_development = define_workflow(
    "feature_development",
    [
        {
            "name": "requirements_analysis",
            "agent": "researcher",
            "task": "Analyze requirements and create detailed specifications",
        },
        {
            "name": "implementation",
            "agent": "developer",
            "task": "Implement the feature based on specifications",
        },
        {
            "name": "code_review",
            "agent": "reviewer",
            "task": "Review code quality and provide feedback",
        },
    ],
)
feature_input = {
    "feature": "User authentication system",
    "requirements": ["Secure login", "Password reset", "Session management"],
}


def diamond(**flaky: Any) -> Workflow:
    """Return a diamond; ``flaky`` are fields of its left side."""
    return workflow(
        step("top"),
        step("left", "top", **flaky),
        step("right", "top"),
        step("bottom", "left", "right", task="join {{ left }} and {{ right }}"),
    )


class Play:
    """A run as it goes on."""

    def __init__(
        self,
        definition: Workflow,
        *,
        input: Any = None,  # noqa: A002 - the field's name
        priority: int = 0,
        start: bool = True,
    ) -> None:
        self.events: list[DomainEvent] = []
        self.run = WorkflowRun()
        self.now = noon
        self._token = 0
        self.do(
            QueueRun(run="r1", workflow=definition, input=input, priority=priority, at=self.now)
        )
        if start:
            self.do(StartRun(worker="w", at=self.now))

    def do(self, command: RunCommand) -> Sequence[DomainEvent]:
        """Decide a command and return what happened."""
        events = runs.decide(command, self.run)
        self.run = runs.after(events, self.run)
        self.events += events
        return events

    def start(self, name: str, item: int | None = None, *, worker: str = "w") -> int:
        """Begin an attempt at a step that is ready; return its fencing token."""
        ready = next(
            ready for ready in ready_steps(self.run) if (ready.step, ready.item) == (name, item)
        )
        self._token += 1
        self.do(
            StartStep(
                step=name,
                item=item,
                attempt=ready.attempt,
                agent=ready.agent or "somebody",
                worker=worker,
                token=self._token,
                at=self.now,
            )
        )
        return self._token

    def complete(
        self, name: str, result: Any = "done", item: int | None = None
    ) -> Sequence[DomainEvent]:
        """Begin a step and complete it."""
        token = self.start(name, item)
        return self.do(CompleteStep(step=name, item=item, token=token, result=result, at=self.now))

    def fail(
        self,
        name: str,
        item: int | None = None,
        *,
        error: ErrorInfo = boom,
        is_retryable: bool = True,
    ) -> Sequence[DomainEvent]:
        """Begin a step and let it fail."""
        token = self.start(name, item)
        command = FailStep(
            step=name,
            item=item,
            token=token,
            error=error,
            is_retryable=is_retryable,
            at=self.now,
        )
        return self.do(command)

    def lose(self, name: str, item: int | None = None) -> Sequence[DomainEvent]:
        """Begin a step and let its worker die."""
        token = self.start(name, item)
        return self.do(LoseStep(step=name, item=item, token=token, at=self.now))

    def time_out(self, name: str, seconds: float) -> Sequence[DomainEvent]:
        """Begin a step and let so much time pass."""
        token = self.start(name)
        self.now += timedelta(seconds=seconds)
        return self.do(TimeOutStep(step=name, token=token, at=self.now))

    @property
    def status(self) -> RunStatus:
        """Where the run stands."""
        return self.run.status

    @property
    def steps(self) -> dict[str, StepStatus]:
        """Where its steps stand."""
        return {name: found.status for name, found in self.run.steps.items()}

    @property
    def ready(self) -> list[str]:
        """What may begin, as ``name`` or ``name[item]``."""
        return [
            found.step if found.item is None else f"{found.step}[{found.item}]"
            for found in ready_steps(self.run)
        ]


def types_of(events: Sequence[DomainEvent]) -> list[str]:
    """Return the types of events, without ``workflow.``."""
    return [event.type.removeprefix("workflow.") for event in events]

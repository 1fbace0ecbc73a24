"""What follows in a run from what has happened: which steps begin next, and when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from retold.domain.event import DomainEvent
from retold.domain.value import ErrorInfo
from retold.domain.workflow.definition import Approval, Fallback, FallbackKind, Step
from retold.domain.workflow.events import (
    ApprovalRequested,
    Next,
    RunCompleted,
    RunFailed,
    SkipReason,
    StepCompleted,
    StepFailed,
    StepFannedOut,
    StepFellBack,
    StepReady,
    StepSkipped,
)
from retold.domain.workflow.evolving import evolve
from retold.domain.workflow.expression_parser import parse_expression
from retold.domain.workflow.preparing import RunValues, evaluate_list, evaluate_step
from retold.domain.workflow.state import (
    Item,
    ItemStatus,
    RunStatus,
    StepState,
    StepStatus,
    WorkflowRun,
)
from retold.domain.workflow.template import parse_template
from retold.errors import ExpressionFailed

MakeFailure = Callable[[Next, datetime | None], DomainEvent]


class Course:
    """The events decided upon one command, and the state they lead to.

    Attributes:
        run: the state by now.
        events: decided by now.
        at: the time of the command.
    """

    def __init__(self, run: WorkflowRun, at: datetime) -> None:
        """Begin with a state."""
        self.run = run
        self.at = at
        self.events: list[DomainEvent] = []

    def add(self, event: DomainEvent) -> None:
        """Let something happen."""
        self.events.append(event)
        self.run = evolve(self.run, event)

    def go_on(self, touched: str | None = None) -> list[DomainEvent]:
        """Let all happen that follows, and return every event.

        Args:
            touched: a step that may have places free for more of its items.
        """
        run = self.run
        if run.is_started and not run.is_over:
            values = RunValues(run)
            if touched is not None:
                self._make_items_ready(touched, values)
            while self.run.due and not self.run.is_failing:
                if self.run.settled != run.settled:
                    # A step was skipped or answered meanwhile, and others may refer to it.
                    run, values = self.run, RunValues(self.run)
                decided = len(self.events)
                self._begin(self.run.due[0], values)
                if len(self.events) == decided:
                    raise RuntimeError(f"nothing was decided of step {self.run.due[0]!r}")
            self._end()
        return self.events

    # A step begins -----------------------------------------------------------------------------

    def _begin(self, name: str, values: RunValues) -> None:
        step, state = self.run.definition_of(name), self.run.steps[name]
        if state.status is StepStatus.OPEN:
            self._make_items_ready(name, values)
            return
        try:
            if not (state.is_approved or _is_wanted(step, values)):
                self.add(StepSkipped(step=name, reason=SkipReason.CONDITION))
                return
            if step.approval is not None and not state.is_approved:
                self._ask(step, step.approval, values)
                return
            if step.fan_out is not None:
                self.add(StepFannedOut(step=name, items=evaluate_list(self.run, step)))
                self._make_items_ready(name, values)
                return
        except ExpressionFailed as error:
            self._cannot_begin(name, None, error)
            return
        self._make_ready(name, None, values)

    def _ask(self, step: Step, approval: Approval, values: RunValues) -> None:
        question = parse_template(approval.ask).render(values)
        expires_at = None if approval.timeout is None else later(self.at, approval.timeout)
        self.add(ApprovalRequested(step=step.name, question=question, expires_at=expires_at))

    def _make_items_ready(self, name: str, values: RunValues) -> None:
        limit = self.run.definition_of(name).fan_out
        most = None if limit is None else limit.max_parallel
        while not self.run.is_failing:
            state = self.run.steps[name]
            if state.status is not StepStatus.OPEN or state.fanned_out is None:
                return
            if most is not None and state.ready + state.running >= most:
                return
            place = _next_waiting(state)
            if place is None:
                return
            self._make_ready(name, place, values)

    def _make_ready(self, name: str, item: int | None, values: RunValues) -> None:
        try:
            evaluate_step(self.run, self.run.definition_of(name), item, values)
        except ExpressionFailed as error:
            self._cannot_begin(name, item, error)
        else:
            self.ready(name, item, self.at)

    def ready(self, name: str, item: int | None, ready_at: datetime) -> None:
        """Let a step be ready."""
        step, state = self.run.definition_of(name), self.run.steps[name]
        attempt = state.item(item).attempt if state.size else state.attempt_before
        agent, capability = self.run.whom(name, item)
        self.add(
            StepReady(
                step=name,
                item=item,
                attempt=attempt + 1,
                agent=agent,
                capability=capability,
                ready_at=ready_at,
                priority=self.run.priority + step.priority,
            )
        )

    # A step fails ------------------------------------------------------------------------------

    def _cannot_begin(self, name: str, item: int | None, error: ExpressionFailed) -> None:
        # Another agent would be given the same task, so only the other fallbacks are of use.
        fallback = self._usable_fallback(name, item, but=FallbackKind.AGENT)
        following = Next.FAIL if fallback is None else Next.FALLBACK
        info = ErrorInfo.of(error)
        self.add(StepFailed(step=name, item=item, error=info, next=following))
        if fallback is not None:
            self._fall_back(name, item, fallback)

    def fail(
        self,
        name: str,
        item: int | None,
        make: MakeFailure,
        *,
        error_type: str | None,
        is_retryable: bool,
    ) -> list[DomainEvent]:
        """Let the attempt in flight fail, and return every event.

        Args:
            name: of the step.
            item: place in its fan-out.
            make: returns the event, by what follows and when the next attempt may begin.
            error_type: name of the error's type; None when the worker died.
            is_retryable: whether another attempt may do better.
        """
        step, state = self.run.definition_of(name), self.run.steps[name]
        retry_at = None
        fallback = None
        if not self.run.is_failing and state.status is StepStatus.OPEN:
            retry_at = self._retry_at(step, item, state.item(item), error_type, is_retryable)
            if retry_at is None:
                fallback = self._usable_fallback(name, item)
        if retry_at is not None:
            self.add(make(Next.RETRY, retry_at))
            self.ready(name, item, retry_at)
        elif fallback is not None:
            self.add(make(Next.FALLBACK, None))
            self._fall_back(name, item, fallback)
        else:
            self.add(make(Next.FAIL, None))
        return self.go_on(name)

    def _retry_at(
        self,
        step: Step,
        place: int | None,
        item: Item,
        error_type: str | None,
        is_retryable: bool,  # noqa: FBT001 - as it was given to its only caller
    ) -> datetime | None:
        retry = step.retry
        if error_type is None:
            return self.at if item.restarts < retry.restarts else None
        failures = item.failures + 1
        if not is_retryable or failures >= retry.attempts or error_type in retry.not_on:
            return None
        seed = f"{self.run.id}/{step.name}/{place}/{item.attempt}"
        return later(self.at, retry.wait_after(failures, seed))

    def _usable_fallback(
        self, name: str, place: int | None, *, but: FallbackKind | None = None
    ) -> int | None:
        step, state = self.run.definition_of(name), self.run.steps[name]
        used = state.item(place).fallbacks if state.size else 0
        for number, fallback in enumerate(step.fallback[used:], used):
            if fallback.kind is FallbackKind.FAIL:
                return None
            if fallback.kind is not but:
                return number
        return None

    def _fall_back(self, name: str, item: int | None, number: int) -> None:
        fallback: Fallback = self.run.definition_of(name).fallback[number]
        self.add(
            StepFellBack(
                step=name,
                item=item,
                number=number,
                kind=fallback.kind,
                agent=fallback.agent,
                capability=fallback.capability,
            )
        )
        match fallback.kind:
            case FallbackKind.AGENT:
                self.ready(name, item, self.at)
            case FallbackKind.ANSWER:
                self.add(StepCompleted(step=name, item=item, result=fallback.answer))
            case FallbackKind.SKIP:
                self.add(StepSkipped(step=name, item=item, reason=SkipReason.FALLBACK))
            case FallbackKind.FAIL:
                return

    # The run ends ------------------------------------------------------------------------------

    def _end(self) -> None:
        run = self.run
        if run.settled == len(run.steps):
            self.add(RunCompleted())
        elif run.failed and not any(map(self._is_live, run.steps.values())):
            error = run.steps[run.failed[0]].error
            if error is not None:
                self.add(RunFailed(steps=run.failed, error=error))

    def _is_live(self, step: StepState) -> bool:
        if step.running:
            return True
        if self.run.is_failing:
            return False
        return step.status in {StepStatus.OPEN, StepStatus.AWAITING_APPROVAL}


def _is_wanted(step: Step, values: RunValues) -> bool:
    return step.condition is None or parse_expression(step.condition).holds(values)


def later(moment: datetime, seconds: float) -> datetime:
    """Return a time so many seconds on; the last there is when it is beyond the year 9999."""
    try:
        return moment + timedelta(seconds=seconds)
    except OverflowError:
        return datetime.max.replace(tzinfo=moment.tzinfo)


def may_begin(run: WorkflowRun) -> bool:
    """Return whether steps of a run may begin."""
    return run.status is RunStatus.RUNNING and not run.is_failing


def _next_waiting(step: StepState) -> int | None:
    for place in range(step.next_item, step.size):
        if step.item(place).status is ItemStatus.WAITING:
            return place
    return None

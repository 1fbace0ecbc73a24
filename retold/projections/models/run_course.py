"""A run of a workflow while its events are folded: what each of them changes of its rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from retold.domain.event import RecordedEvent
from retold.projections.event_facts import short_text
from retold.projections.models.timed_row import Timed, milliseconds
from retold.projections.models.workflow_attempt_table import Approval, Attempt
from retold.projections.models.workflow_table import Course, Execution, Run
from retold.projections.payload import mapping_of, moment_of, plain_text, printable, whole_number
from retold.store.codec import made_plain


def place_of(event: RecordedEvent) -> tuple[str, int | None]:
    """Return which step an event is of, and which item of its fan-out."""
    return text_of(event, "step") or "", whole_number(event.data.get("item"))


def text_of(event: RecordedEvent, name: str) -> str | None:
    """Return a short text in an event's payload; None without one."""
    return short_text(printable(event.data.get(name)))


class RunCourse:
    """The rows of one run, changed event by event.

    Attributes:
        run: its row; None before its first event.
        attempts: rows of attempts that changed, by the version they began with.
        approvals: rows of approvals that changed, likewise.
        executions: rows of executions that changed, likewise.
    """

    def __init__(self, name: str, run: Run | None, course: Course | None) -> None:
        """Take in what is known of a run."""
        self.run = run
        self.attempts: dict[int, Attempt] = {}
        self.approvals: dict[int, Approval] = {}
        self.executions: dict[int, Execution] = {}
        self._name = name
        course = course or Course(run=name)
        self._steps = {step["name"]: dict(step) for step in course.steps}
        self._open = [dict(one) for one in course.open]
        self._asked = [dict(one) for one in course.asked]
        self._execution = [dict(one) for one in course.execution]

    @property
    def course(self) -> Course:
        """What the fold has to know besides the rows."""
        return Course(
            run=self._name,
            steps=tuple(self._steps.values()),
            open=tuple(self._open),
            asked=tuple(self._asked),
            execution=tuple(self._execution),
        )

    @property
    def workflow(self) -> str:
        """Name of the workflow."""
        return "" if self.run is None else self.run.workflow

    # The run -----------------------------------------------------------------------------------

    def seen(self, event: RecordedEvent) -> Run:
        """Note that an event is the newest, and return the run's row."""
        run = self.run or Run(
            run=self._name, queued_at=event.recorded_at, recorded_at=event.recorded_at
        )
        self.run = replace(run, version=event.version, recorded_at=event.recorded_at)
        return self.run

    def define(self, workflow: str, steps: int | None) -> None:
        """Note which workflow it is of, and how many steps that has."""
        if self.run is not None:
            self.run = replace(self.run, workflow=workflow, steps=steps)

    def set_status(self, status: str) -> None:
        """Note how the run stands."""
        if self.run is not None:
            self.run = replace(self.run, status=status)

    def queued(self, event: RecordedEvent, run: Run) -> None:
        """Begin the run."""
        self.run = replace(
            run,
            workflow=text_of(event, "workflow") or run.workflow,
            definition=whole_number(event.data.get("version")),
            priority=whole_number(event.data.get("priority")) or 0,
            correlation_id=short_text(event.correlation_id),
            status="queued",
            queued_at=event.recorded_at,
            ready_at=moment_of(event.data.get("ready_at")),
        )
        self._begin_execution(event)

    def _begin_execution(self, event: RecordedEvent) -> Timed:
        run = self.run
        assert run is not None  # noqa: S101 - every event makes it
        run = self.run = replace(run, executions=run.executions + 1)
        row = Execution(
            run=self._name,
            version=event.version,
            workflow=run.workflow,
            definition=run.definition,
            number=run.executions,
            recorded_at=event.recorded_at,
            position=event.position,
            ready_at=moment_of(event.data.get("ready_at")),
        )
        return self._keep_execution(Timed.of(row, event))

    def _keep_execution(self, timed: Timed) -> Timed:
        self._execution = [timed.as_object()]
        self.executions[timed.row.version] = timed.row
        return timed

    def started(self, event: RecordedEvent, run: Run) -> None:
        """Let a worker start the run."""
        wait = None
        for found in self._execution:
            timed = Timed.of_object(Execution, found)
            timed = self._keep_execution(timed.started(event, status="running"))
            wait = timed.row.queue_wait_ms
        self.run = replace(
            run,
            status="running",
            worker=text_of(event, "worker"),
            started_at=run.started_at or event.recorded_at,
            queue_wait_ms=run.queue_wait_ms if run.started_at else wait,
        )

    def ended(self, event: RecordedEvent, run: Run, status: str) -> None:
        """End the run, and with it whatever of it is open."""
        error = mapping_of(event.data.get("error"))
        error_type = short_text(printable(error.get("type")))
        duration = None
        for found in self._execution:
            timed = Timed.of_object(Execution, found)
            duration = timed.ended(event)
            row = replace(
                timed.row,
                status=status,
                error_type=error_type,
                ended_at=event.recorded_at,
                ended_position=event.position,
                duration_ms=duration,
            )
            self.executions[row.version] = row
        self._execution = []
        if duration is not None:
            duration += run.duration_ms or 0.0
        self.run = replace(
            run,
            status=status,
            ended_at=event.recorded_at,
            duration_ms=run.duration_ms if duration is None else duration,
            error_type=error_type,
            error=printable(error.get("message")),
        )
        for found in list(self._open):
            self._end_attempt(found, event, "cancelled")
        for found in list(self._asked):
            self._end_approval(found, event, "cancelled")

    def retried(self, event: RecordedEvent, run: Run) -> None:
        """Let a run that ended go on."""
        for name in _names(event.data.get("reopened")):
            self._steps.pop(name, None)
        for name in _names(event.data.get("continued")):
            if name in self._steps:
                self._steps[name]["failed"] = 0
        status = "queued" if run.started_at is None else "running"
        self.run = replace(run, status=status, ended_at=None, error_type=None, error=None)
        timed = self._begin_execution(event)
        if run.started_at is not None:
            row = timed.started(event, status="running").row
            row = replace(row, queue_wait_ms=None)
            self._keep_execution(replace(timed, row=row, start_clock=event.occurred_at))
        self.count_steps()

    # Its steps ---------------------------------------------------------------------------------

    def count(self, name: str, what: str, size: int | None = None) -> None:
        """Count an item of a step as ``done``, ``skipped`` or ``failed``; or note its ``size``."""
        step = self._steps.setdefault(
            name, {"name": name, "size": 1, "fanned": 0, "done": 0, "skipped": 0, "failed": 0}
        )
        if size is None:
            step[what] += 1
        else:
            step |= {"size": size, "fanned": 1}
        self.count_steps()

    def count_steps(self) -> None:
        """Bring the row's counts up to those of the steps."""
        steps = self._steps.values()
        settled = [step for step in steps if step["done"] + step["skipped"] >= step["size"]]
        # A fan-out of which every item was skipped has a result: a list of nulls.
        skipped = sum(step["skipped"] > 0 and not step["fanned"] for step in settled)
        if self.run is not None:
            self.run = replace(
                self.run,
                steps_done=len(settled) - skipped,
                steps_skipped=skipped,
                steps_failed=sum(step["failed"] > 0 for step in steps),
            )

    def ready(self, event: RecordedEvent) -> None:
        """Let an attempt be ready."""
        self._keep_attempt(Timed.of(self._new_attempt(event), event))

    def _new_attempt(self, event: RecordedEvent) -> Attempt:
        step, item = place_of(event)
        return Attempt(
            run=self._name,
            version=event.version,
            workflow=self.workflow,
            step=step,
            item=item,
            attempt=whole_number(event.data.get("attempt")),
            for_agent=text_of(event, "agent"),
            capability=text_of(event, "capability"),
            priority=whole_number(event.data.get("priority")) or 0,
            recorded_at=event.recorded_at,
            position=event.position,
            ready_at=moment_of(event.data.get("ready_at")),
        )

    def _keep_attempt(self, timed: Timed) -> None:
        version, row = timed.row.version, timed.as_object()
        self.attempts[version] = timed.row
        for place, found in enumerate(self._open):
            if found["version"] == version:
                self._open[place] = row
                return
        self._open.append(row)

    def _open_at(self, event: RecordedEvent) -> dict[str, Any] | None:
        step, item = place_of(event)
        for found in self._open:
            if (found["step"], found.get("item")) == (step, item):
                return found
        return None

    def step_started(self, event: RecordedEvent) -> None:
        """Let an attempt begin."""
        found = self._open_at(event)
        if found is None:
            # A later release may let steps begin that were never ready.
            timed = Timed.of(self._new_attempt(event), event)
        else:
            timed = Timed.of_object(Attempt, found)
        started = timed.started(
            event,
            status="running",
            agent=text_of(event, "agent"),
            instance=text_of(event, "instance"),
            worker=text_of(event, "worker"),
        )
        self._keep_attempt(started)
        if self.run is not None:
            self.run = replace(self.run, attempts=self.run.attempts + 1)

    def step_ended(self, event: RecordedEvent, status: str, **changes: Any) -> None:
        """End the attempt that an event is of; nothing happens when it is of none."""
        found = self._open_at(event)
        if found is not None and event.data.get("attempt") is not None:
            self._end_attempt(found, event, status, **changes)

    def _end_attempt(
        self, found: dict[str, Any], event: RecordedEvent, status: str, **changes: Any
    ) -> None:
        timed = Timed.of_object(Attempt, found)
        self._open.remove(found)
        self.attempts[timed.row.version] = replace(
            timed.row,
            status=status,
            ended_at=event.recorded_at,
            ended_position=event.position,
            latency_ms=timed.ended(event),
            **changes,
        )

    # Approvals ---------------------------------------------------------------------------------

    def asked(self, event: RecordedEvent) -> None:
        """Let a step wait for an approval."""
        row = Approval(
            run=self._name,
            version=event.version,
            workflow=self.workflow,
            step=place_of(event)[0],
            question=made_plain(plain_text(event.data.get("question"))),
            recorded_at=event.recorded_at,
            position=event.position,
            expires_at=moment_of(event.data.get("expires_at")),
        )
        self.approvals[row.version] = row
        self._asked.append(Timed.of(row, event).as_object())

    def answered(self, event: RecordedEvent, status: str) -> None:
        """Take in an answer."""
        step, _ = place_of(event)
        for found in [one for one in self._asked if one["step"] == step]:
            self._end_approval(
                found,
                event,
                status,
                answered_by=text_of(event, "by"),
                reason=printable(event.data.get("reason")),
            )

    def _end_approval(
        self, found: dict[str, Any], event: RecordedEvent, status: str, **changes: Any
    ) -> None:
        timed = Timed.of_object(Approval, found)
        self._asked.remove(found)
        wait = milliseconds(
            (timed.ready_clock, event.occurred_at), (timed.row.recorded_at, event.recorded_at)
        )
        self.approvals[timed.row.version] = replace(
            timed.row,
            status=status,
            ended_at=event.recorded_at,
            ended_position=event.position,
            wait_ms=wait,
            **changes,
        )


def _names(value: object) -> list[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, list) else []

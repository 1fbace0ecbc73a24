"""The spans of a workflow's run, folded from its stream: the run, and each attempt at a step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from retold.domain.event import RecordedEvent
from retold.domain.workflow.events import (
    RetriedFrom,
    RunCancelled,
    RunCompleted,
    RunFailed,
    RunQueued,
    RunStarted,
    StepCompleted,
    StepFailed,
    StepLost,
    StepStarted,
    StepTimedOut,
)
from retold.projections.payload import plain_text, printable
from retold.projections.telemetry import names
from retold.projections.telemetry.derived_span import (
    AttributeValue,
    DerivedSpan,
    Opened,
    error_of,
)
from retold.projections.telemetry.ids import span_id_of, traceparent_of

_StepKey: TypeAlias = tuple[str, int | None]

_step_ends = {
    StepCompleted.type: None,
    StepFailed.type: names.OTHER,
    StepTimedOut.type: names.TIMED_OUT,
    StepLost.type: names.LOST,
}
_run_ends = {
    RunCompleted.type: None,
    RunFailed.type: names.OTHER,
    RunCancelled.type: names.CANCELLED,
}


class WorkflowSpans:
    """What is open in a run, and the spans of what ended.

    A run that is retried has a span for each time, in the same trace.

    Attributes:
        version: of the last event folded.
    """

    def __init__(self, *, contents: bool = False) -> None:
        """Begin before the first event.

        Args:
            contents: give spans the messages of errors.
        """
        self.version = 0
        self._contents = contents
        self._queued: Opened | None = None
        self._run: Opened | None = None
        self._steps: dict[_StepKey, Opened] = {}

    def fold(self, event: RecordedEvent) -> list[DerivedSpan]:
        """Take in the next event of the stream; return the spans that end with it."""
        self.version = event.version
        match event.type:
            case RunQueued.type:
                self._queued = self._run = self._queue(event)
            case RunStarted.type | RetriedFrom.type:
                self._begin(event)
            case StepStarted.type:
                self._steps[_key(event)] = self._step(event)
            case kind if kind in _step_ends:
                return list(self._end_step(event))
            case kind if kind in _run_ends:
                return list(self._end(event))
            case _:
                pass
        return []

    def _queue(self, event: RecordedEvent) -> Opened:
        data = event.data
        workflow = printable(data.get("workflow"))
        version = data.get("version")
        return Opened.by(
            event,
            f"{names.INVOKE_WORKFLOW} {workflow or ''}".strip(),
            {
                names.GEN_AI_OPERATION_NAME: names.INVOKE_WORKFLOW,
                names.GEN_AI_WORKFLOW_NAME: workflow,
                names.RETOLD_RUN: printable(data.get("run")),
                names.RETOLD_WORKFLOW_VERSION: version if isinstance(version, int) else None,
            },
            parent=None,
        )

    def _begin(self, event: RecordedEvent) -> None:
        """Let the span of the run begin now: what it waited in the queue is not part of it."""
        if self._queued is None:
            return
        again = event.type == RetriedFrom.type
        self._run = replace(
            self._run or self._queued,
            span_id=span_id_of(event.event_id) if again else self._queued.span_id,
            occurred_us=event.occurred_microseconds,
            recorded_us=event.recorded_microseconds,
        )

    def _step(self, event: RecordedEvent) -> Opened:
        data = event.data
        step, agent = printable(data.get("step")), printable(data.get("agent"))
        item, attempt = data.get("item"), data.get("attempt")
        attributes: dict[str, AttributeValue | None] = {
            names.GEN_AI_OPERATION_NAME: names.RUN_STEP,
            names.GEN_AI_AGENT_NAME: agent,
            names.GEN_AI_AGENT_ID: printable(data.get("instance")),
            names.RETOLD_STEP: step,
            names.RETOLD_ITEM: item if isinstance(item, int) else None,
            names.RETOLD_ATTEMPT: attempt if isinstance(attempt, int) else None,
        }
        run = self._run
        opened = Opened.by(
            event,
            f"{names.RUN_STEP} {step or ''}".strip(),
            attributes,
            parent=None if run is None else run.span_id,
        )
        # The worker may not know in whose trace the run was asked for.
        if run is None or traceparent_of(event) is not None:
            return opened
        return replace(opened, trace_id=run.trace_id, flags=run.flags)

    def _end_step(self, event: RecordedEvent) -> Iterator[DerivedSpan]:
        key, attempt = _key(event), event.data.get("attempt")
        started = self._steps.get(key)
        if started is None or started.attributes.get(names.RETOLD_ATTEMPT) != attempt:
            # A fallback's answer, or a step that could not begin.
            return
        del self._steps[key]
        error_type, message = error_of(event, contents=self._contents)
        yield started.ended(event, error_type=error_type or _step_ends[event.type], message=message)

    def _end(self, event: RecordedEvent) -> Iterator[DerivedSpan]:
        for started in self._steps.values():
            yield started.ended(event, {names.RETOLD_UNFINISHED: True}, error_type=names.ABANDONED)
        self._steps.clear()
        run, self._run = self._run, None
        if run is not None:
            error_type, message = error_of(event, contents=self._contents)
            yield run.ended(event, error_type=error_type or _run_ends[event.type], message=message)


def _key(event: RecordedEvent) -> _StepKey:
    item = event.data.get("item")
    return plain_text(event.data.get("step")), item if isinstance(item, int) else None

"""How far plans are: a row a plan, and a row a step, with the time spent and where it is stuck."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.plan.events import (
    FallbackTaken,
    PlanAbandoned,
    PlanCompleted,
    PlanCreated,
    PlanCreationFailed,
    PlanDecisionRequested,
    PlanEscalated,
    PlanJumped,
    PlanMessageReceived,
    PlanReplanned,
    PlanResumed,
    StepAdvanced,
    StepEvaluated,
    StepSkipped,
    plan_events,
)
from retold.domain.recording import conversation_category, conversation_of
from retold.projections.event_facts import metadata_text, root_session_of, short_text
from retold.projections.keys import key_text
from retold.projections.models.plan_table import (
    PlanProgress,
    PlanStepProgress,
    plan_rows,
    plan_step_rows,
)
from retold.projections.payload import mapping_of, objects_of, plain_text, printable
from retold.projections.projection import Need, Projection
from retold.projections.rows import Rows
from retold.store.codec import made_plain

_step_fields = ("step", "from_step", "to_step")
_most = 2**31 - 1


def _key(event: RecordedEvent) -> tuple[str, str]:
    return conversation_of(event.stream), key_text(plain_text(event.data.get("plan")))


def _step_id(value: object) -> str:
    return key_text(plain_text(value))


def _replaced(event: RecordedEvent) -> tuple[str, ...]:
    found = event.data.get("replaced")
    return tuple(map(_step_id, found)) if isinstance(found, list | tuple) else ()


def _needs(event: RecordedEvent) -> Iterator[Need]:
    key = _key(event)
    yield plan_rows, key
    for name in _step_fields:
        if event.data.get(name) is not None:
            yield plan_step_rows, (*key, _step_id(event.data[name]))
    for replaced in _replaced(event):
        yield plan_step_rows, (*key, replaced)
    for step in _steps_in(event):
        yield plan_step_rows, (*key, _step_id(step.get("id")))


def _steps_in(event: RecordedEvent) -> Iterator[JsonObject]:
    return objects_of(event.data.get("steps"))


def _fold(rows: Rows, event: RecordedEvent) -> None:
    key = _key(event)
    if event.type == PlanCreated.type:
        plan = PlanProgress(
            session=key[0],
            plan=key[1],
            root_session=root_session_of(event),
            agent=short_text(metadata_text(event, "agent")),
            goal=made_plain(plain_text(event.data.get("goal"))),
            created_at=event.recorded_at,
            updated_at=event.recorded_at,
        )
        rows.put(plan_rows, _with_steps(rows, plan, event, 1))
        return
    known = rows.get(plan_rows, key)
    if known is None:
        return
    plan = _after(rows, replace(known, updated_at=event.recorded_at), event)
    rows.put(plan_rows, plan)


def _with_steps(
    rows: Rows, plan: PlanProgress, event: RecordedEvent, first_number: int
) -> PlanProgress:
    """Put the steps an event brings, the first of them as the current one."""
    first: str | None = None
    number = first_number
    for step in _steps_in(event):
        step_id = _step_id(step.get("id"))
        call = mapping_of(step.get("tool_call")).get("name")
        criteria = step.get("success_criteria") if call is None else call
        row = PlanStepProgress(
            session=plan.session,
            plan=plan.plan,
            step=step_id,
            root_session=plan.root_session,
            number=number,
            description=made_plain(plain_text(step.get("description"))),
            criteria=printable(criteria),
            fallback=printable(step.get("fallback")),
        )
        rows.put(plan_step_rows, row)
        first = step_id if first is None else first
        number += 1
    if first is not None:
        _enter(rows, (plan.session, plan.plan, first), event)
    return replace(plan, steps=plan.steps + number - first_number, current_step=first)


def _after(rows: Rows, plan: PlanProgress, event: RecordedEvent) -> PlanProgress:  # noqa: PLR0911 - one each
    data = event.data
    step = (plan.session, plan.plan, _step_id(data.get("step")))
    match event.type:
        case PlanMessageReceived.type:
            return replace(plan, messages=plan.messages + 1)
        case StepEvaluated.type:
            return _evaluated(rows, plan, step, event)
        case FallbackTaken.type:
            _count(rows, step, "fallbacks")
            return replace(plan, fallbacks=plan.fallbacks + 1)
        case PlanEscalated.type:
            _count(rows, step, "escalations")
            waiting = replace(plan, status="waiting", waiting_for="escalation")
            return replace(waiting, escalations=plan.escalations + 1)
        case PlanDecisionRequested.type:
            about = short_text(printable(data.get("about")))
            return replace(plan, status="waiting", waiting_for=about)
        case PlanResumed.type:
            return replace(plan, status="open", waiting_for=None)
        case StepSkipped.type:
            _end(rows, step, event, "skipped")
            return replace(plan, skipped=plan.skipped + 1)
        case StepAdvanced.type | PlanJumped.type:
            return _moved(rows, plan, event)
        case PlanReplanned.type:
            return _replanned(rows, plan, event)
        case PlanCompleted.type | PlanAbandoned.type:
            if event.type == PlanAbandoned.type and data.get("step") is not None:
                _leave(rows, step, event)
            return replace(
                plan,
                status="completed" if event.type == PlanCompleted.type else "abandoned",
                waiting_for=None,
                current_step=None,
                ended_at=event.recorded_at,
                stuck_since=None,
            )
        case _:
            return plan


def _evaluated(
    rows: Rows, plan: PlanProgress, key: tuple[str, str, str], event: RecordedEvent
) -> PlanProgress:
    row = rows.get(plan_step_rows, key)
    plan = replace(plan, attempts=plan.attempts + 1)
    if row is None:
        return plan
    data = event.data
    evidence = data.get("evidence")
    row = replace(
        row,
        attempts=row.attempts + 1,
        verdict=short_text(printable(data.get("verdict"))),
        reason=printable(data.get("reason")),
        judged_by=short_text(printable(data.get("judged_by"))),
        evidence=evidence if isinstance(evidence, int) and 0 < evidence <= _most else None,
    )
    if row.verdict == "met":
        rows.put(plan_step_rows, row)
        _end(rows, key, event, "met")
        return replace(plan, done=plan.done + 1)
    if row.status == "current":
        row = replace(row, stuck_since=row.stuck_since or event.recorded_at)
        plan = replace(plan, stuck_since=row.stuck_since)
    rows.put(plan_step_rows, row)
    return plan


def _moved(rows: Rows, plan: PlanProgress, event: RecordedEvent) -> PlanProgress:
    """Take the plan to the step it went on with."""
    left = (plan.session, plan.plan, _step_id(event.data.get("from_step")))
    entered = (plan.session, plan.plan, _step_id(event.data.get("to_step")))
    _leave(rows, left, event)
    before = rows.get(plan_step_rows, entered)
    status = None if before is None else before.status
    _enter(rows, entered, event)
    return replace(
        plan,
        status="open",
        waiting_for=None,
        current_step=entered[2],
        stuck_since=None,
        done=plan.done - (status == "met"),
        skipped=plan.skipped - (status == "skipped"),
    )


def _replanned(rows: Rows, plan: PlanProgress, event: RecordedEvent) -> PlanProgress:
    replaced = _replaced(event)
    for step in replaced:
        _end(rows, (plan.session, plan.plan, step), event, "replaced")
    # Ids count all steps the plan ever had.
    first = next((_step_id(step.get("id")) for step in _steps_in(event)), "")
    kept = replace(
        plan,
        status="open",
        waiting_for=None,
        stuck_since=None,
        revision=plan.revision + 1,
        steps=plan.steps - len(replaced),
    )
    return _with_steps(rows, kept, event, int(first) if first.isdecimal() and len(first) < 9 else 1)


def _enter(rows: Rows, key: tuple[str, str, str], event: RecordedEvent) -> None:
    row = rows.get(plan_step_rows, key)
    if row is not None:
        entered = replace(row, status="current", entered_at=event.recorded_at)
        rows.put(plan_step_rows, replace(entered, ended_at=None, stuck_since=None))


def _leave(rows: Rows, key: tuple[str, str, str], event: RecordedEvent) -> None:
    """Take a step that is still open out of its turn."""
    row = rows.get(plan_step_rows, key)
    if row is not None and row.status == "current":
        rows.put(plan_step_rows, replace(_timed(row, event), status="open"))


def _end(rows: Rows, key: tuple[str, str, str], event: RecordedEvent, status: str) -> None:
    row = rows.get(plan_step_rows, key)
    if row is not None:
        ended: dict[str, Any] = {"status": status, "ended_at": event.recorded_at}
        rows.put(plan_step_rows, replace(_timed(row, event), **ended))


def _timed(row: PlanStepProgress, event: RecordedEvent) -> PlanStepProgress:
    """Return a step that ceases to be the current one, with the time it was."""
    if row.status != "current" or row.entered_at is None:
        return replace(row, stuck_since=None)
    seconds = row.seconds + _seconds(row.entered_at, event.recorded_at)
    return replace(row, seconds=seconds, stuck_since=None)


def _seconds(start: datetime, end: datetime) -> float:
    # The log's clock may have been set back in between.
    return max((end - start).total_seconds(), 0.0)


def _count(rows: Rows, key: tuple[str, str, str], name: str) -> None:
    row = rows.get(plan_step_rows, key)
    if row is not None:
        rows.put(plan_step_rows, replace(row, **{name: getattr(row, name) + 1}))


plan_progress = Projection(
    name="plan_progress",
    version=1,
    fold=_fold,
    needs=_needs,
    tables=(plan_rows, plan_step_rows),
    types={event.type for event in plan_events if event is not PlanCreationFailed},
    category=conversation_category,
    per_stream=True,
    code=(_after, _evaluated, _moved, _replanned, _enter, _leave, _end, _timed, _with_steps),
    description="a row a plan, and a row a step: what is done, how long it took, where it is stuck",
)

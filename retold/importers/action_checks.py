"""The actions a τ²-bench task expects, as a plan whose steps the recorded calls meet or not.

τ² asks for each expected action whether some call is of its name and has its arguments (those of
``compare_args``, or all), in whatever order. Its own answers, ``action_match``, are not looked at
before the calls have been judged, and are only compared with what came of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from retold.domain.event import DomainEvent, NewEvent, RecordedEvent
from retold.domain.plan.commands import AbandonPlan, CreatePlan, ObserveStep, PlanCommand
from retold.domain.plan.decider import plans
from retold.domain.plan.state import Plan, Plans, StepStatus
from retold.domain.plan.step import StepDraft, ToolCallCriterion, Verdict
from retold.domain.plan.tool_calls import CallMade, calls_made_in, first_met
from retold.domain.recording import ConversationStarted, conversation_stream
from retold.errors import PlanExists, SessionNotFound
from retold.store import EventStore
from retold.store.codec import made_plain

plan_id = "action_checks"
judge = "tool_calls"
# Names the events, so that recording them once more is a no-op; it never changes.
_namespace = UUID("5f7f0d0e-5a55-5f0a-8a53-0f7a4f2d9e11")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCheck:
    """An expected action, what the recorded calls say of it, and what the set says.

    Attributes:
        session: id of the imported session.
        step: id of the step of the plan.
        action: the source's id of it; None when it gives none.
        name: of the tool.
        met: whether a recorded call is it.
        flag: the set's own ``action_match``; None when it gives none.
    """

    session: str
    step: str
    action: str | None
    name: str
    met: bool
    flag: bool | None

    @property
    def agrees(self) -> bool:
        """Whether the set says the same, or nothing."""
        return self.flag is None or self.flag is self.met


def plan_of_action_checks(document: Mapping[str, Any]) -> tuple[StepDraft, ...]:
    """Return a step for each expected action of a τ² simulation; none when there are none.

    Args:
        document: the simulation's record, as the imported session keeps it.
    """
    return tuple(_step(action) for action, _ in _checks(document))


async def record_action_checks(store: EventStore, session: str) -> tuple[ActionCheck, ...]:
    """Record the expected actions of an imported τ² simulation as a plan, and judge its calls.

    The plan's events are appended to the session, all at once. Recorded before, they stay. What
    was imported is not touched: an export gives it back as it came.

    Args:
        store: the log.
        session: id of the session.

    Returns:
        Every action, with the set's own flag beside what the calls say; none when the session
        expects no actions.

    Raises:
        SessionNotFound: when the log does not hold it.
        PlanExists: when somebody made a plan of another kind under the id ``action_checks``.
        WrongExpectedVersion: when another process appends to it in this moment.
        StoreError: when the log does not do its work.
    """
    stream = conversation_stream(session)
    events = [event async for event in store.read_stream(stream, missing_ok=True)]
    if not events:
        raise SessionNotFound(session)
    document = _document(events)
    steps = plan_of_action_checks(document)
    if not steps:
        return ()
    state = Plans()
    for event in events:
        state = plans.fold.evolve(state, event)
    known = state.by_id.get(plan_id)
    if known is not None and _tools(kept.step for kept in known.steps) != _tools(steps):
        raise PlanExists(plan_id, known.goal)
    if known is None:
        calls = tuple(call for event in events for call in calls_made_in(event))
        decided, state = _judged(state, _goal(document), steps, calls)
        news = [_new(event, session, number) for number, event in enumerate(decided)]
        await store.append(stream, news, expected_version=events[-1].version)
    return tuple(_compared(session, state.by_id[plan_id], document))


def _tools(steps: Iterable[StepDraft]) -> list[str | None]:
    return [None if step.tool_call is None else step.tool_call.name for step in steps]


def _judged(
    state: Plans, goal: str, steps: tuple[StepDraft, ...], calls: tuple[CallMade, ...]
) -> tuple[list[DomainEvent], Plans]:
    """Return what happens to the plan, and the plans after it."""
    decided: list[DomainEvent] = []

    def decide(command: PlanCommand) -> None:
        nonlocal state
        news = plans.decide(command, state)
        decided.extend(news)
        state = plans.after(news, state)

    decide(CreatePlan(plan=plan_id, goal=goal, steps=steps, fallback_limit=0))
    for step in state.by_id[plan_id].steps:
        criterion = step.step.tool_call
        met = None if criterion is None else first_met(criterion, calls)
        decide(
            ObserveStep(
                plan=plan_id,
                step=step.step.id,
                verdict=Verdict.NOT_MET if met is None else Verdict.MET,
                reason="No recorded call is it." if met is None else None,
                judged_by=judge,
                evidence=None if met is None else met.version,
            )
        )
    # A no-op when all are met.
    decide(AbandonPlan(plan=plan_id, reason="The conversation is over.", by=judge))
    return decided, state


def _new(event: DomainEvent, session: str, number: int) -> NewEvent:
    return event.to_new_event(
        metadata={"session": session},
        event_id=uuid5(_namespace, f"{session}/{number}"),
        correlation_id=session,
    )


def _compared(session: str, plan: Plan, document: Mapping[str, Any]) -> Iterator[ActionCheck]:
    for state, (action, flag) in zip(plan.steps, _checks(document), strict=True):
        action_id = action.get("action_id")
        yield ActionCheck(
            session=session,
            step=state.step.id,
            action=action_id if isinstance(action_id, str) else None,
            name=action["name"],
            met=state.status is StepStatus.MET,
            flag=flag if isinstance(flag, bool) else None,
        )


def _document(events: list[RecordedEvent]) -> Mapping[str, Any]:
    first = events[0]
    if first.type != ConversationStarted.type:
        return {}
    origin = ConversationStarted.from_recorded(first).origin
    return {} if origin is None or origin.format != "tau2" else origin.document


def _checks(document: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], object]]:
    """Yield each expected action with the set's flag; what is of no such form is passed over."""
    reward = document.get("reward_info")
    checks = reward.get("action_checks") if isinstance(reward, Mapping) else None
    for check in checks if isinstance(checks, list) else ():
        action = check.get("action") if isinstance(check, Mapping) else None
        if isinstance(action, Mapping) and isinstance(action.get("name"), str):
            yield action, check.get("action_match")


def _step(action: Mapping[str, Any]) -> StepDraft:
    arguments, compare = action.get("arguments"), action.get("compare_args")
    given = dict(arguments) if isinstance(arguments, Mapping) else {}
    shown = json.dumps(given, ensure_ascii=False, sort_keys=True)
    criterion = ToolCallCriterion(
        name=action["name"],
        arguments=given,
        compare=tuple(map(str, compare)) if isinstance(compare, list) else None,
    )
    return StepDraft(description=made_plain(f"{action['name']} {shown}"), tool_call=criterion)


def _goal(document: Mapping[str, Any]) -> str:
    task = document.get("task_id")
    return made_plain(f"The actions that task {task} expects")

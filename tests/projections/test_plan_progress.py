"""How far plans are: done, current, attempts, time a step, and where they are stuck."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest

from retold.domain.event import DomainEvent, NewEvent
from retold.domain.plan.commands import (
    AbandonPlan,
    CreatePlan,
    DecideStep,
    Decision,
    EvaluateMessage,
    JumpToStep,
    ObserveStep,
    PlanCommand,
    ReceiveMessage,
    ReplaceSteps,
    SkipStep,
)
from retold.domain.plan.decider import plans
from retold.domain.plan.state import Plans, StepStatus
from retold.domain.plan.step import StepDraft, ToolCallCriterion, Verdict
from retold.errors import PlanError
from retold.projections.models.plan_progress import plan_progress
from retold.projections.models.plan_table import (
    PlanProgress,
    PlanStepProgress,
    plan_rows,
    plan_step_rows,
)
from retold.store import EventStore
from tests.projections.histories import dice, epoch, recorded
from tests.projections.keeping import all_of, check_kept, in_batches

drafts = tuple(StepDraft(description=f"do {n}", success_criteria="done") for n in range(1, 4))


def run(*commands: PlanCommand) -> list[NewEvent]:
    """Return what commands lead to, one after the other."""
    state, decided = Plans(), list[DomainEvent]()
    for command in commands:
        news = plans.decide(command, state)
        state, decided = plans.after(news, state), [*decided, *news]
    return [event.to_new_event(metadata={"agent": "planner"}) for event in decided]


def says(number: int, verdict: Verdict) -> tuple[PlanCommand, PlanCommand]:
    receive = ReceiveMessage(plan="p", text=f"text {number}")
    return receive, EvaluateMessage(plan="p", number=number, verdict=verdict, judged_by="j")


create = CreatePlan(plan="p", goal="g", steps=drafts, fallback_limit=1)


def folded(*commands: PlanCommand) -> tuple[PlanProgress, list[PlanStepProgress]]:
    rows = plan_progress.folded(recorded(run(*commands)))
    (plan,) = rows.of(plan_rows).values()
    return plan, list(rows.of(plan_step_rows).values())


def test_time_is_counted_by_step_and_ends_with_it() -> None:
    # Created at second 1; said, judged and fallen back by 4; said, judged and advanced by 7.
    plan, steps = folded(create, *says(1, Verdict.NOT_MET), *says(2, Verdict.MET))
    assert (plan.agent, plan.status, plan.done, plan.steps) == ("planner", "open", 1, 3)
    assert (plan.messages, plan.attempts, plan.fallbacks, plan.current_step) == (2, 2, 1, "2")
    first, second, third = steps
    # It was met at second 6, and the next was entered at second 7.
    assert (first.status, first.seconds, first.attempts, first.fallbacks) == ("met", 5.0, 2, 1)
    assert (first.stuck_since, first.judged_by, first.verdict) == (None, "j", "met")
    assert (second.status, second.entered_at) == ("current", epoch + timedelta(seconds=7))
    assert (third.status, third.seconds, third.entered_at) == ("open", 0.0, None)


def test_a_plan_is_stuck_since_its_step_was_first_found_not_to_be_met() -> None:
    commands = (create, *says(1, Verdict.NOT_MET), *says(2, Verdict.NOT_MET))
    plan, (first, *_) = folded(*commands)
    assert (plan.status, plan.waiting_for, plan.escalations) == ("waiting", "escalation", 1)
    assert plan.stuck_since == first.stuck_since == epoch + timedelta(seconds=3)
    plan, (first, *_) = folded(*commands, SkipStep(plan="p"))
    assert (plan.status, plan.stuck_since, plan.skipped) == ("open", None, 1)
    assert (first.status, first.stuck_since, first.escalations) == ("skipped", None, 1)


def test_a_jump_back_opens_what_was_done_and_its_time_goes_on() -> None:
    commands = (create, *says(1, Verdict.MET), JumpToStep(plan="p", step="1"))
    plan, (first, second, _) = folded(*commands)
    assert (plan.done, plan.current_step) == (0, "1")
    assert (first.status, first.seconds, first.ended_at) == ("current", 2.0, None)
    assert (second.status, second.seconds) == ("open", 1.0)


def test_replaced_steps_are_kept_and_not_counted() -> None:
    news = (StepDraft(description="new", tool_call=ToolCallCriterion(name="look_up")),)
    plan, steps = folded(create, *says(1, Verdict.MET), ReplaceSteps(plan="p", steps=news))
    assert (plan.steps, plan.done, plan.revision, plan.current_step) == (2, 1, 1, "4")
    assert [step.status for step in steps] == ["met", "replaced", "replaced", "current"]
    assert (steps[3].number, steps[3].criteria) == (4, "look_up")


def test_a_plan_given_up_is_over_and_stuck_no_more() -> None:
    plan, (first, *_) = folded(create, *says(1, Verdict.NOT_MET), AbandonPlan(plan="p"))
    assert (plan.status, plan.current_step, plan.stuck_since) == ("abandoned", None, None)
    assert (first.status, first.verdict, plan.ended_at) == ("open", "not_met", plan.updated_at)


@pytest.mark.parametrize("seed", range(40))
def test_rows_say_what_the_decider_says_whatever_was_commanded(seed: int) -> None:
    chance = dice(seed)
    state, decided = Plans(), list[DomainEvent]()
    for _ in range(40):
        command = random_command(chance, state)
        try:
            news = plans.decide(command, state)
        except PlanError:
            continue
        state, decided = plans.after(news, state), [*decided, *news]
    events = recorded([event.to_new_event() for event in decided])
    rows = plan_progress.folded(events)
    for plan in state.by_id.values():
        row = rows.of(plan_rows)["s", plan.id]
        waiting = None if plan.waiting_for is None else plan.waiting_for.value
        skipped = sum(s.status is StepStatus.SKIPPED for s in plan.steps)
        assert (row.status, row.waiting_for) == (plan.status.value, waiting)
        assert (row.done, row.steps, row.skipped) == (plan.done, plan.total, skipped)
        assert (row.current_step, row.messages) == (plan.current, plan.messages)
        for number, step in enumerate(plan.steps, 1):
            found = rows.of(plan_step_rows)["s", plan.id, step.step.id]
            expected = "current" if step.step.id == plan.current else step.status.value
            verdict = None if step.verdict is None else step.verdict.value
            assert (found.number, found.status) == (number, expected)
            assert (found.attempts, found.verdict) == (step.attempts, verdict)
    assert all_of(plan_progress, rows) == all_of(
        plan_progress, in_batches(plan_progress, events, seed)
    )


def random_command(chance: Random, state: Plans) -> PlanCommand:
    choose = chance.choice
    plan = choose(["p", "q"])
    known = state.by_id.get(plan)
    number = 0 if known is None else known.messages
    step = choose(["1", "2", "3", "5", "9"])
    verdict = choose(list(Verdict))
    commands: list[PlanCommand] = [
        CreatePlan(plan=plan, goal="g", steps=drafts, fallback_limit=1),
        ReceiveMessage(plan=plan, text=choose("ab")),
        EvaluateMessage(plan=plan, number=number, verdict=verdict),
        EvaluateMessage(plan=plan, number=number, verdict=verdict, is_policy=True),
        ReceiveMessage(plan=plan, text=choose("ab")),
        EvaluateMessage(plan=plan, number=number, verdict=verdict),
        ObserveStep(plan=plan, step=step, verdict=verdict),
        DecideStep(plan=plan, decision=choose(list(Decision))),
        SkipStep(plan=plan, step=choose([None, step])),
        JumpToStep(plan=plan, step=step),
        ReplaceSteps(plan=plan, steps=drafts[: choose([1, 2])]),
    ]
    if choose(range(9)) == 0:
        commands = [AbandonPlan(plan=plan)]
    return choose(commands)


kinds = [
    *run(create, *says(1, Verdict.NOT_MET), *says(2, Verdict.MET), SkipStep(plan="p")),
    *run(create, JumpToStep(plan="p", step="2"), ReplaceSteps(plan="p", steps=drafts)),
    *run(create, *says(1, Verdict.UNDECIDED), DecideStep(plan="p", decision=Decision.RETRY)),
    *run(create, *says(1, Verdict.MET), AbandonPlan(plan="p")),
]


async def test_kept_up_made_anew_and_folded_rows_are_the_same(store: EventStore) -> None:
    kept = await check_kept(store, plan_progress, kinds)
    assert kept["plan_progress"]
    assert kept["plan_steps"]

"""What follows from commands to plans: given events, when a command, then events."""

from __future__ import annotations

import pytest

from retold.domain.plan.commands import (
    AbandonPlan,
    CreatePlan,
    DecideStep,
    Decision,
    EvaluateMessage,
    FailCreation,
    JumpToStep,
    ObserveStep,
    ReceiveMessage,
    ReplaceSteps,
    SkipStep,
)
from retold.domain.plan.decider import plans
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
    ReadAs,
    StepAdvanced,
    StepEvaluated,
    StepSkipped,
    Waiting,
)
from retold.domain.plan.state import PlanStatus, StepStatus
from retold.domain.plan.step import PlanStep, StepDraft, Verdict
from retold.errors import (
    EmptyGoal,
    EmptyPlan,
    InvalidPlanDecision,
    InvalidPlanLimit,
    PlanExists,
    PlanNotFound,
    PlanNotWaiting,
    PlanOver,
    UnknownPlanStep,
)
from retold.testing import given

drafts = (
    StepDraft(description="Ask", success_criteria="a level", fallback="Rephrase the question"),
    StepDraft(description="Recommend", success_criteria="agrees"),
)
steps = tuple(PlanStep(id=str(n), **vars(draft)) for n, draft in enumerate(drafts, 1))
created = PlanCreated(plan="p", goal="g", steps=steps, read_as=ReadAs.GIVEN, fallback_limit=1)
said = PlanMessageReceived(plan="p", step="1", number=1, text="hm")
evaluate = EvaluateMessage(plan="p", number=1, verdict=Verdict.MET, judged_by="j")


def judged(verdict: Verdict, **fields: object) -> StepEvaluated:
    facts = {"plan": "p", "step": "1", "judged_by": "j", "attempt": 1, "message": 1, **fields}
    return StepEvaluated.model_validate({"verdict": verdict, **facts})


def fallback(attempt: int = 1) -> FallbackTaken:
    return FallbackTaken(
        plan="p",
        step="1",
        attempt=attempt,
        action="Rephrase the question",
        text="Let me rephrase the question: Ask",
    )


def test_a_plan_is_made_of_drafts_and_begins_with_its_first_step() -> None:
    command = CreatePlan(plan="p", goal="g", steps=drafts, fallback_limit=1)
    plan = given(plans).when(command).then(created).by_id["p"]
    assert (plan.current, plan.status, plan.done, plan.total) == ("1", PlanStatus.OPEN, 0, 2)
    assert given(plans, created).when(command).raises(PlanExists).goal == "g"


def test_a_plan_of_nothing_is_refused() -> None:
    given(plans).when(CreatePlan(plan="p", goal=" \n", steps=drafts)).raises(EmptyGoal)
    given(plans).when(CreatePlan(plan="p", goal="g", steps=())).raises(EmptyPlan)
    negative = CreatePlan(plan="p", goal="g", steps=drafts, fallback_limit=-1)
    assert given(plans).when(negative).raises(InvalidPlanLimit).least == 0


def test_what_could_not_be_read_changes_no_plan() -> None:
    failed = PlanCreationFailed(plan="p", goal="g", reason="no list", attempts=2)
    command = FailCreation(plan="p", goal="g", reason="no list", attempts=2)
    state = given(plans).when(command).then(failed)
    assert (state.by_id, state.failures) == ({}, 1)


def test_a_message_is_taken_in_once_until_it_is_evaluated() -> None:
    receive = ReceiveMessage(plan="p", text="hm")
    given(plans, created).when(receive).then(said)
    given(plans, created, said).when(receive).then()
    again = given(plans, created, said, judged(Verdict.NOT_MET), fallback()).when(receive)
    again.then(said.model_copy(update={"number": 2}))
    other = given(plans, created, said).when(ReceiveMessage(plan="p", text="other"))
    second = PlanMessageReceived(plan="p", step="1", number=2, text="other")
    pending = other.then(second).by_id["p"].pending
    # One answer: what was said first is judged, too.
    assert pending is not None
    assert (pending.number, pending.text) == (2, "hm\nother")
    given(plans, created, said, second).when(receive).then()


def test_a_message_with_an_id_is_taken_in_once_at_all() -> None:
    receive = ReceiveMessage(plan="p", text="hm", message_id="m1")
    known = said.model_copy(update={"message_id": "m1"})
    given(plans, created).when(receive).then(known)
    evaluated = (created, known, judged(Verdict.NOT_MET), fallback())
    given(plans, *evaluated).when(receive).then()
    other = receive.model_copy(update={"message_id": "m2"})
    given(plans, *evaluated).when(other).then(
        known.model_copy(update={"number": 2, "message_id": "m2"})
    )


def test_met_goes_on_and_the_last_one_completes() -> None:
    advanced = StepAdvanced(plan="p", from_step="1", to_step="2")
    state = given(plans, created, said).when(evaluate).then(judged(Verdict.MET), advanced)
    assert (state.by_id["p"].current, state.by_id["p"].done) == ("2", 1)
    next_said = PlanMessageReceived(plan="p", step="2", number=2, text="yes")
    last = evaluate.model_copy(update={"number": 2})
    done = given(plans, created, said, judged(Verdict.MET), advanced, next_said).when(last)
    plan = done.then(
        judged(Verdict.MET, step="2", message=2), PlanCompleted(plan="p", step="2")
    ).by_id["p"]
    assert (plan.status, plan.current, plan.is_over, plan.done) == ("completed", None, True, 2)


def test_a_verdict_on_a_message_that_is_not_pending_changes_nothing() -> None:
    given(plans, created).when(evaluate).then()
    given(plans, created, said).when(evaluate.model_copy(update={"number": 7})).then()


def test_not_met_falls_back_up_to_the_limit_and_then_escalates() -> None:
    not_met = evaluate.model_copy(update={"verdict": Verdict.NOT_MET})
    given(plans, created, said).when(not_met).then(judged(Verdict.NOT_MET), fallback())
    so_far = (created, said, judged(Verdict.NOT_MET), fallback())
    second = PlanMessageReceived(plan="p", step="1", number=2, text="hm")
    escalated = PlanEscalated(plan="p", step="1", fallbacks=1, reason="vague")
    command = not_met.model_copy(update={"number": 2, "reason": "vague"})
    verdict = judged(Verdict.NOT_MET, attempt=2, message=2, reason="vague")
    plan = given(plans, *so_far, second).when(command).then(verdict, escalated).by_id["p"]
    assert (plan.status, plan.waiting_for) == (PlanStatus.WAITING, Waiting.ESCALATION)
    waiting = (*so_far, second, verdict, escalated)

    third = PlanMessageReceived(plan="p", step="1", number=3, text="?")
    given(plans, *waiting, third).when(evaluate.model_copy(update={"number": 3})).then()
    reject = DecideStep(plan="p", decision=Decision.REJECT)
    assert given(plans, *waiting).when(reject).raises(InvalidPlanDecision).plan == "p"
    resumed = PlanResumed(plan="p", step="1", by="ann")
    retry = DecideStep(plan="p", decision=Decision.RETRY, by="ann")
    plan = given(plans, *waiting, third).when(retry).then(resumed).by_id["p"]
    assert (plan.status, plan.steps[0].fallbacks, plan.steps[0].attempts) == ("open", 0, 2)
    # What was said in the meantime is still to be evaluated.
    assert plan.pending is not None
    assert plan.pending.text == "?"


def test_without_criteria_nothing_is_done_until_the_caller_decides() -> None:
    undecided = evaluate.model_copy(update={"verdict": Verdict.UNDECIDED, "is_policy": True})
    requested = PlanDecisionRequested(plan="p", step="1", about=Waiting.CRITERIA)
    verdict = judged(Verdict.UNDECIDED)
    state = given(plans, created, said).when(undecided).then(verdict, requested)
    assert (state.by_id["p"].done, state.by_id["p"].status) == (0, "waiting")
    waiting = (created, said, verdict, requested)

    accept = DecideStep(plan="p", decision=Decision.ACCEPT, by="ann")
    accepted = judged(Verdict.MET, attempt=2, message=None, judged_by="ann")
    advanced = StepAdvanced(plan="p", from_step="1", to_step="2")
    assert given(plans, *waiting).when(accept).then(accepted, advanced).by_id["p"].done == 1

    reject = DecideStep(plan="p", decision=Decision.REJECT)
    rejected = judged(Verdict.NOT_MET, attempt=2, message=None, judged_by="caller")
    resumed = PlanResumed(plan="p", step="1")
    plan = given(plans, *waiting).when(reject).then(rejected, resumed, fallback()).by_id["p"]
    assert (plan.status, plan.waiting_for, plan.steps[0].fallbacks) == ("open", None, 1)
    given(plans, created).when(accept).raises(PlanNotWaiting)


def test_a_step_is_skipped() -> None:
    skipped = StepSkipped(plan="p", step="1", reason="known", by="ann")
    skip = SkipStep(plan="p", reason="known", by="ann")
    advanced = StepAdvanced(plan="p", from_step="1", to_step="2")
    plan = given(plans, created, said).when(skip).then(skipped, advanced).by_id["p"]
    assert (plan.steps[0].status, plan.pending, plan.done) == (StepStatus.SKIPPED, None, 0)
    later = StepSkipped(plan="p", step="2")
    given(plans, created).when(SkipStep(plan="p", step="2")).then(later)
    given(plans, created, later).when(SkipStep(plan="p", step="2")).then()
    completed = PlanCompleted(plan="p", step="1")
    given(plans, created, later).when(skip).then(skipped, completed)
    unknown = given(plans, created).when(SkipStep(plan="p", step="9")).raises(UnknownPlanStep)
    assert unknown.known == ("1", "2")


def test_after_a_jump_the_plan_comes_back_to_what_was_passed_over() -> None:
    jumped = PlanJumped(plan="p", from_step="1", to_step="2")
    given(plans, created).when(JumpToStep(plan="p", step="2")).then(jumped)
    given(plans, created).when(JumpToStep(plan="p", step="1")).then()
    given(plans, created).when(JumpToStep(plan="p", step="9")).raises(UnknownPlanStep)
    at_two = PlanMessageReceived(plan="p", step="2", number=1, text="yes")
    back = StepAdvanced(plan="p", from_step="2", to_step="1")
    given(plans, created, jumped, at_two).when(evaluate).then(judged(Verdict.MET, step="2"), back)


def test_a_jump_opens_a_step_that_was_done() -> None:
    done = (created, said, judged(Verdict.MET), StepAdvanced(plan="p", from_step="1", to_step="2"))
    back = PlanJumped(plan="p", from_step="2", to_step="1")
    plan = given(plans, *done).when(JumpToStep(plan="p", step="1")).then(back).by_id["p"]
    assert (plan.current, plan.done, plan.steps[0].status) == ("1", 0, StepStatus.OPEN)


def test_replanning_replaces_what_is_open_and_keeps_what_is_done() -> None:
    done = (created, said, judged(Verdict.MET), StepAdvanced(plan="p", from_step="1", to_step="2"))
    news = (StepDraft(description="Compare"),)
    replanned = PlanReplanned(
        plan="p",
        revision=1,
        steps=(PlanStep(id="3", description="Compare"),),
        replaced=("2",),
        reason="new wish",
        read_as=ReadAs.GIVEN,
    )
    command = ReplaceSteps(plan="p", steps=news, reason="new wish")
    plan = given(plans, *done).when(command).then(replanned).by_id["p"]
    assert (plan.current, plan.done, plan.total, plan.revision) == ("3", 1, 2, 1)
    given(plans, *done, replanned).when(JumpToStep(plan="p", step="2")).raises(UnknownPlanStep)
    given(plans, *done).when(ReplaceSteps(plan="p", steps=())).raises(EmptyPlan)


def test_what_is_seen_of_a_later_step_counts_when_its_turn_comes() -> None:
    see = ObserveStep(plan="p", step="2", verdict=Verdict.MET, judged_by="j", evidence=7)
    seen = judged(Verdict.MET, step="2", message=None, evidence=7)
    plan = given(plans, created).when(see).then(seen).by_id["p"]
    assert (plan.current, plan.done) == ("1", 1)
    given(plans, created, seen).when(see).then()
    given(plans, created, seen, said).when(evaluate).then(
        judged(Verdict.MET), PlanCompleted(plan="p", step="1")
    )
    unmet = ObserveStep(plan="p", step="1", verdict=Verdict.NOT_MET, judged_by="j")
    state = given(plans, created).when(unmet).then(judged(Verdict.NOT_MET, message=None))
    assert state.by_id["p"].status is PlanStatus.OPEN


def test_a_plan_that_is_over_goes_on_with_nothing() -> None:
    over = PlanAbandoned(plan="p", step="1", reason="gone")
    abandon = AbandonPlan(plan="p", reason="gone")
    given(plans, created).when(abandon).then(over)
    given(plans, created, over).when(abandon).then()
    refused = given(plans, created, over).when(ReceiveMessage(plan="p", text="x")).raises(PlanOver)
    assert refused.status == "abandoned"
    given(plans).when(ReceiveMessage(plan="q", text="x")).raises(PlanNotFound)


@pytest.mark.parametrize(
    ("plan_says", "text"),
    [
        (None, "Could you please say more? Ask"),
        ("Ask for clarification", "Could you please give more details or clarify your answer? Ask"),
        ("Rephrase it", "Let me rephrase the question: Ask"),
        ("Offer three examples", "Offer three examples"),
    ],
)
def test_a_fallback_is_never_empty(plan_says: str | None, text: str) -> None:
    step = PlanStep(id="1", description="Ask", fallback=plan_says)
    begun = created.model_copy(update={"steps": (step,)})
    not_met = evaluate.model_copy(update={"verdict": Verdict.NOT_MET})
    _, taken = given(plans, begun, said).when(not_met).events
    assert taken == FallbackTaken(plan="p", step="1", attempt=1, action=plan_says, text=text)

"""What is decided of a problem: given events, when a command, then events."""

from __future__ import annotations

import pytest

from retold.domain.event import DomainEvent
from retold.domain.problem.decider import (
    Assess,
    Decompose,
    Fail,
    NodeCommand,
    Pose,
    Resume,
    SolveDirectly,
    Stop,
    Synthesise,
    TakeAnswer,
    problem_solving,
)
from retold.domain.problem.events import (
    How,
    ProblemAssessed,
    ProblemDecomposed,
    ProblemFailed,
    ProblemLeftWhole,
    ProblemPosed,
    ProblemResumed,
    ProblemSolved,
    ProblemStopped,
    Reading,
    Step,
    StopReason,
    Subproblem,
    Wholeness,
)
from retold.domain.problem.values import Budget, Complexity, Limits, Spent
from retold.domain.value import ErrorInfo
from retold.errors import EmptyProblem, InvalidLimit, ProblemConflict, UnknownProblem
from retold.testing import given

limits = Limits(max_depth=2, model_calls=3)
posed = ProblemPosed(solve="p", problem="Build it", limits=limits)
boom = ErrorInfo(type="TimeoutError", message="too slow")


def split(node: str, *pieces: str | Subproblem, offered: int | None = None) -> ProblemDecomposed:
    found = [Subproblem(problem=p) if isinstance(p, str) else p for p in pieces]
    return ProblemDecomposed(
        solve="p",
        node=node,
        subproblems=tuple(found),
        offered=len(found) if offered is None else offered,
        reading=Reading.LIST,
    )


def splitting(node: str, *offered: str) -> Decompose:
    return Decompose(solve="p", node=node, offered=offered, reading=Reading.LIST)


def solved(node: str, answer: str = "Done", how: How = How.DIRECT) -> ProblemSolved:
    return ProblemSolved(solve="p", node=node, answer=answer, how=how)


def failed(node: str) -> ProblemFailed:
    return ProblemFailed(solve="p", node=node, step=Step.SOLVE, error=boom)


def solving(*events: DomainEvent) -> list[DomainEvent]:
    return [posed, *events]


def test_a_problem_is_posed_once() -> None:
    command = Pose(solve="p", problem="Build it", limits=limits)
    given(problem_solving).when(command).then(posed)
    given(problem_solving, posed).when(command).then()
    given(problem_solving, posed, solved("0")).when(command).then()


def test_another_problem_is_not_posed_under_the_name_of_one() -> None:
    same = Pose(solve="p", problem="  build it. ", limits=limits)
    given(problem_solving, posed).when(same).then()
    for command in (
        Pose(solve="p", problem="Paint it", limits=limits),
        Pose(solve="p", problem="Build it", limits=limits, context={"colour": "red"}),
    ):
        given(problem_solving, posed, solved("0")).when(command).raises(ProblemConflict)


def test_a_problem_without_a_text_is_refused() -> None:
    blank = Pose(solve="p", problem=" \n", limits=limits)
    given(problem_solving).when(blank).raises(EmptyProblem)


@pytest.mark.parametrize("name", ["model_calls", "tokens"])
@pytest.mark.parametrize("limit", [0, -1, True, 1.5])
def test_a_budget_of_nothing_is_refused(name: str, limit: int) -> None:
    with pytest.raises(InvalidLimit, match=name):
        Budget(**{name: limit})


def test_other_limits_hold_from_when_it_is_taken_up_again() -> None:
    more = Limits(max_depth=2, model_calls=9)
    command = Pose(solve="p", problem="Build it", limits=more)
    state = given(problem_solving, posed).when(command).then(ProblemResumed(solve="p", limits=more))
    assert state.trees["p"].limits == more
    given(problem_solving, posed, solved("0")).when(command).then()


def test_what_failed_is_tried_again_unless_it_is_of_no_use_any_more() -> None:
    events = solving(
        split("0", "A", "B"),
        split("0.1", "C", "D"),
        split("0.2", "E", "F"),
        failed("0.1.1"),
        solved("0.1.2"),
        solved("0.1"),
        failed("0.2.1"),
        failed("0.2"),
        failed("0"),
    )
    resume = Resume(solve="p", limits=limits)
    resumed = ProblemResumed(solve="p", limits=limits, nodes=("0", "0.2", "0.2.1"))
    state = given(problem_solving, *events).when(resume).then(resumed)
    nodes = state.trees["p"].nodes
    assert [nodes[name].status for name in ("0", "0.2", "0.2.1", "0.1.1")] == [
        "decomposed",
        "decomposed",
        "posed",
        "failed",
    ]
    assert nodes["0.2.1"].failures == 1


def test_the_first_four_subproblems_are_taken_and_how_many_there_were_is_said() -> None:
    many = [f"Part {n}" for n in range(40)]
    expected = split("0", *many[:4], offered=40)
    state = given(problem_solving, posed).when(splitting("0", *many)).then(expected)
    assert state.trees["p"].children_of("0") == ("0.1", "0.2", "0.3", "0.4")


@pytest.mark.parametrize(
    ("offered", "reason"), [((), Wholeness.UNREADABLE), (("One",), Wholeness.SINGLE)]
)
def test_fewer_than_two_leave_it_whole(offered: tuple[str, ...], reason: Wholeness) -> None:
    whole = ProblemLeftWhole(solve="p", node="0", reason=reason, reading=Reading.LIST)
    given(problem_solving, posed).when(splitting("0", *offered)).then(whole)
    given(problem_solving, posed, whole).when(splitting("0", "A", "B")).then()


def test_no_problem_is_split_below_the_depth() -> None:
    events = solving(split("0", "A", "B"), split("0.1", "C", "D"))
    given(problem_solving, *events).when(splitting("0.1.1", "E", "F")).raises(ProblemConflict)


def test_an_equal_problem_takes_the_answer_of_the_first() -> None:
    events = solving(split("0", "A", "B"))
    command = splitting("0.2", "a.", "C", "c!")
    equal = [
        Subproblem(problem="a.", equal_to="0.1"),
        Subproblem(problem="C"),
        Subproblem(problem="c!", equal_to="0.2.2"),
    ]
    given(problem_solving, *events).when(command).then(split("0.2", *equal))

    events += [split("0.2", *equal)]
    take = TakeAnswer(solve="p", node="0.2.1")
    given(problem_solving, *events).when(take).raises(ProblemConflict)
    taken = ProblemSolved(solve="p", node="0.2.1", answer="42", how=How.EQUAL, equal_to="0.1")
    given(problem_solving, *events, solved("0.1", "42")).when(take).then(taken)


def test_a_problem_that_is_its_own_piece_is_not_waited_for() -> None:
    expected = split("0", Subproblem(problem="build it", repeats="0"), "B")
    given(problem_solving, posed).when(splitting("0", "build it", "B")).then(expected)


def test_problems_that_would_wait_for_each_other_do_not() -> None:
    events = solving(
        split("0", "A", "B"),
        split("0.1", Subproblem(problem="B", equal_to="0.2"), "C"),
    )
    expected = split("0.2", Subproblem(problem="A", repeats="0.1"), "D")
    given(problem_solving, *events).when(splitting("0.2", "A", "D")).then(expected)


def test_one_that_is_solved_already_is_never_waited_for() -> None:
    events = solving(
        split("0", "A", "B"),
        split("0.1", Subproblem(problem="B", equal_to="0.2"), "C"),
        solved("0.1"),
    )
    expected = split("0.2", Subproblem(problem="A", equal_to="0.1"), "D")
    given(problem_solving, *events).when(splitting("0.2", "A", "D")).then(expected)


def test_a_synthesis_says_what_it_had_to_do_without() -> None:
    events = solving(split("0", "A", "B", "C"), solved("0.1"), failed("0.2"))
    command = Synthesise(solve="p", node="0", answer="All")
    given(problem_solving, *events).when(command).raises(ProblemConflict)
    whole = ProblemSolved(solve="p", node="0", answer="All", how=How.SYNTHESIS, missing=("0.2",))
    given(problem_solving, *events, solved("0.3")).when(command).then(whole)


def test_nothing_is_synthesised_from_nothing() -> None:
    events = solving(split("0", "A", "B"), failed("0.1"), failed("0.2"))
    command = Synthesise(solve="p", node="0", answer="All")
    given(problem_solving, *events).when(command).raises(ProblemConflict)


def test_a_problem_that_was_split_is_not_answered_directly() -> None:
    command = SolveDirectly(solve="p", node="0", answer="42")
    given(problem_solving, posed).when(command).then(solved("0", "42"))
    given(problem_solving, posed, split("0", "A", "B")).when(command).raises(ProblemConflict)


@pytest.mark.parametrize(
    "command",
    [
        SolveDirectly(solve="p", node="0", answer="other"),
        Synthesise(solve="p", node="0", answer="other"),
        Fail(solve="p", node="0", step=Step.SOLVE, error=boom),
        splitting("0", "A", "B"),
        Stop(solve="p", reason=StopReason.MODEL_CALLS),
    ],
)
def test_solved_once_is_solved_for_good(command: NodeCommand) -> None:
    given(problem_solving, posed, solved("0")).when(command).then()


def test_it_stops_once_with_the_limit_and_what_was_spent() -> None:
    spent = Spent(model_calls=3, prompt_tokens=30)
    assessed = ProblemAssessed(
        solve="p", node="0", complexity=Complexity.SIMPLE, reading=Reading.SCHEMA, spent=spent
    )
    command = Stop(solve="p", reason=StopReason.MODEL_CALLS)
    stopped = ProblemStopped(solve="p", reason=StopReason.MODEL_CALLS, limit=3, spent=spent)
    given(problem_solving, posed, assessed).when(command).then(stopped)
    given(problem_solving, posed, assessed, stopped).when(command).then()
    without = Stop(solve="p", reason=StopReason.TOKENS)
    given(problem_solving, posed, assessed).when(without).then()


def test_assessed_once_is_enough() -> None:
    command = Assess(solve="p", node="0", complexity=Complexity.COMPLEX, reading=Reading.LIST)
    assessed = ProblemAssessed(
        solve="p", node="0", complexity=Complexity.COMPLEX, reading=Reading.LIST
    )
    given(problem_solving, posed).when(command).then(assessed)
    given(problem_solving, posed, assessed).when(command).then()


def test_what_nobody_posed_is_unknown() -> None:
    command = SolveDirectly(solve="p", node="0.3", answer="42")
    assert given(problem_solving).when(command).raises(UnknownProblem).solve == "p"
    assert given(problem_solving, posed).when(command).raises(UnknownProblem).node == "0.3"

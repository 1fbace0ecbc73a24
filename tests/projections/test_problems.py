"""The rows of problems: where each stands, what it took, and the sums of their trees."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

from retold.domain.event import DomainEvent, NewEvent
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
from retold.domain.problem.values import Complexity, Limits, Spent
from retold.domain.value import ErrorInfo
from retold.projections.keeping.catch_up import current
from retold.projections.models.problem_tree import problems_statement, with_sums
from retold.projections.models.problems import Problem, problem_rows, problems
from retold.store import EventStore, open_store
from tests.projections.histories import epoch, recorded
from tests.projections.keeping import check_kept, plan_of

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)
limits = Limits(max_depth=2)
spent = Spent(model_calls=1, prompt_tokens=10, completion_tokens=2)
boom = ErrorInfo(type="TimeoutError", message="too slow\0")


def posed(solve: str = "p") -> ProblemPosed:
    return ProblemPosed(solve=solve, problem="Build it", limits=limits)


def assessed(node: str, solve: str = "p") -> ProblemAssessed:
    return ProblemAssessed(
        solve=solve,
        node=node,
        complexity=Complexity.COMPLEX,
        reading=Reading.SCHEMA,
        spent=spent,
    )


def decomposed(node: str, solve: str = "p") -> ProblemDecomposed:
    return ProblemDecomposed(
        solve=solve,
        node=node,
        subproblems=(Subproblem(problem="One"), Subproblem(problem="Two", equal_to="0.1")),
        offered=2,
        reading=Reading.LIST,
        spent=Spent(model_calls=1),
    )


def solved(node: str, solve: str = "p", missing: tuple[str, ...] = ()) -> ProblemSolved:
    return ProblemSolved(
        solve=solve, node=node, answer="Done", how=How.DIRECT, missing=missing, spent=spent
    )


def failed(node: str, solve: str = "p") -> ProblemFailed:
    return ProblemFailed(solve=solve, node=node, step=Step.SOLVE, error=boom, spent=spent)


def stopped(solve: str = "p") -> ProblemStopped:
    return ProblemStopped(solve=solve, reason=StopReason.TOKENS, limit=3, spent=spent)


def folded(*events: DomainEvent) -> dict[str, Problem]:
    news = [event.to_new_event(occurred_at=noon) for event in events]
    rows = problems.folded(recorded(news, session="s"))
    return {row.node: row for row in rows.of(problem_rows).values()}


def test_a_problem_is_there_from_the_moment_it_is_posed() -> None:
    assert folded(posed())["0"] == Problem(
        session="s",
        solve="p",
        node="0",
        root_session="s",
        parent=None,
        depth=0,
        problem="Build it",
        posed_version=1,
        posed_at=noon,
        recorded_at=epoch.replace(second=1),
        recorded_to=epoch.replace(second=1),
    )


def test_what_it_is_split_into_hangs_below_it() -> None:
    rows = folded(posed(), assessed("0"), decomposed("0"), decomposed("0.2"))
    assert sorted(rows) == ["0", "0.1", "0.2", "0.2.1", "0.2.2"]
    assert (rows["0"].status, rows["0"].complexity, rows["0"].subproblems) == (
        "decomposed",
        "complex",
        2,
    )
    assert (rows["0"].model_calls, rows["0"].prompt_tokens) == (2, 10)
    piece = rows["0.2.1"]
    assert (piece.parent, piece.depth, piece.status, piece.posed_version) == ("0.2", 2, "posed", 4)
    assert rows["0.2"].equal_to == "0.1"


def test_failed_and_then_solved() -> None:
    rows = folded(posed(), assessed("0"), failed("0"))
    row = rows["0"]
    assert (row.status, row.error_type, row.error) == ("failed", "TimeoutError", "too slow\\x00")
    assert (row.failures, row.ended_version, row.ended_at) == (1, 3, noon)

    again = ProblemResumed(solve="p", limits=limits, nodes=("0",))
    row = folded(posed(), assessed("0"), failed("0"), again)["0"]
    assert (row.status, row.ended_version, row.failures) == ("assessed", None, 1)

    row = folded(posed(), assessed("0"), failed("0"), again, solved("0", missing=("0.1",)))["0"]
    assert (row.status, row.answer, row.how, row.missing) == ("solved", "Done", "direct", 1)
    assert (row.error, row.model_calls, row.prompt_tokens) == (None, 3, 30)


def test_a_problem_whose_budget_is_spent_is_stopped_and_goes_on() -> None:
    whole = ProblemLeftWhole(
        solve="p", node="0", reason=Wholeness.SINGLE, reading=Reading.LIST, spent=spent
    )
    row = folded(posed(), whole, stopped())["0"]
    assert (row.status, row.ended_version, row.model_calls) == ("stopped", 3, 1)
    row = folded(posed(), whole, stopped(), ProblemResumed(solve="p", limits=limits))["0"]
    assert (row.status, row.ended_at) == ("left_whole", None)


def test_what_is_said_of_a_problem_nobody_posed_is_passed_over() -> None:
    assert not folded(assessed("0"), decomposed("0"), failed("0"), stopped())
    assert sorted(folded(posed(), decomposed("0.7"))) == ["0"]


def test_sums_are_of_a_problem_and_all_below_it() -> None:
    events = [posed("b"), posed("a"), decomposed("0", "a"), decomposed("0.2", "a")]
    events += [solved("0.1", "a"), solved("0.2.1", "a"), failed("0.2.2", "a")]
    news = [event.to_new_event() for event in events]
    rows = problems.folded(recorded(news, session="s")).of(problem_rows).values()
    tree = with_sums(reversed(list(rows)))
    assert [(row.solve, row.node) for row, _ in tree] == [
        ("b", "0"),
        ("a", "0"),
        ("a", "0.1"),
        ("a", "0.2"),
        ("a", "0.2.1"),
        ("a", "0.2.2"),
    ]
    root, pieces = tree[1][1], tree[3][1]
    assert (root.problems, root.solved, root.failed, root.model_calls) == (5, 2, 1, 5)
    assert (root.prompt_tokens, pieces.prompt_tokens, pieces.problems) == (30, 20, 3)
    assert tree[0][1].prompt_tokens is None


kinds: list[NewEvent] = [
    event.to_new_event(occurred_at=noon)
    for solve, node in product(("p", "q"), ("0", "0.1", "0.2"))
    for event in (
        posed(solve),
        decomposed(node, solve),
        assessed(node, solve),
        solved(node, solve),
        failed(node, solve),
        stopped(solve),
        ProblemResumed(solve=solve, limits=limits, nodes=("0", node)),
    )
]
kinds += [
    NewEvent(type="problem.solved", data={"solve": ["x"], "node": {"a": 1}, "answer": 7}),
    NewEvent(type="problem.decomposed", data={"solve": "p", "node": "0", "subproblems": "many"}),
    NewEvent(type="problem.failed", data={"solve": "p", "node": "0", "error": "odd", "spent": -1}),
    NewEvent(type="problem.posed", data={"solve": "p" * 400, "problem": None}),
    NewEvent(type="problem.resumed", data={"solve": "p", "nodes": 3}),
]


async def test_rows_are_kept_up_as_they_are_made_anew(store: EventStore) -> None:
    kept = await check_kept(store, problems, kinds)
    assert len(kept["problems"]) > 20


async def test_the_problems_of_a_conversation_are_read_by_the_key(sqlite_url: str) -> None:
    async with await open_store(sqlite_url) as store:
        tables = await current(store, problems)
        plan = await plan_of(store, problems_statement("default", tables[problem_rows], "s"))
    assert "USING INDEX" in plan
    assert "(tenant=? AND session=?)" in plan

"""What problems were split into, and how far they are solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from retold.projections.audit.page import Key
from retold.projections.audit.parameter import Parameter, Values
from retold.projections.audit.query import FoldQuery, with_known_session
from retold.projections.models.problem_tree import ProblemSums, problem_tree
from retold.projections.models.problems import Problem
from retold.store.log import EventStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemTreeRow:
    """A problem of a tree.

    Attributes:
        place: from 0, each before those it was split into.
        solve: name of the solve.
        node: within its tree, such as ``0.2.1``.
        parent: node it is a piece of.
        depth: 0 for the problem itself.
        status: where it stands, also while it is worked on.
        problem: what is to be solved.
        answer: once it is solved.
        how: ``direct``, ``synthesis`` or ``equal``.
        equal_to: node of the equal problem whose answer it takes.
        complexity: as it was assessed.
        missing: subproblems that failed, and that the answer does without.
        error: what it failed with.
        model_calls, prompt_tokens, completion_tokens: its own.
        total_problems, total_solved, total_failed, total_model_calls, total_prompt_tokens,
            total_completion_tokens: with all it was split into.
        posed_at, ended_at: by the source's clock.
    """

    place: int
    solve: str
    node: str
    parent: str | None
    depth: int
    status: str
    problem: str
    answer: str | None
    how: str | None
    equal_to: str | None
    complexity: str | None
    missing: int
    error: str | None
    model_calls: int
    prompt_tokens: int | None
    completion_tokens: int | None
    total_problems: int
    total_solved: int
    total_failed: int
    total_model_calls: int
    total_prompt_tokens: int | None
    total_completion_tokens: int | None
    posed_at: datetime | None
    ended_at: datetime | None


async def _answer(
    store: EventStore, values: Values, after: Key | None, count: int
) -> Sequence[ProblemTreeRow]:
    session, solve = (await with_known_session(store, values))["session"], values.get("solve")
    found = await problem_tree(store, session)
    rows = [
        _row(place, problem, sums)
        for place, (problem, sums) in enumerate(found)
        if solve is None or problem.solve == solve
    ]
    return [row for row in rows if after is None or (row.place,) > after][:count]


def _row(place: int, problem: Problem, sums: ProblemSums) -> ProblemTreeRow:
    return ProblemTreeRow(
        place=place,
        solve=problem.solve,
        node=problem.node,
        parent=problem.parent,
        depth=problem.depth,
        status=problem.status,
        problem=problem.problem,
        answer=problem.answer,
        how=problem.how,
        equal_to=problem.equal_to,
        complexity=problem.complexity,
        missing=problem.missing,
        error=problem.error,
        model_calls=problem.model_calls,
        prompt_tokens=problem.prompt_tokens,
        completion_tokens=problem.completion_tokens,
        total_problems=sums.problems,
        total_solved=sums.solved,
        total_failed=sums.failed,
        total_model_calls=sums.model_calls,
        total_prompt_tokens=sums.prompt_tokens,
        total_completion_tokens=sums.completion_tokens,
        posed_at=problem.posed_at,
        ended_at=problem.ended_at,
    )


problem_tree_query = FoldQuery(
    name="problem_tree",
    description="what problems were split into and how far they are solved, also meanwhile",
    row=ProblemTreeRow,
    order=("place",),
    answer=_answer,
    parameters=(
        Parameter(name="session", description="id of the conversation", required=True),
        Parameter(name="solve", description="of this solve only"),
    ),
)

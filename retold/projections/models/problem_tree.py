"""The trees of a conversation's problems, with what they add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from retold.projections.keeping.catch_up import current
from retold.projections.models.problems import Problem, problem_rows, problems
from retold.projections.payload import added_count
from retold.store.codec import made_plain
from retold.store.log import EventStore


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemSums:
    """Counts of a problem and all it was split into. Unknown is None.

    Attributes:
        problems: how many.
        solved: of them.
        failed: of them.
        model_calls: answers of models.
        prompt_tokens: sent, as far as models said.
        completion_tokens: produced, likewise.
    """

    problems: int = 0
    solved: int = 0
    failed: int = 0
    model_calls: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    def __add__(self, other: ProblemSums) -> ProblemSums:
        """Return both together."""
        return ProblemSums(
            problems=self.problems + other.problems,
            solved=self.solved + other.solved,
            failed=self.failed + other.failed,
            model_calls=self.model_calls + other.model_calls,
            prompt_tokens=added_count(self.prompt_tokens, other.prompt_tokens),
            completion_tokens=added_count(self.completion_tokens, other.completion_tokens),
        )


def problems_statement(tenant: str, table: sa.Table, session: str) -> sa.Select[tuple[object, ...]]:
    """Return what reads the problems of a conversation.

    Args:
        tenant: whose rows.
        table: of problems.
        session: id of the conversation.
    """
    return sa.select(table).where(table.c.tenant == tenant, table.c.session == made_plain(session))


async def problem_tree(store: EventStore, session: str) -> tuple[tuple[Problem, ProblemSums], ...]:
    """Bring the problems up to date and return a conversation's, also while they are worked on.

    Args:
        store: the log.
        session: id of the conversation.

    Returns:
        Each problem with its sums, before those it was split into; trees in the order they were
        posed.

    Raises:
        ProjectionError: when the problems cannot be brought up to date.
    """
    tables = await current(store, problems)
    statement = problems_statement(store.tenant, tables[problem_rows], session)
    async with store.connection() as connection:
        found = (await connection.execute(statement)).mappings().all()
    return with_sums(map(problem_rows.row_of, found))


def with_sums(rows: Iterable[Problem]) -> tuple[tuple[Problem, ProblemSums], ...]:
    """Return the problems of one conversation with their sums; order as of :func:`problem_tree`.

    Args:
        rows: in any order.
    """
    known = {(row.solve, row.node): row for row in rows}
    posed: dict[str, tuple[int, str]] = {}
    for row in known.values():
        place = (row.posed_version, row.solve)
        posed[row.solve] = min(place, posed.get(row.solve, place))
    order = sorted(known, key=lambda key: (posed[key[0]], _path(key[1])))
    sums = {key: _own(known[key]) for key in order}
    for key in reversed(order):
        above = (key[0], known[key].parent or "")
        if above in sums:
            sums[above] = sums[above] + sums[key]
    return tuple((known[key], sums[key]) for key in order)


def _path(node: str) -> tuple[tuple[int, str], ...]:
    # By number; what is no number, which only data of others can have, comes last.
    return tuple(
        (int(part), "") if part.isascii() and part.isdigit() and len(part) < 10 else (10**9, part)
        for part in node.split(".")
    )


def _own(row: Problem) -> ProblemSums:
    return ProblemSums(
        problems=1,
        solved=int(row.status == "solved"),
        failed=int(row.status == "failed"),
        model_calls=row.model_calls,
        prompt_tokens=row.prompt_tokens,
        completion_tokens=row.completion_tokens,
    )

"""The problems that recursive agents split and solve: a row a problem, while it is worked on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from retold.domain.event import RecordedEvent
from retold.domain.problem.events import (
    ProblemAssessed,
    ProblemDecomposed,
    ProblemFailed,
    ProblemLeftWhole,
    ProblemPosed,
    ProblemResumed,
    ProblemSolved,
    ProblemStopped,
    problem_events,
)
from retold.domain.problem.values import child_of, depth_of, parent_of, root_node
from retold.domain.recording import conversation_category, conversation_of
from retold.projections.event_facts import root_session_of, short_text
from retold.projections.keys import key_text
from retold.projections.models.problem_table import ProblemRow
from retold.projections.payload import (
    added_count,
    mapping_of,
    objects_of,
    plain_text,
    printable,
    token_count,
)
from retold.projections.projection import Need, Projection
from retold.projections.read_table import ReadTable
from retold.projections.rows import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One problem of a tree.

    Attributes:
        session: id of the conversation it is solved in.
        solve: name of the solve.
        node: within the tree: ``0``, ``0.2``, ``0.2.1``.
        root_session: id of the session the conversation belongs to.
        parent: node it is a piece of; None for the problem itself.
        depth: 0 for the problem itself.
        problem: what is to be solved.
        status: ``posed``, ``assessed``, ``decomposed``, ``left_whole``, ``solved`` or ``failed``;
            of the problem itself ``stopped`` too, when its budget was spent.
        reached: the last of the first four, whatever came then.
        complexity: as it was assessed; None when it was not.
        subproblems: how many it was split into.
        answer: once it is solved.
        how: ``direct``, ``synthesis``, or ``equal`` to another.
        equal_to: node of the equal problem whose answer it takes.
        missing: subproblems that failed, and that the answer does without.
        failures: how often it failed.
        error_type: what it failed with, the last time; None once it is solved.
        error: the message.
        model_calls: answers of models for it, those for its subproblems left out.
        prompt_tokens, completion_tokens: likewise, as far as models said.
        posed_version, ended_version: events that posed and solved or failed it.
        posed_at, ended_at: when, by the source's clock.
        recorded_at, recorded_to: when the log took the first and the newest event about it, UTC.
    """

    session: str
    solve: str
    node: str
    root_session: str
    parent: str | None
    depth: int
    problem: str
    status: str = "posed"
    reached: str = "posed"
    complexity: str | None = None
    subproblems: int = 0
    answer: str | None = None
    how: str | None = None
    equal_to: str | None = None
    missing: int = 0
    failures: int = 0
    error_type: str | None = None
    error: str | None = None
    model_calls: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    posed_version: int
    ended_version: int | None = None
    posed_at: datetime | None = None
    ended_at: datetime | None = None
    recorded_at: datetime
    recorded_to: datetime


Key = tuple[str, str, str]
problem_rows = ReadTable(ProblemRow, Problem)

_statuses: Mapping[str, str] = {
    ProblemAssessed.type: "assessed",
    ProblemDecomposed.type: "decomposed",
    ProblemLeftWhole.type: "left_whole",
    ProblemSolved.type: "solved",
    ProblemFailed.type: "failed",
    ProblemStopped.type: "stopped",
}
_ends = frozenset({ProblemSolved.type, ProblemFailed.type, ProblemStopped.type})


def _key(event: RecordedEvent, node: object = root_node) -> Key:
    solve = key_text(plain_text(event.data.get("solve")))
    return conversation_of(event.stream), solve, key_text(plain_text(node))


def _nodes(event: RecordedEvent) -> Iterable[Key]:
    """Yield the keys of the rows that an event changes; those it adds are others."""
    yield _key(event, event.data.get("node", root_node))
    nodes = event.data.get("nodes")
    if event.type == ProblemResumed.type and isinstance(nodes, list | tuple):
        yield from (_key(event, node) for node in nodes)


def _needs(event: RecordedEvent) -> Iterable[Need]:
    yield from ((problem_rows, key) for key in _nodes(event))


def _fold(rows: Rows, event: RecordedEvent) -> None:
    if event.type == ProblemPosed.type:
        rows.put(problem_rows, _posed(event, root_node, event.data))
        return
    for key in _nodes(event):
        row = rows.get(problem_rows, key)
        if row is None:
            continue
        if event.type == ProblemResumed.type:
            rows.put(problem_rows, _resumed(row, event))
            continue
        rows.put(problem_rows, _changed(row, event))
        if event.type == ProblemDecomposed.type:
            for number, piece in enumerate(objects_of(event.data.get("subproblems")), 1):
                rows.put(problem_rows, _posed(event, child_of(row.node, number), piece))


def _posed(event: RecordedEvent, node: str, given: Mapping[str, Any]) -> Problem:
    session, solve, node = _key(event, node)
    return Problem(
        session=session,
        solve=solve,
        node=node,
        root_session=root_session_of(event),
        parent=parent_of(node),
        depth=depth_of(node),
        problem=printable(given.get("problem")) or "",
        equal_to=printable(given.get("equal_to")),
        posed_version=event.version,
        posed_at=event.occurred_at,
        recorded_at=event.recorded_at,
        recorded_to=event.recorded_at,
    )


def _resumed(row: Problem, event: RecordedEvent) -> Problem:
    if row.status not in {"failed", "stopped"}:
        return row
    return replace(
        row, status=row.reached, ended_version=None, ended_at=None, recorded_to=event.recorded_at
    )


def _changed(row: Problem, event: RecordedEvent) -> Problem:
    data, ended = event.data, event.type in _ends
    row = replace(
        row,
        status=_statuses[event.type],
        reached=row.reached if ended else _statuses[event.type],
        ended_version=event.version if ended else None,
        ended_at=event.occurred_at if ended else None,
        recorded_to=event.recorded_at,
    )
    if event.type == ProblemStopped.type:
        # What it says was spent is the whole tree's, and counted by its rows.
        return replace(row, error_type=None, error=None)
    spent = mapping_of(data.get("spent"))
    row = replace(
        row,
        model_calls=row.model_calls + (token_count(spent.get("model_calls")) or 0),
        prompt_tokens=added_count(row.prompt_tokens, token_count(spent.get("prompt_tokens"))),
        completion_tokens=added_count(
            row.completion_tokens, token_count(spent.get("completion_tokens"))
        ),
    )
    if event.type == ProblemAssessed.type:
        return replace(row, complexity=printable(data.get("complexity")))
    if event.type == ProblemDecomposed.type:
        return replace(row, subproblems=sum(1 for _ in objects_of(data.get("subproblems"))))
    if event.type == ProblemSolved.type:
        missing = data.get("missing")
        return replace(
            row,
            answer=printable(data.get("answer")),
            how=printable(data.get("how")),
            missing=len(missing) if isinstance(missing, list | tuple) else 0,
            error_type=None,
            error=None,
        )
    if event.type == ProblemFailed.type:
        error = mapping_of(data.get("error"))
        return replace(
            row,
            failures=row.failures + 1,
            error_type=short_text(printable(error.get("type"))),
            error=printable(error.get("message")),
        )
    return row


problems = Projection(
    name="problems",
    version=1,
    fold=_fold,
    needs=_needs,
    tables=(problem_rows,),
    types=frozenset(problem_events),
    category=conversation_category,
    per_stream=True,
    code=(_key, _nodes, _posed, _resumed, _changed),
    description="a row a problem that was split or solved: status, answer, tokens, times",
)

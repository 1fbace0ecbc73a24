"""What is decided of a problem: upon each command, what happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from retold.domain.decider import Decider
from retold.domain.event import DomainEvent
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
from retold.domain.problem.state import ProblemNode, Problems, ProblemTree, evolve
from retold.domain.problem.values import (
    Complexity,
    Limits,
    Spent,
    child_of,
    depth_of,
    fewest_subproblems,
    is_within,
    most_subproblems,
    nothing,
    parent_of,
    problem_key,
    root_node,
)
from retold.domain.value import ErrorInfo
from retold.errors import EmptyProblem, ProblemConflict, UnknownProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """Pose a problem, or take it up again."""

    solve: str
    problem: str
    limits: Limits
    context: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Take a problem up again."""

    solve: str
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Assess:
    """Say how complex a problem is."""

    solve: str
    node: str
    complexity: Complexity
    reading: Reading
    spent: Spent = nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Decompose:
    """Split a problem into the first of what a model offered; leave it whole when too few."""

    solve: str
    node: str
    offered: tuple[str, ...]
    reading: Reading
    spent: Spent = nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveDirectly:
    """Answer a problem that has no subproblems."""

    solve: str
    node: str
    answer: str
    spent: Spent = nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesise:
    """Answer a problem from the answers to its subproblems."""

    solve: str
    node: str
    answer: str
    spent: Spent = nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeAnswer:
    """Answer a problem by the answer to the equal one it waits for."""

    solve: str
    node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """Give a problem up."""

    solve: str
    node: str
    step: Step
    error: ErrorInfo
    spent: Spent = nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Stop the work because a limit is reached."""

    solve: str
    reason: StopReason


NodeCommand: TypeAlias = Assess | Decompose | SolveDirectly | Synthesise | TakeAnswer | Fail
Command: TypeAlias = Pose | Resume | Stop | NodeCommand


def _decide(command: Command, state: Problems) -> Sequence[DomainEvent]:
    tree = state.trees.get(command.solve)
    if isinstance(command, Pose):
        if not command.problem.strip():
            raise EmptyProblem
        if tree is None:
            posed = ProblemPosed(
                solve=command.solve,
                problem=command.problem,
                context=command.context,
                limits=command.limits,
            )
            return [posed]
        if not _is_same(tree, command):
            raise ProblemConflict(
                command.solve, root_node, "it is another problem, or has another context"
            )
        return _resumed(tree, command.solve, command.limits)
    if tree is None:
        raise UnknownProblem(command.solve)
    if isinstance(command, Resume):
        return _resumed(tree, command.solve, command.limits)
    if isinstance(command, Stop):
        return _stopped(tree, command)
    node = tree.nodes.get(command.node)
    if node is None:
        raise UnknownProblem(command.solve, command.node)
    if node.is_solved:
        # Solved once is solved for good.
        return []
    return _decide_node(command, tree, node)


def _is_same(tree: ProblemTree, pose: Pose) -> bool:
    same_problem = problem_key(tree.root.problem) == problem_key(pose.problem)
    return same_problem and tree.context == pose.context


def _resumed(tree: ProblemTree, solve: str, limits: Limits) -> Sequence[DomainEvent]:
    if tree.root.is_solved:
        return []
    again: list[str] = []
    # Those above come first. Below one that is solved, nothing is of use any more.
    for name in sorted(tree.nodes, key=depth_of):
        above = parent_of(name)
        if tree.nodes[name].is_failed and (above is None or _is_open(tree, above, again)):
            again.append(name)
    if not again and tree.stopped is None and tree.limits == limits:
        return []
    return [ProblemResumed(solve=solve, limits=limits, nodes=tuple(again))]


def _is_open(tree: ProblemTree, name: str | None, again: Sequence[str]) -> bool:
    while name is not None:
        node = tree.nodes[name]
        if node.is_solved or (node.is_failed and name not in again):
            return False
        name = parent_of(name)
    return True


def _stopped(tree: ProblemTree, command: Stop) -> Sequence[DomainEvent]:
    limits = tree.limits
    limit = limits.tokens if command.reason is StopReason.TOKENS else limits.model_calls
    if tree.stopped is not None or tree.root.is_solved or limit is None:
        return []
    return [
        ProblemStopped(solve=command.solve, reason=command.reason, limit=limit, spent=tree.spent)
    ]


def _decide_node(
    command: NodeCommand, tree: ProblemTree, node: ProblemNode
) -> Sequence[DomainEvent]:
    solve, name = command.solve, command.node
    match command:
        case Assess():
            if node.complexity is not None:
                return []
            assessed = ProblemAssessed(
                solve=solve,
                node=name,
                complexity=command.complexity,
                reading=command.reading,
                spent=command.spent,
            )
            return [assessed]
        case Decompose():
            return _decomposed(command, tree, node)
        case SolveDirectly():
            if node.children:
                raise _conflict(command, "it was split, and is answered by a synthesis")
            answer, spent = command.answer, command.spent
            return [
                ProblemSolved(solve=solve, node=name, answer=answer, how=How.DIRECT, spent=spent)
            ]
        case Synthesise():
            return [_synthesised(command, tree)]
        case TakeAnswer():
            equal = tree.nodes.get(node.equal_to or "")
            if equal is None or equal.answer is None:
                raise _conflict(command, "no equal problem is solved")
            taken = ProblemSolved(
                solve=solve, node=name, answer=equal.answer, how=How.EQUAL, equal_to=node.equal_to
            )
            return [taken]
        case Fail():
            if node.is_failed:
                return []
            step, error, spent = command.step, command.error, command.spent
            return [ProblemFailed(solve=solve, node=name, step=step, error=error, spent=spent)]


def _decomposed(command: Decompose, tree: ProblemTree, node: ProblemNode) -> Sequence[DomainEvent]:
    if node.children or node.is_whole:
        return []
    if depth_of(command.node) >= tree.limits.max_depth:
        raise _conflict(command, f"it is at the depth of {tree.limits.max_depth}, the limit")
    solve, name = command.solve, command.node
    if len(command.offered) < fewest_subproblems:
        reason = Wholeness.SINGLE if command.offered else Wholeness.UNREADABLE
        whole = ProblemLeftWhole(
            solve=solve, node=name, reason=reason, reading=command.reading, spent=command.spent
        )
        return [whole]
    decomposed = ProblemDecomposed(
        solve=solve,
        node=name,
        subproblems=_subproblems(tree, name, command.offered[:most_subproblems]),
        offered=len(command.offered),
        reading=command.reading,
        spent=command.spent,
    )
    return [decomposed]


def _subproblems(tree: ProblemTree, node: str, offered: Sequence[str]) -> tuple[Subproblem, ...]:
    owners = dict(tree.owners)
    edges = [
        (name, tree.nodes[name].equal_to or "")
        for name in tree.waiting
        if not _is_solved(tree, name)
    ]
    found: list[Subproblem] = []
    for number, problem in enumerate(offered, 1):
        name, key = child_of(node, number), problem_key(problem)
        owner = owners.setdefault(key, name)
        if owner == name:
            found.append(Subproblem(problem=problem))
        elif not _is_solved(tree, owner) and _waits_for(owner, name, edges):
            found.append(Subproblem(problem=problem, repeats=owner))
        else:
            found.append(Subproblem(problem=problem, equal_to=owner))
            edges.append((name, owner))
    return tuple(found)


def _is_solved(tree: ProblemTree, name: str) -> bool:
    node = tree.nodes.get(name)
    return node is not None and node.is_solved


def _waits_for(one: str, other: str, edges: Sequence[tuple[str, str]]) -> bool:
    """Say whether a node cannot be solved before another one is.

    A node waits for all below it, and those that take an answer for where they take it from.
    """
    needed, looked_at = [one], set[str]()
    while needed:
        above = needed.pop()
        if is_within(other, above):
            return True
        looked_at.add(above)
        needed += [to for name, to in edges if is_within(name, above) and to not in looked_at]
    return False


def _synthesised(command: Synthesise, tree: ProblemTree) -> ProblemSolved:
    children = tree.children_of(command.node)
    missing = tuple(name for name in children if not tree.nodes[name].is_solved)
    if len(missing) == len(children):
        raise _conflict(command, "none of its subproblems is solved")
    if any(not tree.nodes[name].is_failed for name in missing):
        raise _conflict(command, "some of its subproblems are neither solved nor failed")
    return ProblemSolved(
        solve=command.solve,
        node=command.node,
        answer=command.answer,
        how=How.SYNTHESIS,
        missing=missing,
        spent=command.spent,
    )


def _conflict(command: NodeCommand, reason: str) -> ProblemConflict:
    return ProblemConflict(command.solve, command.node, reason)


problem_solving: Decider[Command, Problems] = Decider(
    name="problems",
    state=Problems,
    decide=_decide,
    evolve=evolve,
    events=(
        ProblemPosed,
        ProblemResumed,
        ProblemAssessed,
        ProblemDecomposed,
        ProblemLeftWhole,
        ProblemSolved,
        ProblemFailed,
        ProblemStopped,
    ),
)
"""Decides the problems of a conversation."""

"""What the events of a conversation's problems add up to: a tree for each."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

from pydantic import Field

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
    StopReason,
)
from retold.domain.problem.values import (
    Complexity,
    Limits,
    Spent,
    child_of,
    nothing,
    problem_key,
    root_node,
)
from retold.domain.value import ErrorInfo, Value

ValueT = TypeVar("ValueT", bound=Value)


class NodeStatus(StrEnum):
    """Where a node stands: ``posed`` first, ``solved`` or ``failed`` last."""

    POSED = "posed"
    ASSESSED = "assessed"
    DECOMPOSED = "decomposed"
    LEFT_WHOLE = "left_whole"
    SOLVED = "solved"
    FAILED = "failed"


class ProblemNode(Value):
    """A problem of a tree.

    Attributes:
        problem: what is to be solved.
        status: where it stands.
        complexity: None until it was assessed.
        children: how many subproblems it was split into.
        is_whole: it was to be split, and could not be.
        equal_to: node of the equal problem whose answer it takes.
        repeats: node of an equal problem that waits for this one.
        answer: once it is solved.
        how: it was solved.
        missing: nodes of the subproblems that failed, and that the answer does without.
        error: what it failed with, the last time.
        failures: how often it failed.
        spent: on it, without its subproblems.
    """

    problem: str
    status: NodeStatus = NodeStatus.POSED
    complexity: Complexity | None = None
    children: int = 0
    is_whole: bool = False
    equal_to: str | None = None
    repeats: str | None = None
    answer: str | None = None
    how: How | None = None
    missing: tuple[str, ...] = ()
    error: ErrorInfo | None = None
    failures: int = 0
    spent: Spent = nothing

    @property
    def is_solved(self) -> bool:
        """Whether it has an answer."""
        return self.status is NodeStatus.SOLVED

    @property
    def is_failed(self) -> bool:
        """Whether it failed, and was not taken up again since."""
        return self.status is NodeStatus.FAILED

    @property
    def reached(self) -> NodeStatus:
        """Where it stands, failures aside."""
        if self.children:
            return NodeStatus.DECOMPOSED
        if self.is_whole:
            return NodeStatus.LEFT_WHOLE
        return NodeStatus.POSED if self.complexity is None else NodeStatus.ASSESSED


class ProblemTree(Value):
    """A problem and all it was split into.

    Attributes:
        context: what else is known of it.
        limits: how far it may be taken.
        nodes: by their names.
        owners: by the key of a problem, the node that is the first with it.
        waiting: nodes that take the answer of an equal one.
        spent: on all of them.
        stopped: the limit that stopped the work; None while none did.
    """

    context: dict[str, Any] = Field(default_factory=dict)
    limits: Limits
    nodes: dict[str, ProblemNode]
    owners: dict[str, str] = Field(default_factory=dict)
    waiting: tuple[str, ...] = ()
    spent: Spent = nothing
    stopped: StopReason | None = None

    @property
    def root(self) -> ProblemNode:
        """The problem itself."""
        return self.nodes[root_node]

    def children_of(self, node: str) -> tuple[str, ...]:
        """Return the nodes of a problem's subproblems, in order."""
        return tuple(child_of(node, n + 1) for n in range(self.nodes[node].children))


class Problems(Value):
    """The problems of a conversation.

    Attributes:
        trees: by the name of the solve, in the order they were posed.
    """

    trees: dict[str, ProblemTree] = Field(default_factory=dict)


def evolve(state: Problems, event: DomainEvent) -> Problems:
    """Return the state after an event; those about a problem that is not known change nothing."""
    if isinstance(event, ProblemPosed):
        root = ProblemNode(problem=event.problem)
        tree = ProblemTree(
            context=event.context,
            limits=event.limits,
            nodes={root_node: root},
            owners={problem_key(event.problem): root_node},
        )
        return _with_tree(state, event.solve, tree)
    solve = getattr(event, "solve", None)
    tree_before = state.trees.get(solve) if isinstance(solve, str) else None
    if solve is None or tree_before is None:
        return state
    return _with_tree(state, solve, _evolved(tree_before, event))


def _evolved(tree: ProblemTree, event: DomainEvent) -> ProblemTree:
    if isinstance(event, ProblemResumed):
        again = {name: tree.nodes[name] for name in event.nodes if name in tree.nodes}
        reopened = {name: _changed(node, status=node.reached) for name, node in again.items()}
        nodes = {**tree.nodes, **reopened}
        return _changed(tree, limits=event.limits, stopped=None, nodes=nodes)
    if isinstance(event, ProblemStopped):
        return _changed(tree, stopped=event.reason)
    node = tree.nodes.get(getattr(event, "node", ""))
    if node is None:
        return tree
    if isinstance(event, ProblemDecomposed):
        return _split(tree, node, event)
    if isinstance(event, ProblemAssessed):
        changes: dict[str, Any] = {"complexity": event.complexity, "status": NodeStatus.ASSESSED}
    elif isinstance(event, ProblemLeftWhole):
        changes = {"is_whole": True, "status": NodeStatus.LEFT_WHOLE}
    elif isinstance(event, ProblemSolved):
        changes = {
            "status": NodeStatus.SOLVED,
            "answer": event.answer,
            "how": event.how,
            "missing": event.missing,
            "error": None,
        }
    elif isinstance(event, ProblemFailed):
        failures = node.failures + 1
        changes = {"status": NodeStatus.FAILED, "error": event.error, "failures": failures}
    else:
        return tree
    return _with_node(tree, event.node, node, event.spent, changes)


def _split(tree: ProblemTree, node: ProblemNode, event: ProblemDecomposed) -> ProblemTree:
    changes = {"children": len(event.subproblems), "status": NodeStatus.DECOMPOSED}
    tree = _with_node(tree, event.node, node, event.spent, changes)
    nodes, owners, waiting = dict(tree.nodes), dict(tree.owners), list(tree.waiting)
    for number, sub in enumerate(event.subproblems, 1):
        name = child_of(event.node, number)
        nodes[name] = ProblemNode(problem=sub.problem, equal_to=sub.equal_to, repeats=sub.repeats)
        if sub.equal_to is not None:
            waiting.append(name)
        owners.setdefault(problem_key(sub.problem), name)
    return _changed(tree, nodes=nodes, owners=owners, waiting=tuple(waiting))


def _with_node(
    tree: ProblemTree, name: str, node: ProblemNode, spent: Spent, changes: dict[str, Any]
) -> ProblemTree:
    after = _changed(node, spent=node.spent + spent, **changes)
    return _changed(tree, nodes={**tree.nodes, name: after}, spent=tree.spent + spent)


def _with_tree(state: Problems, solve: str, tree: ProblemTree) -> Problems:
    return Problems.model_construct(trees={**state.trees, solve: tree})


def _changed(value: ValueT, **changes: Any) -> ValueT:
    # Its values come from events that were checked; checking hundreds of nodes anew costs more.
    return value.model_copy(update=changes)

"""The tree of a problem as its owner is given it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from retold.domain.problem.events import How
from retold.domain.problem.state import NodeStatus, ProblemTree
from retold.domain.problem.values import Complexity, depth_of, root_node
from retold.domain.result import ResultUsage
from retold.domain.value import ErrorInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """A problem, its answer as far as there is one, and what it was split into.

    Attributes:
        solve: name of the solve.
        node: within the tree, such as ``0.2.1``.
        problem: what was to be solved.
        status: where it stands.
        answer: None unless it is solved.
        kind: how it was solved; None unless it is.
        complexity: as it was assessed; None when it was not.
        equal_to: node of the equal problem whose answer this is.
        missing: nodes of the subproblems that failed, and that the answer does without.
        error: what it failed with.
        usage: of this node, without those below it.
        children: its subproblems.
    """

    solve: str
    node: str
    problem: str
    status: NodeStatus
    answer: str | None = None
    kind: How | None = None
    complexity: Complexity | None = None
    equal_to: str | None = None
    missing: tuple[str, ...] = ()
    error: ErrorInfo | None = None
    usage: ResultUsage
    children: tuple[Solution, ...] = ()

    @property
    def depth(self) -> int:
        """How far it is below the problem itself."""
        return depth_of(self.node)

    @property
    def is_partial(self) -> bool:
        """Whether something is missing in it, or in what it was made of."""
        return any(node.missing or node.answer is None for node in self.walk())

    def walk(self) -> Iterator[Solution]:
        """Yield this one and all below it, each before those below it."""
        yield self
        for child in self.children:
            yield from child.walk()


def solution_of(tree: ProblemTree, solve: str, node: str = root_node) -> Solution:
    """Return the solution of a node, with all below it.

    Args:
        tree: as the events add up to it.
        solve: name of the solve.
        node: within the tree.
    """
    found = tree.nodes[node]
    return Solution(
        solve=solve,
        node=node,
        problem=found.problem,
        status=found.status,
        answer=found.answer,
        kind=found.how,
        complexity=found.complexity,
        equal_to=found.equal_to,
        missing=found.missing,
        error=found.error,
        usage=ResultUsage(
            model_calls=found.spent.model_calls,
            prompt_tokens=found.spent.prompt_tokens,
            completion_tokens=found.spent.completion_tokens,
        ),
        children=tuple(solution_of(tree, solve, child) for child in tree.children_of(node)),
    )

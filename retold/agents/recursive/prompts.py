"""What the agent is asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from retold.domain.problem.state import ProblemNode, ProblemTree
from retold.domain.problem.values import fewest_subproblems, most_subproblems, parent_of


class Assessment(BaseModel):
    """How complex a problem is."""

    complexity: Literal["simple", "medium", "complex"]


class Decomposition(BaseModel):
    """The subproblems of a problem."""

    subproblems: list[str] = Field(min_length=fewest_subproblems, max_length=most_subproblems)


def assessment(tree: ProblemTree, node: str) -> str:
    """Return the question how complex a problem is."""
    return _prompt(
        "How complex is this problem: simple, medium or complex? It is simple when it is best "
        'solved in one piece. Answer with JSON such as {"complexity": "simple"}.',
        tree,
        node,
    )


def decomposition(tree: ProblemTree, node: str) -> str:
    """Return the question what a problem is made of."""
    return _prompt(
        f"Split this problem into {fewest_subproblems} to {most_subproblems} smaller subproblems. "
        "Each has to make sense on its own, and together they solve the problem. Do not solve "
        'them. Answer with JSON such as {"subproblems": ["...", "..."]}.',
        tree,
        node,
    )


def solution(tree: ProblemTree, node: str) -> str:
    """Return the question for a problem's answer."""
    return _prompt("Solve this problem.", tree, node)


def synthesis(tree: ProblemTree, node: str) -> str:
    """Return the question for a problem's answer, with those to its subproblems."""
    children = [tree.nodes[name] for name in tree.children_of(node)]
    return _prompt(
        "Solve this problem by putting the solutions of its subproblems together into one.",
        tree,
        node,
        [_solved(number, child) for number, child in enumerate(children, 1)],
    )


def _solved(number: int, child: ProblemNode) -> str:
    answer = child.answer
    said = "It could not be solved; say so where it matters." if answer is None else answer
    return f"Subproblem {number}: {child.problem}\nSolution {number}: {said}"


def _prompt(task: str, tree: ProblemTree, node: str, further: Sequence[str] = ()) -> str:
    parts = [task, f"Problem: {tree.nodes[node].problem}", *_within(tree, node)]
    return "\n\n".join([*parts, *_context(tree.context), *further])


def _within(tree: ProblemTree, node: str) -> list[str]:
    """Return of what it is a part, the whole first."""
    above: list[str] = []
    parent = parent_of(node)
    while parent is not None:
        above.insert(0, tree.nodes[parent].problem)
        parent = parent_of(parent)
    return [f"It is a part of: {' > '.join(above)}"] if above else []


def _context(context: Mapping[str, Any]) -> list[str]:
    if not context:
        return []
    return [f"Context: {json.dumps(context, ensure_ascii=False, indent=2)}"]

"""Which step depends on which: cycles, and what is before and after a step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

most_cycles = 100
"""A definition with more is told of these first."""


def find_cycle(dependencies: Mapping[str, Iterable[str]]) -> Sequence[str]:
    """Return the steps of a cycle, the first one again at its end; none when there is no cycle."""
    try:
        TopologicalSorter(dependencies).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        # It names what depends last; read as "a depends on b".
        return list(reversed(cycle))
    return ()


def find_cycles(
    dependencies: Mapping[str, Iterable[str]], most: int = most_cycles
) -> list[Sequence[str]]:
    """Return cycles until none is left when each is broken at the step it begins with.

    Args:
        dependencies: of each step.
        most: cycles to look for; each takes a pass over all steps.
    """
    left = {name: tuple(names) for name, names in dependencies.items()}
    cycles: list[Sequence[str]] = []
    while len(cycles) < most and (cycle := find_cycle(left)):
        cycles.append(cycle)
        left[cycle[0]] = tuple(name for name in left[cycle[0]] if name != cycle[1])
    return cycles


def reachable(edges: Mapping[str, Iterable[str]], start: str) -> set[str]:
    """Return what can be reached from a step along edges, itself not counted unless in a cycle."""
    found: set[str] = set()
    left = [start]
    while left:
        for name in edges.get(left.pop(), ()):
            if name not in found:
                found.add(name)
                left.append(name)
    return found


def reversed_edges(dependencies: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Return the steps that depend directly on each step."""
    found: dict[str, list[str]] = {name: [] for name in dependencies}
    for name, needed in dependencies.items():
        for other in needed:
            if other in found and name not in found[other]:
                found[other].append(name)
    return {name: tuple(names) for name, names in found.items()}

"""Measuring: contenders one after the other, round by round."""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

quick_share = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How long to measure.

    Attributes:
        rounds: how often each contender runs.
        quick: whether to do a small share of the work, to see that it runs; no figures.
    """

    rounds: int
    quick: bool = False

    def scaled(self, count: int, *, least: int = 1) -> int:
        """Return ``count`` things to do, a small share of it when it shall be quick."""
        return max(least, count // quick_share) if self.quick else count


def interleave(contenders: Mapping[str, Callable[[], T]], rounds: int) -> dict[str, tuple[T, ...]]:
    """Run contenders in turns, so that what else the machine does falls on all of them.

    Args:
        contenders: by name, what runs one of them once and returns its figure.
        rounds: how often each runs; every second round goes in the opposite order.

    Returns:
        Figures by name, in the order of the rounds: those of a round belong together.
    """
    figures: dict[str, list[T]] = {name: [] for name in contenders}
    for number in range(rounds):
        order = list(contenders)[:: 1 if number % 2 == 0 else -1]
        for name in order:
            # What the contender before left behind is not collected at this one's expense.
            gc.collect()
            figures[name].append(contenders[name]())
    return {name: tuple(found) for name, found in figures.items()}


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that ``percent`` of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]

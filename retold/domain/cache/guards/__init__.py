"""Rules that speak against serving an answer, whatever the similarity of the two questions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from retold.domain.cache.guards.finding import GuardFinding
from retold.domain.cache.guards.pair import Pair
from retold.domain.cache.guards.polarity import direction_differs, negation_differs, opposites
from retold.domain.cache.guards.quantities import dates_differ, numbers_differ, units_differ
from retold.domain.cache.guards.wording import added_condition, entities_differ, substitution


@dataclass(frozen=True, slots=True)
class Guard:
    """A rule, and how often it is right.

    Attributes:
        name: of the rule.
        look: says what it has against a pair; None for nothing.
        precision: as of a finding.
    """

    name: str
    look: Callable[[Pair], str | None]
    precision: float


__all__ = [
    "Guard",
    "GuardFinding",
    "guards",
    "guards_against",
    "is_refused",
    "least_precision",
    "near_miss_threshold",
]

guards: tuple[Guard, ...] = (
    Guard("numbers", numbers_differ, 0.97),
    Guard("units", units_differ, 0.87),
    Guard("dates", dates_differ, 0.93),
    Guard("negation", negation_differs, 0.80),
    Guard("antonyms", opposites, 0.87),
    Guard("direction", direction_differs, 0.92),
    Guard("entities", entities_differ, 0.84),
    Guard("substitution", substitution, 0.78),
    Guard("condition", added_condition, 0.88),
)

"""In the order they are asked.

Precisions are (right + 1) / (spoke + 2), measured on 271 pairs of questions in nearly the same
words that have different answers, and 1,138 that have the same: 139 rewordings of such questions
and 999 of single sentences; ``benchmarks/cache_guards.py`` measures them anew. Right of spoken:
numbers 34 of 34, units 12 of 13, dates 12 of 12, negation 7 of 8, antonyms 32 of 36, direction 11
of 11, entities 31 of 36, substitution 219 of 279, condition 14 of 15. Where an answer does not
depend on such detail they are almost always wrong, which the labels of a scope show
(``Risk.weighed``).
"""

least_precision = 0.5
"""A finding refuses when its guard is right at least this often."""


near_miss_threshold = 0.4
"""Cosine from which on, with guards, near misses are refused and rewordings kept.

It is of questions each of which was asked once, with wordllama's vectors: so low that guards do the
work. On a stream of real requests a threshold as low serves far too many wrong answers; there, let
labels choose it (``retold.domain.cache.risk``).
"""


def guards_against(stored: str, asked: str) -> tuple[GuardFinding, ...]:
    """Return what speaks against giving the answer to one question to another.

    Only short pairs that share most of their words are looked at: in others a single word tells
    nothing.

    Args:
        stored: the question that was answered.
        asked: the one asked now.
    """
    pair = Pair(stored, asked)
    if not pair.is_telling:
        return ()
    found = ((guard, guard.look(pair)) for guard in guards)
    return tuple(
        GuardFinding(guard.name, guard.precision, detail)
        for guard, detail in found
        if detail is not None
    )


def is_refused(findings: Iterable[GuardFinding]) -> bool:
    """Return whether what guards found is enough not to serve an answer."""
    return any(finding.precision >= least_precision for finding in findings)

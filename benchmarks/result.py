"""A result: what was measured in each round, against what, and the bar it is held to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from statistics import median
from typing import TypeAlias


class Verdict(StrEnum):
    """How a result stands to its bar."""

    AIM = "aim"
    PASS = "pass"  # noqa: S105 - no password
    MISS = "miss"
    REPORTED = "reported"  # there is no bar
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What a figure has to reach; one of ``at_least`` and ``at_most`` at the most.

    Attributes:
        at_least: the figure may not be lower.
        at_most: the figure may not be higher.
        aim: what is aimed at beyond that; alone, it is an expectation and nothing can miss it.
        every_round: the worst round is judged, not the median.
    """

    at_least: float | None = None
    at_most: float | None = None
    aim: float | None = None
    every_round: bool = False

    def judge(self, figures: tuple[float, ...]) -> Verdict:
        """Return how the figures of all rounds stand to this bar."""
        if self.at_most is not None:
            figure = max(figures) if self.every_round else median(figures)
            if figure > self.at_most:
                return Verdict.MISS
            return Verdict.AIM if self.aim is not None and figure <= self.aim else Verdict.PASS
        if self.at_least is not None:
            figure = min(figures) if self.every_round else median(figures)
            if figure < self.at_least:
                return Verdict.MISS
            return Verdict.AIM if self.aim is not None and figure >= self.aim else Verdict.PASS
        return Verdict.REPORTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What a figure is divided by.

    Attributes:
        name: such as ``raw sqlite3``.
        rounds: its figure in each round, in the unit of the result.
    """

    name: str
    rounds: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One line of the table.

    Attributes:
        benchmark: name of the benchmark.
        case: what of it was measured.
        unit: of the figures.
        rounds: the figure of each round.
        reference: what each round's figure is divided by; None when the figure stands alone.
        bar: for the ratio to the reference, or else for the figure; None when it has none.
        note: what a reader has to know.
    """

    benchmark: str
    case: str
    unit: str
    rounds: tuple[float, ...]
    reference: Reference | None = None
    bar: Bar | None = None
    note: str = ""

    @property
    def compared(self) -> tuple[float, ...]:
        """What is held to the bar, by round: the ratio to the reference, or else the figure."""
        if self.reference is None:
            return self.rounds
        return tuple(
            ours / theirs for ours, theirs in zip(self.rounds, self.reference.rounds, strict=True)
        )

    @property
    def verdict(self) -> Verdict:
        """How it stands to its bar."""
        return Verdict.REPORTED if self.bar is None else self.bar.judge(self.compared)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A line that could not be measured.

    Attributes:
        benchmark: name of the benchmark.
        case: what of it was not measured.
        reason: why not.
    """

    benchmark: str
    case: str
    reason: str

    @property
    def verdict(self) -> Verdict:
        """Always that nothing was measured."""
        return Verdict.NOT_MEASURED


Result: TypeAlias = Measured | Missing

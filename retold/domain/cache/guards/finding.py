"""What a guard has against serving an answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GuardFinding:
    """What one guard has against serving an answer.

    Attributes:
        guard: its name.
        precision: share of the pairs it spoke against that do have different answers, as measured.
        detail: what it found.
    """

    guard: str
    precision: float
    detail: str

"""What chooses the similarity from which on an answer is served."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from retold.domain.cache.neighbourhood import agreed_similarity, neighbours_asked
from retold.domain.cache.risk import Risk, RiskBounds


class ThresholdPolicy(Protocol):
    """Chooses a threshold from what is known of a scope, and which hits are asked anew."""

    @property
    def name(self) -> str:
        """Kept with each decision."""
        ...

    @property
    def neighbours(self) -> int:
        """How many of the nearest vectors it looks at, at least 1."""
        ...

    def score(self, neighbours: Sequence[tuple[str, float]]) -> float:
        """Return what is held to the threshold.

        Args:
            neighbours: id of the entry and cosine, the nearest first; at least one.
        """
        ...

    def threshold(self, risk: Risk) -> float:
        """Return the score from which on an answer is served; infinity for none at all.

        Args:
            risk: what the events of the scope add up to.
        """
        ...

    def audit_probability(self, similarity: float, risk: Risk) -> float:
        """Return with which probability a hit is asked anew instead of served.

        Args:
            similarity: the score.
            risk: what the events of the scope add up to.
        """
        ...


class FixedThreshold:
    """Serves from one similarity on, whatever comes of it."""

    name = "fixed"
    neighbours = 1

    def __init__(self, threshold: float, *, audit_share: float = 0.0) -> None:
        """Store the threshold.

        Args:
            threshold: cosine, from -1 to 1; 0 is one like any other.
            audit_share: of the hits, from 0 to 1, whose question is asked anew, to learn how
                often they are wrong.

        Raises:
            ValueError: when a number is out of range.
        """
        if not -1 <= threshold <= 1:
            raise ValueError(f"threshold: from -1 to 1, not {threshold}")
        if not 0 <= audit_share <= 1:
            raise ValueError(f"audit_share: from 0 to 1, not {audit_share}")
        self._threshold = threshold
        self._audit_share = audit_share

    def score(self, neighbours: Sequence[tuple[str, float]]) -> float:
        """Return the cosine of the nearest one."""
        return neighbours[0][1]

    def threshold(self, risk: Risk) -> float:
        """Return the threshold, as it was given."""
        return self._threshold

    def audit_probability(self, similarity: float, risk: Risk) -> float:
        """Return the share, as it was given."""
        return self._audit_share


class RiskControlled:
    """Serves from the lowest similarity on that keeps wrong answers rare enough, by what is known.

    Nothing is served before enough is known. What counts is the cosine of the nearest one, less
    where others around it have other answers: see ``retold.domain.cache.neighbourhood``.
    """

    name = "risk_controlled"
    neighbours = neighbours_asked

    def __init__(
        self,
        per_request: float = 0.01,
        *,
        per_hit: float | None = None,
        confidence: float = 0.95,
        audit_share: float | None = None,
    ) -> None:
        """Store the bounds.

        Args:
            per_request: share of the requests that may be answered wrongly, above 0 and below 1.
            per_hit: share of the hits that may be wrong, likewise; None for any.
            confidence: with which the shares are kept, above a half and below 1.
            audit_share: of the hits whose question is asked anew, to go on learning; None for
                what the bounds need by default.

        Raises:
            ValueError: when a number is out of range, a pydantic one.
        """
        bounds = RiskBounds(per_request=per_request, per_hit=per_hit, confidence=confidence)
        if audit_share is not None:
            bounds = RiskBounds(**{**bounds.model_dump(), "audit_share": audit_share})
        self.bounds = bounds

    def score(self, neighbours: Sequence[tuple[str, float]]) -> float:
        """Return the cosine of the nearest one, less where its neighbourhood disagrees."""
        agreed = agreed_similarity(neighbours)
        return -1.0 if agreed is None else agreed

    def threshold(self, risk: Risk) -> float:
        """Return the lowest similarity that keeps the bounds; infinity while none is known to."""
        return risk.threshold(self.bounds)

    def audit_probability(self, similarity: float, risk: Risk) -> float:
        """Return with which probability a hit is asked anew, to go on learning."""
        return risk.audit_probability(similarity, self.bounds)

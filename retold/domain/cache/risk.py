"""A threshold of similarity that keeps the share of wrong answers its user accepts.

What is known is kept in bins of similarity: how many requests there were, how many of them were
served, and of how many it is known whether the nearest answer was right. Those are the misses,
whose fresh answer is compared with the nearest stored one, and audits: would-be hits that are asked
anew, at random. Both are chosen by similarity alone, so within a bin they are a fair sample, and a
logistic curve through them tells how likely an answer is wrong (``calibration``).

The curve is checked by audits alone. An audit made with probability *p* stands for 1/*p* - 1
requests that were served (Horvitz and Thompson, "A generalization of sampling without replacement
from a finite universe", 1952); where they find more wrong than the curve says, by more than a
standard deviation, all it says is scaled up to that.

The threshold is the smallest at which the upper bound of all wrong answers, those served so far and
those of the requests to come next, stays within the share that is accepted of all those requests.
The bound allows for the uncertainty of the curve and for the chance of the single case, both by
normal approximation. So what was served by mistake is paid back, and what was not used up may be
used later: it is the whole history that is held to the share, not each moment. The bound is of 95 %
at each look, not of all looks together; that it holds is seen in replays of real questions
(``benchmarks/cache_streams.py``), not proven.

The similarity meant is ``neighbourhood.agreed_similarity``; a plain cosine gives fewer hits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf, sqrt
from statistics import NormalDist
from typing import Any

from retold.domain.cache.bounds import RiskBounds, WrongRate
from retold.domain.cache.calibration import Curve, fitted
from retold.domain.cache.guards.finding import GuardFinding

bins = 200
"""Of similarity, from -1 to 1: a threshold is a multiple of one hundredth."""

window = 512
"""Requests after which the similarities seen before the last window are forgotten."""

least_horizon = 200
"""For how many requests to come a threshold is chosen, at least; else a 16th of those so far."""

least_labels = 30
"""Before so many labels nothing is served."""

telling_share = 0.5
"""The curve is fitted to the labels of the most similar requests, this share of all: what is far
from any threshold tells nothing of what is near."""

most_likely_wrong = 0.5
"""What may be more often wrong than right is never served, however much is accepted."""

guard_doubt = 5
"""Labels that what was measured of a guard elsewhere counts for."""

most_audited = 0.5
"""Of would-be hits of a similarity."""


__all__ = ["Risk", "RiskBounds", "WrongRate", "bin_of", "bins", "floor_of", "middle_of"]


@dataclass(frozen=True, slots=True)
class _Plan:
    threshold: float
    audits: tuple[float, ...]
    made_at: int


def bin_of(similarity: float) -> int:
    """Return the bin of a cosine; the topmost for what rounding put above 1."""
    return min(bins - 1, max(0, int((similarity + 1) * (bins / 2) + 1e-9)))


def floor_of(index: int) -> float:
    """Return the smallest cosine of a bin."""
    return round(index * 2 / bins - 1, 6)


def middle_of(index: int) -> float:
    """Return the cosine in the middle of a bin."""
    return (index + 0.5) * 2 / bins - 1


class Risk:
    """What the requests and labels of one scope add up to; memory does not grow with them."""

    __slots__ = (
        "_audited",
        "_before",
        "_found",
        "_found_squares",
        "_guards",
        "_labels",
        "_now",
        "_plans",
        "_requests",
        "_served",
        "_total",
        "_wrong",
    )

    def __init__(self) -> None:
        self._total = 0
        self._requests = [0] * bins
        self._served = [0] * bins
        # Similarities of the window before and of this one; each with how many requests it had.
        self._before = [0] * (bins + 1)
        self._now = [0] * (bins + 1)
        self._labels = [0] * bins
        self._wrong = [0] * bins
        # For how many served requests the audits of a bin stand, and those that found wrong ones.
        self._audited = [0.0] * bins
        self._found = 0.0
        self._found_squares = 0.0
        # How often each guard spoke against a pair that was labelled, and how often it was right.
        self._guards: dict[str, tuple[int, int]] = {}
        self._plans: dict[RiskBounds, _Plan] = {}

    # Folding ---------------------------------------------------------------------------------

    def note_request(self, similarity: float | None, *, served: bool) -> None:
        """Count a request.

        Args:
            similarity: of the nearest answer that may be served; None when there is none, or a veto
                or a guard speaks against it.
            served: whether that answer was served.
        """
        self._total += 1
        if self._now[bins] == window:
            self._before, self._now = self._now, [0] * (bins + 1)
        self._now[bins] += 1
        if similarity is not None:
            index = bin_of(similarity)
            self._requests[index] += 1
            self._now[index] += 1
            self._served[index] += served

    def note_label(
        self,
        similarity: float,
        *,
        equal: bool,
        probability: float = 1.0,
        guards: Iterable[str] = (),
        candidate: bool = True,
    ) -> None:
        """Count that it was found out whether the nearest answer was right for a request.

        Args:
            similarity: of the two requests.
            equal: whether the stored answer was right.
            probability: with which such a request was labelled: 1 for a miss, for an audit what
                ``audit_probability`` gave.
            guards: names of those that spoke against the pair.
            candidate: whether it would have been served had it been near enough; False when a veto
                or a guard forbade it, then it tells of the guards only.

        Raises:
            ValueError: when the probability is not above 0 and at most 1.
        """
        if not 0 < probability <= 1:
            msg = (
                f"a label cannot have come about with probability {probability}; give one above "
                "0 and at most 1"
            )
            raise ValueError(msg)
        for guard in guards:
            spoke, right = self._guards.get(guard, (0, 0))
            self._guards[guard] = (spoke + 1, right + (not equal))
        if not candidate:
            return
        index, stands_for = bin_of(similarity), 1 / probability - 1
        self._labels[index] += 1
        self._audited[index] += stands_for
        if not equal:
            self._wrong[index] += 1
            self._found += stands_for
            self._found_squares += stands_for * stands_for

    # Asking ----------------------------------------------------------------------------------

    def threshold(self, bounds: RiskBounds) -> float:
        """Return the similarity at and above which an answer may be served.

        It is at most half a percent of the events old: working it out costs more than a lookup.

        Args:
            bounds: what is accepted.

        Returns:
            A cosine in [-1, 1]; infinite while nothing may be served.
        """
        return self._plan(bounds).threshold

    def audit_probability(self, similarity: float, bounds: RiskBounds) -> float:
        """Return with which probability a would-be hit has to be asked anew, to learn from it.

        Args:
            similarity: of the nearest answer.
            bounds: what is accepted.

        Returns:
            In [0, 1]; give it to ``note_label``. More for what is more likely to be wrong (Neyman
            allocation), ``bounds.audit_share`` on the whole.
        """
        return self._plan(bounds).audits[bin_of(similarity)]

    def weighed(self, findings: Iterable[GuardFinding]) -> tuple[GuardFinding, ...]:
        """Return what guards found, with the precision they have shown in this scope.

        What was measured elsewhere counts as ``guard_doubt`` labels: guards that are wrong here,
        where a word more or less does not matter, are soon heard no more.

        Args:
            findings: with the precision that was measured elsewhere.
        """
        return tuple(
            replace(
                finding,
                precision=(right + guard_doubt * finding.precision) / (spoke + guard_doubt),
            )
            for finding in findings
            for spoke, right in (self._guards.get(finding.guard, (0, 0)),)
        )

    def estimate(self, confidence: float = 0.95) -> WrongRate:
        """Return how many of the answers served were wrong, with bounds.

        Args:
            confidence: of each bound, on its own.
        """
        served = sum(self._served)
        known = WrongRate(
            confidence=confidence, requests=self._total, served=served, labels=sum(self._labels)
        )
        if self._total == 0 or (served and not any(self._labels)):
            return known
        deviations = NormalDist().inv_cdf(confidence)
        curve, factor = self._curve()
        wrong = []
        for side in (0.0, -deviations, deviations):
            share = factor * sum(
                count * curve.at(middle_of(i), side)
                for i, count in enumerate(self._served)
                if count
            )
            wrong.append(share)
        chance = deviations * deviations * wrong[0]
        wrong[1] = max(0.0, wrong[0] - sqrt((wrong[0] - wrong[1]) ** 2 + chance))
        wrong[2] = min(float(served), wrong[0] + sqrt((wrong[2] - wrong[0]) ** 2 + chance))
        of_requests = [count / self._total for count in wrong]
        of_hits = [count / served if served else None for count in wrong]
        return known.model_copy(
            update={
                "per_request": of_requests[0],
                "per_request_low": of_requests[1],
                "per_request_high": of_requests[2],
                "per_hit": of_hits[0],
                "per_hit_low": of_hits[1],
                "per_hit_high": of_hits[2],
            }
        )

    # Keeping ---------------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        """Return all that is known, as JSON can hold it."""
        return {
            "bins": bins,
            "total": self._total,
            "requests": list(self._requests),
            "served": list(self._served),
            "before": list(self._before),
            "now": list(self._now),
            "labels": list(self._labels),
            "wrong": list(self._wrong),
            "audited": list(self._audited),
            "found": self._found,
            "found_squares": self._found_squares,
            "guards": {name: list(counts) for name, counts in sorted(self._guards.items())},
        }

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> Risk:
        """Return what was dumped.

        Raises:
            ValueError: when it has other bins than this version's: fold the events anew.
        """
        if data["bins"] != bins:
            msg = f"the state has {data['bins']} bins of similarity, not {bins}; fold it anew"
            raise ValueError(msg)
        risk = cls()
        risk._total = data["total"]
        risk._requests, risk._served = list(data["requests"]), list(data["served"])
        risk._before, risk._now = list(data["before"]), list(data["now"])
        risk._labels, risk._wrong = list(data["labels"]), list(data["wrong"])
        risk._audited = list(data["audited"])
        risk._found, risk._found_squares = data["found"], data["found_squares"]
        risk._guards = {name: (spoke, right) for name, (spoke, right) in data["guards"].items()}
        return risk

    def __eq__(self, other: object) -> bool:
        """Return whether the same is known."""
        return isinstance(other, Risk) and self.dump() == other.dump()

    __hash__ = None  # type: ignore[assignment]

    # Working out -----------------------------------------------------------------------------

    def _curve(self) -> tuple[Curve, float]:
        """Return how likely an answer is wrong, and by what the audits scale that."""
        first, seen = bins - 1, self._requests[bins - 1]
        while first > 0 and seen < telling_share * sum(self._requests):
            first -= 1
            seen += self._requests[first]
        labels = [
            (middle_of(index), float(self._labels[index]), float(self._wrong[index]))
            for index in range(first, bins)
            if self._labels[index]
        ]
        curve = fitted(labels)
        expected = sum(
            weight * curve.at(middle_of(index))
            for index, weight in enumerate(self._audited)
            if weight
        )
        surely = self._found - sqrt(self._found_squares)
        return curve, max(1.0, surely / expected) if expected else 1.0

    def _plan(self, bounds: RiskBounds) -> _Plan:
        known = self._total + sum(self._labels)
        plan = self._plans.get(bounds)
        if plan is None or known > plan.made_at * 1.005:
            plan = self._plans[bounds] = self._planned(bounds, known)
        return plan

    def _planned(self, bounds: RiskBounds, known: int) -> _Plan:
        if sum(self._labels) < least_labels:
            return _Plan(inf, (bounds.audit_share,) * bins, known)
        curve, factor = self._curve()
        deviations = NormalDist().inv_cdf(bounds.confidence)
        likely = [factor * curve.at(middle_of(index)) for index in range(bins)]
        excess = [
            factor * curve.at(middle_of(index), deviations) - likely[index] for index in range(bins)
        ]
        horizon = max(least_horizon, self._total // 16)
        seen = max(1, self._before[bins] + self._now[bins])
        coming = [
            (before + now) * horizon / seen
            for before, now in zip(self._before[:bins], self._now[:bins], strict=True)
        ]
        budget = bounds.per_request * (self._total + horizon)
        count = float(sum(self._served))
        wrong = sum(n * p for n, p in zip(self._served, likely, strict=True))
        more = sum(n * p for n, p in zip(self._served, excess, strict=True))
        threshold = inf
        for index in range(bins - 1, -1, -1):
            wrong += coming[index] * likely[index]
            more += coming[index] * excess[index]
            count += coming[index]
            most = wrong + sqrt(more * more + deviations * deviations * wrong)
            if not self._requests[index]:
                # Nothing is known of requests that never came.
                continue
            if most > budget or likely[index] + excess[index] > most_likely_wrong:
                break
            if bounds.per_hit is None or most <= bounds.per_hit * count:
                threshold = floor_of(index)
        return _Plan(threshold, _audits(likely, coming, threshold, bounds), known)


def _audits(
    likely: list[float], coming: list[float], threshold: float, bounds: RiskBounds
) -> tuple[float, ...]:
    """Return the probability of an audit by bin."""
    shares = [min(1.0, share) for share in likely]
    deviations = [sqrt(share * (1 - share)) for share in shares]
    first = bins if threshold == inf else bin_of(threshold)
    mass = sum(n * d for n, d in zip(coming[first:], deviations[first:], strict=True))
    if not mass:
        return (bounds.audit_share,) * bins
    scale = bounds.audit_share * sum(coming[first:]) / mass
    least, most = bounds.audit_share / 4, max(bounds.audit_share, most_audited)
    return tuple(min(most, max(least, scale * deviation)) for deviation in deviations)

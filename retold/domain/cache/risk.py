"""A threshold of similarity that keeps the share of wrong answers its user accepts.

What is known is kept in bins of similarity: how many requests there were, how many of them were
served, and of how many it is known whether the nearest answer was right. Those are the misses,
whose fresh answer is compared with the nearest stored one, and audits: would-be hits that are asked
anew, at random. A label that was come by with probability *p* stands for 1/*p* requests (Horvitz
and Thompson, "A generalization of sampling without replacement from a finite universe", 1952).

A nearer answer is not more often wrong than a farther one: shares of the bins are fitted in falling
order (isotonic regression), which lets the plentiful labels below a threshold speak for what is
above. Each pool of bins has a Clopper-Pearson bound, and the bound of a sum over pools is found by
the method of variance estimates recovery (Zou and Donner, "Construction of confidence intervals
about effect measures", Statistics in Medicine 2008).

The threshold is the smallest at which the upper bound of all wrong answers, those served so far and
those of the requests to come next, stays within the share that is accepted of all those requests.
So what was served by mistake is paid back, and what was not used up may be used later: it is the
whole history that is held to the share, not each moment. The bound is of 95 % at each look, not for
all looks together; the replays in ``benchmarks/cache_streams.py`` are what shows that it holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, sqrt
from typing import Any

from pydantic import Field

from retold.domain.cache.proportions import Pool, falling_pools, lower_bound, upper_bound
from retold.domain.value import Value

bins = 200
"""Of similarity, from -1 to 1: a threshold is a multiple of one hundredth."""

window = 512
"""Requests after which the similarities seen before the last window are forgotten."""

least_horizon = 400
"""For how many requests to come a threshold is chosen, at least."""


class RiskBounds(Value):
    """What share of wrong answers is accepted.

    Attributes:
        per_request: wrong answers served, of all requests.
        per_hit: wrong answers served, of those served; None for no such bound.
        confidence: of the bounds that keep them.
        audit_share: of would-be hits that are asked anew, on the whole; more of them near the
            threshold. With none, nothing is learnt of hits.
    """

    per_request: float = Field(default=0.01, gt=0, lt=1)
    per_hit: float | None = Field(default=None, gt=0, lt=1)
    confidence: float = Field(default=0.95, gt=0.5, lt=1)
    audit_share: float = Field(default=0.05, ge=0, le=1)


class WrongRate(Value):
    """How many of the answers served were wrong, as far as is known.

    Attributes:
        per_request: of all requests; None when unknown.
        per_request_low: its lower bound.
        per_request_high: its upper bound.
        per_hit: of all answers served; None when unknown.
        per_hit_low: its lower bound.
        per_hit_high: its upper bound.
        confidence: of each bound, on its own.
        requests: how many there were.
        served: how many were served a stored answer.
        labels: of how many it was found out whether the nearest answer was right.
    """

    per_request: float | None = None
    per_request_low: float | None = None
    per_request_high: float | None = None
    per_hit: float | None = None
    per_hit_low: float | None = None
    per_hit_high: float | None = None
    confidence: float
    requests: int
    served: int
    labels: int


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


class Risk:
    """What the requests and labels of one scope add up to; memory does not grow with them."""

    __slots__ = (
        "_before",
        "_labels",
        "_now",
        "_plans",
        "_requests",
        "_served",
        "_squares",
        "_total",
        "_weights",
        "_wrong",
    )

    def __init__(self) -> None:
        self._total = 0
        self._labels = 0
        self._requests = [0] * bins
        self._served = [0] * bins
        # Similarities of the window before and of this one; each with how many requests it had.
        self._before = [0] * (bins + 1)
        self._now = [0] * (bins + 1)
        self._weights = [0.0] * bins
        self._squares = [0.0] * bins
        self._wrong = [0.0] * bins
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

    def note_label(self, similarity: float, *, equal: bool, probability: float = 1.0) -> None:
        """Count that it was found out whether the nearest answer was right for a request.

        Args:
            similarity: of the two requests.
            equal: whether the stored answer was right.
            probability: with which such a request was labelled: 1 for a miss, for an audit what
                ``audit_probability`` gave.

        Raises:
            ValueError: when the probability is not above 0 and at most 1.
        """
        if not 0 < probability <= 1:
            msg = (
                f"a label cannot have come about with probability {probability}; give one above "
                "0 and at most 1"
            )
            raise ValueError(msg)
        index, weight = bin_of(similarity), 1 / probability
        self._labels += 1
        self._weights[index] += weight
        self._squares[index] += weight * weight
        if not equal:
            self._wrong[index] += weight

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

    def estimate(self, confidence: float = 0.95) -> WrongRate:
        """Return how many of the answers served were wrong, with bounds.

        Args:
            confidence: of each bound, on its own.
        """
        served = sum(self._served)
        known = WrongRate(
            confidence=confidence, requests=self._total, served=served, labels=self._labels
        )
        if self._total == 0 or (served and not self._labels):
            return known
        share = low = high = 0.0
        for pool in self._pools():
            weight = sum(self._served[pool.first : pool.last + 1])
            share += weight * pool.share
            top = upper_bound(pool.events, pool.trials, confidence) - pool.share
            bottom = pool.share - lower_bound(pool.events, pool.trials, confidence)
            high += (weight * top) ** 2
            low += (weight * bottom) ** 2
        wrong = (share, max(0.0, share - sqrt(low)), min(float(served), share + sqrt(high)))
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
            "labels": self._labels,
            "requests": list(self._requests),
            "served": list(self._served),
            "before": list(self._before),
            "now": list(self._now),
            "weights": list(self._weights),
            "squares": list(self._squares),
            "wrong": list(self._wrong),
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
        risk._total, risk._labels = data["total"], data["labels"]
        risk._requests, risk._served = list(data["requests"]), list(data["served"])
        risk._before, risk._now = list(data["before"]), list(data["now"])
        risk._weights, risk._squares = list(data["weights"]), list(data["squares"])
        risk._wrong = list(data["wrong"])
        return risk

    def __eq__(self, other: object) -> bool:
        """Return whether the same is known."""
        return isinstance(other, Risk) and self.dump() == other.dump()

    __hash__ = None  # type: ignore[assignment]

    # Working out -----------------------------------------------------------------------------

    def _pools(self) -> list[Pool]:
        """Return shares of wrong answers by similarity, with effective numbers of labels."""
        events, trials = [0.0] * bins, [0.0] * bins
        for index, weight in enumerate(self._weights):
            if weight:
                trials[index] = weight * weight / self._squares[index]
                events[index] = trials[index] * self._wrong[index] / weight
        return falling_pools(events, trials)

    def _plan(self, bounds: RiskBounds) -> _Plan:
        known = self._total + self._labels
        plan = self._plans.get(bounds)
        if plan is None or known > plan.made_at * 1.005:
            plan = self._plans[bounds] = self._planned(bounds, known)
        return plan

    def _planned(self, bounds: RiskBounds, known: int) -> _Plan:
        pools = self._pools()
        horizon = max(least_horizon, self._total // 8)
        recent = self._before[bins] + self._now[bins]
        per_seen = horizon / recent if recent else 0.0
        budget = bounds.per_request * (self._total + horizon)

        tops = [upper_bound(p.events, p.trials, bounds.confidence) - p.share for p in pools]
        served = [sum(self._served[p.first : p.last + 1]) for p in pools]
        mean = sum(w * p.share for w, p in zip(served, pools, strict=True))
        spread = sum((w * top) ** 2 for w, top in zip(served, tops, strict=True))
        count = float(sum(served))
        threshold = inf
        for pool, top, before in zip(
            reversed(pools), reversed(tops), reversed(served), strict=True
        ):
            weight = float(before)
            for index in range(pool.last, pool.first - 1, -1):
                more = per_seen * (self._before[index] + self._now[index])
                mean += more * pool.share
                spread += ((weight + more) ** 2 - weight**2) * top**2
                weight += more
                count += more
                wrong = mean + sqrt(spread)
                if wrong > budget or (
                    bounds.per_hit is not None and wrong > bounds.per_hit * count
                ):
                    return _Plan(threshold, self._audits(pools, threshold, bounds), known)
                threshold = floor_of(index)
        return _Plan(threshold, self._audits(pools, threshold, bounds), known)

    def _audits(self, pools: list[Pool], threshold: float, bounds: RiskBounds) -> tuple[float, ...]:
        """Return the probability of an audit by bin."""
        deviations = [0.0] * bins
        for pool in pools:
            share = (pool.events + 0.5) / (pool.trials + 1)
            for index in range(pool.first, pool.last + 1):
                deviations[index] = sqrt(share * (1 - share))
        first = bins if threshold == inf else bin_of(threshold)
        seen = [self._before[i] + self._now[i] for i in range(first, bins)]
        mass = sum(n * d for n, d in zip(seen, deviations[first:], strict=True))
        scale = bounds.audit_share * sum(seen) / mass if mass else 0.0
        return tuple(
            min(1.0, max(bounds.audit_share / 4, scale * deviation))
            if scale
            else bounds.audit_share
            for deviation in deviations
        )

"""Shares that are known from samples: an upper and a lower bound, and shares that fall in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import exp, sqrt
from statistics import NormalDist

_normal = NormalDist()


@lru_cache(maxsize=64)
def _deviate(confidence: float) -> float:
    return _normal.inv_cdf(confidence)


def upper_bound(events: float, trials: float, confidence: float) -> float:
    """Return the one-sided Clopper-Pearson upper bound of a share.

    That is the quantile of a beta distribution (Clopper and Pearson, "The use of confidence or
    fiducial limits illustrated in the case of the binomial", Biometrika 1934), here by the closed
    form of Abramowitz and Stegun, 26.5.22; exact when there were no events. Numbers of trials may
    be fractions, as the effective ones of a weighted sample are.

    Args:
        events: how many of the trials it was so in.
        trials: how many there were.
        confidence: of the bound, such as 0.95.

    Returns:
        At least the share seen, at most 1; 1 when nothing was tried.
    """
    if trials <= 0 or events >= trials - 0.5:
        return 1.0
    if events <= 0:
        return float(1 - (1 - confidence) ** (1 / trials))
    bound = _beta_quantile(events + 1, trials - events, _deviate(confidence))
    return min(1.0, max(bound, events / trials))


def lower_bound(events: float, trials: float, confidence: float) -> float:
    """Return the one-sided Clopper-Pearson lower bound of a share; arguments as of the upper."""
    return 0.0 if trials <= 0 else 1 - upper_bound(trials - events, trials, confidence)


def _beta_quantile(a: float, b: float, deviate: float) -> float:
    inverse_a, inverse_b = 1 / (2 * a - 1), 1 / (2 * b - 1)
    harmonic = 2 / (inverse_a + inverse_b)
    curvature = (deviate * deviate - 3) / 6
    # The form is written for the upper tail of the complement, hence the sign.
    w = -deviate * sqrt(harmonic + curvature) / harmonic - (inverse_b - inverse_a) * (
        curvature + 5 / 6 - 2 / (3 * harmonic)
    )
    return a / (a + b * exp(2 * w))


@dataclass(slots=True)
class Pool:
    """Neighbouring bins that are taken to have the same share.

    Attributes:
        first: index of the first bin.
        last: index of the last bin.
        events: in how many trials it was so.
        trials: how many there were.
    """

    first: int
    last: int
    events: float
    trials: float

    @property
    def share(self) -> float:
        """The share seen; 1 when nothing was tried."""
        return self.events / self.trials if self.trials > 0 else 1.0


def falling_pools(events: Sequence[float], trials: Sequence[float]) -> list[Pool]:
    """Return the bins pooled so that the share does not rise from one to the next.

    That is the maximum-likelihood fit of shares in falling order, by pooling adjacent violators
    (Ayer, Brunk, Ewing, Reid and Silverman, "An empirical distribution function for sampling with
    incomplete information", 1955).

    Args:
        events: of each bin.
        trials: of each bin. A bin without any joins the one before it, whose share is not lower.

    Returns:
        The pools, in the order of the bins.
    """
    pools: list[Pool] = []
    for index, (count, of) in enumerate(zip(events, trials, strict=True)):
        if pools and of <= 0:
            pools[-1].last = index
            continue
        pool = Pool(index, index, count, of)
        while pools and pools[-1].events * pool.trials <= pool.events * pools[-1].trials:
            before = pools.pop()
            pool = Pool(
                before.first, index, before.events + pool.events, before.trials + pool.trials
            )
        pools.append(pool)
    return pools

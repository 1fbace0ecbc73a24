"""Replays of a stream of requests through the cache's decisions, with a judge that never errs.

Each request is compared with all stored before it. It is served, or the model is asked and the
request is stored: as an alias of the nearest entry when that has the same answer, else as an entry.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import comb
from typing import Protocol

import numpy as np

from benchmarks.cache_data import Stream
from retold.domain.cache.guards import guards_against, is_refused
from retold.domain.cache.neighbourhood import agreed_similarity, neighbours_asked
from retold.domain.cache.risk import Risk, RiskBounds

least_of_entry = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """A request and what is nearest to it.

    Attributes:
        text: what is asked.
        stored_text: what was asked when the nearest vector was stored.
        neighbours: entry and cosine of the nearest vectors, the nearest first; never empty.
        vector: number of the nearest vector.
        equal: whether the nearest entry has its answer.
    """

    text: str
    stored_text: str
    neighbours: list[tuple[str, float]]
    vector: int
    equal: bool


class Policy(Protocol):
    """Decides whether a request is served, and learns from those that are not."""

    neighbours: int
    stores_equal: bool

    def serves(self, asked: Asked) -> bool:
        """Return whether the nearest answer is served; what is not is labelled here."""
        ...


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a stream.

    Attributes:
        requests: how many there were.
        served: to how many a stored answer was given.
        wrong: to how many of them the wrong one.
    """

    requests: int
    served: int
    wrong: int

    @property
    def hit_rate(self) -> float:
        """Answers served, in percent of all requests."""
        return 100 * self.served / self.requests

    @property
    def wrong_rate(self) -> float:
        """Wrong answers served, in percent of all requests."""
        return 100 * self.wrong / self.requests

    @property
    def wrong_of_hits(self) -> float:
        """Wrong answers served, in percent of those served."""
        return 100 * self.wrong / max(1, self.served)


class FixedThreshold:
    """Serves what is near enough."""

    neighbours = 1
    stores_equal = True

    def __init__(self, threshold: float) -> None:
        """Store the cosine from which on an answer is served."""
        self._threshold = threshold

    def serves(self, asked: Asked) -> bool:
        """Return whether the cosine reaches the threshold."""
        return asked.neighbours[0][1] >= self._threshold


class PerEntry:
    """Learns for each entry alone, from six labels of its own on, and keeps the same bound.

    It serves with probability ``bound / (1 - right)``, where ``right`` is a lower bound of 95 % of
    how often the entry is right at that similarity, and asks the model otherwise (Schroeder et al.,
    "vCache: Verified semantic prompt caching", 2025; here with the Clopper-Pearson bound of the
    entry's labels at or below the similarity in place of their logistic curve). What it learns to
    be equal is a label of the entry, and no vector of its own.
    """

    neighbours = 1
    stores_equal = False

    def __init__(self, bound: float, seed: int) -> None:
        """Begin without labels.

        Args:
            bound: wrong answers served that are accepted, of all requests.
            seed: of the choice whether to ask the model.
        """
        self._bound = bound
        self._random = random.Random(seed)  # noqa: S311 - a draw, no secret
        self._labels: dict[int, list[tuple[float, bool]]] = {}

    def serves(self, asked: Asked) -> bool:
        """Return whether the entry has its labels and chance has it served."""
        cosine = asked.neighbours[0][1]
        labels = self._labels.setdefault(asked.vector, [])
        if len(labels) >= least_of_entry:
            farther = [equal for similarity, equal in labels if similarity <= cosine]
            right = _least_share(sum(farther), len(farther))
            if self._random.random() < self._bound / (1 - right):
                return True
        labels.append((cosine, asked.equal))
        return False


@lru_cache(maxsize=4096)
def _least_share(events: int, trials: int) -> float:
    """Return the Clopper-Pearson lower bound of 95 % of a share, by bisection."""
    low, high = 0.0, events / trials if trials else 0.0
    for _ in range(40):
        middle = (low + high) / 2
        as_many = sum(
            comb(trials, n) * middle**n * (1 - middle) ** (trials - n)
            for n in range(events, trials + 1)
        )
        low, high = (middle, high) if as_many < 0.05 else (low, middle)
    return low


class RiskControlled:
    """The default policy: threshold, audits, vetoes and guards as the domain has them."""

    neighbours = neighbours_asked
    stores_equal = True

    def __init__(self, bounds: RiskBounds, seed: int, *, guarded: bool = True) -> None:
        """Begin without labels.

        Args:
            bounds: what is accepted.
            seed: of the choice of audits.
            guarded: whether guards are asked.
        """
        self.risk = Risk()
        self.audited = 0
        self._bounds = bounds
        self._random = random.Random(seed)  # noqa: S311 - a draw, no secret
        self._guarded = guarded
        self._vetoes: dict[str, float] = {}

    def serves(self, asked: Asked) -> bool:
        """Return whether the nearest answer is served; learn from it when not."""
        entry = asked.neighbours[0][0]
        similarity = agreed_similarity(asked.neighbours)
        if similarity is None or similarity <= self._vetoes.get(entry, -2.0):
            self.risk.note_request(None, served=False)
            self._veto(entry, similarity, asked)
            return False
        near = similarity >= self.risk.threshold(self._bounds)
        findings = guards_against(asked.stored_text, asked.text) if near and self._guarded else ()
        names = [finding.guard for finding in findings]
        refused = is_refused(self.risk.weighed(findings))
        probability = 1.0
        if near and not refused:
            probability = self.risk.audit_probability(similarity, self._bounds)
            if self._random.random() >= probability:
                self.risk.note_request(similarity, served=True)
                return True
            self.audited += 1
        self.risk.note_request(None if refused else similarity, served=False)
        self.risk.note_label(
            similarity,
            equal=asked.equal,
            probability=probability,
            guards=names,
            candidate=not refused,
        )
        self._veto(entry, similarity, asked)
        return False

    def _veto(self, entry: str, similarity: float | None, asked: Asked) -> None:
        if similarity is not None and not asked.equal:
            self._vetoes[entry] = max(similarity, self._vetoes.get(entry, -2.0))


def replay(stream: Stream, policy: Policy) -> Replayed:
    """Return what comes of a stream when a policy decides.

    Args:
        stream: the requests.
        policy: one that has seen nothing yet.
    """
    count = len(stream.texts)
    entries = [str(number) for number in range(count)]
    # Added to cosines: takes away what is not stored.
    absent = np.full(count, -9.0, dtype=np.float32)
    absent[0] = 0.0
    served = wrong = 0
    for number in range(1, count):
        cosines = stream.cosines[number, :number] + absent[:number]
        vectors = _nearest(cosines, policy.neighbours)
        vector = vectors[0]
        asked = Asked(
            text=stream.texts[number],
            stored_text=stream.texts[vector],
            neighbours=[(entries[n], float(cosines[n])) for n in vectors if cosines[n] >= -1.001],
            vector=vector,
            equal=stream.clusters[number] == stream.clusters[vector],
        )
        if policy.serves(asked):
            served += 1
            wrong += not asked.equal
            continue
        if not asked.equal or policy.stores_equal:
            absent[number] = 0.0
        if asked.equal:
            entries[number] = entries[vector]
    return Replayed(requests=count, served=served, wrong=wrong)


def best_fixed(replays: Iterable[Replayed], percent: float) -> Replayed:
    """Return the replay with the most hits among those whose wrong rate is within a bound."""
    within = [one for one in replays if one.wrong_rate <= percent]
    return max(within, key=lambda one: one.served)


def _nearest(cosines: np.ndarray[tuple[int], np.dtype[np.float32]], count: int) -> list[int]:
    if count == 1 or len(cosines) <= count:
        order = np.argsort(-cosines)[:count] if count > 1 else [cosines.argmax()]
        return [int(number) for number in order]
    some = np.argpartition(-cosines, count)[:count]
    return [int(number) for number in some[np.argsort(-cosines[some])]]

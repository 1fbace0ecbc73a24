"""What attempts at steps add up to."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from retold.projections.metrics.prefix import Prefix
from retold.projections.payload import added_count

minute, hour = 60.0, 3_600.0
windows: tuple[float, ...] = (minute, 5 * minute, hour, 24 * hour)
"""The windows error rates are given for, in seconds."""

failed_statuses = frozenset({"failed", "timed_out"})


class Attempted(Protocol):
    """What is read of an attempt; see
    :class:`~retold.projections.models.workflow_attempt_table.Attempt`."""

    @property
    def status(self) -> str: ...
    @property
    def error_type(self) -> str | None: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def position(self) -> int: ...
    @property
    def started_at(self) -> datetime | None: ...
    @property
    def started_position(self) -> int | None: ...
    @property
    def ended_at(self) -> datetime | None: ...
    @property
    def ended_position(self) -> int | None: ...
    @property
    def queue_wait_ms(self) -> float | None: ...
    @property
    def latency_ms(self) -> float | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What attempts add up to, as of a moment. A figure of nothing is None, never zero.

    Attributes:
        calls: attempts that began: ``active + successes + failures + lost + cancelled``.
        waiting: attempts that might begin and had not.
        active: attempts in work.
        completed: attempts that were over.
        successes: those of them that gave a result.
        failures: those that failed or took too long.
        failures_by_type: failures by the class of the error.
        lost: those whose worker died, which says nothing of the agent.
        cancelled: those whose run ended before they did.
        dropped: attempts whose run ended before they began; they are no calls.
        success_rate: successes of successes and failures.
        error_rate: failures of successes and failures.
        error_rates: the same of what ended within so many seconds before the moment.
        latency_ms: of successes and failures on average.
        latency_median_ms: likewise, the median.
        latency_p95_ms: likewise, the 95th percentile.
        queue_wait_ms: from when calls might begin until they did, on average.
        queue_wait_p95_ms: likewise, the 95th percentile.
        prompt_tokens: sent by the model calls made for them.
        completion_tokens: produced by those.
        cost: of those tokens, in the currency of the prices their agents are registered with.
        first_at: when the log took the first beginning.
        last_at: when it took the last end.
    """

    calls: int = 0
    waiting: int = 0
    active: int = 0
    completed: int = 0
    successes: int = 0
    failures: int = 0
    failures_by_type: Mapping[str, int] = field(default_factory=dict)
    lost: int = 0
    cancelled: int = 0
    dropped: int = 0
    success_rate: float | None = None
    error_rate: float | None = None
    error_rates: Mapping[float, float | None] = field(default_factory=dict)
    latency_ms: float | None = None
    latency_median_ms: float | None = None
    latency_p95_ms: float | None = None
    queue_wait_ms: float | None = None
    queue_wait_p95_ms: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None


class Tally:
    """Adds attempts up, each as it stood at the end of a prefix of the log."""

    def __init__(self, prefix: Prefix, *, over: Iterable[float] = windows) -> None:
        """Begin with nothing.

        Args:
            prefix: what of the log counts.
            over: seconds of the windows to give error rates for.
        """
        self._prefix = prefix
        self._starts = {seconds: prefix.starts(seconds) for seconds in over}
        self._window: dict[float, list[int]] = {seconds: [0, 0] for seconds in self._starts}
        self._waiting = self._dropped = self._active = 0
        self._successes = self._lost = self._cancelled = 0
        self._failures: Counter[str] = Counter()
        self._latencies: list[float] = []
        self._waits: list[float] = []
        self._prompt_tokens: int | None = None
        self._completion_tokens: int | None = None
        self._costs: list[float] = []
        self._first: datetime | None = None
        self._last: datetime | None = None

    def add(self, attempt: Attempted) -> None:
        """Count an attempt."""
        there = self._prefix.includes
        if not there(attempt.recorded_at, attempt.position):
            return
        ended_at = attempt.ended_at if there(attempt.ended_at, attempt.ended_position) else None
        if not there(attempt.started_at, attempt.started_position):
            self._waiting += ended_at is None
            self._dropped += ended_at is not None
            return
        if attempt.started_at is not None:
            self._first = min(self._first or attempt.started_at, attempt.started_at)
        if attempt.queue_wait_ms is not None:
            self._waits.append(attempt.queue_wait_ms)
        if ended_at is None:
            self._active += 1
            return
        self._last = max(self._last or ended_at, ended_at)
        if attempt.status == "lost":
            self._lost += 1
        elif attempt.status == "completed" or attempt.status in failed_statuses:
            self._outcome(attempt, ended_at)
        else:
            self._cancelled += 1

    def _outcome(self, attempt: Attempted, ended_at: datetime) -> None:
        is_failure = attempt.status != "completed"
        if is_failure:
            self._failures[attempt.error_type or "unknown"] += 1
        else:
            self._successes += 1
        if attempt.latency_ms is not None:
            self._latencies.append(attempt.latency_ms)
        for seconds, start in self._starts.items():
            if ended_at > start:
                self._window[seconds][is_failure] += 1

    def add_usage(
        self, prompt_tokens: int | None, completion_tokens: int | None, cost: float | None
    ) -> None:
        """Count tokens that were taken, and what they cost; unknown is None."""
        self._prompt_tokens = added_count(self._prompt_tokens, prompt_tokens)
        self._completion_tokens = added_count(self._completion_tokens, completion_tokens)
        if cost is not None:
            self._costs.append(cost)

    @property
    def metrics(self) -> Metrics:
        """What all of it adds up to."""
        failures = self._failures.total()
        completed = self._successes + failures + self._lost + self._cancelled
        return Metrics(
            calls=self._active + completed,
            waiting=self._waiting,
            active=self._active,
            completed=completed,
            successes=self._successes,
            failures=failures,
            failures_by_type=dict(sorted(self._failures.items())),
            lost=self._lost,
            cancelled=self._cancelled,
            dropped=self._dropped,
            success_rate=share(self._successes, failures),
            error_rate=share(failures, self._successes),
            error_rates={
                seconds: share(failed, succeeded)
                for seconds, (succeeded, failed) in self._window.items()
            },
            latency_ms=average(self._latencies),
            latency_median_ms=statistics.median(self._latencies) if self._latencies else None,
            latency_p95_ms=percentile_95(self._latencies),
            queue_wait_ms=average(self._waits),
            queue_wait_p95_ms=percentile_95(self._waits),
            prompt_tokens=self._prompt_tokens,
            completion_tokens=self._completion_tokens,
            cost=math.fsum(self._costs) if self._costs else None,
            first_at=self._first,
            last_at=self._last,
        )


def metrics_of(
    attempts: Iterable[Attempted], prefix: Prefix, *, over: Iterable[float] = windows
) -> Metrics:
    """Return what attempts add up to.

    Args:
        attempts: rows of the read model; what is after the prefix does not count.
        prefix: what of the log counts.
        over: seconds of the windows to give error rates for.
    """
    tally = Tally(prefix, over=over)
    for attempt in attempts:
        tally.add(attempt)
    return tally.metrics


def share(part: int, rest: int) -> float | None:
    """Return what part of a whole something is; None when there is no whole."""
    return part / (part + rest) if part + rest else None


def average(values: list[float]) -> float | None:
    """Return the mean, the same in whatever order the values come; None of nothing."""
    return statistics.fmean(values) if values else None


def percentile_95(values: list[float]) -> float | None:
    """Return the 95th percentile, interpolated as ``percentile_cont`` does; None of nothing."""
    if len(values) < 2:
        return values[0] if values else None
    return statistics.quantiles(values, n=20, method="inclusive")[-1]

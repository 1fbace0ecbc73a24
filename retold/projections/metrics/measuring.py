"""The figures that rules of alerts go by, as of a moment."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from retold.domain.alerts.rules import AlertRule, Measure
from retold.domain.orchestrator.events import orchestrator_name
from retold.projections.metrics.circuits import CircuitFigures, circuits_in
from retold.projections.metrics.metrics import metrics_of
from retold.projections.metrics.prefix import Prefix
from retold.projections.metrics.queues import queue_depth
from retold.projections.metrics.read_models import ReadModels
from retold.projections.metrics.reading import Fact, Used, attempts_in, usage_in
from retold.projections.metrics.rosters import Rosters, rosters_in
from retold.store.log import EventStore

_of_outcomes = frozenset({Measure.ERROR_RATE, Measure.LATENCY_P95})
_of_attempts = _of_outcomes | {Measure.QUEUE_DEPTH}
_of_usage = frozenset({Measure.TOKENS, Measure.COST})
_most_named = 5


@dataclass(frozen=True, slots=True)
class Measurement:
    """A figure.

    Attributes:
        value: None when it is not known.
        cause: what it is made of, in words.
    """

    value: float | None
    cause: str


async def measure(
    store: EventStore, rules: Sequence[AlertRule], prefix: Prefix
) -> dict[str, Measurement]:
    """Bring the read models up to the log, and return the figures of rules, by their names.

    Args:
        store: the log.
        rules: checked ones.
        prefix: what of the log counts.

    Raises:
        ProjectionError, StoreError: when a read model cannot be brought up to the log.
    """
    models = ReadModels(store)
    measures = {rule.measure for rule in rules}
    longest = max((rule.window_seconds for rule in rules), default=0.0)
    facts: list[Fact] = []
    if measures & _of_attempts:
        after = prefix.starts(longest)
        facts = [fact async for fact in attempts_in(models, prefix, ended_after=after)]
    used: list[Used] = []
    rosters = Rosters()
    if measures & _of_usage:
        used = [one async for one in usage_in(models, prefix, after=prefix.starts(longest))]
        rosters = await rosters_in(models.store, prefix)
    depth: int | None = None
    if prefix.is_whole and any(_is_of_queue(rule) for rule in rules):
        streams = (await rosters_in(models.store, prefix)).by_stream
        depth = await queue_depth(store, map(orchestrator_name, streams))
    circuits: list[CircuitFigures] = []
    if Measure.OPEN_CIRCUITS in measures:
        circuits = await circuits_in(models, prefix)
    return {
        rule.name: _in_queue(depth)
        if depth is not None and _is_of_queue(rule)
        else _measured(rule, prefix, facts, used, rosters, circuits)
        for rule in rules
    }


def _is_of_queue(rule: AlertRule) -> bool:
    """Return whether the queues themselves tell the figure: they know no agents and workflows."""
    is_of_all = rule.agent is None and rule.workflow is None and rule.step is None
    return rule.measure is Measure.QUEUE_DEPTH and is_of_all


def _in_queue(depth: int) -> Measurement:
    return Measurement(float(depth), f"{depth} steps and new runs wait for a worker")


def _measured(  # noqa: PLR0917 - all that was read
    rule: AlertRule,
    prefix: Prefix,
    facts: Iterable[Fact],
    used: Iterable[Used],
    rosters: Rosters,
    circuits: Iterable[CircuitFigures],
) -> Measurement:
    match rule.measure:
        case Measure.OPEN_CIRCUITS:
            return _open_circuits(rule, circuits)
        case Measure.TOKENS | Measure.COST:
            return _budget(rule, prefix, used, rosters)
        case Measure.QUEUE_DEPTH:
            waiting = metrics_of(_chosen(rule, prefix, facts), prefix, over=()).waiting
            return Measurement(waiting, f"{waiting} attempts may begin and have not")
        case _:
            return _of_window(rule, prefix, facts)


def _chosen(rule: AlertRule, prefix: Prefix, facts: Iterable[Fact]) -> Iterable[Fact]:
    return (
        fact
        for fact in facts
        if rule.agent in {None, fact.agent_in(prefix)}
        and rule.workflow in {None, fact.workflow}
        and rule.step in {None, fact.step}
    )


def _of_window(rule: AlertRule, prefix: Prefix, facts: Iterable[Fact]) -> Measurement:
    start = prefix.starts(rule.window_seconds)
    ended = [
        fact
        for fact in _chosen(rule, prefix, facts)
        if fact.ended_at is not None
        and fact.ended_at > start
        and prefix.includes(fact.ended_at, fact.ended_position)
    ]
    metrics = metrics_of(ended, prefix, over=())
    outcomes = metrics.successes + metrics.failures
    within = f"of {outcomes} attempts that ended within {rule.window_seconds:g} s"
    if rule.measure is Measure.ERROR_RATE:
        value = metrics.error_rate
        by_type = ", ".join(
            f"{error}: {times}"
            for error, times in Counter(metrics.failures_by_type).most_common(_most_named)
        )
        cause = f"{metrics.failures} {within} failed" + (f" ({by_type})" if by_type else "")
    else:
        value = metrics.latency_p95_ms
        cause = f"95th percentile {within}"
    return Measurement(value if outcomes >= rule.at_least else None, cause)


def _budget(rule: AlertRule, prefix: Prefix, used: Iterable[Used], rosters: Rosters) -> Measurement:
    start = prefix.starts(rule.window_seconds)
    chosen = [
        one
        for one in used
        if one.recorded_at > start
        and rule.agent in {None, one.agent}
        and rule.workflow in {None, one.workflow}
        and rule.step in {None, one.step}
    ]
    tokens = sum((one.prompt_tokens or 0) + (one.completion_tokens or 0) for one in chosen)
    cause = f"{tokens} tokens were taken within {rule.window_seconds:g} s"
    if rule.measure is Measure.TOKENS:
        return Measurement(float(tokens), cause)
    costs = [
        rosters.cost(one.agent, one.prompt_tokens, one.completion_tokens, one.recorded_at)
        for one in chosen
    ]
    known = [cost for cost in costs if cost is not None]
    if chosen and not known:
        return Measurement(None, f"{cause}, of agents without prices")
    return Measurement(math.fsum(known), cause)


def _open_circuits(rule: AlertRule, circuits: Iterable[CircuitFigures]) -> Measurement:
    chosen = [
        circuit
        for circuit in circuits
        if circuit.status != "closed"
        and rule.circuit in {None, circuit.circuit}
        and (rule.agent is None or rule.agent in circuit.agents)
    ]
    named = ", ".join(
        f"{circuit.circuit} is {circuit.status} after {circuit.error_type}"
        for circuit in chosen[:_most_named]
    )
    return Measurement(float(len(chosen)), named or "no circuit is open")

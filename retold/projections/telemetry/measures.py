"""Figures as metrics: what each is called, which attributes it has, and its values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from retold.projections.telemetry import names
from retold.projections.telemetry.figures import Distribution, Figures

circuit_states: Mapping[str, int] = {"closed": 0, "half_open": 1, "open": 2}


class MeasureKind(StrEnum):
    """What a metric is: a count that grows, or a value that goes up and down."""

    COUNTER = "counter"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a metric.

    Attributes:
        attributes: by name; each has all that its metric has, empty where unknown.
        value: the value.
    """

    attributes: Mapping[str, str]
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A metric.

    Attributes:
        name: dotted.
        kind: what it is.
        unit: by UCUM, as OpenTelemetry wants it.
        description: a sentence.
        attributes: names of its attributes.
    """

    name: str
    kind: MeasureKind = MeasureKind.GAUGE
    unit: str
    description: str
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DistributionPoint:
    """A distribution with its attributes by name."""

    attributes: Mapping[str, str]
    distribution: Distribution


_counter = MeasureKind.COUNTER
_agent, _model = names.GEN_AI_AGENT_NAME, names.GEN_AI_RESPONSE_MODEL
_provider, _error, _status = names.GEN_AI_PROVIDER_NAME, names.ERROR_TYPE, names.STATUS

turns = Measure(
    name=names.TURNS,
    kind=_counter,
    unit="{turn}",
    description="Turns that ended.",
    attributes=(_agent, _status, _error),
)
turns_running = Measure(
    name=names.TURNS_RUNNING,
    unit="{turn}",
    description="Turns without a recorded end.",
    attributes=(_agent,),
)
model_calls = Measure(
    name=names.MODEL_CALLS,
    kind=_counter,
    unit="{call}",
    description="Attempts to call a model that ended.",
    attributes=(_agent, _model, _provider, _status, _error),
)
model_calls_running = Measure(
    name=names.MODEL_CALLS_RUNNING,
    unit="{call}",
    description="Attempts to call a model that have no recorded end, of turns that go on.",
    attributes=(_agent, _model, _provider),
)
tool_calls = Measure(
    name=names.TOOL_CALLS,
    kind=_counter,
    unit="{call}",
    description="Tool calls that were answered.",
    attributes=(_agent, _status, _error),
)
tool_calls_running = Measure(
    name=names.TOOL_CALLS_RUNNING,
    unit="{call}",
    description="Tool calls that have no recorded answer, of turns that go on.",
    attributes=(_agent,),
)
tokens = Measure(
    name=names.TOKENS,
    kind=_counter,
    unit="{token}",
    description="Tokens used, each counted once.",
    attributes=(_agent, _model, names.GEN_AI_TOKEN_TYPE),
)
cost = Measure(
    name=names.COST,
    kind=_counter,
    unit="USD",
    description="Dollars spent, as far as known.",
    attributes=(_agent, _model),
)
circuit_state = Measure(
    name=names.CIRCUIT_STATE,
    unit="1",
    description="State of a circuit: 0 closed, 1 half open, 2 open.",
    attributes=(names.CIRCUIT,),
)
circuit_openings = Measure(
    name=names.CIRCUIT_OPENINGS,
    kind=_counter,
    unit="{opening}",
    description="How often a circuit opened.",
    attributes=(names.CIRCUIT,),
)
circuit_refused = Measure(
    name=names.CIRCUIT_REFUSED,
    kind=_counter,
    unit="{call}",
    description="Calls that a circuit refused.",
    attributes=(names.CIRCUIT,),
)
queue_items = Measure(
    name=names.QUEUE_ITEMS,
    unit="{item}",
    description="Items of a work queue that wait or are worked on.",
    attributes=(names.QUEUE, _status),
)
queue_oldest_wait = Measure(
    name=names.QUEUE_OLDEST_WAIT,
    unit="s",
    description="How long the item of a work queue that is ready longest has been.",
    attributes=(names.QUEUE,),
)
group_lag = Measure(
    name=names.GROUP_LAG,
    unit="{event}",
    description="Events that a consumer group is behind, up to 10,000 a partition.",
    attributes=(names.GROUP,),
)
group_parked = Measure(
    name=names.GROUP_PARKED,
    unit="{event}",
    description="Events that a consumer group parked.",
    attributes=(names.GROUP,),
)
projection_lag = Measure(
    name=names.PROJECTION_LAG,
    unit="{event}",
    description="Events that a read model is behind, up to 100,000.",
    attributes=(names.PROJECTION,),
)
all_measures: tuple[Measure, ...] = (
    turns,
    turns_running,
    model_calls,
    model_calls_running,
    tool_calls,
    tool_calls_running,
    tokens,
    cost,
    circuit_state,
    circuit_openings,
    circuit_refused,
    queue_items,
    queue_oldest_wait,
    group_lag,
    group_parked,
    projection_lag,
)


def points(figures: Figures) -> dict[str, list[Point]]:
    """Return the values of the metrics by name; a metric without values has none.

    Args:
        figures: as of a moment.
    """
    found: dict[str, list[Point]] = {measure.name: [] for measure in all_measures}
    for measure, values, value in _values(figures):
        known = dict(zip(measure.attributes, values, strict=True))
        found[measure.name].append(Point(known, value))
    return found


def _values(figures: Figures) -> Iterator[tuple[Measure, Sequence[str], float]]:
    yield from _calls(figures)
    for used in figures.usage:
        who = (used.agent, used.model)
        if used.prompt_tokens is not None:
            yield tokens, (*who, names.INPUT), used.prompt_tokens
        if used.completion_tokens is not None:
            yield tokens, (*who, names.OUTPUT), used.completion_tokens
        if used.cost_usd is not None:
            yield cost, who, used.cost_usd
    for circuit in figures.circuits:
        yield circuit_state, (circuit.circuit,), circuit_states.get(circuit.status, 0)
        yield circuit_openings, (circuit.circuit,), circuit.openings
        yield circuit_refused, (circuit.circuit,), circuit.refused
    for queue in figures.queues:
        yield queue_items, (queue.queue, "ready"), queue.ready
        yield queue_items, (queue.queue, "delayed"), queue.delayed
        yield queue_items, (queue.queue, "taken"), queue.taken
        yield queue_oldest_wait, (queue.queue,), queue.oldest_wait
    for group in figures.groups:
        yield group_lag, (group.group,), group.lag
        yield group_parked, (group.group,), group.parked
    for projection, lag in figures.lag.items():
        yield projection_lag, (projection,), lag


def _calls(figures: Figures) -> Iterator[tuple[Measure, Sequence[str], float]]:
    for turn in figures.turns:
        if turn.status == "running":
            yield turns_running, (turn.agent,), turn.count
        else:
            yield turns, (turn.agent, turn.status, turn.error_type), turn.count
    for call in figures.model_calls:
        who = (call.agent, call.model, call.provider)
        if call.status == "started":
            yield model_calls_running, who, call.count
        elif call.status != "unfinished":
            yield model_calls, (*who, call.status, call.error_type), call.count
    for tool in figures.tool_calls:
        if tool.status == "waiting":
            yield tool_calls_running, (tool.agent,), tool.count
        elif tool.status != "unanswered":
            yield tool_calls, (tool.agent, tool.status, tool.error_type), tool.count


def durations(figures: Figures) -> Iterable[DistributionPoint]:
    """Yield how long model calls took, with the attributes the conventions want."""
    for call in figures.model_calls:
        if call.seconds.count:
            known = {
                names.GEN_AI_OPERATION_NAME: names.CHAT,
                _agent: call.agent,
                _model: call.model,
                _provider: call.provider,
                _status: call.status,
                _error: call.error_type,
            }
            yield DistributionPoint(known, call.seconds)


def token_usage(figures: Figures) -> Iterable[DistributionPoint]:
    """Yield how many tokens model calls took, with the attributes the conventions want."""
    for call in figures.model_calls:
        for kind, used in (
            (names.INPUT, call.prompt_tokens),
            (names.OUTPUT, call.completion_tokens),
        ):
            if used.count:
                known = {
                    names.GEN_AI_OPERATION_NAME: names.CHAT,
                    _agent: call.agent,
                    _model: call.model,
                    _provider: call.provider,
                    _status: call.status,
                    names.GEN_AI_TOKEN_TYPE: kind,
                }
                yield DistributionPoint(known, used)

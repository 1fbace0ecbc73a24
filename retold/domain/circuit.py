"""A circuit breaker's circuit: one stream, ``circuit-<name>``, shared by every process that calls.

A closed circuit lets calls through and counts the failures in a row. An open one refuses them
until a moment; then it is half open and lets a few probes through, whose outcome closes it or
opens it again. The time comes in with commands and is kept in events: nothing here asks a clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Literal, TypeAlias

from pydantic import Field

from retold.domain.decider import Decider
from retold.domain.event import DomainEvent, EventRegistry
from retold.domain.value import ErrorInfo, Value

circuit_category = "circuit"

CircuitStatus: TypeAlias = Literal["closed", "open", "half_open"]


def circuit_stream(name: str) -> str:
    """Return the name of a circuit's stream."""
    return f"{circuit_category}-{name}"


def circuit_of(stream: str) -> str:
    """Return the name of the circuit a stream holds."""
    return stream.partition("-")[2]


# Events ----------------------------------------------------------------------------------------


class CircuitCallFailed(DomainEvent):
    """A call failed while the circuit was closed.

    Attributes:
        call: id of the call, as it was admitted.
        failures: in a row, this one included.
        error: what it raised.
    """

    type: ClassVar[str] = "circuit.call_failed"
    call: str
    failures: int
    error: ErrorInfo


class CircuitRecovered(DomainEvent):
    """A call succeeded while the circuit was closed; failures are counted from zero again."""

    type: ClassVar[str] = "circuit.recovered"
    call: str


class CircuitOpened(DomainEvent):
    """The circuit opened: calls are refused until ``retry_at``.

    Attributes:
        call: id of the call whose failure opened it.
        failures: in a row, of which the last is that call's.
        error: what it raised.
        opened_at: by the clock of the process that opened it.
        retry_at: when probes are let through.
    """

    type: ClassVar[str] = "circuit.opened"
    call: str
    failures: int
    error: ErrorInfo
    opened_at: datetime
    retry_at: datetime


class CircuitHalfOpened(DomainEvent):
    """The time to refuse calls was over; probes are let through.

    Attributes:
        call: id of the call that found it so, which is the first probe.
        at: by the clock of its process.
    """

    type: ClassVar[str] = "circuit.half_opened"
    call: str
    at: datetime


class CircuitProbeStarted(DomainEvent):
    """A half-open circuit let a call through.

    Attributes:
        call: id of the call.
        lost_at: when it no longer counts, as its process must have died.
    """

    type: ClassVar[str] = "circuit.probe_started"
    call: str
    lost_at: datetime


class CircuitProbeReleased(DomainEvent):
    """A probe ended without telling whether the circuit can be closed, as it was cancelled."""

    type: ClassVar[str] = "circuit.probe_released"
    call: str


class CircuitClosed(DomainEvent):
    """A probe succeeded: the circuit is closed."""

    type: ClassVar[str] = "circuit.closed"
    call: str


class CircuitCallRefused(DomainEvent):
    """A call was refused, and nothing was called.

    Attributes:
        call: id of the call.
        status: ``open``, or ``half_open`` when as many probes as are allowed were on their way.
        at: by the clock of its process.
        retry_at: when probes are let through; None when the circuit is half open.
    """

    type: ClassVar[str] = "circuit.call_refused"
    call: str
    status: CircuitStatus
    at: datetime
    retry_at: datetime | None = None


circuit_events = EventRegistry(
    CircuitCallFailed,
    CircuitRecovered,
    CircuitOpened,
    CircuitHalfOpened,
    CircuitProbeStarted,
    CircuitProbeReleased,
    CircuitClosed,
    CircuitCallRefused,
)


# State -----------------------------------------------------------------------------------------


class CircuitState(Value):
    """What a circuit's events add up to.

    Attributes:
        status: ``closed``, ``open`` or ``half_open``.
        failures: in a row, since it was closed or a call succeeded.
        retry_at: when an open circuit lets probes through.
        probes: by id of the call, when a probe no longer counts.
        openings: how often it opened.
        refused: calls it refused.
        error: what the newest failure raised.
    """

    status: CircuitStatus = "closed"
    failures: int = 0
    retry_at: datetime | None = None
    probes: dict[str, datetime] = Field(default_factory=dict)
    openings: int = 0
    refused: int = 0
    error: ErrorInfo | None = None

    def expects(self, call: str) -> bool:
        """Return whether the outcome of a call it admitted still says something about it.

        That of a call from before it opened does not: others have failed since.

        Args:
            call: id of the call.
        """
        return self.status == "closed" or (self.status == "half_open" and call in self.probes)


# Commands --------------------------------------------------------------------------------------


class AdmitCall(Value):
    """Let a call through, or refuse it.

    Attributes:
        call: id of the call, a new one.
        at: now.
        probes: how many a half-open circuit lets through at once.
        probe_time: how long a probe counts when nothing is heard of it.
    """

    call: str
    at: datetime
    probes: int = 1
    probe_time: timedelta = timedelta(seconds=60)


class CountFailure(Value):
    """Count the failure of a call while the circuit is closed."""

    call: str
    error: ErrorInfo


class OpenCircuit(Value):
    """Open the circuit because of a call's failure.

    Attributes:
        call: id of the call.
        error: what it raised.
        at: now.
        retry_at: when to let probes through.
    """

    call: str
    error: ErrorInfo
    at: datetime
    retry_at: datetime


class ForgetFailures(Value):
    """Count failures from zero, as a call succeeded while the circuit is closed."""

    call: str


class CloseCircuit(Value):
    """Close the circuit, as a probe succeeded."""

    call: str


class ReleaseProbe(Value):
    """Count a probe no longer, as it ended without an outcome."""

    call: str


CircuitCommand: TypeAlias = (
    AdmitCall | CountFailure | OpenCircuit | ForgetFailures | CloseCircuit | ReleaseProbe
)


def _decide(command: CircuitCommand, state: CircuitState) -> Sequence[DomainEvent]:
    call = command.call
    is_probe = state.status == "half_open" and call in state.probes
    match command:
        case AdmitCall():
            return _admit(command, state)
        case CountFailure() if state.status == "closed":
            return [CircuitCallFailed(call=call, failures=state.failures + 1, error=command.error)]
        case OpenCircuit() if state.expects(call):
            return [
                CircuitOpened(
                    call=call,
                    # A closed circuit has counted this failure by now, a half-open one has not.
                    failures=state.failures + is_probe,
                    error=command.error,
                    opened_at=command.at,
                    retry_at=command.retry_at,
                )
            ]
        case ForgetFailures() if state.status == "closed" and state.failures:
            return [CircuitRecovered(call=call)]
        case CloseCircuit() if is_probe:
            return [CircuitClosed(call=call)]
        case ReleaseProbe() if is_probe:
            return [CircuitProbeReleased(call=call)]
        case _:
            return []


def _admit(command: AdmitCall, state: CircuitState) -> Sequence[DomainEvent]:
    if state.status == "closed":
        return []
    probe = CircuitProbeStarted(call=command.call, lost_at=command.at + command.probe_time)
    if state.status == "open":
        if state.retry_at is None or command.at >= state.retry_at:
            return [CircuitHalfOpened(call=command.call, at=command.at), probe]
    elif sum(lost_at > command.at for lost_at in state.probes.values()) < command.probes:
        return [probe]
    return [
        CircuitCallRefused(
            call=command.call, status=state.status, at=command.at, retry_at=state.retry_at
        )
    ]


def _evolve(state: CircuitState, event: DomainEvent) -> CircuitState:
    return state.model_copy(update=_changes(state, event))


def _changes(state: CircuitState, event: DomainEvent) -> dict[str, object]:
    changes: dict[str, object] = {}
    match event:
        case CircuitCallFailed():
            changes = {"failures": event.failures, "error": event.error}
        case CircuitRecovered():
            changes = {"failures": 0}
        case CircuitOpened():
            changes = {
                "status": "open",
                "failures": event.failures,
                "error": event.error,
                "retry_at": event.retry_at,
                "probes": {},
                "openings": state.openings + 1,
            }
        case CircuitHalfOpened():
            changes = {"status": "half_open", "retry_at": None, "probes": {}}
        case CircuitProbeStarted():
            changes = {"probes": state.probes | {event.call: event.lost_at}}
        case CircuitProbeReleased():
            left = {call: lost_at for call, lost_at in state.probes.items() if call != event.call}
            changes = {"probes": left}
        case CircuitClosed():
            changes = {"status": "closed", "failures": 0, "retry_at": None, "probes": {}}
        case CircuitCallRefused():
            changes = {"refused": state.refused + 1}
    return changes


circuit: Decider[CircuitCommand, CircuitState] = Decider(
    name="circuit",
    state=CircuitState,
    decide=_decide,
    evolve=_evolve,
    events=(
        CircuitCallFailed,
        CircuitRecovered,
        CircuitOpened,
        CircuitHalfOpened,
        CircuitProbeStarted,
        CircuitProbeReleased,
        CircuitClosed,
        CircuitCallRefused,
    ),
)

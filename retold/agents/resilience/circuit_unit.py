"""Purgatory's unit of work over a circuit that is folded from the log."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from purgatory import AsyncAbstractUnitOfWork, AsyncCircuitBreakerFactory
from purgatory.domain.model import Context

from retold.domain.circuit import (
    CircuitCommand,
    CircuitState,
    CircuitStatus,
    CloseCircuit,
    CountFailure,
    ForgetFailures,
    OpenCircuit,
    circuit,
)
from retold.domain.event import DomainEvent
from retold.domain.value import ErrorInfo

# Purgatory's names of what a circuit can be.
_names: dict[CircuitStatus, Literal["closed", "opened", "half-opened"]] = {
    "closed": "closed",
    "open": "opened",
    "half_open": "half-opened",
}


class CircuitUnit(AsyncAbstractUnitOfWork):
    """What purgatory makes of one call's outcome, in a state folded from the log.

    Purgatory decides whether a failure opens the circuit and a success closes it; what it would
    save is decided by the circuit's decider and collected, to be appended at once. When a call is
    let through is the decider's alone: purgatory asks its own clock for that, and lets any number
    of probes through.

    Attributes:
        events: what happens, in order.
    """

    def __init__(
        self,
        name: str,
        state: CircuitState,
        *,
        call: str,
        failures: int,
        open_time: timedelta,
        at: datetime,
    ) -> None:
        """Store what is needed.

        Args:
            name: of the circuit.
            state: of it.
            call: id of the call that ended.
            failures: in a row that open it.
            open_time: how long it stays open then.
            at: now.
        """
        self.events: list[DomainEvent] = []
        self._name = name
        self._state = state
        self._call = call
        self._failures = failures
        self._open_time = open_time
        self._at = at
        self._error: ErrorInfo | None = None
        # What purgatory asks of a repository; its own base class is in a private module.
        repository: Any = _Circuits(self)
        self.contexts = repository

    async def commit(self) -> None:
        """Do nothing: the events are appended when all of them are known."""

    async def rollback(self) -> None:
        """Do nothing."""

    async def settle(
        self,
        error: Exception | None,
        info: ErrorInfo | None,
        counts: Callable[[Exception], bool],
    ) -> Sequence[DomainEvent]:
        """Return what the outcome of the call leads to.

        Args:
            error: what it raised; None when it succeeded.
            info: the same, as it may be recorded.
            counts: whether an error is a failure; otherwise the model did answer.
        """
        if not self._state.expects(self._call):
            return []
        self._error = info
        factory = AsyncCircuitBreakerFactory(
            default_threshold=self._failures,
            default_ttl=self._open_time.total_seconds(),
            exclude=[(Exception, lambda raised: not counts(raised))],
            uow=self,
        )
        breaker = await factory.get_breaker(self._name)
        await breaker.__aenter__()
        await breaker.__aexit__(None if error is None else type(error), error, None)
        return self.events

    def context(self) -> Context:
        """Return the circuit as purgatory knows it."""
        return Context(
            self._name,
            self._failures,
            self._open_time.total_seconds(),
            state=_names[self._state.status],
            failure_count=self._state.failures,
        )

    def decide(self, command: CircuitCommand) -> None:
        """Take in what a command leads to."""
        for event in circuit.decide(command, self._state):
            self._state = circuit.evolve(self._state, event)
            self.events.append(event)

    def fail(self) -> None:
        """Count the failure."""
        self.decide(CountFailure(call=self._call, error=self._info))

    def change(self, status: str) -> None:
        """Change the circuit's status to one by purgatory's names."""
        if status == _names["open"]:
            self.decide(
                OpenCircuit(
                    call=self._call,
                    error=self._info,
                    at=self._at,
                    retry_at=self._at + self._open_time,
                )
            )
        elif status == _names["closed"]:
            self.decide(CloseCircuit(call=self._call))

    def forget(self) -> None:
        """Count failures from zero."""
        self.decide(ForgetFailures(call=self._call))

    @property
    def _info(self) -> ErrorInfo:
        return self._error or ErrorInfo(type="Exception", message="")


class _Circuits:
    """The one circuit of a unit of work, as purgatory's repository."""

    def __init__(self, unit: CircuitUnit) -> None:
        self._unit = unit
        self.messages: list[Any] = []

    async def initialize(self) -> None:
        """Do nothing."""

    async def get(self, _: str) -> Context:
        """Return the circuit."""
        return self._unit.context()

    async def update_state(self, _: str, state: str, opened_at: float | None) -> None:
        """Take in another status."""
        self._unit.change(state)

    async def inc_failures(self, _: str, failure_count: int) -> None:
        """Take in a failure."""
        self._unit.fail()

    async def reset_failure(self, _: str) -> None:
        """Take in that failures count from zero."""
        self._unit.forget()

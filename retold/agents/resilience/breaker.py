"""A circuit breaker: a model that keeps failing is left alone for a while, by every process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypedDict
from uuid import UUID
from weakref import WeakKeyDictionary

from ag2.events import ModelResponse

from retold.agents.decided_stream import DecidedStream
from retold.agents.resilience.circuit_unit import CircuitUnit
from retold.agents.resilience.guarded_model import C, GuardedModel, ModelCall, Piece, recorder_of
from retold.agents.resilience.transient import is_transient
from retold.agents.scope import current_turn
from retold.domain.circuit import (
    AdmitCall,
    CircuitCallRefused,
    CircuitCommand,
    CircuitState,
    ReleaseProbe,
    circuit,
    circuit_stream,
)
from retold.domain.event import DomainEvent, JsonObject, check_stream_name
from retold.domain.resilience import ModelCallRefused
from retold.errors import BreakerWithoutLog, CircuitOpen, ModelTimedOut, RetoldError
from retold.logs import get_logger
from retold.store import EventStore
from retold.store.codec.values import made_plain
from retold.store.row import new_event_id

log = get_logger("retold.circuit")

CircuitLog = DecidedStream[CircuitCommand, CircuitState]


def _now() -> datetime:
    return datetime.now(UTC)


class Breaker(Piece):
    """Refuses calls once so many failed in a row, until a probe succeeds; by purgatory.

    The circuit is a stream of the log, ``circuit-<name>``, and its state is folded from it on
    every call: all processes that use the name on a log share one circuit, and it outlives them.
    A refused call raises :class:`~retold.errors.CircuitOpen`. Put around a
    :class:`~retold.agents.resilience.retry.Retry`, a call that was retried counts once.

    Processes compare the times in the log with their own clocks, which should agree within a
    fraction of ``open_seconds``.
    """

    def __init__(
        self,
        name: str,
        *,
        failures: int = 5,
        open_seconds: float = 30.0,
        probes: int = 1,
        probe_seconds: float = 120.0,
        counts: Callable[[Exception], bool] = is_transient,
        store: EventStore | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Store what is needed.

        Args:
            name: of the circuit, such as the provider's and the model's.
            failures: in a row that open it, at least 1.
            open_seconds: how long it refuses all calls then.
            probes: how many calls it lets through at once after that, at least 1.
            probe_seconds: when a probe is taken for lost, as its process must have died; longer
                than a call takes.
            counts: whether an error is a failure; an answer such as "bad request" is none.
            store: the log; by default that in which the model's calls are recorded.
            clock: gives the time, with a zone.

        Raises:
            InvalidStreamName: when the name cannot name a stream.
            ValueError: when a number is out of range.
        """
        check_stream_name(circuit_stream(name))
        for what, number in (("failures", failures), ("probes", probes)):
            if number < 1:
                raise ValueError(f"{what}: at least 1, not {number}")
        for what, seconds in (("open_seconds", open_seconds), ("probe_seconds", probe_seconds)):
            if not seconds > 0:
                raise ValueError(f"{what}: more than 0, not {seconds}")
        self.name = name
        self.failures = failures
        self.probes = probes
        self._open_time = timedelta(seconds=open_seconds)
        self._probe_time = timedelta(seconds=probe_seconds)
        self._counts = counts
        self._store = store
        self._clock = clock
        self._logs: WeakKeyDictionary[EventStore, CircuitLog] = WeakKeyDictionary()

    def around(self, config: C) -> GuardedModel[C]:
        """Return a configuration whose calls go through the circuit.

        Args:
            config: any AG2 ``ModelConfig``.

        Raises:
            BreakerWithoutLog: when its calls are not recorded, and the breaker was given no log.
        """
        if self._store is None and recorder_of(config) is None:
            raise BreakerWithoutLog(self.name)
        return super().around(config)

    async def state(self, store: EventStore | None = None) -> CircuitState:
        """Return the state of the circuit by now.

        Args:
            store: the log; by default the one the breaker was given.

        Raises:
            BreakerWithoutLog: when there is neither.
            StoreError: when the log cannot be read.
        """
        store = store or self._store
        if store is None:
            raise BreakerWithoutLog(self.name)
        return await self._log_in(store).state()

    async def call(self, call: ModelCall) -> ModelResponse:
        """Call, unless the circuit refuses it, and let the circuit know what came of it."""
        store = self._store or (None if call.recorder is None else call.recorder.store)
        if store is None:
            raise BreakerWithoutLog(self.name)
        passage = _Passage(self._log_in(store), call, str(new_event_id()), await _facts(call))
        try:
            await self._admit(passage)
        except asyncio.CancelledError:
            # Admitted, it may be, as a probe by now.
            await self._note(passage.release())
            raise
        try:
            response = await call.proceed()
        except asyncio.CancelledError:
            await self._note(passage.release())
            raise
        except Exception as error:
            if isinstance(error, RetoldError) and not isinstance(error, ModelTimedOut):
                # Nothing was called, or the log failed: that is not the model's doing.
                await self._note(passage.release())
            else:
                await self._note(self._settle(passage, error, store))
            raise
        await self._note(self._settle(passage, None, store))
        return response

    def _log_in(self, store: EventStore) -> CircuitLog:
        found = self._logs.get(store)
        if found is None:
            found = DecidedStream(store, circuit_stream(self.name), circuit)
            self._logs[store] = found
        return found

    async def _admit(self, passage: _Passage) -> None:
        command = AdmitCall(
            call=passage.id, at=self._clock(), probes=self.probes, probe_time=self._probe_time
        )
        call = passage.call
        decided = await passage.log.decide(command, **passage.facts(call.trail.cause))
        if not decided.events or not isinstance(decided.events[-1], CircuitCallRefused):
            return
        call.trail.cause = decided.ids[-1]
        last = decided.state.error
        error = CircuitOpen(self.name, decided.state.retry_at, None if last is None else last.type)
        event = ModelCallRefused(
            by="circuit",
            name=self.name,
            error=call.describe(error),
            provider=call.provider,
            model=call.model,
        )
        call.trail.cause = await call.record(event) or call.trail.cause
        raise error

    async def _settle(self, passage: _Passage, error: Exception | None, store: EventStore) -> None:
        info = None if error is None else passage.call.describe(error, store)

        async def unit(state: CircuitState) -> Sequence[DomainEvent]:
            work = CircuitUnit(
                self.name,
                state,
                call=passage.id,
                failures=self.failures,
                open_time=self._open_time,
                at=self._clock(),
            )
            return await work.settle(error, info, self._counts)

        await passage.log.run(unit, **passage.facts(passage.call.trail.cause))

    async def _note(self, work: Awaitable[None]) -> None:
        """Let the circuit know; when it cannot be told, the call's own outcome is what counts.

        A probe that nothing is heard of is taken for lost in time.
        """
        try:
            await work
        except RetoldError as error:
            log.warning("circuit not recorded", circuit=self.name, error=error.code)


class _Facts(TypedDict):
    caused_by: UUID | None
    correlation_id: str | None
    metadata: JsonObject


@dataclass(frozen=True, slots=True)
class _Passage:
    """A call on its way through a circuit."""

    log: CircuitLog
    call: ModelCall
    id: str
    known: _Facts

    def facts(self, caused_by: UUID | None) -> _Facts:
        """Return what is known of the call's events, with what led to them."""
        return {**self.known, "caused_by": caused_by or self.known["caused_by"]}

    async def release(self) -> None:
        """Tell the circuit that the call ended without saying anything about the model."""
        command = ReleaseProbe(call=self.id)
        await self.log.decide(command, **self.facts(self.call.trail.cause))


async def _facts(call: ModelCall) -> _Facts:
    """Return what the events of a circuit say of the call that led to them."""
    metadata: dict[str, object] = {}
    agent, scope = call.agent, current_turn.get()
    if agent is not None:
        metadata["agent"] = made_plain(agent)
    conversation = await call.conversation()
    if conversation is None:
        return {"caused_by": None, "correlation_id": None, "metadata": metadata}
    metadata["session"] = conversation.session
    if scope is not None and scope.session == conversation.session:
        metadata["turn"] = scope.turn
    return {
        "caused_by": conversation.causes.of_model_call,
        "correlation_id": conversation.session if scope is None else scope.correlation_id,
        "metadata": metadata,
    }

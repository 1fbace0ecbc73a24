"""What keeps a model from being called, or its answer from being waited for."""

from __future__ import annotations

from datetime import datetime

from retold.errors.root import RetoldError


class ResilienceError(RetoldError):
    """A model was not called, or not waited for any longer."""

    code = "resilience_error"


class CircuitOpen(ResilienceError):
    """Raised instead of a call while a circuit breaker refuses calls.

    Attributes:
        circuit: its name.
        retry_at: when it lets probes through; None when probes are on their way by now.
    """

    code = "circuit_open"

    def __init__(self, circuit: str, retry_at: datetime | None, error: str | None) -> None:
        self.circuit = circuit
        self.retry_at = retry_at
        until = (
            "a probe is on its way"
            if retry_at is None
            else f"the next call is let through at {retry_at.isoformat(timespec='milliseconds')}"
        )
        why = "" if error is None else f" Calls through it failed, the last one with {error}."
        super().__init__(
            f"The circuit {circuit!r} is open and nothing was called: {until}.{why} "
            "Ask again later, or give the model a fallback."
        )


class ModelTimedOut(ResilienceError, TimeoutError):
    """Raised when a model did not answer in time; the call was cancelled.

    Attributes:
        model: its name, when known.
        seconds: how long it had.
    """

    code = "model_timed_out"

    def __init__(self, model: str | None, seconds: float) -> None:
        self.model = model
        self.seconds = seconds
        named = "The model" if model is None else f"The model {model!r}"
        super().__init__(
            f"{named} did not answer within {seconds:g} s and its call was cancelled. "
            "Ask again, or allow more time."
        )


class PoolFull(ResilienceError):
    """Raised when a pool has nothing free, and as many callers wait as may, or for too long.

    Attributes:
        pool: its name.
        limit: how many may use it at once.
        waiting: how many waited when this one was refused.
        waited_seconds: how long it had waited; None when it was refused at once.
    """

    code = "pool_full"

    def __init__(self, pool: str, limit: int, waiting: int, waited_seconds: float | None) -> None:
        self.pool = pool
        self.limit = limit
        self.waiting = waiting
        self.waited_seconds = waited_seconds
        how = (
            f"{waiting} wait for it already"
            if waited_seconds is None
            else f"none became free within {waited_seconds:g} s"
        )
        super().__init__(
            f"The pool {pool!r} is full: all {limit} of it are in use, and {how}. Nothing was "
            "called. Ask again later, or raise its limits."
        )


class BreakerWithoutLog(ResilienceError):
    """Raised when a circuit breaker is put around a model of no log, where it has no state."""

    code = "breaker_without_log"

    def __init__(self, circuit: str) -> None:
        self.circuit = circuit
        super().__init__(
            f"The circuit {circuit!r} has no log to be kept in. Put the breaker around "
            "log.model(config), or give it one: Breaker(name, store=log.store)."
        )

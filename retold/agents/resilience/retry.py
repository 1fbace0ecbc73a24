"""Repeats a failed model call after a pause that grows and is never the same twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import stamina
from ag2.events import ModelResponse

from retold.agents.resilience.guarded_model import ModelCall, Piece
from retold.agents.resilience.transient import is_transient, retry_after
from retold.domain.resilience import ModelCallRetried


class Retry(Piece):
    """Repeats a call that failed, with exponential backoff and jitter, by stamina.

    Never once anything was published by a failed attempt: a user would read the beginning of one
    answer and then another. Each repetition is an event, ``model.call_retried``, caused by the
    failure of the attempt before. Some clients, as openai's, retry by themselves and without an
    event: give their configuration ``max_retries=0``.
    """

    def __init__(
        self,
        *,
        attempts: int = 4,
        total_seconds: float | None = 60.0,
        wait_seconds: float = 0.5,
        longest_wait_seconds: float = 20.0,
        jitter_seconds: float = 1.0,
        on: Callable[[Exception], bool] = is_transient,
    ) -> None:
        """Store what is needed.

        Args:
            attempts: how many there are in all, at least 1.
            total_seconds: once so much time has passed, a failure is final; None for no limit.
            wait_seconds: pause after the first failure; it doubles with each further one.
            longest_wait_seconds: that a pause grows to.
            jitter_seconds: up to this much is added to a pause at random.
            on: whether an error is worth another attempt.

        Raises:
            ValueError: when a number is out of range.
        """
        if attempts < 1:
            raise ValueError(f"attempts: at least 1, not {attempts}")
        if total_seconds is not None and not total_seconds > 0:
            raise ValueError(f"total_seconds: more than 0, not {total_seconds}")
        for name, seconds in (
            ("wait_seconds", wait_seconds),
            ("longest_wait_seconds", longest_wait_seconds),
            ("jitter_seconds", jitter_seconds),
        ):
            if not seconds >= 0:
                raise ValueError(f"{name}: 0 or more, not {seconds}")
        self.attempts = attempts
        self.total_seconds = total_seconds
        self.wait_seconds = wait_seconds
        self.longest_wait_seconds = longest_wait_seconds
        self.jitter_seconds = jitter_seconds
        self._on = on

    async def call(self, call: ModelCall) -> ModelResponse:
        """Call until an attempt succeeds or none is left; raise the last attempt's error then."""
        began = time.monotonic()
        failed: Exception | None = None
        failed_at = began
        try:
            async for attempt in stamina.retry_context(
                on=lambda error: self._backoff(error, began),
                attempts=self.attempts,
                timeout=self.total_seconds,
                wait_initial=self.wait_seconds,
                wait_max=self.longest_wait_seconds,
                wait_jitter=self.jitter_seconds,
            ):
                with attempt:
                    if failed is not None:
                        await call.record(
                            ModelCallRetried(
                                attempt=attempt.num,
                                error=call.describe(failed),
                                waited_seconds=round(time.monotonic() - failed_at, 3),
                                provider=call.provider,
                                model=call.model,
                            )
                        )
                    try:
                        return await call.proceed()
                    except Exception as error:
                        failed, failed_at = error, time.monotonic()
                        if call.streamed or not self._on(error):
                            raise
                        raise _Again(error) from error
        except _Again as again:
            raise again.error from again.error.__cause__
        raise AssertionError("stamina ends with an answer or an error")

    def _backoff(self, again: Exception, began: float) -> bool | float:
        """Return the pause a provider asks for, True for the usual one, False to give up."""
        if not isinstance(again, _Again):
            return False
        asked = retry_after(again.error, datetime.now(UTC))
        if asked is None:
            return True
        if self.total_seconds is None:
            return asked
        # Any sooner it would refuse again.
        fits = time.monotonic() - began + asked < self.total_seconds
        return asked if fits else False


class _Again(Exception):
    """A failure that is worth another attempt.

    Stamina's hooks log the error they are given, and a provider's may hold keys: this one shows
    its class only.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(type(error).__name__)
        self.error = error

"""Waits for a model's answer only so long."""

from __future__ import annotations

import asyncio

from ag2.events import ModelResponse

from retold.agents.resilience.guarded_model import ModelCall, Piece
from retold.domain.resilience import ModelCallTimedOut
from retold.errors import ModelTimedOut


class Timeout(Piece):
    """Cancels a call that takes too long, and raises :class:`~retold.errors.ModelTimedOut`.

    It is an event, ``model.call_timed_out``, caused by the cancelled call. Inside a
    :class:`~retold.agents.resilience.retry.Retry` each attempt has this time, around it all do
    together.
    """

    def __init__(self, seconds: float) -> None:
        """Store how long to wait, in seconds.

        Raises:
            ValueError: when that is not above 0.
        """
        if not seconds > 0:
            raise ValueError(f"seconds: more than 0, not {seconds}")
        self.seconds = seconds

    async def call(self, call: ModelCall) -> ModelResponse:
        """Call, and cancel the call when the time is over."""
        limit = asyncio.timeout(self.seconds)
        try:
            async with limit:
                return await call.proceed()
        except TimeoutError as error:
            if not limit.expired():
                raise
            event = ModelCallTimedOut(
                seconds=self.seconds, provider=call.provider, model=call.model
            )
            call.trail.cause = await call.record(event) or call.trail.cause
            raise ModelTimedOut(call.model, self.seconds) from error

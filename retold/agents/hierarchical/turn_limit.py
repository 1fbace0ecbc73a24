"""A limit on the model calls of a delegated conversation."""

from __future__ import annotations

from collections.abc import Sequence

from ag2.annotations import Context
from ag2.events import BaseEvent, ModelResponse
from ag2.middleware import BaseMiddleware
from ag2.middleware.base import LLMCall

from retold.errors import TurnLimitReached


class TurnLimit:
    """AG2 middleware that stops an agent before one model call too many.

    Answers the conversation has already count, so that a limit holds across a crash as well.
    """

    def __init__(self, agent: str, limit: int) -> None:
        """Store the limit.

        Args:
            agent: name of the agent.
            limit: model calls it may make in the conversation.
        """
        self._agent = agent
        self._limit = limit
        self._calls: int | None = None

    def __call__(self, event: BaseEvent, context: Context) -> BaseMiddleware:
        """Return what AG2 calls in a turn."""
        return _Counting(event, context, self)

    async def count(self, context: Context) -> None:
        """Count a model call that is about to be made.

        Raises:
            TurnLimitReached: when it is one too many.
        """
        if self._calls is None:
            history = await context.stream.history.get_events()
            self._calls = sum(isinstance(event, ModelResponse) for event in history)
        if self._calls >= self._limit:
            raise TurnLimitReached(self._agent, self._limit)
        self._calls += 1


class _Counting(BaseMiddleware):
    def __init__(self, event: BaseEvent, context: Context, limit: TurnLimit) -> None:
        super().__init__(event, context)
        self._limit = limit

    async def on_llm_call(
        self, call_next: LLMCall, events: Sequence[BaseEvent], context: Context
    ) -> ModelResponse:
        await self._limit.count(context)
        return await call_next(events, context)

"""What answers when a model cannot: other models in order, then a fixed answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ag2.config import ModelConfig
from ag2.events import ModelMessage, ModelResponse

from retold.agents.request import model_of, provider_of
from retold.agents.resilience.guarded_model import ModelCall, Piece
from retold.domain.resilience import ModelFellBack
from retold.errors import ResilienceError, RetoldError


def is_of_the_model(error: Exception) -> bool:
    """Return whether an error is of a model or its limits, and not of the log or the turn."""
    return isinstance(error, ResilienceError) or not isinstance(error, RetoldError)


class Fallback(Piece):
    """Asks other models, one after the other, when the one before failed; then answers by itself.

    Never once anything was published by one that failed. Each step is an event,
    ``model.fell_back``, caused by the failure or the refusal before it. Other models may have
    pieces around them as well.
    """

    def __init__(
        self,
        *models: ModelConfig,
        answer: str | None = None,
        on: Callable[[Exception], bool] = is_of_the_model,
    ) -> None:
        """Store what is needed.

        Args:
            *models: configurations to call, in order.
            answer: given when all of them failed; None to raise the last one's error.
            on: whether an error is a reason to fall back.

        Raises:
            ValueError: when there is neither a model nor an answer.
        """
        if not models and answer is None:
            raise ValueError("a fallback needs another model, or an answer")
        self.models = models
        self.answer = answer
        self._on = on

    @property
    def alternatives(self) -> Sequence[ModelConfig]:
        """The other models."""
        return self.models

    def with_alternatives(self, change: Callable[[ModelConfig], ModelConfig]) -> Fallback:
        """Return this fallback with other models, in the same order."""
        models = [change(model) for model in self.models]
        return Fallback(*models, answer=self.answer, on=self._on)

    async def call(self, call: ModelCall) -> ModelResponse:
        """Call the model, then the others; raise the last one's error when nothing is left."""
        try:
            return await call.proceed()
        except Exception as error:
            failed = error
            if not self._falls_back(call, error):
                raise
        before = call.model
        # What comes now is no answer of the model that was asked.
        call.trail.fallbacks += 1
        for step, config in enumerate(self.models, 1):
            model = model_of(config)
            await call.record(
                ModelFellBack(
                    step=step,
                    to="model",
                    error=call.describe(failed),
                    from_model=before,
                    provider=provider_of(config),
                    model=model,
                )
            )
            try:
                return await call.proceed(config.create())
            except Exception as error:
                failed, before = error, model
                if not self._falls_back(call, error):
                    raise
        if self.answer is None:
            raise failed
        await call.record(
            ModelFellBack(
                step=len(self.models) + 1,
                to="answer",
                error=call.describe(failed),
                from_model=before,
                answer=self.answer,
            )
        )
        message = ModelMessage(self.answer)
        await call.context.send(message)
        return ModelResponse(message)

    def _falls_back(self, call: ModelCall, error: Exception) -> bool:
        return not call.streamed and self._on(error)

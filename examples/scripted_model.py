"""A model without a network: it answers by rules, so that the demo runs anywhere and the same way.

It is a real AG2 ``ModelConfig`` and client. AG2 treats it as any provider's: it is given the
prompt, the history and the tools, and it answers with text or with tool calls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, Self

from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.context import ConversationContext
from ag2.events import (
    BaseEvent,
    DataInput,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextInput,
    ToolCallEvent,
    ToolCallsEvent,
    ToolResultsEvent,
    Usage,
)

Call = tuple[str, str]
"""Name of a tool and its arguments as JSON."""

Rule = Callable[[str], str | Sequence[Call] | None]
"""Given what was said last, an answer, or tools to call, or None to leave it to the next rule."""


class ScriptedModel(ModelConfig):
    """A model that follows rules: the first one that has something to say answers."""

    def __init__(self, *rules: Rule) -> None:
        """Store the rules, in order."""
        self._rules = rules

    @property
    def model(self) -> str:
        """Its name in the log."""
        return "scripted"

    @property
    def provider(self) -> ModelProvider:
        """No provider; AG2 asks for one that it knows, or for this error."""
        raise NotImplementedError

    def copy(self) -> Self:
        """Return itself: it has no state."""
        return self

    def create(self) -> LLMClient:
        """Return a client."""
        return _Client(self._rules)

    def create_files_client(self) -> NoReturn:
        """Refuse: rules take no files."""
        raise NotImplementedError("The scripted model takes no files.")


class _Client(LLMClient):
    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules

    async def __call__(
        self, messages: Sequence[BaseEvent], context: ConversationContext, **_: Any
    ) -> ModelResponse:
        heard = _last_said(messages)
        for rule in self._rules:
            answer = rule(heard)
            if answer is not None:
                break
        else:
            answer = "I have nothing to say to that."
        usage = Usage(
            prompt_tokens=_tokens(map(repr, messages)), completion_tokens=_tokens([answer])
        )
        if isinstance(answer, str):
            message = ModelMessage(answer)
            await context.send(message)
            return ModelResponse(message, usage=usage, model="scripted", finish_reason="stop")
        calls = [ToolCallEvent(name, arguments=arguments) for name, arguments in answer]
        return ModelResponse(
            tool_calls=ToolCallsEvent(calls),
            usage=usage,
            model="scripted",
            finish_reason="tool_calls",
        )


def _last_said(messages: Sequence[BaseEvent]) -> str:
    """Return the text of the newest message a provider would see."""
    for message in reversed(messages):
        if isinstance(message, ModelRequest):
            return " ".join(map(_text, message.parts))
        if isinstance(message, ToolResultsEvent):
            parts = [part for result in message.results for part in result.result.parts]
            return "tools said: " + " | ".join(map(_text, parts))
    return ""


def _text(part: BaseEvent) -> str:
    match part:
        case TextInput():
            return part.content
        case DataInput():
            return str(part.data)
        case _:
            return repr(part)


def _tokens(texts: Iterable[object]) -> int:
    """Count words; a scripted model has no tokenizer."""
    return sum(len(str(text).split()) for text in texts)

"""A model that says what it is told to, and keeps what it was given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, NoReturn, Self, TypeAlias

from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.context import ConversationContext
from ag2.events import (
    BaseEvent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextInput,
    ToolCallEvent,
    ToolCallsEvent,
    ToolErrorEvent,
    ToolResult,
    ToolResultEvent,
    ToolResultsEvent,
)

Say: TypeAlias = "str | ModelResponse | BaseEvent | BaseException | list[ToolCallEvent]"
Turn: TypeAlias = "Say | Callable[[], Awaitable[Say]]"
"""An answer, calls, an error; an event to publish before the next; or a function to await."""


@dataclass(frozen=True)
class Seen:
    """What the model was given in one call."""

    prompt: tuple[str, ...]
    messages: tuple[BaseEvent, ...]
    tools: tuple[str, ...]
    variables: dict[Any, Any]

    @property
    def text(self) -> str:
        """Everything in it that a model could read, as one text."""
        return repr((self.prompt, [vars(message) for message in self.messages]))


class Script(ModelConfig):
    """A model configuration whose clients go through one script, whoever asks."""

    def __init__(self, *turns: Turn, name: str = "scripted") -> None:
        """Take the answers, in order."""
        self.turns = list(turns)
        self.seen: list[Seen] = []
        self.name = name

    @property
    def model(self) -> str:
        """Its name."""
        return self.name

    @property
    def provider(self) -> ModelProvider:
        """No provider."""
        raise NotImplementedError

    def copy(self) -> Self:
        """Return itself: the script is one."""
        return self

    def create(self) -> LLMClient:
        """Return a client that goes on with the script."""
        return _Client(self)

    def create_files_client(self) -> NoReturn:
        """Refuse."""
        raise NotImplementedError

    @property
    def said(self) -> list[BaseEvent]:
        """The newest messages it was given."""
        return list(self.seen[-1].messages)


class _Client(LLMClient):
    def __init__(self, script: Script) -> None:
        self._script = script

    async def __call__(
        self,
        messages: Sequence[BaseEvent],
        context: ConversationContext,
        *,
        tools: Iterable[Any] = (),
        **_: Any,
    ) -> ModelResponse:
        self._script.seen.append(
            Seen(
                prompt=tuple(context.prompt),
                messages=tuple(copy(message) for message in messages),
                tools=tuple(tool.function.name for tool in tools),
                variables=dict(context.variables),
            )
        )
        while True:
            assert self._script.turns, "the model was asked more often than the script has answers"
            said = self._script.turns.pop(0)
            if callable(said) and not isinstance(said, BaseEvent):
                said = await said()
            match said:
                case BaseException():
                    raise said
                case str():
                    message = ModelMessage(said)
                    await context.send(message)
                    return ModelResponse(message)
                case ModelResponse():
                    return said
                case list():
                    return ModelResponse(tool_calls=ToolCallsEvent(said))
                case _:
                    await context.send(said)


def call(name: str, call_id: str, arguments: str = "{}") -> ToolCallEvent:
    """Return a tool call with an id of its own."""
    return ToolCallEvent(name, id=call_id, arguments=arguments)


def requests_in(messages: Iterable[BaseEvent]) -> list[list[str]]:
    """Return the texts of each request among messages."""
    return [
        [part.content for part in message.parts if isinstance(part, TextInput)]
        for message in messages
        if isinstance(message, ModelRequest)
    ]


def results_in(messages: Iterable[BaseEvent]) -> dict[str, str]:
    """Return what the tools answered, by call id, as far as a model is shown it."""
    found: dict[str, str] = {}
    for message in messages:
        if isinstance(message, ToolResultsEvent):
            found |= {result.parent_id: text_of(result) for result in message.results}
    return found


def text_of(result: ToolResultEvent) -> str:
    """Return a result's text."""
    kept: ToolResult = result.result
    if isinstance(result, ToolErrorEvent):
        return f"error: {result.error}"
    return "".join(
        part.content if isinstance(part, TextInput) else str(getattr(part, "data", part))
        for part in kept.parts
    )

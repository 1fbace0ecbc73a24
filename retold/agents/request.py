"""A model request as data: what a provider's client is given, by content and by hash.

AG2 keeps the effective prompt, the tools and the schema in no event, so they are recorded here.
Equal requests have equal hashes: times, token counts and what else a provider never sees are left
out of them, and so are secrets.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any, Self

import orjson
from ag2.config import ModelConfig
from ag2.context import ConversationContext
from ag2.response import ResponseProto
from ag2.tools.final import FunctionToolSchema
from ag2.tools.schemas import ToolSchema

from retold.agents.codec import event_codec
from retold.agents.secrets import without_secrets
from retold.domain.event import JsonObject
from retold.store.codec.values import made_plain

# No provider sees these fields of an event.
_unseen = frozenset(
    {
        "created_at",
        "usage",
        "model",
        "provider",
        "finish_reason",
        "response_id",
        "error",
        "source",
    }
)


class MessageHashes:
    """The hashes of a request's messages, on their way into the request's own.

    They come first in its JSON. So a request with a message more than the last one goes on from
    where that one was, however long the conversation is.
    """

    def __init__(self) -> None:
        """Begin with no message."""
        self._digest = hashlib.sha256(b'{"messages":[')
        self._separator = b""

    def add(self, message: str) -> None:
        """Add a message.

        Args:
            message: its hash, by :func:`hash_as_seen`.
        """
        self._digest.update(b'%b"%b"' % (self._separator, message.encode()))
        self._separator = b","

    def copy(self) -> Self:
        """Return the same messages, to be added to on their own."""
        other = copy(self)
        other._digest = self._digest.copy()  # noqa: SLF001 - of this class
        return other

    def hash_with(self, others: bytes) -> str:
        """Return the SHA-256, in hex, of the JSON object that has the messages and other fields.

        Args:
            others: JSON object of the other fields, at least one, whose names come later.
        """
        digest = self._digest.copy()
        digest.update(b"]," + others[1:])
        return digest.hexdigest()


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked.

    Attributes:
        provider: name of the provider; None when the configuration does not say.
        model: name of the model; None likewise.
        prompt: system prompts by Retold's codec, in order.
        tools: tool schemas as mappings, without secrets.
        schema: the response schema; None when the answer is free text.
        parameters: of the configuration, without secrets.
        messages: of the conversational events, as a provider sees them.
    """

    provider: str | None
    model: str | None
    prompt: list[Any]
    tools: list[Any]
    schema: dict[str, Any] | None
    parameters: dict[str, Any]
    messages: MessageHashes

    @property
    def hash(self) -> str:
        """SHA-256, in hex, of the whole request: of its JSON, with sorted keys."""
        others = {
            f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "messages"
        }
        return self.messages.hash_with(orjson.dumps(others, option=orjson.OPT_SORT_KEYS))


def request_of(
    config: ModelConfig,
    messages: MessageHashes,
    context: ConversationContext,
    tools: Sequence[ToolSchema],
    response_schema: ResponseProto[Any] | None,
) -> Request:
    """Describe a model call by the arguments of its client.

    Args:
        config: of the client.
        messages: of the history it is given, its conversational events only.
        context: whose prompt is the effective one.
        tools: offered to the model.
        response_schema: asked of it.
    """
    return Request(
        provider=provider_of(config),
        model=model_of(config),
        prompt=[event_codec.encode(str(prompt)) for prompt in context.prompt],
        tools=[_tool(tool) for tool in tools],
        schema=None if response_schema is None else _schema(response_schema),
        parameters=parameters_of(config),
        messages=messages,
    )


def hash_as_seen(record: JsonObject) -> str:
    """Return the SHA-256, in hex, of what a provider is shown of an event's JSON record."""
    return _sha256(as_seen(record))


def provider_of(config: ModelConfig) -> str | None:
    """Return the provider's name; None when the configuration has none."""
    try:
        return made_plain(str(config.provider.value))
    # AG2's protocol has both; its own test configuration raises the first, a user's may lack it.
    except (NotImplementedError, AttributeError):
        return None


def model_of(config: ModelConfig) -> str | None:
    """Return the model's name; None when the configuration has none."""
    try:
        return made_plain(str(config.model))
    # As above.
    except (NotImplementedError, AttributeError):
        return None


def parameters_of(config: ModelConfig) -> dict[str, Any]:
    """Return a configuration's parameters that are data and no secrets.

    Keys, tokens, headers and clients are left out, a user in a URL is cut; unset ones are absent.
    """
    kept: dict[str, Any] = without_secrets(fields_of(config))
    return {made_plain(name): event_codec.encode(value) for name, value in kept.items()}


def fields_of(config: ModelConfig) -> dict[str, Any]:
    """Return the fields that a configuration sets, secrets included; none when it is no dataclass.

    Args:
        config: any AG2 ``ModelConfig``.
    """
    if not dataclasses.is_dataclass(config):
        return {}
    values = {f.name: getattr(config, f.name) for f in dataclasses.fields(config)}
    return {name: value for name, value in values.items() if value is not None}


def _schema(schema: ResponseProto[Any]) -> dict[str, Any]:
    return {
        "name": event_codec.encode(schema.name),
        "description": event_codec.encode(schema.description),
        "json_schema": event_codec.encode(schema.json_schema),
        "system_prompt": event_codec.encode(schema.system_prompt),
    }


def _tool(tool: ToolSchema) -> Any:
    return event_codec.encode(tool_fields(tool))


def tool_fields(tool: ToolSchema) -> Any:
    """Return what a tool's schema says, without secrets."""
    fields = _fields(tool)
    # A function's schema is what its author wrote; a server's tool may hold the key to it.
    return fields if isinstance(tool, FunctionToolSchema) else without_secrets(fields)


def _fields(value: Any) -> Any:
    """Return dataclasses as mappings: where AG2 keeps its classes says nothing of a request."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _fields(getattr(value, f.name)) for f in dataclasses.fields(value)}
    match value:
        case dict():
            return {key: _fields(item) for key, item in value.items()}
        case list() | tuple():
            return [_fields(item) for item in value]
        case _:
            return value


def _plain(value: object) -> Any:
    """Return a tool schema as the JSON it stands for, free of the names of AG2's classes."""
    match value:
        case dict():
            return {made_plain(str(key)): _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        case _:
            return event_codec.encode(value)


def as_seen(record: Any) -> Any:
    """Return what a provider is shown of an event's JSON record, or of a value in one."""
    match record:
        case dict():
            # Only an event's own fields: a user's data may have a field called "model", too.
            unseen = _unseen if str(record.get("$", "")).startswith("ag2.") else frozenset()
            return {key: as_seen(value) for key, value in record.items() if key not in unseen}
        case list():
            return [as_seen(value) for value in record]
        case _:
            return record


def _sha256(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def contents_of(request: Request) -> Iterable[tuple[str, str, Any]]:
    """Yield name, kind and content of what a call refers to by hash."""
    yield "prompt_hash", "prompt", request.prompt
    yield "tools_hash", "tools", request.tools
    yield "parameters_hash", "parameters", request.parameters
    if request.schema is not None:
        yield "schema_hash", "response_schema", request.schema

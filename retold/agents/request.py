"""A model request as data: what a provider's client is given, by content and by hash.

AG2 keeps the effective prompt, the tools and the schema in no event, so they are recorded here.
Equal requests have equal hashes: times, token counts and what else a provider never sees are left
out of them, and so are secrets.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from ag2.config import ModelConfig
from ag2.context import ConversationContext
from ag2.events import BaseEvent
from ag2.policies.conversation import CONVERSATION_TYPES
from ag2.response import ResponseProto
from ag2.tools.schemas import ToolSchema

from retold.agents.codec import event_codec
from retold.domain.event import JsonObject

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
_secret = re.compile(
    r"(^|_)(api_?key|key|keys|secret|password|passwd|token|credentials?|headers?|auth|authorization|cookie)$"
)
_url_user = re.compile(r"//[^/@\s]*@")


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked.

    Attributes:
        provider: name of the provider; None when the configuration does not say.
        model: name of the model; None likewise.
        prompt: system prompts, in order.
        tools: tool schemas by Retold's codec.
        schema: the response schema; None when the answer is free text.
        parameters: of the configuration, without secrets.
        messages: hashes of the conversational events, as a provider sees them.
    """

    provider: str | None
    model: str | None
    prompt: list[str]
    tools: list[Any]
    schema: dict[str, Any] | None
    parameters: dict[str, Any]
    messages: list[str]

    @property
    def hash(self) -> str:
        """SHA-256, in hex, of the whole request."""
        return _sha256(dataclasses.asdict(self))


def request_of(
    config: ModelConfig,
    messages: Sequence[tuple[BaseEvent, JsonObject]],
    context: ConversationContext,
    tools: Sequence[ToolSchema],
    response_schema: ResponseProto[Any] | None,
) -> Request:
    """Describe a model call by the arguments of its client.

    Args:
        config: of the client.
        messages: the history it is given, each event with its JSON record.
        context: whose prompt is the effective one.
        tools: offered to the model.
        response_schema: asked of it.
    """
    return Request(
        provider=provider_of(config),
        model=model_of(config),
        prompt=[str(prompt) for prompt in context.prompt],
        tools=[event_codec.encode(tool) for tool in tools],
        schema=None
        if response_schema is None
        else {
            "name": response_schema.name,
            "description": response_schema.description,
            "json_schema": event_codec.encode(response_schema.json_schema),
            "system_prompt": response_schema.system_prompt,
        },
        parameters=parameters_of(config),
        messages=[
            _sha256(_as_seen(record))
            for message, record in messages
            if isinstance(message, CONVERSATION_TYPES)
        ],
    )


def provider_of(config: ModelConfig) -> str | None:
    """Return the provider's name; None when the configuration has none."""
    try:
        return str(config.provider.value)
    except (NotImplementedError, AttributeError):
        return None


def model_of(config: ModelConfig) -> str | None:
    """Return the model's name; None when the configuration has none."""
    try:
        return str(config.model)
    except (NotImplementedError, AttributeError):
        return None


def parameters_of(config: ModelConfig) -> dict[str, Any]:
    """Return a configuration's parameters that are data and no secrets.

    Keys, tokens, headers and clients are left out, a user in a URL is cut; unset ones are absent.
    """
    if not dataclasses.is_dataclass(config):
        return {}
    values = {f.name: getattr(config, f.name) for f in dataclasses.fields(config)}
    found = _data({name: value for name, value in values.items() if value is not None})
    return found if isinstance(found, dict) else {}


_absent = object()


def _data(value: object) -> Any:
    match value:
        case str():
            return _url_user.sub("//", value)
        case bool() | int() | float() | None:
            return value
        case Mapping():
            kept = {
                str(k): _data(v) for k, v in value.items() if not _secret.search(str(k).lower())
            }
            return {k: v for k, v in kept.items() if v is not _absent}
        case list() | tuple():
            return [v for v in map(_data, value) if v is not _absent]
        case _:
            return _absent


def _as_seen(record: Any) -> Any:
    match record:
        case dict():
            # Only an event's own fields: a user's data may have a field called "model", too.
            unseen = _unseen if str(record.get("$", "")).startswith("ag2.") else frozenset()
            return {key: _as_seen(value) for key, value in record.items() if key not in unseen}
        case list():
            return [_as_seen(value) for value in record]
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

"""The key of a request: equal requests have equal keys, and nothing that matters is left out.

A request is made canonical first. Secrets are left out, and so is what no provider is shown, such
as times and token counts. What is made up anew each time is replaced by its place in the request:
ids of tool calls, and AG2's ids of background tasks where AG2 itself tells the model of them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import orjson
from ag2.config import ModelConfig
from ag2.events import BaseEvent, ModelRequest, ModelResponse, TextInput
from ag2.policies.conversation import CONVERSATION_TYPES
from pydantic import BaseModel

from retold.agents.codec import encode_event, event_codec
from retold.agents.request import MessageHashes, as_seen, request_of, tool_fields
from retold.agents.resilience.guarded_model import ModelCall, leaf_of
from retold.agents.secrets import without_secrets
from retold.store.codec import type_path
from retold.store.codec.values import made_plain

key_version = 1
"""Raised with every change of what a key is made of; keys of two versions never meet."""

# The two texts by which AG2 tells a model of a task in the background.
_task_texts = re.compile(
    r"\A(?:Background task started: |Background task )"
    r"(?P<task>[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9a-f-])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheKey:
    """What a request is looked up by.

    Attributes:
        key: SHA-256, in hex, of the whole canonical request.
        partition: SHA-256 of all in it but the messages: tenant, scope, provider, model,
            parameters, prompt, tools and response schema.
        context: SHA-256 of the messages before the last user text; of all when it ends otherwise.
        question: the last user text; None when the request does not end with one.
        before: the last texts of user and model before it; None when there are none.
        begins: whether nothing was said before it in its conversation.
        earlier: SHA-256 of the messages before the turn before it; None when it has no turn before.
        volatile: texts in the request that are not part of the key, as they differ each time.
    """

    key: str
    partition: str
    context: str
    question: str | None = None
    before: str | None = None
    begins: bool = False
    earlier: str | None = None
    volatile: tuple[str, ...] = ()


def cache_key(call: ModelCall, *, tenant: str, scope: str | None = None) -> CacheKey:
    """Return the key of a call's request.

    Args:
        call: whose request.
        tenant: whose log it is looked up in.
        scope: who else may be given the answer, such as a user's name; None for anybody.
    """
    config = leaf_of(call.config)
    request = request_of(config, MessageHashes(), call.context, call.tools, call.response_schema)
    partition: dict[str, Any] = {
        "version": key_version,
        "tenant": tenant,
        "scope": scope,
        "provider": request.provider,
        "model": request.model,
        "prompt": request.prompt,
        "tools": [event_codec.encode(_data(tool_fields(tool))) for tool in call.tools],
        "schema": request.schema,
        "parameters": all_parameters(config),
        # Without a provider's name nothing else tells two kinds of configuration apart.
        "config": None if request.provider is not None else type_path(type(config)),
    }
    events = [event for event in call.messages if isinstance(event, CONVERSATION_TYPES)]
    canonical = CanonicalMessages()
    messages = [canonical.add(event) for event in events]
    question = _question(events)
    before_question = messages if question is None else messages[:-1]
    return CacheKey(
        key=_sha256({**partition, "messages": messages}),
        partition=_sha256(partition),
        context=_sha256({"version": key_version, "messages": before_question}),
        question=question,
        before=None if question is None else _before(events[:-1]),
        begins=question is not None and len(events) == 1,
        earlier=None if question is None else _earlier(events[:-1], messages),
        volatile=tuple(canonical.tasks),
    )


class CanonicalMessages:
    """The messages of one request as a key is made of them.

    Attributes:
        tasks: ids of background tasks in them, by which place they have been replaced.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.tasks: dict[str, int] = {}
        self._calls: dict[str, int] = {}

    def add(self, event: BaseEvent) -> Any:
        """Return a message as JSON-native data, given those before it."""
        return self._canonical(as_seen(encode_event(event)))

    def _canonical(self, value: Any) -> Any:
        match value:
            case dict():
                name = str(value.get("$", ""))
                return {
                    field: self._call(item)
                    if isinstance(item, str) and is_call_id(name, field)
                    else self._canonical(item)
                    for field, item in value.items()
                }
            case list():
                return [self._canonical(item) for item in value]
            case str():
                return self._text(value)
            case _:
                return value

    def _call(self, call_id: str) -> str:
        return f"call {self._calls.setdefault(call_id, len(self._calls))}"

    def _text(self, text: str) -> str:
        found = _task_texts.match(text)
        if found is None:
            return text
        place = self.tasks.setdefault(found["task"], len(self.tasks))
        return text.replace(found["task"], f"task {place}")


def is_call_id(type_name: str, field: str) -> bool:
    """Return whether a field of one of AG2's events is the id of a tool call."""
    if not type_name.startswith("ag2."):
        return False
    return field == "parent_id" or (field == "id" and type_name.endswith("ToolCallEvent"))


def all_parameters(config: ModelConfig) -> Any:
    """Return all that a configuration sets, without secrets, as JSON-native data.

    Unlike what is recorded of a call, this has values of the provider's own classes as well:
    a request that differs in one of them is another request. What is no data, such as a client,
    is there as the name of its class.

    Args:
        config: any AG2 ``ModelConfig``; of one that is no dataclass, its public attributes.
    """
    if dataclasses.is_dataclass(config) and not isinstance(config, type):
        fields = {f.name: getattr(config, f.name) for f in dataclasses.fields(config)}
    else:
        held = vars(config) if hasattr(config, "__dict__") else {}
        fields = {name: value for name, value in held.items() if not name.startswith("_")}
    return event_codec.encode(without_secrets(_data(_set_ones(fields))))


def _data(value: Any) -> Any:
    match value:
        case Enum():
            found = _data(value.value)
        case None | bool() | int() | float() | str():
            found = value
        case BaseModel():
            found = _data(_set_ones(value.model_dump(mode="python")))
        case Mapping():
            plain = {made_plain(str(name)): _data(item) for name, item in value.items()}
            # The codec keeps the order of what has a name that it uses itself.
            found = dict(sorted(plain.items()))
        case list() | tuple():
            found = [_data(item) for item in value]
        case set() | frozenset():
            found = sorted((_data(item) for item in value), key=repr)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
            found = _data(_set_ones(fields))
        case _:
            found = type_path(value if isinstance(value, type) else type(value))
    return found


def _set_ones(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are set: a release of AG2 may have more of them than another."""
    unset = {"NoneType", "Omit", "NotGiven"}
    return {name: value for name, value in fields.items() if type(value).__name__ not in unset}


def _question(events: Sequence[BaseEvent]) -> str | None:
    last = events[-1] if events else None
    if not isinstance(last, ModelRequest):
        return None
    texts = [part.content if isinstance(part, TextInput) else None for part in last.parts]
    if not texts or any(text is None for text in texts):
        return None
    return made_plain("\n".join(text for text in texts if text is not None))


def _before(events: Sequence[BaseEvent]) -> str | None:
    """Return the newest texts of user and model among messages, a line each."""
    found: dict[type[BaseEvent], str] = {}
    for event in reversed(events):
        kind, text = _said(event)
        if text and kind not in found:
            found[kind] = text
            if len(found) == 2:
                break
    texts = [found[kind] for kind in (ModelRequest, ModelResponse) if kind in found]
    return made_plain("\n".join(texts)) or None


def _earlier(events: Sequence[BaseEvent], messages: Sequence[Any]) -> str | None:
    """Return the hash of the messages before the newest one of the user's."""
    places = [place for place, event in enumerate(events) if isinstance(event, ModelRequest)]
    if not places:
        return None
    return _sha256({"version": key_version, "messages": messages[: places[-1]]})


def _said(event: BaseEvent) -> tuple[type[BaseEvent], str]:
    if isinstance(event, ModelRequest):
        return ModelRequest, _joined(p.content for p in event.parts if isinstance(p, TextInput))
    if isinstance(event, ModelResponse):
        return ModelResponse, event.content or ""
    return BaseEvent, ""


def _joined(texts: Iterable[str]) -> str:
    return "\n".join(texts)


def _sha256(value: Any) -> str:
    return hashlib.sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()

"""Answers as they are stored and given again, and which of them are stored at all."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from secrets import token_hex
from typing import Any

from ag2.context import ConversationContext
from ag2.events import (
    BaseEvent,
    BuiltinToolCallEvent,
    ModelResponse,
    UnknownEvent,
    UsageEvent,
)
from ag2.response import ResponseProto

from retold.agents.caching.key import is_call_id
from retold.agents.codec import decode_event, encode_event
from retold.domain.cache.events import CachedAnswer, NotStoredReason
from retold.errors import RetoldError
from retold.store.codec.values import made_plain

# Of all providers AG2 has a client for, in lower case, without what some put before it.
_refusals = frozenset(
    {
        "blocklist",
        "content_filter",
        "content_filtered",
        "guardrail_intervened",
        "image_safety",
        "prohibited_content",
        "recitation",
        "refusal",
        "safety",
        "sensitive",
        "spii",
    }
)
_incomplete = frozenset(
    {
        "abort",
        "cancelled",
        "error",
        "failed",
        "in_progress",
        "incomplete",
        "insufficient_system_resource",
        "length",
        "load",
        "malformed_function_call",
        "max_len",
        "max_tokens",
        "model_context_window_exceeded",
        "model_length",
        "network_error",
        "pause_turn",
        "time_limit",
        "unexpected_tool_call",
    }
)
_prefix = "finish_reason_"


def stored_form(response: ModelResponse, published: Iterable[BaseEvent]) -> CachedAnswer:
    """Return an answer as it is stored.

    Args:
        response: of the model.
        published: by its client before it. What it says of tokens is left out: they are spent.
    """
    return CachedAnswer(
        response=encode_event(response),
        published=tuple(
            encode_event(event) for event in published if not isinstance(event, UsageEvent)
        ),
    )


def tools_in(response: ModelResponse, published: Iterable[BaseEvent]) -> tuple[str, ...]:
    """Return the names of the tools an answer calls, those the provider ran by itself included."""
    ran = [event.name for event in published if isinstance(event, BuiltinToolCallEvent)]
    return tuple(made_plain(name) for name in (*ran, *(c.name for c in response.tool_calls.calls)))


def only_text(response: ModelResponse, published: Iterable[BaseEvent]) -> str | None:
    """Return the text of an answer that is nothing else; None of any other."""
    text = response.content
    if not (text or "").strip() or response.files or tools_in(response, published):
        return None
    return text


async def why_not_stored(
    response: ModelResponse,
    published: Sequence[BaseEvent],
    *,
    context: ConversationContext,
    response_schema: ResponseProto[Any] | None,
    volatile: Iterable[str],
    read_only_tools: Collection[str],
    accepts: Callable[[ModelResponse], bool] | None,
) -> NotStoredReason | None:
    """Return why an answer is not to be given again; None when it is.

    Args:
        response: of the model.
        published: by its client before it.
        context: of the call.
        response_schema: that was asked for.
        volatile: texts of the request that are not part of its key.
        read_only_tools: names of the tools that change nothing.
        accepts: decides last.

    Raises:
        Exception: what ``accepts`` raises.
    """
    finish = str(response.finish_reason or "").lower().removeprefix(_prefix)
    calls = response.tool_calls.calls
    has_text = bool((response.content or "").strip())
    reason: NotStoredReason | None = None
    if finish in _refusals:
        reason = "refusal"
    elif finish in _incomplete:
        reason = "incomplete"
    elif not (has_text or calls or response.files):
        reason = "empty"
    elif not set(tools_in(response, published)) <= set(read_only_tools):
        reason = "tool_calls"
    elif _names(response, volatile):
        reason = "names_a_task"
    elif not calls and not await _is_valid(response, response_schema, context):
        reason = "invalid"
    elif accepts is not None and not accepts(response):
        reason = "declined"
    return reason


def _names(response: ModelResponse, volatile: Iterable[str]) -> bool:
    text = json.dumps(encode_event(response), ensure_ascii=False)
    return any(found in text for found in volatile)


async def _is_valid(
    response: ModelResponse,
    response_schema: ResponseProto[Any] | None,
    context: ConversationContext,
) -> bool:
    """Return whether an answer is of the form asked for: one that is not is asked for again."""
    if response_schema is None or response.content is None:
        return True
    try:
        await response_schema.validate(response.content, context)
    except RetoldError:
        raise
    except Exception:
        # Whatever a schema raises, a user's own included, it is not of that form.
        return False
    return True


class ReplayedAnswer:
    """A stored answer as new events, to be given once.

    Attributes:
        response: with no tokens used.
        is_readable: whether all of it could be read; otherwise it must not be given.
    """

    def __init__(self, answer: CachedAnswer) -> None:
        """Read an answer.

        Args:
            answer: as it is stored. Its tool calls get new ids, since a conversation that is given
                an answer twice would take the second call for the first.
        """
        given = {name: item for name, item in answer.response.items() if name != "usage"}
        calls = given.get("tool_calls")
        named = calls.get("calls", ()) if isinstance(calls, dict) else ()
        ids = {call["id"]: f"call_{token_hex(12)}" for call in named if "id" in call}
        now = time.time()
        self._published = [decode_event(_renewed(e, ids, now)) for e in answer.published]
        self.response = decode_event(_renewed(given, ids, now))
        self.is_readable = isinstance(self.response, ModelResponse) and not any(
            isinstance(event, UnknownEvent) for event in self._published
        )

    async def give(self, context: ConversationContext) -> ModelResponse:
        """Publish what the client had published, and return the response."""
        for event in self._published:
            await context.send(event)
        if not isinstance(self.response, ModelResponse):
            raise TypeError("an answer that cannot be read was given")
        return self.response


def _renewed(value: Any, ids: dict[str, str], now: float) -> Any:
    """Return a record with the time of giving it, and with new ids of tool calls."""
    match value:
        case dict():
            name = str(value.get("$", ""))
            renewed: dict[str, Any] = {}
            for field, item in value.items():
                if field == "created_at" and name.startswith("ag2."):
                    renewed[field] = now
                elif isinstance(item, str) and is_call_id(name, field):
                    renewed[field] = ids.get(item, item)
                else:
                    renewed[field] = _renewed(item, ids, now)
            return renewed
        case list() | tuple():
            return [_renewed(item, ids, now) for item in value]
        case _:
            return value

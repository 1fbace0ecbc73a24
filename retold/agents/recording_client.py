"""A model client that records what it is given and what comes of it."""

from __future__ import annotations

import asyncio
import dataclasses
import math
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any

from ag2.config import LLMClient, ModelConfig
from ag2.context import ConversationContext
from ag2.events import BaseEvent, ModelResponse, Usage
from ag2.response import ResponseProto
from ag2.tools.schemas import ToolSchema
from fast_depends.library.serializer import SerializerProto

from retold.agents.call_trail import note_outcome
from retold.agents.codec import encode_event
from retold.agents.policies.checking import Checking
from retold.agents.policies.offers import name_of
from retold.agents.request import contents_of, model_of, request_of
from retold.agents.scope import current_turn
from retold.agents.secrets import error_info
from retold.agents.seen_messages import seen_in
from retold.agents.storage import Storage, agent_name
from retold.agents.tee import TeeContext
from retold.domain.model_call import (
    ModelCallCompleted,
    ModelCallFailed,
    ModelCallStarted,
)
from retold.errors import RetoldError
from retold.logs import get_logger
from retold.store import EventStore
from retold.store.codec.values import made_plain
from retold.store.content import record_content
from retold.store.row import new_event_id
from retold.store.uninterrupted import uninterrupted

log = get_logger("retold.model")


class RecordingClient(LLMClient):
    """Calls a provider's client and records each attempt, before and after."""

    def __init__(self, config: ModelConfig, storage: Storage, store: EventStore) -> None:
        """Create the provider's client.

        Args:
            config: of the provider.
            storage: finds the conversation of a call.
            store: where contents go.
        """
        self._config = config
        self._client = config.create()
        self._storage = storage
        self._store = store
        # By turn and request: whoever retries calls the same client.
        self._failures: Counter[tuple[str | None, str]] = Counter()

    async def __call__(
        self,
        messages: Sequence[BaseEvent],
        context: ConversationContext,
        *,
        tools: Iterable[ToolSchema],
        response_schema: ResponseProto[Any] | None,
        serializer: SerializerProto,
    ) -> ModelResponse:
        """Call the model; see ``ag2.config.LLMClient``.

        Raises:
            TurnAborted: when the attempt cannot be recorded; before it, no model is called.
            Exception: what the provider's client raises.
        """
        messages, tools = list(messages), list(tools)
        conversation = await self._storage.conversation_of_call(context)
        agent = agent_name(context)
        policies = self._storage.policies.governing(conversation)
        is_ours = context.stream.history.storage is self._storage
        checking = None
        if policies is not None:
            checking = Checking(policies, conversation, agent, can_tell=is_ours)
        if checking is not None:
            await checking.before_model_call(model_of(self._config))
            tools = [tool for tool in tools if await checking.offers(name_of(tool))]
        shown, spans = await conversation.guard.or_abort(
            seen_in(conversation).look_at(self._store, conversation, messages)
        )
        request = request_of(self._config, shown, context, tools, response_schema)
        request_hash = request.hash
        attempted = (_turn(), request_hash)
        started = ModelCallStarted(
            call=str(new_event_id()),
            attempt=1 + self._failures[attempted],
            provider=request.provider,
            model=request.model,
            messages=spans,
            request_hash=request_hash,
            **await conversation.guard.or_abort(self._contents(contents_of(request))),
        )
        (started_id,) = await conversation.record(
            started, agent=agent, caused_by=conversation.causes.of_model_call
        )
        holds = policies is not None and policies.holder is not None
        tee = TeeContext.of(context, holds=holds)
        began = time.monotonic()
        try:
            response = await self._client(
                messages,
                tee,
                tools=tools,
                response_schema=response_schema,
                serializer=serializer,
            )
        except (Exception, asyncio.CancelledError) as error:
            self._failures[attempted] += 1
            failed = ModelCallFailed(
                call=started.call,
                error=error_info(self._store, error),
                outcome="cancelled" if isinstance(error, asyncio.CancelledError) else "error",
                published=_encoded(tee.published),
                latency_ms=_milliseconds_since(began),
            )
            try:
                (failed_id,) = await uninterrupted(
                    conversation.record(failed, agent=agent, caused_by=started_id)
                )
                note_outcome(failed_id)
            except RetoldError as failure:
                # The provider's error, or the cancellation, is the one to raise; the turn is
                # aborted by now, and refuses what comes next.
                log.warning("model call not recorded", call=started.call, error=failure.code)
            raise
        del self._failures[attempted]
        completed = ModelCallCompleted(
            call=started.call,
            response=encode_event(response),
            published=_encoded(tee.published),
            usage=usage_counts(response.usage),
            finish_reason=_text(response.finish_reason),
            latency_ms=_milliseconds_since(began),
        )
        (completed_id,) = await conversation.record(completed, agent=agent, caused_by=started_id)
        note_outcome(completed_id)
        if policies is not None:
            usage = usage_counts(response.usage)
            tokens = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
            policies.used.spend(started.model, *tokens)
            # What the client returned may be its own; policies change texts in it.
            response = copy(response)
        if checking is not None and (holds or not is_ours):
            # Of a stream that is not recorded, nobody else asks about the answer.
            said = response.content
            await checking.response(response)
            await tee.release(None if response.content == said else response.message)
        return response

    async def _contents(self, contents: Iterable[tuple[str, str, Any]]) -> dict[str, str]:
        return {
            name: await record_content(self._store, kind, content)
            for name, kind, content in contents
        }


def _turn() -> str | None:
    scope = current_turn.get()
    return None if scope is None else scope.turn


def _encoded(events: Iterable[BaseEvent]) -> tuple[dict[str, Any], ...]:
    return tuple(encode_event(event) for event in events)


def usage_counts(usage: Usage) -> dict[str, float]:
    """Return the counts that are numbers; the response has whatever else the provider said."""
    if not isinstance(usage, Usage):
        return {}
    counts = {f.name: getattr(usage, f.name) for f in dataclasses.fields(usage)}
    return {
        name: count
        for name, count in counts.items()
        if isinstance(count, int | float) and math.isfinite(count)
    }


def _text(value: object) -> str | None:
    return None if value is None else made_plain(str(value))


def _milliseconds_since(began: float) -> float:
    return round((time.monotonic() - began) * 1_000, 3)

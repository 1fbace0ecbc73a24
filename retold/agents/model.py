"""A proxy for AG2's ``ModelConfig`` that records every attempt to call the model."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Generic, Self, TypeVar, cast

from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.context import ConversationContext
from ag2.events import BaseEvent, ModelResponse
from ag2.files.protocol import FilesClient
from ag2.response import ResponseProto
from ag2.tools.schemas import ToolSchema
from fast_depends.library.serializer import SerializerProto

from retold.agents.codec import encode_event
from retold.agents.conversation import Conversation
from retold.agents.request import Request, contents_of, request_of
from retold.agents.storage import Storage, agent_name
from retold.domain.conversation_state import Reference, spans
from retold.domain.event import JsonObject
from retold.domain.recording import (
    ErrorInfo,
    ModelCallCompleted,
    ModelCallFailed,
    ModelCallStarted,
    SeenSpan,
)
from retold.errors import RetoldError
from retold.store import EventStore
from retold.store.content import record_content
from retold.store.row import new_event_id

C = TypeVar("C", bound=ModelConfig)


class RecordedModel(ModelConfig, Generic[C]):
    """A model configuration whose calls are recorded; everything else is the inner one's.

    Made by ``log.model(config)``. A conversation recorded elsewhere, or not at all, has its model
    calls recorded all the same.
    """

    def __init__(self, inner: C, storage: Storage, store: EventStore) -> None:
        """Store what is needed.

        Args:
            inner: the configuration to call.
            storage: finds the conversation of a call.
            store: where contents go.
        """
        self.inner = inner
        self._storage = storage
        self._store = store

    @property
    def provider(self) -> ModelProvider:
        """The inner configuration's provider."""
        return self.inner.provider

    @property
    def model(self) -> str:
        """The inner configuration's model."""
        return self.inner.model

    def copy(self, **overrides: Any) -> Self:
        """Return this configuration over a copy of the inner one."""
        return type(self)(self.inner.copy(**overrides), self._storage, self._store)

    def create(self) -> LLMClient:
        """Return a client that records each call."""
        return _RecordingClient(self.inner, self._storage, self._store)

    def create_files_client(self) -> FilesClient[Any]:
        """Return the inner configuration's client for files."""
        return self.inner.create_files_client()

    def __getattr__(self, name: str) -> Any:
        # Reached only for what this class has not: temperature, base_url and so on.
        if name.startswith("_") or name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)


class _TeeContext(ConversationContext):
    """A context that also keeps what the client publishes: chunks, reasoning, builtin calls."""

    __slots__ = ("_outer", "published")
    _outer: ConversationContext
    published: list[BaseEvent]

    @classmethod
    def of(cls, outer: ConversationContext) -> _TeeContext:
        values = {f.name: getattr(outer, f.name) for f in dataclasses.fields(ConversationContext)}
        tee = cls(**values)
        tee._outer = outer
        tee.published = []
        return tee

    async def send(self, event: BaseEvent) -> None:
        self.published.append(event)
        await self._outer.send(event)


class _RecordingClient(LLMClient):
    def __init__(self, config: ModelConfig, storage: Storage, store: EventStore) -> None:
        self._config = config
        self._client = config.create()
        self._storage = storage
        self._store = store
        self._failures: Counter[str] = Counter()

    async def __call__(
        self,
        messages: Sequence[BaseEvent],
        context: ConversationContext,
        *,
        tools: Iterable[ToolSchema],
        response_schema: ResponseProto[Any] | None,
        serializer: SerializerProto,
    ) -> ModelResponse:
        messages, tools = list(messages), list(tools)
        conversation = await self._storage.conversation(context.stream.id)
        records = [(message, encode_event(message)) for message in messages]
        request = request_of(self._config, records, context, tools, response_schema)
        request_hash = request.hash
        agent = agent_name(context)
        call = str(new_event_id())
        started = await self._started(
            call, conversation, request, records, 1 + self._failures[request_hash]
        )
        (started_id,) = await conversation.record(
            started, agent=agent, caused_by=conversation.model_call_cause
        )
        tee = _TeeContext.of(context)
        began = time.monotonic()
        try:
            response = await self._client(
                messages,
                tee,
                tools=tools,
                response_schema=response_schema,
                serializer=serializer,
            )
        except BaseException as error:
            self._failures[request_hash] += 1
            failed = ModelCallFailed(
                call=call,
                error=ErrorInfo.of(error),
                outcome="cancelled" if isinstance(error, asyncio.CancelledError) else "error",
                published=_encoded(tee.published),
                latency_ms=_milliseconds_since(began),
            )
            await _record_failure(conversation, failed, agent)
            raise
        del self._failures[request_hash]
        completed = ModelCallCompleted(
            call=call,
            response=encode_event(response),
            published=_encoded(tee.published),
            usage={
                name: count
                for name, count in dataclasses.asdict(response.usage).items()
                if count is not None
            },
            finish_reason=response.finish_reason,
            latency_ms=_milliseconds_since(began),
        )
        await conversation.record(completed, agent=agent, caused_by=started_id)
        return response

    async def _started(
        self,
        call: str,
        conversation: Conversation,
        request: Request,
        messages: Sequence[tuple[BaseEvent, JsonObject]],
        attempt: int,
    ) -> ModelCallStarted:
        contents = list(contents_of(request))
        hashes = await asyncio.gather(
            *(record_content(self._store, kind, content) for _, kind, content in contents)
        )
        return ModelCallStarted(
            call=call,
            attempt=attempt,
            provider=request.provider,
            model=request.model,
            messages=await self._seen(conversation, messages),
            request_hash=request.hash,
            **{name: digest for (name, _, _), digest in zip(contents, hashes, strict=True)},
        )

    async def _seen(
        self, conversation: Conversation, messages: Sequence[tuple[BaseEvent, JsonObject]]
    ) -> tuple[SeenSpan, ...]:
        """Refer to what the model saw: recorded events as runs, anything else by content."""
        seen: list[SeenSpan] = []
        run: list[Reference] = []
        for message, record in messages:
            reference = conversation.reference_of(message, record)
            if reference is not None:
                run.append(reference)
                continue
            seen += _as_spans(conversation, run)
            run = []
            digest = await record_content(self._store, "message", record)
            seen.append(SeenSpan(content=digest))
        return tuple([*seen, *_as_spans(conversation, run)])


def _as_spans(conversation: Conversation, run: Sequence[Reference]) -> list[SeenSpan]:
    return [
        SeenSpan(first=span.first, last=span.last, stream=span.stream)
        for span in spans(conversation.stream, run)
    ]


def _encoded(events: Iterable[BaseEvent]) -> tuple[dict[str, Any], ...]:
    return tuple(cast(dict[str, Any], encode_event(event)) for event in events)


async def _record_failure(
    conversation: Conversation, failed: ModelCallFailed, agent: str | None
) -> None:
    try:
        await asyncio.shield(conversation.record(failed, agent=agent))
    except RetoldError:
        # The provider's error, or the cancellation, is the one to raise; the conversation is
        # aborted by now, and refuses what comes next.
        return


def _milliseconds_since(began: float) -> float:
    return round((time.monotonic() - began) * 1_000, 3)

"""Why something happened: the chain of causes of an event, up to what a user said."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.model_call import ModelCallStarted
from retold.domain.recording import EventRecorded, MessageImported, conversation_of
from retold.errors import ContentNotFound, VersionNotFound
from retold.projections.explaining.edges import Edge, EdgeKind, causes_of
from retold.projections.explaining.inference import Inference
from retold.projections.payload import (
    mapping_of,
    model_request_types,
    objects_of,
    plain_text,
    type_of,
)
from retold.store.content import read_content
from retold.store.log import EventStore

default_steps = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInput:
    """What a model was given, beside the messages: contents recorded once, found by their hash.

    Attributes:
        provider: name of the provider; None when unknown.
        model: name of the model; None when unknown.
        prompt: the system prompts it was really given, in order.
        tools: schemas of the tools it was offered.
        schema: of the response asked for; None when that was free text.
        parameters: of the model's configuration, without secrets.
        missing: hashes of those contents the log does not hold.
    """

    provider: str | None
    model: str | None
    prompt: tuple[str, ...]
    tools: tuple[JsonObject, ...]
    schema: JsonObject | None
    parameters: JsonObject
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """An event in a chain of causes.

    Attributes:
        event: the event.
        distance: how many steps it is from the event asked about, which is at 0.
        effect: place in :attr:`Why.steps` of the event that it led to; None for the first.
        kind: how that is known; None for the first.
        reason: the same in words; empty for the first.
        model_input: what the model was given, when the event is the start of a model call.
    """

    event: RecordedEvent
    distance: int
    effect: int | None = None
    kind: EdgeKind | None = None
    reason: str = ""
    model_input: ModelInput | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """The chain of causes of an event.

    Attributes:
        steps: the event itself, then what led to it, each once, the nearest first.
        cut: whether it goes on beyond the steps asked for.
    """

    steps: tuple[Step, ...]
    cut: bool

    @property
    def model_inputs(self) -> tuple[ModelInput, ...]:
        """What the models in the chain were given, the nearest first."""
        return tuple(step.model_input for step in self.steps if step.model_input is not None)


async def why(store: EventStore, stream: str, version: int, *, limit: int = default_steps) -> Why:
    """Follow the causes of an event up to what a user said in the session.

    From a nested conversation it goes on to what delegated to it.

    Args:
        store: the log.
        stream: of the conversation.
        version: of the event.
        limit: events to return at the most.

    Raises:
        VersionNotFound: when the stream has no such version.
        InvalidStreamName, StreamNotFound, StoreError: when the stream cannot be read.
        ValueError: when the limit is below 1.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}: give at least 1")
    first = None
    if version >= 1:
        async for event in store.read_stream(stream, from_version=version, to_version=version):
            first = event
    if first is None:
        head = await store.head(stream)
        raise VersionNotFound(stream, version, 0 if head is None else head.version)
    return await _Chain(store, stream, limit).follow(first)


class _Chain:
    def __init__(self, store: EventStore, stream: str, limit: int) -> None:
        self._store = store
        self._stream = stream
        self._limit = limit
        # By stream: the versions that led to each version, with their reasons.
        self._inferred: dict[str, dict[int, dict[int, str]]] = {}

    async def follow(self, first: RecordedEvent) -> Why:
        found = [Step(event=first, distance=0, model_input=await self._input_of(first))]
        seen = {first.event_id_bytes}
        waiting = deque([0])
        while waiting:
            place = waiting.popleft()
            for edge in await self._causes(found[place].event):
                if edge.event.event_id_bytes in seen:
                    continue
                if len(found) == self._limit:
                    return Why(tuple(found), cut=True)
                seen.add(edge.event.event_id_bytes)
                waiting.append(len(found))
                found.append(
                    Step(
                        event=edge.event,
                        distance=found[place].distance + 1,
                        effect=place,
                        kind=edge.kind,
                        reason=edge.reason,
                        model_input=await self._input_of(edge.event),
                    )
                )
        return Why(tuple(found), cut=False)

    async def _causes(self, event: RecordedEvent) -> list[Edge]:
        stream = await self._read_as(event)
        inferred = (await self._inferred_in(stream)).get(event.version, {})
        causes = [edge async for edge in causes_of(self._store, stream, event, inferred)]
        if _is_users(event):
            # Here the chain ends, but for the messages that a request delivers.
            return [edge for edge in causes if edge.kind is EdgeKind.INFERRED]
        return causes

    async def _read_as(self, event: RecordedEvent) -> str:
        """Return the stream to read an event's conversation from: a fork has its parent's."""
        if event.stream == self._stream:
            return event.stream
        async for same in self._store.read_stream(
            self._stream, from_version=event.version, to_version=event.version
        ):
            if same.event_id_bytes == event.event_id_bytes:
                return self._stream
        return event.stream

    async def _inferred_in(self, stream: str) -> dict[int, dict[int, str]]:
        if stream not in self._inferred:
            inference = Inference()
            found: dict[int, dict[int, str]] = {}
            async for event in self._store.read_stream(stream):
                causes = inference.causes_of(event)
                if causes:
                    found[event.version] = {cause.version: cause.reason for cause in causes}
            self._inferred[stream] = found
        return self._inferred[stream]

    async def _input_of(self, event: RecordedEvent) -> ModelInput | None:
        return await model_input(self._store, event)


def _is_users(event: RecordedEvent) -> bool:
    """Return whether an event is what a user said in a session, not in a nested conversation."""
    if event.metadata.get("session", conversation_of(event.stream)) != conversation_of(
        event.stream
    ):
        return False
    if event.type == MessageImported.type:
        return event.data.get("role") == "user"
    payload = mapping_of(event.data.get("event"))
    return event.type == EventRecorded.type and type_of(payload) in model_request_types


async def model_input(store: EventStore, event: RecordedEvent) -> ModelInput | None:
    """Return what a model was given in the call that an event begins; None for other events.

    Args:
        store: the log, which holds the contents the event names by hash.
        event: any event.

    Raises:
        StoreError: when the log cannot be read.
    """
    if event.type != ModelCallStarted.type:
        return None
    missing: list[str] = []

    async def content(name: str) -> Any:
        digest = event.data.get(name)
        if not isinstance(digest, str):
            return None
        try:
            return await read_content(store, digest)
        except ContentNotFound:
            missing.append(digest)
            return None

    prompt, tools = await content("prompt_hash"), await content("tools_hash")
    schema, parameters = await content("schema_hash"), await content("parameters_hash")
    provider, model = event.data.get("provider"), event.data.get("model")
    return ModelInput(
        provider=provider if isinstance(provider, str) else None,
        model=model if isinstance(model, str) else None,
        prompt=tuple(map(plain_text, prompt if isinstance(prompt, list) else ())),
        tools=tuple(objects_of(tools)),
        schema=None if schema is None else mapping_of(schema),
        parameters=mapping_of(parameters),
        missing=tuple(missing),
    )

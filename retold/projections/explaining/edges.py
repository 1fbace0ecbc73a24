"""What led to an event, and what it led to: what was recorded apart from what was inferred."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from retold.domain.cache.events import CacheCoalesced, CacheHit
from retold.domain.recorded import RecordedEvent
from retold.projections.explaining.inference import Inference
from retold.store.heads import StreamHead
from retold.store.log import EventStore

recorded_reason = "it was recorded as the cause"
served_reason = "its answer was served from the cache"
default_edges = 50


class EdgeKind(StrEnum):
    """How it is known that one event led to another."""

    RECORDED = "recorded"
    INFERRED = "inferred"


@dataclass(frozen=True, slots=True)
class Edge:
    """An event at the other end of a cause and its effect.

    Attributes:
        event: the cause, or the effect.
        kind: ``recorded`` when the effect names its cause (its causation id), ``inferred`` when
            it follows from the order of the conversation's events.
        reason: in words.
    """

    event: RecordedEvent
    kind: EdgeKind
    reason: str


@dataclass(frozen=True, slots=True)
class Edges:
    """What an event is connected with.

    Attributes:
        causes: what led to it, the recorded cause first.
        effects: what it led to, in the order of the stream, then of the other streams.
        causes_cut: whether there are more causes than were asked for.
        effects_cut: whether there are more effects than were asked for.
    """

    causes: tuple[Edge, ...]
    effects: tuple[Edge, ...]
    causes_cut: bool
    effects_cut: bool


async def edges_of(
    store: EventStore, stream: str, event: RecordedEvent, *, limit: int = default_edges
) -> Edges:
    """Return the causes and effects of an event.

    Its stream is read, and for recorded effects the other streams of its session; neither is held
    in memory. The cause it names is found wherever in the log it is.

    Args:
        store: the log.
        stream: the stream it was read from: its own, or a fork of that.
        event: the event.
        limit: causes, and effects, to return at the most.

    Raises:
        ValueError: when the limit is below 1.
        StoreError: when the log cannot be read.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}: give at least 1")
    versions: dict[int, str] = {}
    effects: list[Edge] = []
    seen: set[bytes] = set()
    async for effect in _effects(store, stream, event, versions):
        # A fork and its parent have events in common.
        if effect.event.event_id_bytes not in seen:
            seen.add(effect.event.event_id_bytes)
            effects.append(effect)
        if len(effects) > limit:
            break
    causes = [edge async for edge in causes_of(store, stream, event, versions)]
    return Edges(
        tuple(causes[:limit]), tuple(effects[:limit]), len(causes) > limit, len(effects) > limit
    )


async def causes_of(
    store: EventStore, stream: str, event: RecordedEvent, inferred: dict[int, str]
) -> AsyncIterator[Edge]:
    """Yield the causes of an event, the recorded one first.

    Args:
        store: the log.
        stream: the stream it was read from.
        event: the event.
        inferred: versions of that stream that led to it, each with its reason.
    """
    named = None if event.causation_id is None else await store.find_event(event.causation_id)
    if named is not None:
        yield Edge(named, EdgeKind.RECORDED, recorded_reason)
    stored = await _served(store, event)
    if stored is not None:
        yield Edge(stored, EdgeKind.RECORDED, served_reason)
    for version, reason in inferred.items():
        async for cause in store.read_stream(stream, from_version=version, to_version=version):
            if named is None or cause.event_id_bytes != named.event_id_bytes:
                yield Edge(cause, EdgeKind.INFERRED, reason)


async def _served(store: EventStore, event: RecordedEvent) -> RecordedEvent | None:
    """Return the event that stored the answer a cache served; None where none was served."""
    if event.type not in {CacheHit.type, CacheCoalesced.type}:
        return None
    with suppress(ValueError):
        return await store.find_event(UUID(str(event.data.get("entry"))))
    return None


async def _effects(
    store: EventStore, stream: str, event: RecordedEvent, causes: dict[int, str]
) -> AsyncIterator[Edge]:
    """Yield the effects of an event, and put the versions of its inferred causes in ``causes``."""
    inference = Inference()
    async for other in store.read_stream(stream):
        inferred = inference.causes_of(other)
        if other.version == event.version:
            causes |= {cause.version: cause.reason for cause in inferred}
        elif other.causation_id_bytes == event.event_id_bytes:
            yield Edge(other, EdgeKind.RECORDED, recorded_reason)
        else:
            for reason in (c.reason for c in inferred if c.version == event.version):
                yield Edge(other, EdgeKind.INFERRED, reason)
    async for head in _beside(store, stream, event):
        # What a fork has of its parent is read there.
        own = (head.parent_version or 0) + 1
        async for other in store.read_stream(head.stream, from_version=own):
            if other.causation_id_bytes == event.event_id_bytes:
                yield Edge(other, EdgeKind.RECORDED, recorded_reason)


async def _beside(
    store: EventStore, stream: str, event: RecordedEvent
) -> AsyncIterator[StreamHead]:
    session = event.metadata.get("session")
    if isinstance(session, str):
        async for head in store.streams(session=session, tombstoned=True):
            if head.stream != stream:
                yield head

"""Vectors like those of real questions, and the events that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import numpy as np

from retold.domain.cache.events import (
    CachedAnswer,
    CacheEntryEvicted,
    CacheEntryExpired,
    CacheEntryInvalidated,
    CacheEntryRejected,
    CacheEntryStored,
    cache_stream,
)
from retold.domain.cache.meaning import CacheAliasAdded, CacheEntryEmbedded
from retold.domain.event import DomainEvent, RecordedEvent
from retold.embedding import Vectors, vector_to_text
from retold.projections.semantic_index import IndexSettings, Neighbour, SemanticIndex

embedder = "made@1"
moment = datetime(2026, 1, 1, tzinfo=UTC)
# Small enough that a handful of vectors is in both forms, one after the other.
tiny = IndexSettings(exact_up_to=20, most_beside=4, slice_size=3)
exact = IndexSettings(exact_up_to=1_000_000)


def clustered(count: int, *, dimension: int = 16, seed: int = 0, of: int = 12) -> Vectors:
    """Return vectors of length 1 in groups of some ``of``, as questions about one thing are."""
    chance = np.random.default_rng(seed)
    centres = chance.normal(size=(max(1, count // of), dimension))
    made = centres[chance.integers(0, len(centres), count)]
    return unit(made + 0.5 * chance.normal(size=(count, dimension)))


def near(vectors: Vectors, *, seed: int = 1, by: float = 0.1) -> Vectors:
    """Return vectors a little away from these."""
    chance = np.random.default_rng(seed)
    return unit(vectors + by * chance.normal(size=vectors.shape) / np.sqrt(vectors.shape[1]))


def unit(vectors: Any) -> Vectors:
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    made: Vectors = (vectors / lengths).astype(np.float32)
    return made


def embedded(
    entry: str, vector: Vectors, *, partition: str = "p", context: Vectors | None = None
) -> CacheEntryEmbedded:
    return CacheEntryEmbedded(
        entry=entry,
        partition=partition,
        embedder=embedder,
        dimension=len(vector),
        vector=vector_to_text(vector),
        context_vector=None if context is None else vector_to_text(context),
    )


def alias(
    entry: str, entry_key: str, key: str, vector: Vectors, *, partition: str = "p"
) -> CacheAliasAdded:
    return CacheAliasAdded(
        entry=entry,
        entry_key=entry_key,
        key=key,
        question="?",
        partition=partition,
        embedder=embedder,
        dimension=len(vector),
        vector=vector_to_text(vector),
        similarity=0.9,
        judge="test",
    )


def stored(entry: str, key: str, *, replaces: str | None = None) -> CacheEntryStored:
    return CacheEntryStored(
        entry=entry,
        cache="c",
        key=key,
        key_version=1,
        partition="exact",
        context="0",
        answer=CachedAnswer(response={}),
        stored_at=moment,
        replaces=replaces,
    )


def expired(entry: str) -> CacheEntryExpired:
    return CacheEntryExpired(entry=entry, expired_at=moment, at=moment)


def gone(entry: str, how: str) -> DomainEvent:
    """Return the event that removes an entry in one of the four ways."""
    return {
        "expired": expired(entry),
        "evicted": CacheEntryEvicted(entry=entry, policy="lru", capacity=1),
        "invalidated": CacheEntryInvalidated(entry=entry, by="age"),
        "rejected": CacheEntryRejected(entry=entry),
    }[how]


class MadeLog:
    """Records events in memory as a log would: positions and versions without gaps."""

    def __init__(self) -> None:
        self.events: list[RecordedEvent] = []
        self._versions: dict[str, int] = {}

    def add(self, key: str, *events: DomainEvent) -> list[RecordedEvent]:
        """Record events in the stream of a key, and return them."""
        stream = cache_stream(key)
        added = []
        for event in events:
            version = self._versions[stream] = self._versions.get(stream, 0) + 1
            new = event.to_new_event()
            recorded = RecordedEvent(
                position=len(self.events) + 1,
                transaction_id=0,
                stream=stream,
                version=version,
                event_id=uuid4(),
                type=new.type,
                schema_version=new.schema_version,
                data=new.data,
                metadata={},
                correlation_id=None,
                causation_id=None,
                occurred_at=None,
                recorded_at=moment,
                tenant="default",
                digest=b"",
            )
            self.events.append(recorded)
            added.append(recorded)
        return added

    def add_entry(self, number: int, vector: Vectors, **options: Any) -> list[RecordedEvent]:
        """Record that an entry was stored and embedded, ``e<number>`` under ``k<number>``."""
        entry, key = f"e{number}", f"k{number}"
        return self.add(key, stored(entry, key), embedded(entry, vector, **options))

    @classmethod
    def of(cls, vectors: Vectors) -> MadeLog:
        made = cls()
        for number, vector in enumerate(vectors):
            made.add_entry(number, vector)
        return made


def folded(events: Iterable[RecordedEvent], settings: IndexSettings | None = None) -> SemanticIndex:
    """Return the index that events fold to."""
    index = SemanticIndex(settings)
    for event in events:
        index.apply(event)
    return index


async def answers(
    index: SemanticIndex, questions: Vectors, *, k: int = 3, partition: str = "p"
) -> list[list[Neighbour]]:
    return [await index.nearest(partition, question, k=k) for question in questions]


def nearest_of(vectors: Vectors, questions: Vectors) -> list[int]:
    """Return the row of the nearest vector to each question."""
    similarities = vectors.astype(np.float64) @ questions.astype(np.float64).T
    places: list[int] = similarities.argmax(axis=0).tolist()
    return places


def recall(found: Sequence[Sequence[Neighbour]], expected: Sequence[Sequence[Neighbour]]) -> float:
    """Return the share of questions with the same nearest entry, or one that is as near."""
    same = [
        bool(one) == bool(other)
        and (not one or one[0].entry == other[0].entry or one[0].similarity >= other[0].similarity)
        for one, other in zip(found, expected, strict=True)
    ]
    return sum(same) / max(1, len(same))

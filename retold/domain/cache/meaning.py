"""What is recorded of answers that are found by meaning: vectors, aliases and labels.

Vectors and aliases belong to the life of an entry and are in the streams ``cache-<key>``. Labels
say whether two answers were the same; they are what a threshold is controlled by, and have a stream
for each scope, ``cache_risk-<scope>``.
"""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from pydantic import Field

from retold.domain.cache.decision import Bar
from retold.domain.event import DomainEvent, EventRegistry

risk_category = "cache_risk"

LabelSource: TypeAlias = Literal["miss", "audit", "confirmed", "rejected"]
"""Where a label is from: a miss, whose fresh answer was compared with the nearest stored one; a hit
that was not served but asked anew, to see; or what somebody said of a hit."""


def risk_stream(scope: str) -> str:
    """Return the name of the stream of the labels of a scope."""
    return f"{risk_category}-{scope}"


class CacheEntryEmbedded(DomainEvent):
    """The meaning of an entry's question, by which it can be found; in the entry's own stream.

    Attributes:
        entry: id of the entry.
        partition: SHA-256, in hex, of all that must be equal: tenant, scope, provider, model,
            parameters, prompt, tools, response schema, embedder, and whether there is a context.
        embedder: name of what made the vectors.
        dimension: of each vector.
        vector: of the question, for a follow-up mixed with that of the user text before it, of
            length 1: 32-bit floats, the least significant byte first, in base64.
        context_vector: of the turn before alone; None for the first turn of a conversation.
    """

    type: ClassVar[str] = "cache.entry_embedded"
    entry: str
    partition: str
    embedder: str
    dimension: int = Field(ge=1)
    vector: str
    context_vector: str | None = None


class CacheAliasAdded(DomainEvent):
    """Another request was judged to have an entry's answer; in the stream of that request's key.

    Attributes:
        entry: id of the entry.
        entry_key: of the entry, which names its stream.
        key: of the other request.
        question: its last user text.
        partition: as of ``CacheEntryEmbedded``, as are the four after it.
        similarity: of the two requests.
        judge: name of what judged the two answers to be the same.
    """

    type: ClassVar[str] = "cache.alias_added"
    entry: str
    entry_key: str
    key: str
    question: str
    partition: str
    embedder: str
    dimension: int = Field(ge=1)
    vector: str
    context_vector: str | None = None
    similarity: float
    judge: str


class CacheVetoed(DomainEvent):
    """An entry was seen to be wrong for a request: it is served no more at or below a score.

    In the stream of the entry.

    Attributes:
        entry: id of the entry.
        similarity: what was held to the threshold: at and below it, the entry is not served.
        by: id of the label that says so.
    """

    type: ClassVar[str] = "cache.vetoed"
    entry: str
    similarity: float
    by: str | None = None


class CacheLabelled(DomainEvent):
    """It was found out whether a stored answer would have been right for a request.

    Attributes:
        scope: whose threshold it counts for.
        cache: name of the cache.
        entry: id of the nearest entry.
        key: of the request.
        similarity: of the two requests.
        score: what was held to the threshold; None when that was the similarity.
        equal: whether the answers are the same.
        probability: with which a request of that similarity was labelled, above 0 and at most 1.
        source: where the label is from.
        judge: name of what judged; None when somebody said so.
        guards: names of the guards that spoke against serving it.
        barred: what spoke against serving it beside its similarity; a threshold has no part in
            what becomes of such a request. None for nothing.
        lookup: id of the event that tells of the request; None when that is not known.
    """

    type: ClassVar[str] = "cache.labelled"
    scope: str
    cache: str
    entry: str
    key: str
    similarity: float
    score: float | None = None
    equal: bool
    probability: float = Field(default=1.0, gt=0, le=1)
    source: LabelSource
    judge: str | None = None
    guards: tuple[str, ...] = ()
    barred: Bar | None = None
    lookup: str | None = None


meaning_event_types = (CacheEntryEmbedded, CacheAliasAdded, CacheVetoed)
"""Further events of the streams ``cache-<key>``."""

cache_risk_events = EventRegistry(CacheLabelled)

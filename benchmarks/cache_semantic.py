"""What an answer found by meaning costs, against the embedder and hnswlib alone.

Questions are no entry's, and near to one. A lookup is the level's: the question is embedded, the
nearest entry is looked for and read again from the log, guards look at it, and it is decided. To
that comes the event of the hit, in the conversation. A whole hit is the model's client called as
AG2 calls it: there the request is made canonical, the exact level finds nothing before, and the
answer's events are made anew.

The reference embeds the same questions with the same embedder, and asks an hnswlib index of the
same vectors with the same M and ef, whatever the index does.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import hnswlib
import numpy as np
from ag2 import MemoryStream
from ag2.context import ConversationContext
from ag2.events import ModelRequest, TextInput
from fast_depends.pydantic import PydanticSerializer

import retold
from benchmarks.log import scratch_folder, sqlite_url
from benchmarks.measure import Settings
from benchmarks.model_call_cost import Answering
from benchmarks.result import Bar, Measured, Reference, Result
from retold import Cache, FixedThreshold, Meaning, SameText
from retold.agents.caching.by_meaning.known import known_of
from retold.agents.caching.by_meaning.levels import SemanticLevel
from retold.agents.caching.entries import entries_of
from retold.agents.caching.key import CacheKey
from retold.agents.caching.level import Found, Lookup
from retold.domain.cache.events import CacheEntryStored, CacheHit, CacheMissed, cache_stream
from retold.domain.cache.meaning import CacheEntryEmbedded
from retold.embedding.embedder import Vectors
from retold.embedding.vector_text import vector_to_text
from retold.embedding.wordllama import default_embedder
from retold.projections.semantic_index.settings import IndexSettings
from retold.store.append import Append
from retold.store.row import new_event_id

name = "cache_semantic"
sizes = (1_000, 10_000, 100_000)
lookups = 400
lookup_bar, hit_bar = Bar(at_most=2.0), Bar(at_most=3.0)
_at_once = 500
_words = [
    "order",
    "parcel",
    "refund",
    "invoice",
    "card",
    "payment",
    "address",
    "email",
    "password",
    "account",
    "delivery",
    "shop",
    "price",
    "discount",
    "voucher",
    "size",
    "colour",
    "shirt",
    "shoe",
    "phone",
    "laptop",
    "cable",
    "charger",
    "battery",
    "screen",
    "warranty",
    "repair",
    "return",
    "exchange",
    "cancel",
    "change",
    "update",
    "track",
    "find",
    "open",
    "close",
    "lost",
    "broken",
    "late",
    "early",
    "wrong",
    "missing",
    "new",
    "old",
    "cheap",
    "fast",
    "safe",
    "free",
    "tomorrow",
    "today",
    "monday",
    "friday",
    "week",
    "month",
    "year",
    "home",
    "office",
    "country",
    "border",
    "tax",
    "fee",
    "bank",
    "loan",
    "travel",
    "ticket",
    "hotel",
    "flight",
    "train",
    "museum",
    "garden",
    "music",
    "paper",
    "kitchen",
    "window",
    "winter",
    "summer",
    "doctor",
    "school",
    "letter",
    "number",
    "question",
    "answer",
    "friend",
    "child",
]


def run(settings: Settings) -> Iterator[Result]:
    """Measure lookups and hits in caches of three sizes."""
    for size in sizes:
        many = settings.scaled(size, least=100)
        with scratch_folder() as folder:
            found = asyncio.run(
                _figures(
                    sqlite_url(folder / "log.db"),
                    many,
                    settings.scaled(lookups, least=20),
                    settings.rounds,
                )
            )
        reference = Reference(name="embedder and hnswlib knn_query", rounds=found["raw"])
        for case, figures, bar in (
            ("lookup, without an event", "lookup", lookup_bar),
            ("lookup, with guards and the hit's event", "decided", hit_bar),
            ("whole hit, by the model's client", "hit", None),
        ):
            yield Measured(
                benchmark=name,
                case=f"{case}, among {many:,} entries",
                unit="ms",
                rounds=found[figures],
                reference=reference,
                bar=bar,
            )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is asked, and who is."""

    questions: Sequence[str]
    log: retold.Log
    level: SemanticLevel
    cache: Cache
    key: CacheKey
    index: hnswlib.Index


async def _figures(url: str, many: int, count: int, rounds: int) -> dict[str, tuple[float, ...]]:
    """Return the milliseconds of each contender, by round."""
    embedder = default_embedder()
    chance = random.Random(1)  # noqa: S311 - questions, not secrets
    questions = list(dict.fromkeys(_question(chance) for _ in range(2 * many)))[:many]
    vectors = await embedder.embed(questions)
    meaning = Meaning(policy=FixedThreshold(0.5), judge=SameText())
    async with retold.open(url, durability="normal") as log:
        cache = Cache(ttl_seconds=None, meaning=meaning)
        key = await _first(log, cache)
        await _fill(log, key, questions, vectors)
        known = known_of(log.store)
        await known.settle()
        await known.index.settled()
        asked = _Asked(
            [_varied(question, chance) for question in chance.sample(questions, count)],
            log,
            SemanticLevel(meaning),
            cache,
            key,
            await asyncio.to_thread(_raw_index, vectors),
        )
        # Entries are known to the process once they were served; a service serves the same ones.
        await _hits(asked, warm=True)
        contenders = {"lookup": _lookups, "decided": _decided, "hit": _hits, "raw": _raw}
        figures: dict[str, list[float]] = {one: [] for one in contenders}
        for number in range(rounds):
            for one in list(contenders)[:: 1 if number % 2 == 0 else -1]:
                figures[one].append(await contenders[one](asked))
    return {one: tuple(found) for one, found in figures.items()}


def _question(chance: random.Random) -> str:
    return f"{' '.join(chance.sample(_words, 7))}?"


def _varied(question: str, chance: random.Random) -> str:
    """Return a question of nearly the same words."""
    words = question.split(" ")
    words[chance.randrange(len(words))] = chance.choice(_words)
    return f"please {' '.join(words)}"


async def _first(log: retold.Log, cache: Cache) -> CacheKey:
    """Ask once, and return the key of the question, whose partition all others are of."""
    await _Asker(log, cache).ask("one?")
    types = {CacheEntryStored.type}
    (stored,) = [event async for event in log.store.read_all(types=types)]
    entry = CacheEntryStored.from_recorded(stored)
    return CacheKey(
        key=entry.key,
        partition=entry.partition,
        context=entry.context,
        question=entry.question,
        begins=True,
    )


async def _fill(log: retold.Log, key: CacheKey, questions: Sequence[str], vectors: Vectors) -> None:
    """Store an answer to each question, as a cache does, but many at once."""
    types = {CacheEntryStored.type, CacheEntryEmbedded.type}
    stored, embedded = [event async for event in log.store.read_all(types=types)]
    entry = CacheEntryStored.from_recorded(stored)
    place = CacheEntryEmbedded.from_recorded(embedded)
    appends: list[Append] = []
    for number, question in enumerate(questions):
        entry_id = new_event_id()
        own = {"entry": str(entry_id), "key": f"{number:064x}"}
        events = [
            entry.model_copy(update={**own, "question": question}).to_new_event(event_id=entry_id),
            place.model_copy(
                update={"entry": own["entry"], "vector": vector_to_text(vectors[number])}
            ).to_new_event(event_id=new_event_id()),
        ]
        appends.append(Append(cache_stream(own["key"]), events, 0))
        if len(appends) == _at_once or number == len(questions) - 1:
            await log.store.append_many(appends)
            appends = []


class _Asker:
    """Asks the model's client, in a conversation of its own that is no session."""

    def __init__(self, log: retold.Log, cache: Cache) -> None:
        self._client = log.cached(Answering(), cache).create()
        self._context = ConversationContext(
            MemoryStream(storage=log.storage), prompt=["You help customers."]
        )
        self._serializer: Any = PydanticSerializer()

    async def ask(self, question: str) -> None:
        """Ask a question, the first one of a conversation as far as the model is told."""
        await self._client(
            [ModelRequest([TextInput(question)])],
            self._context,
            tools=(),
            response_schema=None,
            serializer=self._serializer,
        )


async def _hits(asked: _Asked, *, warm: bool = False) -> float:
    """Return the milliseconds of a hit."""
    asker = _Asker(asked.log, asked.cache)
    began = time.perf_counter()
    for question in asked.questions:
        await asker.ask(question)
    taken = (time.perf_counter() - began) * 1_000 / len(asked.questions)
    if warm:
        hits = [event async for event in asked.log.store.read_all(types={CacheHit.type})]
        if len(hits) < 0.9 * len(asked.questions):
            raise AssertionError(f"{len(hits)} of {len(asked.questions)} are hits")
    return taken


async def _lookups(asked: _Asked) -> float:
    """Return the milliseconds of a lookup."""
    found = 0
    began = time.perf_counter()
    for question in asked.questions:
        found += isinstance(await asked.level.find(_lookup(asked, question)), Found)
    taken = (time.perf_counter() - began) * 1_000 / len(asked.questions)
    if found < 0.9 * len(asked.questions):
        raise AssertionError(f"{found} of {len(asked.questions)} are found")
    return taken


async def _decided(asked: _Asked) -> float:
    """Return the milliseconds of a lookup and of its hit's event."""
    conversation = await asked.log.storage.nested(uuid4())
    await conversation.record(CacheMissed(key="", partition="", cache="", reason="absent"))
    began = time.perf_counter()
    for question in asked.questions:
        found = await asked.level.find(_lookup(asked, question))
        if isinstance(found, Found):
            entry = found.entry
            hit = CacheHit(
                entry=entry.entry,
                key=entry.key,
                partition=entry.partition,
                cache="default",
                level=found.level,
                similarity=found.similarity,
                threshold=found.threshold,
                age_seconds=1.0,
                usage=entry.usage,
                decision=found.decision,
            )
            await conversation.record(hit)
    return (time.perf_counter() - began) * 1_000 / len(asked.questions)


def _lookup(asked: _Asked, question: str) -> Lookup:
    store = asked.log.store
    return Lookup(
        cache="default",
        key=CacheKey(
            key="",
            partition=asked.key.partition,
            context=asked.key.context,
            question=question,
            begins=True,
        ),
        store=store,
        entries=entries_of(store),
        at=datetime.now(UTC),
        max_age=None,
        read_only_tools=frozenset(),
        facts={"caused_by": UUID(int=0), "correlation_id": None, "metadata": {}},
    )


def _raw_index(vectors: Vectors) -> hnswlib.Index:
    settings = IndexSettings()
    index = hnswlib.Index(space="cosine", dim=vectors.shape[1])
    index.init_index(
        max_elements=len(vectors), M=settings.m, ef_construction=settings.ef_construction
    )
    index.add_items(vectors, np.arange(len(vectors)))
    index.set_ef(settings.ef_of(len(vectors)))
    # As a service asks: one question at a time.
    index.set_num_threads(1)
    return index


async def _raw(asked: _Asked) -> float:
    """Return the milliseconds of embedding a question and asking for the nearest vector."""
    embedder, index = default_embedder(), asked.index
    began = time.perf_counter()
    for question in asked.questions:
        vector = await embedder.embed([question])
        index.knn_query(vector, k=1)
    return (time.perf_counter() - began) * 1_000 / len(asked.questions)

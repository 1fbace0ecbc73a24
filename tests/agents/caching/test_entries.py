"""How long an answer is kept, what is removed, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
from ag2.events import (
    ModelMessageChunk,
)

import retold
from retold import Cache
from retold.domain.cache.events import CacheEntryStored
from retold.errors import NotServed
from tests.agents.caching.asked import (
    Clock,
    Model,
    answer,
    ask,
    cache_events,
    happened,
)


async def test_an_entry_is_served_for_its_time_and_its_end_is_an_event(store_url: str) -> None:
    clock, model = Clock(), Model.of(answer("one"), answer("two"))
    async with retold.open(store_url) as log:
        config = log.cached(model, Cache(ttl_seconds=60, clock=clock))
        said = []
        for name, seconds in (("a", 0), ("b", 59.9), ("c", 60), ("d", 119)):
            clock.seconds = seconds
            said.append(await ask(log, config, session=name))
        assert said == ["one", "one", "two", "two"]
        assert await happened(log) == [
            "missed absent",
            "entry_stored",
            "hit",
            "expired",
            "missed expired",
            "entry_stored",
            "hit",
        ]


async def test_a_time_that_slides_is_put_off_by_hits(store_url: str) -> None:
    clock, model = Clock(), Model.of(answer("one"), answer("two"))
    async with retold.open(store_url) as log:
        config = log.cached(model, Cache(ttl_seconds=60, sliding=True, clock=clock))
        for name, seconds in (("a", 0), ("b", 50), ("c", 51), ("d", 105)):
            clock.seconds = seconds
            assert await ask(log, config, session=name) == "one"
        clock.seconds = 165
        assert await ask(log, config, session="e") == "two"
        # The second hit came too soon after the first to be worth an event.
        assert (await happened(log, "cache-"))[:3] == [
            "entry_stored",
            "entry_extended",
            "entry_extended",
        ]


async def test_a_reader_may_want_a_younger_answer_and_stores_it_for_others(
    sqlite_url: str,
) -> None:
    clock, model = Clock(), Model.of(answer("old"), answer("new"))
    async with retold.open(sqlite_url) as log:
        patient = log.cached(model, Cache(clock=clock))
        strict = log.cached(model, Cache(clock=clock, max_age_seconds=10))
        assert await ask(log, patient, session="a") == "old"
        clock.seconds = 11
        assert await ask(log, patient, session="b") == "old"
        assert await ask(log, strict, session="c") == "new"
        assert await ask(log, patient, session="d") == "new"
        assert (await happened(log, "conversation-c")) == ["missed too_old"]
        rows = (await log.audit.cache_entries()).rows
        assert [(row.answer, row.gone) for row in rows] == [("new", None), ("old", "replaced")]


@pytest.mark.parametrize(("policy", "left"), [("lru", ["0", "2"]), ("cost", ["1", "2"])])
async def test_what_is_too_many_is_removed(store_url: str, policy: Any, left: list[str]) -> None:
    model = Model.of(*(answer(str(number)) for number in range(4)))
    cache = Cache(capacity=2, evict=policy, cost=lambda _, __: float(model.asked))
    async with retold.open(store_url) as log:
        config = log.cached(model, cache)
        for name, text in (("a", "0"), ("b", "1"), ("c", "0"), ("d", "2")):
            await ask(log, config, session=name, text=text)
        rows = (await log.audit.cache_entries()).rows
        assert sorted(row.answer or "" for row in rows if row.gone is None) == left
        (evicted,) = [e for e in await cache_events(log) if e.type == "cache.evicted"]
        assert (evicted.data["policy"], evicted.data["capacity"]) == (policy, 2)
        gone = "1" if policy == "lru" else "0"
        assert await ask(log, config, session="e", text=gone) == "3"
        assert await happened(log, "conversation-e") == ["missed evicted"]


async def test_feedback_on_a_hit_is_an_event_and_a_rejected_entry_is_not_served(
    sqlite_url: str,
) -> None:
    model = Model.of(answer("wrong"), answer("right"))
    async with retold.open(sqlite_url) as log:
        config = log.cached(model)
        for name in "ab":
            await ask(log, config, session=name)
        (hit,) = [e for e in await cache_events(log) if e.type == "cache.hit"]
        assert await log.cache.confirm(hit.event_id)
        assert await log.cache.reject(str(hit.event_id), note="it is not")
        assert not await log.cache.reject(hit.event_id)
        assert await ask(log, config, session="c") == "right"
        confirmed, rejected = [
            e for e in await cache_events(log, "cache-") if "stored" not in e.type
        ]
        assert (confirmed.type, rejected.type) == ("cache.confirmed", "cache.rejected")
        assert rejected.causation_id == hit.event_id
        assert rejected.data["note"] == "it is not"
        assert await happened(log, "conversation-c") == ["missed rejected"]
        for unknown in ("nonsense", rejected.event_id):
            with pytest.raises(NotServed):
                await log.cache.reject(unknown)


async def test_what_this_process_has_no_code_for_is_asked_for_again(
    sqlite_url: str,
) -> None:
    model = Model.of(ModelMessageChunk("on"), "one", "two")
    async with retold.open(sqlite_url) as log:
        config = log.cached(model)
        assert await ask(log, config, session="a") == "one"
        (stored,) = [e for e in await cache_events(log) if e.type == "cache.entry_stored"]
        stored.data["answer"]["published"][0]["$"] = "ag2.SomethingNew"
        newer = {**stored.data, "entry": "01a20fcb-8903-7798-8fd2-5390795a68f0"}
        await log.cache.invalidate(entry=stored.data["entry"])
        event = CacheEntryStored.model_validate(newer)
        await log.store.append(stored.stream, [event.to_new_event()], expected_version=2)
        assert await ask(log, config, session="b") == "two"
        assert await happened(log, "conversation-b") == ["missed unreadable"]

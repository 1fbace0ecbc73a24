"""The agent of the cache's public name, and what is done with entries by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

import retold
from retold import Cache, CachingAssistantAgent, ResultStatus
from retold.errors import CacheEntryNotFound, CacheWithoutLog, EmptyMessage, NothingToInvalidate
from tests.agents.caching.asked import Clock, Model, answer, ask, cache_events, happened
from tests.agents.resilience.failing import RateLimitError


async def test_it_responds_with_what_was_served_and_what_it_took(store_url: str) -> None:
    model = Model.of(answer("one"), RateLimitError())
    async with retold.open(store_url) as log:
        agent = CachingAssistantAgent("a", "You help.", config=log.model(model))
        assert await agent.cache_stats() is None
        first = await agent.respond(await log.session("a"), "hello")
        second = await agent.respond(await log.session("b"), "hello")
        failed = await agent.respond(await log.session("c"), "another")
        assert first.value is not None
        assert second.value is not None
        assert (first.status, first.value.text, first.value.is_cached) == (
            ResultStatus.COMPLETED,
            "one",
            False,
        )
        assert (first.usage.model_calls, first.usage.tokens) == (1, 10)
        assert (second.value.text, second.usage.model_calls) == ("one", 0)
        (served,) = second.value.served
        (hit,) = [e for e in await cache_events(log) if e.type == "cache.hit"]
        assert (served.event_id, served.level, served.waited) == (hit.event_id, "exact", False)
        assert (second.ids.session, second.ids.turn) == ("b", hit.metadata["turn"])
        assert (failed.status, failed.ok) == (ResultStatus.FAILED, False)
        assert failed.error is not None
        assert failed.error.type == "RateLimitError"
        stats = await agent.cache_stats()
        assert stats is not None
        assert (stats.hits, stats.misses, stats.entries, stats.hit_rate) == (1, 2, 1, 1 / 3)
        with pytest.raises(EmptyMessage):
            await agent.respond(await log.session("d"), "  ")


async def test_an_agent_of_a_model_without_a_log_is_refused() -> None:
    with pytest.raises(CacheWithoutLog):
        CachingAssistantAgent("a", config=Model.of())


async def test_what_is_over_is_cleared_and_what_is_not_stays(sqlite_url: str) -> None:
    clock = Clock()
    model = Model.of(*(answer(str(number)) for number in range(3)))
    async with retold.open(sqlite_url) as log:
        # By the clock of this machine, all of them were stored long ago.
        short, long = (
            log.cached(model, Cache(ttl_seconds=seconds, clock=clock)) for seconds in (60, None)
        )
        await ask(log, short, session="a", text="0")
        await ask(log, short, session="b", text="1")
        await ask(log, long, session="c", text="2")
        agent = CachingAssistantAgent("a", config=log.model(model))
        assert await agent.clear_expired() == 2
        assert await agent.clear_expired() == 0
        assert (await happened(log, "cache-"))[-2:] == ["expired", "expired"]
        rows = (await log.audit.cache_entries(gone=False)).rows
        assert [row.answer for row in rows] == ["2"]
        assert await ask(log, long, session="d", text="2") == "2"


async def test_entries_are_invalidated_by_what_is_said_of_them(store_url: str) -> None:
    model = Model.of(*(answer(str(number)) for number in range(5)))
    async with retold.open(store_url, actor="alice") as log:
        for number, (tag, source) in enumerate(
            [("a", "v1"), ("ab", "v1"), ("b", "v2"), ("b", None), ("c", None)]
        ):
            cache = Cache(name=f"cache-{number % 2}", tags={"topic": tag}, source=source)
            await ask(log, log.cached(model, cache), session=f"s{number}", text=str(number))

        async def gone(**query: object) -> list[str]:
            removed = await log.cache.invalidate(**query)  # type: ignore[arg-type] # of many types
            return sorted(row.answer or "" for row in removed)

        assert await gone(tags={"topic": "a"}) == ["0"]
        assert await gone(source="v1") == ["1"]
        assert await gone(tags={"topic": "b"}, source="v3") == []
        assert await gone(cache="cache-1", model="fake-1", note="new prices") == ["3"]
        assert await gone(older_than=timedelta(hours=1)) == []
        assert await gone(predicate=lambda row: row.question == "2") == ["2"]
        (left,) = (await log.audit.cache_entries(gone=False)).rows
        assert await gone(partition=left.partition, tags={"topic": "c"}) == ["4"]
        with pytest.raises(NothingToInvalidate):
            await log.cache.invalidate(note="why?")
        with pytest.raises(CacheEntryNotFound):
            await log.cache.invalidate(entry="nonsense")
        # Once more it is no error, and nothing happens.
        assert await gone(entry=left.entry) == []

        events = [e for e in await cache_events(log) if e.type == "cache.invalidated"]
        assert [e.data["by"] for e in events] == [
            "tag topic=a",
            "source v1",
            "cache cache-1, model fake-1",
            "predicate",
            f"partition {left.partition}, tag topic=c",
        ]
        assert events[2].data["note"] == "new prices"
        assert {e.metadata["actor"] for e in events} == {"alice"}
        assert {row.gone for row in (await log.audit.cache_entries()).rows} == {"invalidated"}

"""Inline projections beside readers, rebuilds, other versions and each other."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from retold.domain.event import NewEvent
from retold.domain.recording import conversation_stream
from retold.errors import (
    RetoldError,
)
from retold.projections.keeping.control import switch_back
from retold.projections.keeping.rebuild import rebuild
from retold.projections.models.session_list import list_sessions, session_list
from retold.store import EventStore
from retold.store.append import Append
from retold.store.inline import stop_inline
from tests.projections.histories import dice, tool_turn
from tests.projections.inline_log import check, opened, tally
from tests.projections.tallies import (
    added,
    as_they_are,
    expected,
    kept,
    removal,
    tallies,
)
from tests.store.events import ANY, event, event_id

postgres = pytest.param("postgres", marks=pytest.mark.postgres)


# Beside others -----------------------------------------------------------------------------------


async def test_stopped_it_is_brought_up_to_date_by_readers(store_url: str) -> None:
    async with opened(store_url, tally) as store, opened(store_url, tally) as beside:
        await store.append("note-1", [added()], expected_version=ANY)
        await stop_inline(beside, tally.name)
        await stop_inline(beside, tally.name)
        before = await as_they_are(store, tally)
        async with opened(store_url) as without:
            await without.append("note-1", [added()], expected_version=ANY)
        await store.append("note-1", [added()], expected_version=ANY)
        assert await as_they_are(store, tally) == before
        assert await kept(store, tally) == await expected(store, tally)
        async with opened(store_url, tally) as once_more:
            await store.append("note-1", [added()], expected_version=ANY)
            await once_more.append("note-1", [added()], expected_version=ANY)
            await check(store)


async def test_versions_are_kept_side_by_side(store_url: str) -> None:
    newer = tallies(2)
    async with opened(store_url, tally) as old:
        await old.append("note-1", [added()], expected_version=ANY)
        async with opened(store_url, newer) as new:
            for store in (old, new, old, old, new):
                await store.append("note-1", [added()], expected_version=ANY)
            # The newest append was the newer code's; the older one's are folded by the next.
            await check(new, newer)
            assert await kept(old, tally) == await expected(old, tally)
            await old.append("note-1", [added()], expected_version=ANY)
            await check(old)
            assert await kept(new, newer) == await expected(new, newer)
    async with opened(store_url, newer) as new:
        await check(new, newer)


async def test_a_build_that_is_switched_to_meanwhile_is_kept_from_the_next_append_on(
    store_url: str,
) -> None:
    async with opened(store_url, tally) as store, opened(store_url, tally) as beside:
        await store.append("note-1", [added(), added()], expected_version=0)
        before = await as_they_are(store, tally)
        made = await rebuild(beside, tally, switch=False)
        # It is made, and not read yet.
        await store.append("note-1", [added()], expected_version=2)
        await check(store)
        assert (await rebuild(beside, tally)).build == made.build
        await store.append("note-1", [added()], expected_version=3)
        await check(store)
        assert (await as_they_are(store, tally)) != before
        assert await switch_back(store, tally.name) != made.build
        await store.append("note-1", [added()], expected_version=4)
        await check(store)


async def test_a_session_list_that_was_kept_by_readers_goes_on_inline(store_url: str) -> None:
    async with opened(store_url) as store:
        await store.append(conversation_stream("a"), tool_turn, expected_version=0)
        assert len((await list_sessions(store)).sessions) == 1
    async with opened(store_url, session_list) as store:
        await store.append(conversation_stream("b"), tool_turn, expected_version=0)
        await check(store, session_list)
        assert len((await list_sessions(store)).sessions) == 2


# Everything at once ------------------------------------------------------------------------------


async def appended_at_random(stores: Sequence[EventStore], seed: int, count: int) -> list[Any]:
    """Append at once what conflicts, fails, repeats and is cancelled; return what came of it.

    What would fail is appended by the first three stores only.
    """
    chance = dice(seed)

    async def one(number: int) -> object:
        store = chance.choice(stores)
        folds = store in stores[:3]
        stream = f"note-{chance.randrange(6)}"
        news = [
            chance.choice(
                [
                    added(str(number)),
                    added(str(number)),
                    event(str(number)),
                    NewEvent(type=removal, data={}),
                    NewEvent(
                        type="note.added", data={}, event_id=event_id(chance.randrange(count))
                    ),
                    added(str(number), bad=folds and chance.random() < 0.2),
                ]
            )
            for _ in range(chance.randrange(1, 4))
        ]
        version = ANY if chance.random() < 0.7 else chance.randrange(5)
        await asyncio.sleep(chance.choice([0, 0, 0.001, 0.005]))
        if chance.random() < 0.1:
            fork = f"fork-{number}"
            return await store.fork(stream, fork)
        if chance.random() < 0.2:
            other = Append(f"note-x{chance.randrange(3)}", [added(str(number))], ANY)
            return await store.append_many([Append(stream, news, version), other])
        return await store.append(stream, news, expected_version=version)

    tasks = [asyncio.create_task(one(number)) for number in range(count)]
    for task in tasks:
        if chance.random() < 0.15:
            await asyncio.sleep(chance.choice([0, 0.001]))
            task.cancel()
    return await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_appended_the_rows_are_the_fold_of_the_log(
    store_url: str, seed: int
) -> None:
    async with (
        opened(store_url, tally) as one,
        opened(store_url, tally) as two,
        opened(store_url, tallies(2)) as newer,
        opened(store_url) as without,
    ):
        stores = [one, two, newer]
        if one.kind == "sqlite":
            stores.append(without)
        kinds: set[str] = set()
        for turn in range(4):
            outcomes = await appended_at_random(stores, seed * 100 + turn, 40)
            kinds |= {type(outcome).__name__ for outcome in outcomes}
            unexpected = [
                outcome
                for outcome in outcomes
                if isinstance(outcome, BaseException)
                and not isinstance(outcome, RetoldError | asyncio.CancelledError)
            ]
            assert unexpected == []
            # Everybody's appends are over when the next of each store is.
            for store in stores:
                await store.append("note-last", [added()], expected_version=ANY)
            await one.append("note-last", [added()], expected_version=ANY)
            await check(one)
            assert await kept(newer, tallies(2)) == await expected(newer, tally)
        assert {"AppendResult", "InlineProjectionFailed", "WrongExpectedVersion"} <= kinds
        assert (await one.verify()).ok

"""Who appends without having been told finds what the log keeps inline, and keeps it so."""

from __future__ import annotations

import pytest

from retold.errors import InlineProjectionRequired, ProjectionNotKept
from retold.projections.keeping.catch_up import catch_up
from retold.projections.keeping.kept_inline import (
    go_on_inline,
    names_kept_inline,
    stop_keeping_inline,
)
from retold.projections.models.session_list import session_list
from retold.projections.registry import Registry
from retold.projections.shipped import shipped
from retold.store import EventStore, open_store
from tests.projections.histories import started
from tests.projections.tallies import added, as_they_are, expected, tallies

tally = tallies()


async def test_what_is_kept_inline_is_gone_on_with_and_nothing_else(store_url: str) -> None:
    async with await open_store(store_url, inline=[tally, session_list]) as first:
        await first.append("note-1", [added()], expected_version=0)
        names = (*sorted([tally.name, session_list.name]),)
        assert await names_kept_inline(first) == names
    async with await open_store(store_url) as store:
        assert await go_on_inline(store, shipped | Registry(tally)) == names
        await store.append("note-1", [added()], expected_version=1)
        await store.append("conversation-a", [started()], expected_version=0)
        for projection in (tally, session_list):
            assert await as_they_are(store, projection) == await expected(store, projection)
        assert await names_kept_inline(store) == names


async def test_a_log_without_inline_projections_stays_without(store: EventStore) -> None:
    assert await go_on_inline(store, shipped) == ()
    await store.append("conversation-a", [started()], expected_version=0)
    assert await names_kept_inline(store) == ()


async def test_a_projection_whose_code_is_not_there_is_named(store_url: str) -> None:
    async with await open_store(store_url, inline=[tally]):
        pass
    async with await open_store(store_url) as store:
        if store.kind == "postgresql":
            with pytest.raises(InlineProjectionRequired, match=rf"{tally.name}.*--module"):
                await go_on_inline(store, shipped)
            return
        # There anybody may append without; who asks for the rows folds what they lack.
        assert await go_on_inline(store, shipped) == ()
        await store.append("note-1", [added()], expected_version=0)
        assert await catch_up(store, tally) == 1


async def test_another_tenants_projections_are_not_ones_own(store_url: str) -> None:
    async with await open_store(store_url, tenant="them", inline=[tally]):
        pass
    async with await open_store(store_url) as store:
        assert await go_on_inline(store, shipped) == ()


async def test_stopping_says_whether_there_was_something_to_stop(store_url: str) -> None:
    async with await open_store(store_url, inline=[tally]) as store:
        with pytest.raises(ProjectionNotKept):
            await stop_keeping_inline(store, "nope")
        assert await stop_keeping_inline(store, tally.name)
        assert not await stop_keeping_inline(store, tally.name)
        assert await names_kept_inline(store) == ()

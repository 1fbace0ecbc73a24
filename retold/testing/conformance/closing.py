"""Conformance: open and closed logs."""

from __future__ import annotations

import asyncio

import pytest

from retold.errors import (
    RetoldError,
    StoreClosed,
    StoreUnavailable,
)
from retold.store import EventStore
from retold.store.append import AppendResult
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.database import LogDatabase
from retold.testing.conformance.events import (
    append,
    names,
    read,
    read_all,
)


class ClosingTests(ConformanceTests):
    """Open and closed logs."""

    async def test_a_closed_log_says_so(self, database: LogDatabase) -> None:
        async with database.open_store() as store:
            await append(store, "note-1", "a")
            await store.close()
            await store.close()
            for attempt in (
                lambda: append(store, "note-1", "b"),
                lambda: read(store, "note-1"),
                lambda: read_all(store),
                lambda: store.head("note-1"),
                lambda: names(store),
                store.verify,
            ):
                with pytest.raises(StoreClosed):
                    await attempt()

    async def test_closing_commits_what_waits(self, database: LogDatabase) -> None:
        async with database.open_store() as store:
            waiting = [asyncio.create_task(append(store, "note-1", str(n))) for n in range(2_000)]
            await asyncio.sleep(0)
            await asyncio.gather(store.close(), store.close())
            outcomes = await asyncio.gather(*waiting)
            assert len(outcomes) == 2_000
        async with database.open_store() as reopened:
            head = await reopened.head("note-1")
            assert head is not None
            assert head.version == 2_000

    async def test_a_cancelled_close_ends_all_the_same(self, database: LogDatabase) -> None:
        async with database.open_store() as store:
            waiting = [asyncio.create_task(append(store, "note-1", str(n))) for n in range(100)]
            await asyncio.sleep(0)
            closing = asyncio.create_task(store.close())
            await asyncio.sleep(0)
            closing.cancel()
            await asyncio.gather(closing, return_exceptions=True)
            assert all(isinstance(one, AppendResult) for one in await asyncio.gather(*waiting))
            await asyncio.wait_for(store.close(), 30)

    async def test_when_all_that_runs_is_stopped_nobody_waits_for_ever(
        self, database: LogDatabase
    ) -> None:
        """As at the end of ``asyncio.run``, of a program that did not close its log."""
        async with database.open_store() as store:
            await append(store, "note-1", "a")
            waiting = [
                asyncio.create_task(append(store, f"book-{number}", "b")) for number in range(1_000)
            ]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            current = {asyncio.current_task(), *waiting}
            for task in asyncio.all_tasks() - current:
                task.cancel()
            outcomes = await asyncio.wait_for(asyncio.gather(*waiting, return_exceptions=True), 30)
            assert {type(one) for one in outcomes} <= {
                AppendResult,
                StoreClosed,
                StoreUnavailable,
            }
            await asyncio.wait_for(store.close(), 30)
        async with database.open_store() as reopened:
            kept = set(await names(reopened))
        # What was said of an append is true.
        for number, outcome in enumerate(outcomes):
            if isinstance(outcome, AppendResult):
                assert f"book-{number}" in kept
            elif not isinstance(outcome, StoreUnavailable) or not outcome.outcome_unknown:
                assert f"book-{number}" not in kept

    async def test_another_event_loop_is_told_to_open_its_own(self, store: EventStore) -> None:
        await append(store, "note-1", "a")

        def elsewhere() -> list[RetoldError]:
            async def attempts() -> list[RetoldError]:
                errors = []
                for attempt in (
                    lambda: append(store, "note-1", "b"),
                    lambda: read_all(store),
                    store.close,
                ):
                    with pytest.raises(StoreUnavailable) as raised:
                        await attempt()
                    errors.append(raised.value)
                return list(errors)

            return asyncio.run(attempts())

        for error in await asyncio.to_thread(elsewhere):
            assert "opened in another event loop; open one in each" in str(error)
        await append(store, "note-1", "b")

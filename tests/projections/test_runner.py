"""Keeping projections up: by one process at a time, each apart from the others."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from retold.errors import StoreClosed
from retold.projections.keeping.control import pause, resume
from retold.projections.keeping.runner import Runner
from retold.projections.keeping.status import status
from retold.projections.projection import Projection
from retold.store import EventStore, open_store
from tests.forking import start
from tests.projections.words import folded, notes, rows_of, said, say, words


@asynccontextmanager
async def running(
    store: EventStore, *projections: Projection, **options: Any
) -> AsyncIterator[asyncio.Task[None]]:
    """Keep projections up while the block runs."""
    stop = asyncio.Event()
    options = {"poll_seconds": 0.02, "lease_seconds": 0.3} | options
    task = asyncio.create_task(Runner(store, projections, **options).run(stop))
    try:
        yield task
    finally:
        stop.set()
        await asyncio.wait([task])


async def until(condition: Callable[[], Any]) -> None:
    """Wait until a coroutine returns something true."""
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110 - nothing tells when another process is done
            await asyncio.sleep(0.02)


def up_to_date(store: EventStore, projection: Projection) -> Callable[[], Any]:
    async def check() -> bool:
        # What waits for others' transactions is no lag yet.
        await store.backend.settle(20)
        (found,) = await status(store, [projection])
        return found.lag_events == 0

    return check


async def test_rows_follow_what_is_appended(store: EventStore) -> None:
    async with running(store, words, notes):
        await say(store, "a b", "c")
        await until(up_to_date(store, words))
        await say(store, "d")
        await until(up_to_date(store, words))
        await until(up_to_date(store, notes))
        (found,) = await status(store, [words])
        assert found.runner is not None
        assert found.active is not None
        assert found.active.events_per_second is not None
    assert await rows_of(store, words) == await folded(store, words)
    assert await rows_of(store, notes) == await folded(store, notes)
    assert (await status(store, [words]))[0].runner is None


async def test_a_projection_that_fails_stops_alone_and_goes_on_when_resumed(
    store: EventStore,
) -> None:
    failing = {"on": True}

    def sometimes(rows: Any, event: Any) -> None:
        if failing["on"] and event.data["text"] == "b":
            raise ValueError("not today")
        words.fold(rows, event)

    fragile = dataclasses.replace(words, fold=sometimes)
    async with running(store, fragile, notes):
        await say(store, "a", "b", "c")
        await until(up_to_date(store, notes))

        async def stopped() -> bool:
            return (await status(store, [fragile]))[0].failure is not None

        await until(stopped)
        (found,) = await status(store, [fragile])
        assert found.failure is not None
        assert (found.failure.stream, found.failure.version) == ("note-1", 1)
        assert "not today" in found.failure.reason
        await say(store, "d")
        await until(up_to_date(store, notes))
        failing["on"] = False
        await resume(store, "words")
        await until(up_to_date(store, fragile))
    assert await rows_of(store, fragile) == await folded(store, words)


async def test_code_that_breaks_in_any_way_leaves_the_others_alone(store: EventStore) -> None:
    def broken(_: Any) -> Any:
        raise SystemError("not even an event's fault")

    bad = dataclasses.replace(words, name="bad", tables=(), storage=broken)
    async with running(store, bad, notes):
        await say(store, "a", "b")
        await until(up_to_date(store, notes))
    assert await rows_of(store, notes) == await folded(store, notes)


async def test_a_paused_projection_waits_until_it_is_resumed(store: EventStore) -> None:
    async with running(store, words, notes):
        await say(store, "a")
        await until(up_to_date(store, words))
        await pause(store, "words")
        await asyncio.sleep(0.1)
        await say(store, "b")
        await until(up_to_date(store, notes))
        assert (await status(store, [words]))[0].lag_events == 1
        await resume(store, "words")
        await until(up_to_date(store, words))


async def test_another_process_takes_over_from_one_that_died(
    store: EventStore, store_url: str
) -> None:
    process = await start(
        *("-m", "retold", "projections", "run", "words", "--module", "tests.projections.words"),
        *("--url", store_url),
        stderr=asyncio.subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert process.stderr is not None
        assert b"keeping up: words" in await process.stderr.readline()
        await say(store, "a")

        async def taken() -> bool:
            (found,) = await status(store, [words])
            return found.lag_events == 0 and found.runner is not None

        await until(taken)
        first = (await status(store, [words]))[0].runner
        process.send_signal(signal.SIGKILL)
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    await say(store, "b")
    # Its lease lapses by itself; here it is made to, so that nobody waits for it.
    async with store.transaction() as connection:
        await connection.exec_driver_sql("UPDATE leases SET expires_at = 0")
    async with running(store, words):
        await until(up_to_date(store, words))
        assert (await status(store, [words]))[0].runner not in {None, first}
    assert await rows_of(store, words) == await folded(store, words)


async def test_several_runners_fold_each_event_once(store: EventStore, store_url: str) -> None:
    async with await open_store(store_url) as other, running(store, words), running(other, words):
        for _ in range(5):
            await say(store, "a b", "forget a", "c")
        await until(up_to_date(store, words))
    (found,) = await status(store, [words])
    assert found.active is not None
    assert found.active.events == 15
    assert await rows_of(store, words) == await folded(store, words)


async def test_a_closed_log_ends_the_run(sqlite_url: str) -> None:
    store = await open_store(sqlite_url)
    task = asyncio.create_task(Runner(store, [words], poll_seconds=0.02).run())
    await store.append("note-1", [said("a")], expected_version=0)
    await until(up_to_date(store, words))
    await store.close()
    with pytest.raises(ExceptionGroup) as raised:
        await task
    assert raised.group_contains(StoreClosed)

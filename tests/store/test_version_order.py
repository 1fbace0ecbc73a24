"""Within a stream every reader sees version order, however transactions interleave.

The order of readers is by transaction id. Two transactions that write by hand, and take their ids
before they look at a stream's head, show that this alone is not enough.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Literal, TypeAlias

import pytest

from retold.store import EventStore, open_store
from retold.store.append import Append
from retold.store.plan import Head
from retold.store.postgres.locks import lock_key
from tests.forking import start
from tests.store.events import ANY, append, events, read_all
from tests.store.late_commits import insert
from tests.store.raw import PostgresConnection, Raw

pytestmark = pytest.mark.postgres

repository = Path(__file__).parents[2]
Way: TypeAlias = Literal["at once", "step by step"]
Start: TypeAlias = Callable[[Sequence[str]], asyncio.Task[None]]
Where: TypeAlias = Callable[[str, Way], AbstractAsyncContextManager[Start]]

both_ways: tuple[Way, ...] = ("at once", "step by step")
every_pair = [(slow, quick) for slow in both_ways for quick in both_ways]


def _lock_key(stream: str) -> int:
    return lock_key("default", stream)


# The lock of the first is taken first.
first, shared = sorted(("note-1", "note-2"), key=_lock_key)


@pytest.fixture
def url(migrated_postgres_url: str) -> str:
    return migrated_postgres_url


@pytest.fixture
def raw(url: str) -> Raw:
    return Raw(url)


async def versions(url: str, stream: str) -> list[int]:
    """Return a stream's versions as a reader of the log sees them."""
    async with await open_store(url) as store:
        return [event.version for event in await read_all(store) if event.stream == stream]


# By hand -----------------------------------------------------------------------------------------


async def heads_of(connection: PostgresConnection, *streams: str) -> dict[str, Head]:
    """Return where streams stand, with their locks taken."""
    for stream in streams:
        await connection.execute("SELECT pg_advisory_xact_lock($1)", _lock_key(stream))
    rows = await connection.fetch(
        "SELECT name, version, digest FROM streams WHERE tenant = 'default' AND name = ANY($1)",
        streams,
    )
    return {row["name"]: Head(row["version"], row["digest"]) for row in rows}


async def test_transactions_that_take_ids_before_locks_invert_the_versions(
    url: str, raw: Raw
) -> None:
    """Each is right by itself: it locks the stream, reads its head, and appends at it."""
    async with raw.connection() as one, raw.connection() as two, one.transaction():
        # A first stream gives the transaction its id; the shared one comes after it.
        await insert(one, [Append(first, events("a"), ANY)], await heads_of(one, first))
        async with two.transaction():
            heads = await heads_of(two, shared)
            await insert(two, [Append(shared, events("first"), ANY)], heads)
        heads = await heads_of(one, shared)
        assert heads[shared].version == 1
        await insert(one, [Append(shared, events("second"), ANY)], heads)
    assert await versions(url, shared) == [2, 1]
    async with await open_store(url) as store:
        assert (await store.verify()).ok


async def test_locks_taken_before_the_id_keep_the_same_two_in_order(url: str, raw: Raw) -> None:
    async with raw.connection() as one, raw.connection() as two, one.transaction():
        both = [Append(first, events("a"), ANY), Append(shared, events("second"), ANY)]
        # Begun first, and without an id while the other appends.
        await one.execute("SELECT count(*) FROM events")
        async with two.transaction():
            heads = await heads_of(two, shared)
            await insert(two, [Append(shared, events("first"), ANY)], heads)
        await insert(one, both, await heads_of(one, first, shared))
    assert await versions(url, shared) == [1, 2]


# By Retold ---------------------------------------------------------------------------------------


async def prepare(store: EventStore, path: Way) -> None:
    """Bring a store to where its next append goes by ``path``."""
    # It learns the server's clock, and the heads of both streams.
    for stream in (first, shared):
        await append(store, stream, "known")
    if path == "step by step":
        store.backend._writer._heads.clear()  # type: ignore[attr-defined]


async def append_to(store: EventStore, streams: Sequence[str]) -> None:
    """Append an event to each of the streams in one transaction."""
    await store.append_many([Append(stream, events("x"), ANY) for stream in streams])


@asynccontextmanager
async def here(url: str, path: Way) -> AsyncIterator[Start]:
    """Give what starts an append in this process."""
    async with await open_store(url) as store:
        await prepare(store, path)
        yield lambda streams: asyncio.create_task(append_to(store, streams))


@asynccontextmanager
async def elsewhere(url: str, path: Way) -> AsyncIterator[Start]:
    """Give what starts an append in a process of its own."""
    child = await start(
        "-m", "tests.store.test_version_order", url, path,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=repository,
    )  # fmt: skip
    assert child.stdout is not None
    assert await child.stdout.readline() == b"ready\n"

    async def ended(streams: Sequence[str]) -> None:
        output, _ = await child.communicate(" ".join(streams).encode() + b"\n")
        assert (child.returncode, output) == (0, b"done\n")

    try:
        yield lambda streams: asyncio.create_task(ended(streams))
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


async def main(url: str, path: Way) -> None:
    """Append once, to the streams that standard input names."""
    async with await open_store(url) as store:
        await prepare(store, path)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await append_to(store, sys.stdin.readline().split())
        sys.stdout.write("done\n")


async def waiting(raw: Raw, count: int) -> list[tuple[Way, bool]]:
    """Wait until appenders wait for advisory locks; say which way each goes, and whether it has
    a transaction id. The one that has waited longest comes first.
    """
    query = """
        SELECT query LIKE '%retold_append%', backend_xid IS NOT NULL FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event = 'advisory' AND pid IN
              (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)
        ORDER BY state_change
    """
    while len(found := await raw.fetch(query)) < count:  # noqa: ASYNC110 - the server tells nobody
        await asyncio.sleep(0.01)
    return [("at once" if at_once else "step by step", has_id) for at_once, has_id in found]


async def check(raw: Raw, url: str, *, of_shared: int, of_first: int) -> None:
    """See that every version is there, in order."""
    assert await versions(url, shared) == list(range(1, of_shared + 1))
    assert await versions(url, first) == list(range(1, of_first + 1))
    # Also by what the order is made of, whoever reads.
    assert [
        version
        for (version,) in await raw.fetch(
            "SELECT version FROM events WHERE stream = ? ORDER BY epoch, transaction_id, position",
            shared,
        )
    ] == list(range(1, of_shared + 1))


@pytest.mark.parametrize("where", [here, elsewhere])
@pytest.mark.parametrize(("slow_way", "quick_way"), every_pair)
async def test_who_waits_for_a_stream_has_no_id_and_comes_after_who_appends_meanwhile(
    url: str, raw: Raw, slow_way: Way, quick_way: Way, where: Where
) -> None:
    """The interleaving of the naive two: the slow one begins, the quick one commits, then it."""
    async with where(url, slow_way) as slow, here(url, quick_way) as quick:
        async with raw.connection() as holder, holder.transaction():
            # It stops the slow one at the first of its two streams.
            await holder.execute("SELECT pg_advisory_xact_lock($1)", _lock_key(first))
            slowly = slow((first, shared))
            assert await waiting(raw, 1) == [(slow_way, False)]
            await quick((shared,))
        await slowly
    await check(raw, url, of_shared=4, of_first=3)


@pytest.mark.parametrize("where", [here, elsewhere])
@pytest.mark.parametrize(("slow_way", "quick_way"), every_pair)
async def test_who_has_an_id_keeps_others_from_the_stream_until_it_commits(
    url: str, raw: Raw, slow_way: Way, quick_way: Way, where: Where
) -> None:
    """The other order: the slow one stops with its id taken, in the middle of its insert."""
    pause = 4711
    await raw.execute(
        f"""CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
              IF NEW.stream = '{first}' AND NEW.version = 3 THEN
                PERFORM pg_advisory_xact_lock({pause});
              END IF;
              RETURN NEW;
            END $$"""
    )
    await raw.execute(
        "CREATE TRIGGER pause AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION pause()"
    )
    async with here(url, quick_way) as quick, where(url, slow_way) as slow:
        async with raw.connection() as holder, holder.transaction():
            await holder.execute("SELECT pg_advisory_xact_lock($1)", pause)
            slowly = slow((shared, first))
            ((way, has_id),) = await waiting(raw, 1)
            # The statement that inserts is another one step by step.
            assert (way, has_id) == (slow_way, True)
            quickly = quick((shared,))
            assert await waiting(raw, 2) == [(slow_way, True), (quick_way, False)]
            await asyncio.sleep(0.05)
            assert not quickly.done()
        await asyncio.gather(slowly, quickly)
    await check(raw, url, of_shared=4, of_first=3)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))  # type: ignore[arg-type]

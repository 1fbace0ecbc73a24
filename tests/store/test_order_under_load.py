"""64 appenders in 4 processes, transactions that commit out of order, and what readers see of it.

Beside the readers of the log one reads the way that suggests itself, ``position > last``. It loses
events in the same run, or the run would have shown nothing.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from retold.store import EventStore, open_store
from tests.forking import start
from tests.store.late_commits import disturb
from tests.store.raw import Raw

pytestmark = pytest.mark.postgres

repository = Path(__file__).parents[2]
processes, callers, readers = 4, 16, 4
disturbers, batch = 8, 10
# Other tests on this server hold transactions open too.
patience_seconds = 40.0

Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Load:
    """How much is appended.

    Attributes:
        appends: by each caller.
        rounds: transactions of each disturber.
        streams: that the callers share.
        longest_seconds: that a disturber's transaction is held open.
        seed: of everything that is left to chance.
    """

    appends: int
    rounds: int
    streams: int
    longest_seconds: float
    seed: int


class Ended:
    """Says how many events there are once all are committed."""

    def __init__(self) -> None:
        self.when: asyncio.Future[int] = asyncio.get_running_loop().create_future()


async def follow(store: EventStore, ended: Ended) -> list[Place]:
    """Subscribe to the log as it grows; return stream and version of what came, in order."""
    seen: list[Place] = []

    async def take(after: str | None, *, until: int | None = None) -> str | None:
        """Take what comes, until that many have come; return the cursor."""
        async with store.subscribe(after=after) as subscription:
            async for event in subscription:
                seen.append((event.stream, event.version))
                if until is not None and len(seen) >= until:
                    break
            return subscription.cursor

    # Begun again from its cursor now and then, as a process that ends and is started again.
    cursor = None
    for resumed in (100, 500, 1_000):
        cursor = await take(cursor, until=resumed)
    taking = asyncio.create_task(take(cursor))
    total = await ended.when
    gives_up_at = time.monotonic() + patience_seconds
    while len(seen) < total and time.monotonic() < gives_up_at and not taking.done():  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    # What comes twice, or late, comes now.
    await asyncio.sleep(0.3)
    taking.cancel()
    await asyncio.wait([taking])
    assert taking.cancelled()
    return seen


async def follow_positions(raw: Raw, ended: Ended) -> list[Place]:
    """Read by ``position > last``; return what was seen by the time all was committed."""
    seen: list[Place] = []
    last = 0
    async with raw.connection() as connection:
        while True:
            over = ended.when.done()
            rows = await connection.fetch(
                "SELECT position, stream, version FROM events WHERE position > $1"
                " ORDER BY position LIMIT 1000",
                last,
            )
            for position, stream, version in rows:
                seen.append((stream, version))
                last = position
            if over and not rows:
                return seen
            await asyncio.sleep(0.002)


@asynccontextmanager
async def appenders(url: str, load: Load) -> AsyncIterator[Callable[[], Awaitable[list[bytes]]]]:
    """Start the processes; give what lets them append and returns what they print."""
    children = [
        await start(
            "-m", "tests.store.load_appender", url, f"p{number}", str(callers),
            str(load.appends), str(load.streams), str(load.seed),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=repository,
        )
        for number in range(processes)
    ]  # fmt: skip

    async def go() -> list[bytes]:
        told = await asyncio.gather(*(child.communicate(b"go\n") for child in children))
        assert [child.returncode for child in children] == [0] * processes
        return [output for output, _ in told]

    try:
        for child in children:
            assert child.stdout is not None
            assert await child.stdout.readline() == b"ready\n"
        yield go
    finally:
        for child in children:
            if child.returncode is None:
                child.kill()
                await child.wait()


async def prove(url: str, load: Load, record: Callable[[str, object], None]) -> None:
    """Append under load, and compare what was read with what is there."""
    raw = Raw(url)
    ended = Ended()
    commits: list[tuple[int, str]] = []
    async with AsyncExitStack() as stack:
        go = await stack.enter_async_context(appenders(url, load))
        stores = [await stack.enter_async_context(await open_store(url)) for _ in range(readers)]
        async with asyncio.TaskGroup() as tasks:
            following = [tasks.create_task(follow(store, ended)) for store in stores]
            naive = tasks.create_task(follow_positions(raw, ended))
            disturbing = [
                tasks.create_task(
                    disturb(
                        raw,
                        f"held-{number}",
                        rounds=load.rounds,
                        batch=batch,
                        longest_seconds=load.longest_seconds,
                        seed=f"{load.seed}/{number}",
                        commits=commits,
                    )
                )
                for number in range(disturbers)
            ]
            results = [output.split() for output in await go()]
            appended = sum(int(count) for count, _ in results)
            seconds = max(float(took) for _, took in results)
            held = sum(await asyncio.gather(*disturbing))
            ended.when.set_result(appended + held)
        seen = [task.result() for task in following]
        seen_by_position = naive.result()
        report = await stores[0].verify()

    rows = await raw.fetch(
        "SELECT stream, version FROM events ORDER BY epoch, transaction_id, position"
    )
    stored: list[Place] = [(stream, version) for stream, version in rows]
    assert len(stored) == appended + held
    assert report.ok
    assert report.events == len(stored)
    for of_one in seen:
        assert_exactly_once_and_in_order(of_one, stored)
    assert {tuple(of_one) for of_one in seen} == {tuple(stored)}

    # The run was one that could have lost something: late commits of low ids and positions.
    ids = [transaction for transaction, _ in commits]
    assert ids != sorted(ids)
    lost = set(stored) - set(seen_by_position)
    record("naive reader lost", len(lost))
    record("of", len(stored))
    record("events a second", round(appended / seconds))
    sys.stdout.write(
        f"position > last lost {len(lost)} of {len(stored)} events"
        f" ({len(lost) / len(stored):.0%}); {readers} subscriptions lost 0 of them;"
        f" {processes * callers} callers in {processes} processes appended {appended} events,"
        f" {appended / seconds:,.0f} a second\n"
    )
    assert lost
    with pytest.raises(AssertionError):
        assert_exactly_once_and_in_order(seen_by_position, stored)


def assert_exactly_once_and_in_order(seen: list[Place], stored: list[Place]) -> None:
    """Refuse a gap, a duplicate, and a version before a lower one of its stream."""
    missing = set(stored) - set(seen)
    assert not missing, f"{len(missing)} of {len(stored)} events were skipped"
    assert max(Counter(seen).values()) == 1, "an event came twice"
    last: dict[str, int] = {}
    for stream, version in seen:
        assert version == last.get(stream, 0) + 1, f"{stream} was not in version order"
        last[stream] = version


async def test_subscriptions_skip_and_repeat_nothing_where_positions_lose_events(
    migrated_postgres_url: str, record_property: Callable[[str, object], None]
) -> None:
    load = Load(appends=10, rounds=10, streams=12, longest_seconds=0.25, seed=20)
    await prove(migrated_postgres_url, load, record_property)


@pytest.mark.stress
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_subscriptions_skip_and_repeat_nothing_for_long(
    migrated_postgres_url: str, record_property: Callable[[str, object], None], seed: int
) -> None:
    load = Load(appends=150, rounds=120, streams=40, longest_seconds=0.3, seed=seed)
    await prove(migrated_postgres_url, load, record_property)

"""Workers are killed at every point of their work: each run completes, each step once."""

from __future__ import annotations

import asyncio
import random
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

import retold
from retold.projections.keeping.catch_up import catch_up
from retold.projections.shipped import shipped
from tests.agents.orchestrator.worker_crashes import Case, Crash, Kill, labels_in
from tests.store.fork_server import ForkServer

pytestmark = [pytest.mark.crash, pytest.mark.timeout(900)]

workers = {"sqlite": 2, "postgresql": 4}
# Cases that are played at once. Each process has some connections, and a server has a hundred.
lanes = {"sqlite": 3, "postgresql": 2}
# Each on a log of its own, so that what is checked at the end stays small.
shares = 8
short_lease_seconds = 2.0


@dataclass
class Stage:
    """A log on which cases are played, each with an orchestrator of its own."""

    log: retold.Log
    url: str
    folder: Path
    server: ForkServer
    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    numbers: Iterator[int] = field(default_factory=count)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, folder: Path, server: ForkServer) -> AsyncIterator[Stage]:
        """Open the log; all of it is checked at the end."""
        async with retold.open(url) as log:
            stage = cls(log, url, folder, server)
            yield stage
            await stage.check()

    @property
    def dialect(self) -> str:
        """Which database it is."""
        return self.url.partition(":")[0]

    def crash(self, case: Case) -> Crash:
        """Return a case to be played."""
        name = f"c{next(self.numbers)}"
        number = workers[self.dialect]
        folder = self.folder / name
        return Crash(self.log, self.url, folder, self.server, self.asking, case, name, number)

    async def labels(self) -> list[str]:
        """Let a run go undisturbed, and return the points that its workers came by."""
        crash = self.crash(Case(None))
        assert not await crash.play()
        return labels_in(crash.folder)

    async def queuer_labels(self) -> list[str]:
        """Return the points that a process came by which queued a run."""
        crash = self.crash(Case(None, Kill.QUEUER))
        assert not await crash.play()
        return labels_in(crash.folder, "queue")

    async def play(self, cases: Sequence[Case]) -> list[Case]:
        """Play cases, several at once; return those whose point nobody came by."""
        waiting = list(reversed(cases))
        missed: list[Case] = []

        async def play_in_turn() -> None:
            while waiting:
                case = waiting.pop()
                if not await self.crash(case).play():
                    missed.append(case)

        async with asyncio.TaskGroup() as group:
            for _ in range(lanes[self.dialect]):
                group.create_task(play_in_turn())
        return missed

    async def check(self) -> None:
        """All of the log is as it was written, and every read model can be made of it."""
        assert (await self.log.verify()).ok
        for projection in shipped:
            await catch_up(self.log.store, projection)


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """Start processes that have imported everything."""
    with ForkServer() as server:
        yield server


def drawn(text: str) -> int:
    """Return a number that is of the text alone, whatever other texts there are."""
    return zlib.crc32(text.encode())


async def cases_of(stage: Stage) -> list[Case]:
    """Return a case for each point; of those in which all die, for a third of the points.

    Runs that nobody disturbs say what points there are.
    """
    labels = await stage.labels()
    cases = [Case(label) for label in labels]
    cases += [Case(label, Kill.ALL) for label in labels if drawn(label) % 3 == 0]
    return cases + [Case(label, Kill.QUEUER) for label in await stage.queuer_labels()]


async def play_sample(url: str, folder: Path, server: ForkServer, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - choices, no secrets
    async with Stage.open(url, folder, server) as stage:
        cases = await cases_of(stage)
        sample = [
            case
            for kill, number in ((Kill.ONE, 3), (Kill.ALL, 1), (Kill.QUEUER, 1))
            for case in chance.sample([one for one in cases if one.kill is kill], number)
        ]
        # Its leases lapse by themselves.
        sample.append(Case("amid the call of join", lease_seconds=short_lease_seconds))
        missed = await stage.play(sample)
        assert len(missed) < len(sample) / 2


async def play_share(
    url: str, folder: Path, server: ForkServer, share: int, tell: Callable[[str, object], None]
) -> None:
    async with Stage.open(url, folder, server) as stage:
        cases = [one for one in await cases_of(stage) if drawn(str(one)) % shares == share]
        missed = cases
        for _ in range(3):
            missed = await stage.play(missed)
        tell("workers killed at", len(cases) - len(missed))
        tell("points that were not reached", [str(case) for case in missed])
        # Whether some points are come by is up to chance: who is faster, and a row that is swept.
        assert len(missed) <= len(cases) / 10, missed


async def test_a_sample_of_kills_on_sqlite(
    migrated_sqlite_url: str, tmp_path: Path, server: ForkServer
) -> None:
    await play_sample(migrated_sqlite_url, tmp_path, server, 1)


@pytest.mark.postgres
async def test_a_sample_of_kills_on_postgres(
    migrated_postgres_url: str, tmp_path: Path, server: ForkServer
) -> None:
    await play_sample(migrated_postgres_url, tmp_path, server, 2)


@pytest.mark.stress
@pytest.mark.parametrize("share", range(shares))
async def test_killed_at_every_point_on_sqlite(
    migrated_sqlite_url: str,
    tmp_path: Path,
    server: ForkServer,
    share: int,
    record_property: Callable[[str, object], None],
) -> None:
    await play_share(migrated_sqlite_url, tmp_path, server, share, record_property)


@pytest.mark.stress
@pytest.mark.postgres
@pytest.mark.parametrize("share", range(shares))
async def test_killed_at_every_point_on_postgres(
    migrated_postgres_url: str,
    tmp_path: Path,
    server: ForkServer,
    share: int,
    record_property: Callable[[str, object], None],
) -> None:
    await play_share(migrated_postgres_url, tmp_path, server, share, record_property)

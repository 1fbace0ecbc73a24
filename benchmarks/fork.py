"""Forking a conversation at half: how long it takes and what it adds to the file."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.log import feature_missing, fold_wal, open_log, scratch_folder, sqlite_url
from benchmarks.measure import Settings, interleave
from benchmarks.result import Bar, Measured, Missing, Reference, Result
from benchmarks.storage import conversation

name = "fork"
short, long = 400, 4_000
forks = 100
time_bar = Bar(at_most=5.0)
growth_bar = Bar(at_most=1_000.0)
# A fork by reference takes as long whatever it is a fork of; the rest is noise.
independence_bar = Bar(at_most=1.5)
parent = "chat-1"


@dataclass(frozen=True, slots=True)
class Forks:
    """What came of forking one conversation many times.

    Attributes:
        milliseconds: the median of one fork.
        growth: bytes the file grew by a fork, on average.
    """

    milliseconds: float
    growth: float


def run(settings: Settings) -> Iterator[Result]:
    """Measure forks of a short and of a long conversation."""
    if reason := feature_missing("fork"):
        yield Missing(benchmark=name, case=f"at half of {short} and {long:,} turns", reason=reason)
        return
    count = settings.scaled(forks, least=10)
    with scratch_folder() as folder:
        logs = {turns: _recorded(folder, turns) for turns in (short, long)}
        found = interleave(
            {
                f"{short}": lambda: _fork(logs[short], short, count),
                f"{long}": lambda: _fork(logs[long], long, count),
            },
            settings.rounds,
        )
    times = {turns: tuple(one.milliseconds for one in found[f"{turns}"]) for turns in logs}
    for turns in logs:
        case = f"at half of {turns:,} turns"
        yield Measured(
            benchmark=name, case=f"{case}, median", unit="ms", rounds=times[turns], bar=time_bar
        )
        yield Measured(
            benchmark=name,
            case=f"{case}, growth of the file",
            unit="bytes",
            rounds=tuple(one.growth for one in found[f"{turns}"]),
            bar=growth_bar,
            note=f"average of {count} forks",
        )
    yield Measured(
        benchmark=name,
        case=f"is it independent of the length, {long:,} turns",
        unit="ms",
        rounds=times[long],
        reference=Reference(name=f"{short} turns", rounds=times[short]),
        bar=independence_bar,
    )


def _recorded(folder: Path, turns: int) -> Path:
    path = folder / f"{turns}.db"

    async def record() -> None:
        async with await open_log(sqlite_url(path)) as store:
            await store.append(parent, conversation(turns), expected_version=0)

    asyncio.run(record())
    fold_wal(path)
    return path


def _fork(recorded: Path, turns: int, count: int) -> Forks:
    async def fork_many(url: str) -> list[float]:
        found: list[float] = []
        async with await open_log(url) as store:
            # Benchmarks may be run on a release that has no forks yet.
            forking: Any = store
            for number in range(count):
                begin = time.perf_counter()
                # A turn has two events, so this is the event at half.
                await forking.fork(parent, f"chat-fork-{number}", at=turns)
                found.append(time.perf_counter() - begin)
        return found

    with scratch_folder() as folder:
        path = Path(shutil.copyfile(recorded, folder / "log.db"))
        before = path.stat().st_size
        seconds = asyncio.run(fork_many(sqlite_url(path)))
        growth = fold_wal(path) - before
    return Forks(median(seconds) * 1_000, growth / count)

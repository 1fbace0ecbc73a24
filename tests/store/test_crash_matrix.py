"""Writers and readers killed with SIGKILL at random moments under load: nothing is lost."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.store.crash_matrix import CrashedLog, Figures
from tests.store.fork_server import ForkServer

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]

SQLITE_KILLS = 200
POSTGRES_KILLS = 50
# Each kill reads and verifies the whole log, so a log does not live for ever.
KILLS_A_LOG = 20
POSTGRES_KILLS_A_LOG = 10

KeepFigures = Callable[[str, Figures], None]


async def killed(url: str, folder: Path, seed: int, kills: int, server: ForkServer) -> Figures:
    """Kill that many writers of one log; return what happened."""
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets
    log = CrashedLog(url, folder, chance, server)
    for _ in range(kills):
        await log.kill_writer()
    await log.finish()
    assert log.figures.writer_kills == kills
    assert log.figures.acknowledged >= kills
    assert log.figures.in_flight > 0
    return log.figures


async def test_6_kills_lose_nothing_on_sqlite(
    sqlite_url: str, tmp_path: Path, fork_server: ForkServer, keep_figures: KeepFigures
) -> None:
    keep_figures("SQLite, a sample", await killed(sqlite_url, tmp_path, 1, 6, fork_server))


@pytest.mark.postgres
async def test_4_kills_lose_nothing_on_postgresql(
    migrated_postgres_url: str, tmp_path: Path, fork_server: ForkServer, keep_figures: KeepFigures
) -> None:
    figures = await killed(migrated_postgres_url, tmp_path, 2, 4, fork_server)
    keep_figures("PostgreSQL, a sample", figures)


@pytest.mark.parametrize("seed", range(8))
async def test_killed_while_it_makes_the_log_it_leaves_one_to_go_on_with(
    sqlite_url: str, tmp_path: Path, fork_server: ForkServer, seed: int
) -> None:
    log = CrashedLog(sqlite_url, tmp_path, random.Random(seed), fork_server)  # noqa: S311
    await log.kill_maker()
    await log.kill_writer()
    await log.finish()
    assert log.figures.writer_kills == 2


@pytest.mark.stress
@pytest.mark.parametrize("log", range(SQLITE_KILLS // KILLS_A_LOG))
async def test_200_kills_lose_nothing_on_sqlite(
    sqlite_url: str, tmp_path: Path, fork_server: ForkServer, keep_figures: KeepFigures, log: int
) -> None:
    figures = await killed(sqlite_url, tmp_path, 1_000 + log, KILLS_A_LOG, fork_server)
    keep_figures("SQLite", figures)


@pytest.mark.stress
@pytest.mark.postgres
@pytest.mark.parametrize("log", range(POSTGRES_KILLS // POSTGRES_KILLS_A_LOG))
async def test_50_kills_lose_nothing_on_postgresql(
    migrated_postgres_url: str,
    tmp_path: Path,
    fork_server: ForkServer,
    keep_figures: KeepFigures,
    log: int,
) -> None:
    figures = await killed(
        migrated_postgres_url, tmp_path, 2_000 + log, POSTGRES_KILLS_A_LOG, fork_server
    )
    keep_figures("PostgreSQL", figures)

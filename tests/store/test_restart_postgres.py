"""A PostgreSQL server restarted, crashed and full under a log that stays open."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Literal

import pytest

from retold.store import upkeep
from tests.store.crash_matrix import CrashedLog, Figures
from tests.store.fork_server import ForkServer
from tests.store.postgres_cluster import Cluster
from tests.store.raw import Raw

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]

CLUSTER_RESTARTS = 10

KeepFigures = Callable[[str, Figures], None]


@pytest.fixture
async def url(cluster: Cluster) -> AsyncIterator[str]:
    """URL of a migrated log in the private cluster."""
    name = f"log_{secrets.token_hex(3)}"
    raw = Raw(cluster.url())
    await raw.execute(f"CREATE DATABASE {name}")
    await upkeep.upgrade(cluster.url(name))
    yield cluster.url(name)
    await raw.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def log(url: str, tmp_path: Path, fork_server: ForkServer) -> CrashedLog:
    """That log, with a writer and a reader to come, and always the same chances."""
    return CrashedLog(url, tmp_path, random.Random(3), fork_server)  # noqa: S311 - no secrets


async def restart(cluster: Cluster, mode: Literal["fast", "immediate"]) -> None:
    await asyncio.to_thread(cluster.restart, mode)


async def cut_off(url: str) -> None:
    """End every session of the log's, at whatever each is."""
    await Raw(url).fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


async def test_an_append_lives_through_a_crash_of_the_server(
    log: CrashedLog, cluster: Cluster, keep_figures: KeepFigures
) -> None:
    await log.disturb([partial(restart, cluster, "immediate")])
    await log.finish()
    # The log waits for the server by itself, so that no caller has to.
    assert log.errors == set()
    keep_figures("PostgreSQL restarted, a sample", log.figures)


async def test_a_connection_cut_off_in_the_middle_of_an_append_is_replaced(
    log: CrashedLog, url: str, keep_figures: KeepFigures
) -> None:
    await log.disturb([partial(cut_off, url)] * 5)
    await log.disturb([partial(cut_off, url)] * 5, "impatient")
    await log.finish()
    assert log.figures.failed + log.figures.unknown > 0
    keep_figures("PostgreSQL connections cut off", log.figures)


@pytest.mark.stress
@pytest.mark.parametrize("patience", ["patient", "impatient"])
async def test_10_restarts_lose_nothing(
    log: CrashedLog, cluster: Cluster, keep_figures: KeepFigures, patience: str
) -> None:
    """Once with a log that waits for the server, once with callers who are told at once."""
    modes: list[Literal["fast", "immediate"]] = ["immediate", "fast"] * (CLUSTER_RESTARTS // 2)
    await log.disturb([partial(restart, cluster, mode) for mode in modes], patience)
    await log.finish()
    assert log.figures.restarts == CLUSTER_RESTARTS
    told = log.figures.failed + log.figures.unknown
    assert told == 0 if patience == "patient" else told > 0
    for error in log.errors:
        assert error.startswith("Appending failed: ")
        assert "Nothing was written." in error or "with the same event ids" in error
    keep_figures(f"PostgreSQL restarted, {patience}", log.figures)

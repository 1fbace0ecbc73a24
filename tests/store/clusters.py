"""Clusters of PostgreSQL whose transaction ids lie far apart, and databases moved between them."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from retold.store import upkeep
from tests.store.postgres_cluster import Cluster, ClusterUnavailable, free_port, private_cluster
from tests.store.raw import Raw

_settings = "max_prepared_transactions = 5\nfsync = off\ncommit_delay = 0\n"


@contextmanager
def cluster_at(wraps: int) -> Iterator[Cluster]:
    """Give a cluster whose transaction ids begin at ``wraps`` times 2**32; skip without one."""
    try:
        with private_cluster() as made:
            made.stop("fast")
            if wraps:
                made._run("pg_resetwal", "-e", str(wraps), "-D", made._data)
            _configure(made._data, _settings)
            made.start()
            yield made
    except ClusterUnavailable as error:
        pytest.skip(f"no private PostgreSQL cluster: {error}")


@contextmanager
def replica_of(primary: Cluster) -> Iterator[Cluster]:
    """Give a replica of a cluster, which follows it."""
    folder = Path(tempfile.mkdtemp(prefix="retold-pg-"))
    try:
        replica = Cluster(primary._programs, folder, free_port())
        replica.own(folder)
        replica._run(
            "pg_basebackup", "-R", "-c", "fast", "-D", replica._data,
            "-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres",
        )  # fmt: skip
        _configure(replica._data, f"port = {replica.port}\nunix_socket_directories = '{folder}'\n")
        replica.start()
        try:
            yield replica
        finally:
            replica.stop("immediate")
    finally:
        shutil.rmtree(folder)


def promote(replica: Cluster) -> None:
    """Let a replica become a primary."""
    replica._control("promote")


async def new_log(cluster: Cluster) -> str:
    """Make an empty, migrated log; return its URL."""
    url = await new_database(cluster)
    await upkeep.upgrade(url)
    return url


async def new_database(cluster: Cluster) -> str:
    """Make an empty database; return its URL."""
    name = f"log_{secrets.token_hex(4)}"
    connection = await asyncpg.connect(cluster.url())
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return cluster.url(name)


async def restore(url: str, cluster: Cluster) -> str:
    """Dump a database and restore it into a cluster; return its URL there."""
    restored = await new_database(cluster)
    await asyncio.to_thread(_copy, cluster._programs, url, restored)
    return restored


def _copy(programs: Path, source: str, target: str) -> None:
    dumped = subprocess.run([programs / "pg_dump", source], check=True, stdout=subprocess.PIPE)
    psql: list[str | Path] = [
        programs / "psql",
        "-X",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        "-o",
        os.devnull,
        target,
    ]
    subprocess.run(psql, check=True, input=dumped.stdout)


async def next_id(url: str) -> int:
    """Take a transaction id and return it."""
    ((number,),) = await Raw(url).fetch("SELECT pg_current_xact_id()::text::bigint")
    assert isinstance(number, int)
    return number


def _configure(data: Path, settings: str) -> None:
    with (data / "postgresql.conf").open("a") as file:
        file.write(settings)

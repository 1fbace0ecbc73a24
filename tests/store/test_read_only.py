"""A log that may no longer be written: a clear error, and work goes on when it may be again."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from retold.errors import NotWritable, StoreUnavailable
from retold.store import open_store
from retold.store.lease import Leases
from tests.store.events import append, event, event_id, read_all, texts
from tests.store.fork_server import ForkServer
from tests.store.raw import Raw
from tests.store.read_only import scenarios


@pytest.mark.parametrize("scenario", scenarios)
def test_a_log_without_write_permission_on(scenario: str, fork_server: ForkServer) -> None:
    """In a process without root's privileges, which permissions do not bind."""
    with tempfile.TemporaryDirectory(prefix="retold-test-") as name:
        Path(name).chmod(0o777)
        child = fork_server.start("tests.store.read_only", scenario, name)
        assert child.wait() == 0, "see standard error"


@contextmanager
def immutable(*files: Path) -> Iterator[None]:
    """Forbid everybody every change of files, also of those that are open."""
    done = subprocess.run(["chattr", "+i", *files], capture_output=True, text=True, check=False)
    try:
        if done.returncode:
            pytest.skip(f"chattr +i failed: {done.stderr.strip()}")
        yield
    finally:
        subprocess.run(["chattr", "-i", *files], capture_output=True, check=False)


@pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.getuid() != 0,
    reason="only root on Linux may make an open file read-only",
)
async def test_an_open_file_made_read_only_is_an_error_and_work_goes_on_afterwards(
    tmp_path: Path, sqlite_url: str
) -> None:
    """As when the system, after an error of the disk, lets nobody write on it any more."""
    path = tmp_path / "log.db"
    new = [event("b", event_id=event_id(1)), event("c", event_id=event_id(2))]
    async with await open_store(sqlite_url) as store:
        await append(store, "note-1", "a", expected_version=0)
        with immutable(path, tmp_path / "log.db-wal"):
            for _ in range(2):
                with pytest.raises(StoreUnavailable) as raised:
                    await store.append("note-1", new, expected_version=1)
                assert str(raised.value).startswith(
                    f"Appending failed: SQLite says: disk I/O error (the file '{path}' is not"
                    " writable). It is unknown whether it was committed: try again"
                )
                assert raised.value.outcome_unknown
            with pytest.raises(StoreUnavailable, match="is not writable"):
                await Leases(store).take("note-1", "me", 60)
            assert texts(await read_all(store)) == ["a"]
            assert (await store.verify()).ok
            with pytest.raises(NotWritable):
                await open_store(sqlite_url)
        result = await store.append("note-1", new, expected_version=1)
        assert (result.first_version, result.last_version, result.duplicate) == (2, 3, False)
        assert (await Leases(store).take("note-1", "me", 60)).token == 1
        assert (await store.verify()).events == 3
        assert await Raw(sqlite_url).fetch("PRAGMA integrity_check") == [("ok",)]
    async with await open_store(sqlite_url) as store:
        assert texts(await read_all(store)) == ["a", "b", "c"]

"""What a process without root's privileges lives through when it may no longer write its log.

Run in a child of the fork server: ``main(scenario, folder)``. The child may not come back to its
privileges, nor import anything any more; a failed assertion is its exit code and its traceback.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from retold.errors import NotWritable, StoreUnavailable
from retold.store import EventStore, open_store
from retold.store.lease import Leases
from tests.store.events import append, read_all, texts
from tests.store.raw import Raw

nobody = 65_534


@contextmanager
def without_permission(folder: Path) -> Iterator[None]:
    """Take away the right to write all that is in a folder, and the folder."""
    files = list(folder.iterdir())
    for path in files:
        path.chmod(0o444)
    folder.chmod(0o555)
    try:
        yield
    finally:
        folder.chmod(0o755)
        for path in files:
            path.chmod(0o644)


async def write_rows(store: EventStore) -> Sequence[BaseException | None]:
    """Write on more connections at once than a log keeps open."""

    async def write() -> None:
        async with store.transaction() as connection:
            await connection.execute(text("UPDATE leases SET token = token"))

    return await asyncio.gather(*(write() for _ in range(10)), return_exceptions=True)


async def a_running_log(url: str, folder: Path) -> None:
    """What was opened stays open; a connection made now may only read, and gives way later."""
    async with await open_store(url) as store:
        await append(store, "note-1", "a", expected_version=0)
        with without_permission(folder):
            # Permissions are asked for when a file is opened, and the writer has it open.
            await append(store, "note-1", "b", expected_version=1)
            await Leases(store).take("note-1", "me", 60)
            outcomes = await write_rows(store)
            refused = {str(one) for one in outcomes if isinstance(one, StoreUnavailable)}
            told = (
                "Writing failed: SQLite says: attempt to write a readonly database"
                f" (the file '{folder / 'log.db'}' is not writable). Nothing was written."
            )
            assert refused == {told}
            assert texts(await read_all(store)) == ["a", "b"]
            assert (await store.verify()).ok
            with pytest.raises(NotWritable):
                await open_store(url)
        assert all(outcome is None for outcome in await write_rows(store))
        await append(store, "note-1", "c", expected_version=2)
        assert (await store.verify()).events == 3
    async with await open_store(url) as store:
        assert texts(await read_all(store)) == ["a", "b", "c"]


async def a_folder(url: str, folder: Path) -> None:
    """The file may be written, but nothing may be made beside it."""
    async with await open_store(url) as store:
        await append(store, "note-1", "a")
    folder.chmod(0o555)
    with pytest.raises(NotWritable, match=re.escape(f"the folder '{folder}' is not writable")):
        await open_store(url)
    assert [path.name for path in folder.iterdir()] == ["log.db"]
    folder.chmod(0o755)
    async with await open_store(url) as store:
        await append(store, "note-1", "b", expected_version=1)


async def a_folder_after_a_crash(url: str, folder: Path) -> None:
    """All that is needed was left beside the file: what was acknowledged is found."""
    await leave_behind(url, folder)
    folder.chmod(0o555)
    async with await open_store(url) as store:
        assert texts(await read_all(store)) == ["a"]
        await append(store, "note-1", "b", expected_version=1)
        assert (await store.verify()).ok


async def a_wal(url: str, folder: Path) -> None:
    """SQLite would open the log, and refuse the first append."""
    await _beside(url, folder, "log.db-wal")


async def a_shm(url: str, folder: Path) -> None:
    """The same with the index of the write-ahead log."""
    await _beside(url, folder, "log.db-shm")


async def _beside(url: str, folder: Path, name: str) -> None:
    await leave_behind(url, folder)
    contents = {path: path.read_bytes() for path in folder.iterdir()}
    (folder / name).chmod(0o444)
    with pytest.raises(NotWritable, match=re.escape(f"the file '{folder / name}' is not writable")):
        await open_store(url)
    assert {path: path.read_bytes() for path in folder.iterdir()} == contents
    (folder / name).chmod(0o644)
    async with await open_store(url) as store:
        assert texts(await read_all(store)) == ["a"]
        await append(store, "note-1", "b", expected_version=1)


async def leave_behind(url: str, folder: Path) -> None:
    """Leave a log as a killed process leaves it: its last events only in the write-ahead log."""
    async with await open_store(url) as store:
        await append(store, "note-1", "a", expected_version=0)
        left = {path: path.read_bytes() for path in folder.iterdir()}
    for path, content in left.items():
        path.write_bytes(content)
    assert len(left) == 3


scenarios = {
    one.__name__: one for one in (a_running_log, a_folder, a_folder_after_a_crash, a_wal, a_shm)
}


async def main(scenario: str, folder: str) -> None:
    """Live through a scenario, in a folder that any user may write."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(nobody)
        os.setuid(nobody)
    own = Path(folder) / "own"
    own.mkdir()
    url = f"sqlite:///{own / 'log.db'}"
    try:
        await scenarios[scenario](url, own)
    finally:
        own.chmod(0o755)
    assert await Raw(url).fetch("PRAGMA integrity_check") == [("ok",)]

"""Opening what cannot be opened: a named error with a remedy, and nothing changed."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from retold.errors import (
    DatabaseDamaged,
    DatabaseMissing,
    InvalidTenant,
    MissingExtra,
    NotARetoldDatabase,
    NotWritable,
    OpenError,
    StoreUnavailable,
    UnsupportedUrl,
)
from retold.store import open_store, upkeep
from tests.forking import run, start
from tests.store.events import append, numbered, read, texts

repository = Path(__file__).parents[2]


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def url_of(path: Path) -> str:
    return f"sqlite:///{path}"


# Paths -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("missing/log.db", "does not exist"),
        ("a_file/log.db", "does not exist"),
        ("a_folder", "it is not a file"),
        ("a_folder/", "it is not a file"),
        (f"{'x' * 300}.db", "File name too long"),
    ],
)
async def test_a_place_where_no_file_can_be(tmp_path: Path, place: str, told: str) -> None:
    (tmp_path / "a_folder").mkdir()
    (tmp_path / "a_file").write_text("x")
    before = contents(tmp_path)
    for attempt in (open_store, upkeep.upgrade, upkeep.check):
        with pytest.raises(NotWritable, match=told) as raised:
            await attempt(f"sqlite:///{tmp_path}/{place}")
        assert "Choose another path" in str(raised.value)
    assert contents(tmp_path) == before


def test_a_device_is_no_place_for_a_log() -> None:
    with pytest.raises(NotWritable, match="not a file"):
        asyncio.run(open_store("sqlite:////dev/null"))


@pytest.fixture
def anyones_folder() -> Iterator[Path]:
    """A folder that any user may enter."""
    with tempfile.TemporaryDirectory(prefix="retold-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


_attempt = """
import asyncio, os, sys
from retold.errors import RetoldError
from retold.store import open_store

async def load_everything():
    await (await open_store("sqlite:///:memory:")).close()

asyncio.run(load_everything())
if os.getuid() == 0:
    # From here on, Python itself may be out of reach.
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    asyncio.run(open_store(sys.argv[1]))
except RetoldError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_file_or_folder_without_write_permission(anyones_folder: Path, what: str) -> None:
    """In a process without root's privileges, which permissions do not bind."""
    path = anyones_folder / "log.db"
    told = f"the folder '{anyones_folder}' is not writable"
    if what == "file":
        asyncio.run(upkeep.upgrade(url_of(path)))
        path.chmod(0o444)
        told = f"the file {str(path)!r} is not writable"
    if os.getuid() != 0:
        anyones_folder.chmod(0o555)
    before = contents(anyones_folder)
    try:
        done = run("-c", _attempt, url_of(path), cwd=repository)
    finally:
        anyones_folder.chmod(stat.S_IRWXU)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"NotWritable Cannot write {str(path)!r}: {told}.")
    assert contents(anyones_folder) == before


# Files of another kind ---------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"a", b"notes " * 1_000, b"SQLite format 2\x00" * 100])
async def test_a_file_of_another_kind(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "notes.txt").write_bytes(content)
    before = contents(tmp_path)
    for attempt in (open_store, upkeep.upgrade, upkeep.check):
        with pytest.raises(NotARetoldDatabase, match="no SQLite database") as raised:
            await attempt(url_of(tmp_path / "notes.txt"))
        assert "Name an empty or a new database" in str(raised.value)
    assert contents(tmp_path) == before


async def test_a_file_that_only_begins_like_a_database(tmp_path: Path) -> None:
    (tmp_path / "log.db").write_bytes(b"SQLite format 3\x00" + b"garbage " * 1_000)
    before = contents(tmp_path)
    with pytest.raises(NotARetoldDatabase, match="file is not a database"):
        await open_store(url_of(tmp_path / "log.db"))
    assert contents(tmp_path) == before


async def test_another_programs_sqlite_file_is_not_touched(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "theirs.db")
    connection.execute("CREATE TABLE events (theirs)")
    connection.commit()
    connection.close()
    before = contents(tmp_path)
    for attempt in (open_store, upkeep.upgrade):
        with pytest.raises(NotARetoldDatabase, match="Nothing was changed"):
            await attempt(url_of(tmp_path / "theirs.db"))
    # Not even turned to write-ahead logging, which is kept in the file.
    assert contents(tmp_path) == before


@pytest.mark.parametrize("kept", [0.2, 0.9])
async def test_a_file_that_was_cut_off(tmp_path: Path, kept: float) -> None:
    path = tmp_path / "log.db"
    async with await open_store(url_of(path)) as store:
        await store.append("note-1", numbered(2_000), expected_version=0)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept) // 4_096 * 4_096])
    before = contents(tmp_path)
    with pytest.raises(DatabaseDamaged, match="malformed") as raised:
        await open_store(url_of(path))
    assert "Restore it from a backup" in str(raised.value)
    assert contents(tmp_path) == before


async def test_an_empty_file_becomes_a_log(tmp_path: Path) -> None:
    (tmp_path / "log.db").touch()
    async with await open_store(url_of(tmp_path / "log.db")) as store:
        await append(store, "note-1", "a")


async def test_nothing_is_made_unasked(tmp_path: Path) -> None:
    empty = sqlite3.connect(tmp_path / "without_tables.db")
    empty.execute("VACUUM")
    empty.close()
    (tmp_path / "empty.db").touch()
    before = contents(tmp_path)
    for name in ("absent.db", "empty.db", "without_tables.db"):
        with pytest.raises(DatabaseMissing, match="There is no Retold database") as raised:
            await open_store(url_of(tmp_path / name), create=False)
        assert "retold db upgrade" in str(raised.value)
        with pytest.raises(DatabaseMissing):
            await upkeep.check(url_of(tmp_path / name))
    assert contents(tmp_path) == before


async def test_a_log_in_memory_is_always_made() -> None:
    async with (
        await open_store("sqlite:///:memory:", create=False) as one,
        await open_store("sqlite:///:memory:") as two,
    ):
        await append(one, "note-1", "a")
        assert await two.head("note-1") is None
        folder = one._backend._folder.name  # type: ignore[attr-defined]
        assert Path(folder).is_dir()
    assert not Path(folder).exists()


async def test_a_log_with_odd_characters_in_its_path(tmp_path: Path) -> None:
    folder = tmp_path / "Grüße & 'quotes' #1 [x] %3F"
    folder.mkdir()
    url = f"sqlite:///{folder}/my log.db".replace("%", "%25")
    async with await open_store(url) as store:
        await append(store, "note-1", "a")
    assert [path.name for path in folder.iterdir()] == ["my log.db"]
    async with await open_store(url, create=False) as store:
        assert texts(await read(store, "note-1")) == ["a"]


async def test_a_relative_path_stays_when_the_working_directory_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    monkeypatch.chdir(tmp_path / "one")
    async with await open_store("sqlite:///log.db") as store:
        monkeypatch.chdir(tmp_path / "two")
        await append(store, "note-1", "a")
        # More readers than connections are open, so that new ones are made.
        for found in await asyncio.gather(*(read(store, "note-1") for _ in range(10))):
            assert texts(found) == ["a"]
    assert list((tmp_path / "two").iterdir()) == []


async def test_a_file_that_goes_while_it_is_open_is_not_made_anew(tmp_path: Path) -> None:
    store = await open_store(url_of(tmp_path / "log.db"))
    await append(store, "note-1", "a")
    await store.close()
    store = await open_store(url_of(tmp_path / "log.db"))
    await store.backend.engine.dispose()  # type: ignore[attr-defined]
    for path in tmp_path.iterdir():
        path.unlink()
    with pytest.raises(StoreUnavailable, match="unable to open database file"):
        await read(store, "note-1")
    assert list(tmp_path.iterdir()) == []
    await store.close()


# Processes at once -------------------------------------------------------------------------------

_open_and_append = """
import asyncio, sys
from retold.domain.event import NewEvent
from retold.store import open_store
from retold.store.append import ExpectedVersion

async def main():
    print("ready", flush=True)
    sys.stdin.readline()
    async with await open_store(sys.argv[1]) as store:
        await store.append("note-1", [NewEvent(type="test.happened", data={"text": sys.argv[2]})],
                           expected_version=ExpectedVersion.ANY)
asyncio.run(main())
"""


async def test_processes_that_open_a_new_file_at_once_make_one_log(tmp_path: Path) -> None:
    url = url_of(tmp_path / "log.db")
    children = [
        await start(
            "-c", _open_and_append, url, str(number),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=repository,
        )
        for number in range(4)
    ]  # fmt: skip
    for child in children:
        assert child.stdout is not None
        assert await child.stdout.readline() == b"ready\n"
    finished = await asyncio.gather(*(child.communicate(b"go\n") for child in children))
    assert [errors.decode() for _, errors in finished] == [""] * 4
    async with await open_store(url, create=False) as store:
        assert sorted(texts(await read(store, "note-1"))) == ["0", "1", "2", "3"]
        assert (await store.verify()).ok


# Arguments ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("tenant", ["", "a\x00b", "a\nb", "x" * 256, None, 7])
async def test_a_tenant_is_a_printable_name(sqlite_url: str, tmp_path: Path, tenant: Any) -> None:
    with pytest.raises(InvalidTenant, match="printable text of 1 to 255 characters"):
        await open_store(sqlite_url, tenant=tenant)
    assert contents(tmp_path) == {}


async def test_a_url_that_cannot_be_used_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnsupportedUrl):
        await open_store("retold.db")
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(MissingExtra):
        await open_store("postgresql://host/log")
    assert contents(tmp_path) == {}


def test_every_error_of_opening_has_a_code_of_its_own() -> None:
    codes = [error.code for error in OpenError.__subclasses__()]
    assert len(set(codes)) == len(codes)

"""The knowledge store as AG2's protocol says it, and what it refuses."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ag2.knowledge import KnowledgeStore as Protocol

import retold
from retold.agents.knowledge import KnowledgeStore
from retold.errors import (
    InvalidKnowledgeContent,
    InvalidKnowledgePath,
    InvalidKnowledgeRange,
    InvalidKnowledgeStore,
    StoreUnavailable,
)
from retold.store import EventStore, open_store
from retold.testing import memory_store
from tests.store.raw import Raw


@pytest.fixture
def files(store: EventStore) -> KnowledgeStore:
    return KnowledgeStore(store, "hub")


def test_it_is_what_ag2_takes(files: KnowledgeStore) -> None:
    assert isinstance(files, Protocol)


async def test_what_was_written_is_read(files: KnowledgeStore) -> None:
    text = 'a "b"\n\0\t ü 🜚\r\n'
    await files.write("/a/b.txt", text)
    assert await files.read("/a/b.txt") == text
    await files.write("/a/b.txt", "")
    assert await files.read("/a/b.txt") == ""
    assert await files.read("/a") is None
    assert await files.read("/a/b.txt.old") is None


async def test_append_returns_the_offset_in_bytes(files: KnowledgeStore) -> None:
    assert await files.append("/wal", "hé") == 0
    assert await files.append("/wal", "🜚\n") == 3
    assert await files.append("/wal", "") == 8
    assert await files.append("/wal", "end") == 8
    assert await files.read("/wal") == "hé🜚\nend"
    assert await files.read_range("/wal", 3) == "🜚\nend"
    assert await files.read_range("/wal", 0, 3) == "hé"
    assert await files.read_range("/wal", 8, 1_000) == "end"
    assert await files.read_range("/wal", 11) == ""
    assert await files.read_range("/none", 0) == ""


async def test_folders_are_there_as_long_as_their_files(files: KnowledgeStore) -> None:
    for path in ("/a/b/c", "/a/b/d", "/a/e", "/f"):
        await files.write(path, "x")
    assert await files.list("/") == ["a/", "f"]
    assert await files.list("/a") == ["b/", "e"]
    assert await files.exists("/a/b")
    await files.delete("/a/b")
    assert not await files.exists("/a/b")
    assert await files.list("/a/") == ["e"]
    await files.delete("/none")
    await files.delete("/")
    assert await files.list() == []


@pytest.mark.parametrize("pattern", ["/a_b", "/a%", "/A", "/a*", "/a?b", "/a["])
async def test_nothing_in_a_path_stands_for_something_else(
    files: KnowledgeStore, pattern: str
) -> None:
    for path in ("/axb/c", "/a/c", "/aXb", "/a0", "/a.b/c", "/a-b/c"):
        await files.write(path, "x")
    assert await files.list(pattern) == []
    assert not await files.exists(pattern)
    await files.delete(pattern)
    assert len(await files.list("/")) == 6
    await files.delete("/a")
    assert await files.list("/") == ["a-b/", "a.b/", "a0", "aXb", "axb/"]


async def test_paths_are_mended(files: KnowledgeStore) -> None:
    await files.write("a//b/", "x")
    for path in ("/a/b", "a/b", "//a///b//"):
        assert await files.read(path) == "x"
    assert await files.list("") == ["a/"]


async def test_a_long_file_is_kept_in_chunks_that_an_append_leaves_alone(
    files: KnowledgeStore, store_url: str
) -> None:
    text = "".join(f"{number:09}\n" for number in range(20_000))
    await files.write("/long", text)
    raw = Raw(store_url)
    chunks = "SELECT start, length(content) FROM knowledge_chunks ORDER BY start"
    before = await raw.fetch(chunks)
    assert [start for start, _ in before] == [0, 65_536, 131_072, 196_608]
    lines = [f"{number} {'é' * 500}\n" for number in range(30)]
    offsets = [await files.append("/long", line) for line in lines]
    after = await raw.fetch(chunks)
    assert after[: len(before)] == before
    # Short pieces share a chunk, and none grows without end.
    assert len(before) + 3 < len(after) <= len(before) + 12
    assert max(length for _, length in after[len(before) :]) <= 4_096
    assert await files.read("/long") == text + "".join(lines)
    for offset, line in zip(offsets, lines, strict=True):
        assert await files.read_range("/long", offset, offset + len(line.encode())) == line
    assert await files.read_range("/long", 65_530, 65_550) == text[65_530:65_550]


async def test_stores_and_tenants_are_apart(store: EventStore, store_url: str) -> None:
    await KnowledgeStore(store, "hub").write("/a", "mine")
    other = KnowledgeStore(store, "hub-2")
    await other.write("/a", "other")
    async with await open_store(store_url, tenant="other") as theirs:
        assert await KnowledgeStore(theirs, "hub").list() == []
        await KnowledgeStore(theirs, "hub").write("/a", "theirs")
    await other.delete("/")
    assert await KnowledgeStore(store, "hub").read("/a") == "mine"


async def test_a_log_gives_one_store_a_name(store_url: str) -> None:
    async with retold.open(store_url) as log:
        files = await log.knowledge("hub")
        assert await log.knowledge("hub") is files
        await files.write("/a", "x")
    async with retold.open(store_url) as log:
        assert await (await log.knowledge("hub")).read("/a") == "x"


# Changes -----------------------------------------------------------------------------------------


async def test_changes_are_told_in_order_whoever_makes_them(
    files: KnowledgeStore, store: EventStore, store_url: str
) -> None:
    await files.write("/before", "x")
    changed: list[str] = []
    told = asyncio.Event()

    async def tell(path: str) -> None:
        changed.append(path)
        if path == "/a/broken":
            raise ValueError("a callback failed")
        if path == "/a/last":
            told.set()

    subscription = await files.on_change("/a", tell)
    await files.write("/ab", "not beneath it")
    await KnowledgeStore(store, "hub-2").write("/a/other-store", "x")
    await files.write("/a", "itself")
    await files.append("/a/broken", "x")
    await files.delete("/a/broken")
    async with await open_store(store_url) as elsewhere:
        await KnowledgeStore(elsewhere, "hub").write("/a/last", "x")
    async with asyncio.timeout(60):
        await told.wait()
    assert changed == ["/a", "/a/broken", "/a/broken", "/a/last"]
    await subscription.close()
    await subscription.close()
    await files.write("/a/last", "y")
    assert len(changed) == 4


async def test_a_callback_may_close_its_own_subscription(files: KnowledgeStore) -> None:
    told = asyncio.Event()

    async def tell(path: str) -> None:
        await subscription.close()
        told.set()

    subscription = await files.on_change("/", tell)
    await files.write("/a", "x")
    async with asyncio.timeout(60):
        await told.wait()
    await files.write("/b", "x")
    await subscription.close()


async def test_a_subscription_ends_with_the_log(sqlite_url: str) -> None:
    async def tell(path: str) -> None:
        raise AssertionError(path)

    async with retold.open(sqlite_url) as log:
        subscription = await (await log.knowledge("hub")).on_change("/", tell)
    await subscription.close()


# What is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "-a", "a b", "a/b", "ü", "a" * 101, None, 7])
async def test_a_name_that_can_name_no_store_is_refused(store: EventStore, name: Any) -> None:
    with pytest.raises(InvalidKnowledgeStore, match="cannot name a knowledge store"):
        KnowledgeStore(store, name)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("a\0b", "without NUL"),
        ("\ud800", "surrogate"),
        ("/" + "ü" * 600, "1,201 bytes"),
        (None, "a path is text"),
        (7, "a path is text"),
    ],
)
async def test_a_path_that_no_database_can_keep_is_refused(
    files: KnowledgeStore, path: Any, reason: str
) -> None:
    for attempt in (
        lambda: files.read(path),
        lambda: files.write(path, "x"),
        lambda: files.list(path),
        lambda: files.delete(path),
        lambda: files.exists(path),
        lambda: files.append(path, "x"),
        lambda: files.read_range(path, 0),
    ):
        with pytest.raises(InvalidKnowledgePath, match=reason):
            await attempt()


async def test_the_longest_path_is_kept(files: KnowledgeStore) -> None:
    path = "/" + "🜚" * 255 + "abc"
    await files.write(path, "x")
    assert await files.read(path) == "x"


@pytest.mark.parametrize("path", ["/", "", "//"])
async def test_the_root_is_no_file(files: KnowledgeStore, path: str) -> None:
    for attempt in (files.write, files.append):
        with pytest.raises(InvalidKnowledgePath, match="of the root"):
            await attempt(path, "x")


@pytest.mark.parametrize(
    ("content", "reason"), [("\ud800", "surrogate"), (b"x", "no text"), (None, "no text")]
)
async def test_what_is_no_text_is_refused_and_changes_nothing(
    files: KnowledgeStore, store: EventStore, content: Any, reason: str
) -> None:
    await files.write("/a", "before")
    for attempt in (files.write, files.append):
        with pytest.raises(InvalidKnowledgeContent, match=reason):
            await attempt("/a", content)
    assert await files.read("/a") == "before"
    assert len([event async for event in store.read_stream(files.stream)]) == 1


async def test_a_content_that_is_too_large_is_refused(
    files: KnowledgeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retold.agents.knowledge.largest_content_bytes", 10)
    await files.write("/a", "ü" * 5)
    with pytest.raises(InvalidKnowledgeContent, match="11 bytes, 10 at once"):
        await files.append("/a", "a" + "ü" * 5)


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [(-1, None, "from 0 on"), (0, -1, "from 0 on"), (1, None, "within a"), (0, 3, "within a")],
)
async def test_a_range_that_is_none_is_refused(
    files: KnowledgeStore, start: int, end: int | None, reason: str
) -> None:
    await files.write("/a", "üü")
    with pytest.raises(InvalidKnowledgeRange, match=reason):
        await files.read_range("/a", start, end)


async def test_a_log_without_a_database_keeps_no_files() -> None:
    async with memory_store() as store:
        with pytest.raises(StoreUnavailable, match="kept in memory, without a database"):
            await KnowledgeStore(store, "hub").write("/a", "x")

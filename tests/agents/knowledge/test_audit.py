"""Every change of a file is an event, once and in order, whatever dies in between."""

from __future__ import annotations

import asyncio
import hashlib
import signal
from pathlib import Path
from typing import Any

import pytest

from retold.agents.knowledge import KnowledgeStore
from retold.errors import StoreUnavailable, StreamTombstoned
from retold.store import EventStore, open_store
from tests.forking import start
from tests.store.raw import Raw

repository = Path(__file__).parents[3]


async def _events(store: EventStore, stream: str = "knowledge-hub") -> list[tuple[str, Any]]:
    return [
        (event.type.partition(".")[2], dict(event.data))
        async for event in store.read_stream(stream, missing_ok=True)
    ]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def test_changes_are_recorded_with_path_size_and_hash(store: EventStore) -> None:
    files = KnowledgeStore(store, "hub")
    await files.write("/a/b", "ü")
    await files.append("/a/b", "xyz")
    await files.append("/a/c", "")
    await files.read("/a/b")
    await files.delete("/none")
    await files.delete("/a")
    assert await _events(store) == [
        ("written", {"change": 1, "path": "/a/b", "size": 2, "sha256": _sha256("ü")}),
        ("appended", {
            "change": 2, "path": "/a/b", "offset": 2, "size": 3, "sha256": _sha256("xyz"),
        }),
        ("appended", {"change": 3, "path": "/a/c", "offset": 0, "size": 0, "sha256": _sha256("")}),
        ("deleted", {"change": 4, "path": "/a/b", "size": 5}),
        ("deleted", {"change": 5, "path": "/a/c", "size": 0}),
    ]  # fmt: skip
    times = [e.occurred_at async for e in store.read_stream("knowledge-hub")]
    assert None not in times
    assert times == sorted(times)  # type: ignore[type-var]


async def test_a_change_that_could_not_be_recorded_is_recorded_before_the_next(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = KnowledgeStore(store, "hub")
    await files.write("/a", "1")

    async def away(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("Appending", "it is away")

    with monkeypatch.context() as patch:
        patch.setattr(store, "append", away)
        # It is changed, and its event is noted: the caller must not do it again.
        assert await files.append("/a", "2") == 1
        # The log is still away: nothing more is changed.
        with pytest.raises(StoreUnavailable):
            await files.append("/a", "3")
        with pytest.raises(StoreUnavailable):
            await files.delete("/a")
    assert await files.read("/a") == "12"
    assert len(await _events(store)) == 1
    await files.append("/a", "4")
    assert [data["change"] for _, data in await _events(store)] == [1, 2, 3]
    assert await files.read("/a") == "124"


async def test_a_change_that_can_never_be_recorded_is_the_last_one(store: EventStore) -> None:
    files = KnowledgeStore(store, "hub")
    await files.write("/a", "1")
    await store.end_stream("knowledge-hub")
    await files.write("/a", "2")
    for _ in range(2):
        with pytest.raises(StreamTombstoned):
            await files.write("/a", "3")
        with pytest.raises(StreamTombstoned):
            await files.settle()
    assert await files.read("/a") == "2"


async def test_settling_again_records_nothing_twice(store: EventStore, store_url: str) -> None:
    files = KnowledgeStore(store, "hub")
    await files.write("/a", "1")
    await files.write("/b", "2")
    # As if whoever recorded them had died before the note was removed.
    await files.settle()
    async with await open_store(store_url) as other:
        await KnowledgeStore(other, "hub").settle()
        await KnowledgeStore(other, "hub").write("/c", "3")
    await files.write("/d", "4")
    assert [data["change"] for _, data in await _events(store)] == [1, 2, 3, 4]
    await files.settle()
    assert await Raw(store_url).fetch("SELECT count(*) FROM knowledge_changes") == [(0,)]


async def test_many_at_once_get_offsets_of_their_own_and_are_recorded_in_order(
    store: EventStore, store_url: str
) -> None:
    async with await open_store(store_url) as other, await open_store(store_url) as third:
        stores = [KnowledgeStore(one, "hub") for one in (store, store, other, third)]

        async def fill(files: KnowledgeStore, number: int) -> list[tuple[int, str]]:
            lines = [f"{number}-{line} {'é' * line * 9}\n" for line in range(12)]
            return [(await files.append("/wal", line), line) for line in lines]

        parts = await asyncio.gather(*(fill(one, n) for n, one in enumerate(stores)))
        placed = sorted(one for part in parts for one in part)
        text = "".join(line for _, line in placed)
        assert await stores[0].read("/wal") == text
        ends = [offset + len(line.encode()) for offset, line in placed]
        assert [offset for offset, _ in placed] == [0, *ends[:-1]]
        await stores[0].settle()
    recorded = [data for _, data in await _events(store)]
    assert [data["change"] for data in recorded] == [*range(1, 49)]
    assert [(data["offset"], data["sha256"]) for data in recorded] == [
        (offset, _sha256(line)) for offset, line in placed
    ]
    assert (await store.verify()).ok


_child = """
import asyncio, os, signal, sys
from retold.agents.knowledge import KnowledgeStore
from retold.store import open_store

async def main(url, when):
    async with await open_store(url) as store:
        files = KnowledgeStore(store, "hub")
        append = store.append
        async def dying(*arguments, **options):
            if when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            await append(*arguments, **options)
            os.kill(os.getpid(), signal.SIGKILL)
        store.append = dying
        await files.append("/wal", "a line\\n")
asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.crash
@pytest.mark.parametrize("when", ["before", "after"])
async def test_the_change_of_a_killed_process_is_recorded_once(store_url: str, when: str) -> None:
    child = await start("-c", _child, store_url, when, cwd=repository)
    assert await asyncio.wait_for(child.wait(), 90) == -signal.SIGKILL
    async with await open_store(store_url) as store:
        files = KnowledgeStore(store, "hub")
        assert await files.read("/wal") == "a line\n"
        assert len(await _events(store)) == (0 if when == "before" else 1)
        assert await files.append("/wal", "more\n") == 7
        assert [data["change"] for _, data in await _events(store)] == [1, 2]
        assert (await store.verify()).ok

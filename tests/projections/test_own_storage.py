"""A read model in a file of its own: a real hnswlib index, kept up by the same engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import hnswlib
import numpy as np
import pytest

from retold.domain.event import RecordedEvent
from retold.errors import ProjectionFailed
from retold.projections.keeping.catch_up import catch_up
from retold.projections.keeping.control import drop_others
from retold.projections.keeping.rebuild import rebuild
from retold.projections.keeping.status import status
from retold.projections.own_storage import OwnStorage
from retold.projections.projection import Projection
from retold.projections.registry import Registry
from retold.projections.rows import Rows
from retold.store import EventStore, open_store
from tests.projections.words import said_type, say

letters = "abcdefgh"


def vector_of(text: str) -> list[float]:
    """Return how often a text has each of some letters."""
    return [float(text.count(letter)) + 0.01 for letter in letters]


class Index:
    """Vectors of notes in an index file; the cursor and the file's name change in one step."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._at = folder / "at.json"

    def _state(self) -> tuple[str | None, str | None, int]:
        if not self._at.exists():
            return None, None, 0
        state = json.loads(self._at.read_text())
        return state["cursor"], state["file"], state["count"]

    def load(self) -> tuple[hnswlib.Index, int]:
        """Return the index and how many vectors it holds."""
        _, file, count = self._state()
        index = hnswlib.Index(space="cosine", dim=len(letters))
        if file is None:
            index.init_index(max_elements=1_000)
        else:
            index.load_index(str(self._folder / file), max_elements=1_000)
        return index, count

    async def cursor(self) -> str | None:
        return self._state()[0]

    async def apply(self, events: Sequence[RecordedEvent], cursor: str) -> None:
        index, count = self.load()
        for event in events:
            text = str(event.data["text"])
            if "!" in text:
                raise ValueError("nobody says that")
            index.add_items(np.array([vector_of(text)]), np.array([count]))
            count += 1
        file = f"index-{count}.bin"
        index.save_index(str(self._folder / file))
        new = self._at.with_suffix(".new")
        new.write_text(json.dumps({"cursor": cursor, "file": file, "count": count}))
        new.replace(self._at)

    async def remove(self) -> None:
        for file in self._folder.iterdir():
            file.unlink()

    async def close(self) -> None:
        await asyncio.sleep(0)


def nothing(rows: Rows, event: RecordedEvent) -> None:
    del rows, event


def index_in(folder: Path) -> Projection:
    def storage(suffix: str) -> OwnStorage:
        return Index(folder / suffix)

    return Projection(
        name="note_index", version=1, types=(said_type,), fold=nothing, storage=storage
    )


async def test_an_index_of_its_own_is_kept_up_and_rebuilt(
    store: EventStore, tmp_path: Path
) -> None:
    projection = index_in(tmp_path)
    await say(store, "aaa", "bbb", "ccc")
    assert await catch_up(store, projection, batch_size=2) == 3
    await say(store, "ddd")
    assert await catch_up(store, projection) == 1
    assert await catch_up(store, projection) == 0
    index, count = Index(tmp_path / "v1_1").load()
    assert count == index.get_current_count() == 4
    labels, _ = index.knn_query(np.array([vector_of("cc")]), k=1)
    assert int(labels[0][0]) == 2
    rebuilt = await rebuild(store, projection, batch_size=3)
    assert (rebuilt.build, rebuilt.events) == (2, 4)
    again, _ = Index(tmp_path / "v1_2").load()
    assert again.get_items([2], return_type="list") == index.get_items([2], return_type="list")
    assert (await status(store, [projection]))[0].lag_events == 0


async def test_what_the_index_holds_is_what_counts_after_a_crash(
    store: EventStore, tmp_path: Path
) -> None:
    projection = index_in(tmp_path)
    await say(store, "aaa", "bbb")
    await catch_up(store, projection)
    # The process died after the index was saved and before the log's own note of it was.
    async with store.transaction() as connection:
        await connection.exec_driver_sql(
            "UPDATE projection_checkpoints SET cursor = NULL, events = 0"
        )
    assert await catch_up(store, projection) == 0
    assert Index(tmp_path / "v1_1").load()[1] == 2


async def test_a_storage_that_fails_stops_its_projection(store: EventStore, tmp_path: Path) -> None:
    await say(store, "a", "!")
    with pytest.raises(ProjectionFailed, match="nobody says that"):
        await catch_up(store, index_in(tmp_path))


async def test_several_processes_write_to_a_storage_in_turn(
    store: EventStore, store_url: str, tmp_path: Path
) -> None:
    await say(store, *["a", "b"] * 5)
    async with await open_store(store_url) as other:
        await asyncio.gather(
            *(catch_up(one, index_in(tmp_path), batch_size=2) for one in (store, other))
        )
    assert Index(tmp_path / "v1_1").load()[1] == 10
    assert (await status(store, [index_in(tmp_path)]))[0].lag_events == 0


async def test_a_rebuild_from_a_cursor_and_a_drop_reach_the_storage(
    store: EventStore, tmp_path: Path
) -> None:
    projection = index_in(tmp_path)
    await say(store, "a", "b")
    await catch_up(store, projection)
    cursor = await store.end()
    await say(store, "c")
    await rebuild(store, projection, after=cursor, switch=True)
    assert Index(tmp_path / "v1_2").load()[1] == 1
    assert await drop_others(store, projection, Registry(projection)) == [1]
    assert not list((tmp_path / "v1_1").iterdir())

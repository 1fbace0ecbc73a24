"""No snapshot is relied on that was tampered with, moved, or made by another history."""

from __future__ import annotations

import pytest

from retold.domain.fold import Fold
from retold.domain.recorded import JsonObject, RecordedEvent
from retold.store import EventStore, open_store
from retold.store.snapshots import (
    SnapshotKey,
    seal_of,
)
from tests.store.events import append, numbered, read
from tests.store.raw import Raw
from tests.store.word_folds import (
    Words,
    folded,
    snapshots_in,
    words,
)


@pytest.fixture
async def kept_twice(store: EventStore) -> EventStore:
    """A log with snapshots at versions 4 and 8 of ten."""
    await store.append("note-1", numbered(10), expected_version=0)
    await folded(store, "note-1", to_version=4, snapshot_every=4)
    await folded(store, "note-1", to_version=8, snapshot_every=4)
    return store


def sealed(fold: Fold[Words], event: RecordedEvent, state: str) -> bytes:
    """Return the seal of whoever knows how seals are made."""
    return seal_of(SnapshotKey("note-1", fold.name, fold.code_version), event.digest, state)


other_state = '{"words":[],"chain":5}'


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("state", other_state),
        ("state", ""),
        ("state", '{"words":'),
        ("digest", bytes(32)),
        ("digest", b""),
    ],
)
async def test_a_snapshot_that_was_tampered_with_is_thrown_away(
    kept_twice: EventStore,
    store_url: str,
    column: str,
    value: object,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await Raw(store_url).execute(f"UPDATE snapshots SET {column} = ? WHERE version = 8", value)
    assert (await folded(kept_twice, "note-1")).from_version == 4
    assert "thrown away" in caplog.text
    assert await snapshots_in(store_url) == [("note-1", "words", 4)]


async def test_a_snapshot_moved_to_another_version_or_stream_is_thrown_away(
    kept_twice: EventStore, store_url: str
) -> None:
    raw = Raw(store_url)
    await append(kept_twice, "note-2", *"abcdefgh")
    await raw.execute("UPDATE snapshots SET stream = 'note-2' WHERE version = 4")
    await raw.execute("UPDATE snapshots SET version = 9 WHERE version = 8")
    assert (await folded(kept_twice, "note-1")).from_version == 0
    assert (await folded(kept_twice, "note-2")).from_version == 0
    assert await snapshots_in(store_url) == []


@pytest.mark.parametrize("state", ["[]", "null", "{}", '{"words":[]}', "7", "x"])
async def test_a_state_that_does_not_decode_is_folded_anew(
    kept_twice: EventStore, store_url: str, state: str
) -> None:
    at_8 = (await read(kept_twice, "note-1"))[7]
    await Raw(store_url).execute(
        "UPDATE snapshots SET state = ?, digest = ? WHERE version = 8",
        state,
        sealed(words, at_8, state),
    )
    assert (await folded(kept_twice, "note-1")).from_version == 4
    assert await snapshots_in(store_url) == [("note-1", "words", 4)]


async def test_a_stored_state_names_no_class_that_is_built(store: EventStore) -> None:
    """Decoding hands plain data to the fold's own function, and nothing else is called."""
    seen: list[object] = []

    def look(data: JsonObject) -> Words:
        seen.append(data)
        return {"words": data["words"], "chain": 0}

    poison = {"__dataclass__": "subprocess.Popen", "$": "os.system", "args": ["true"]}
    fold = Fold(
        "poisoned",
        lambda: {"words": [poison], "chain": 0},
        lambda state, _: state,
        lambda state: state,
        look,
    )
    await append(store, "note-1", "a")
    await store.fold("note-1", fold, snapshot_every=1)
    assert (await store.fold("note-1", fold)).state["words"] == [poison]
    assert seen[-1] == {"words": [poison], "chain": 0}


async def test_another_history_is_served_no_state_of_this_one(
    kept_twice: EventStore, store_url: str
) -> None:
    """As after a restore: the newest events are others, or missing."""
    await kept_twice.close()
    raw = Raw(store_url)
    await raw.unprotect()
    await raw.execute("DELETE FROM events WHERE version > 5")
    [(digest,)] = await raw.fetch("SELECT digest FROM events WHERE version = 5")
    await raw.execute("UPDATE streams SET version = 5, digest = ?", digest)
    async with await open_store(store_url) as store:
        for texts in [("other",), ("events", "than", "before")]:
            await append(store, "note-1", *texts)
            assert (await folded(store, "note-1")).from_version == 4
        assert (await store.verify()).ok
        assert await snapshots_in(store_url) == [("note-1", "words", 4)]

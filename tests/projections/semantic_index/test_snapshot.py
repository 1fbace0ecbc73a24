"""A snapshot gives back what was saved, or says why it is none, and the log completes it."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson
import pytest

from retold.projections.semantic_index import IndexSettings, IndexSnapshots, SemanticIndex
from tests.projections.semantic_index.vectors import (
    MadeLog,
    alias,
    answers,
    clustered,
    exact,
    expired,
    folded,
    near,
    tiny,
    unit,
)

forms = pytest.mark.parametrize(
    "settings", [pytest.param(exact, id="matrix"), pytest.param(tiny, id="graph")]
)
cursor = "c2.0123abcd.1.0.60"
log_of = "0123abcd/default"


def made_log() -> MadeLog:
    log, vectors, contexts = MadeLog(), clustered(60), clustered(60, seed=4)
    for number in range(60):
        log.add_entry(number, vectors[number], context=contexts[number] if number % 3 else None)
    log.add("other", alias("e9", "k9", "other", unit(-vectors[9])))
    log.add("k8", expired("e8"))
    log.add_entry(60, vectors[0], partition="small")
    return log


@forms
async def test_what_is_loaded_answers_as_what_was_saved(
    tmp_path: Path, settings: IndexSettings
) -> None:
    log = made_log()
    index = folded(log.events, settings)
    await index.settled()
    index.moved_to(cursor)
    await index.save(tmp_path / "index", log=log_of)
    loaded = await SemanticIndex.load(tmp_path / "index", log=log_of, settings=settings)
    assert loaded.cursor == cursor
    assert loaded.partitions() == index.partitions() == {"p": 60, "small": 1}
    graph = loaded._partitions["p"].view().graph
    assert (graph is not None) is (settings is tiny)
    questions = near(clustered(60), by=0.4)
    context = clustered(60, seed=4)[1]
    assert await answers(loaded, questions) == await answers(index, questions)
    for question in questions[:10]:
        asked = {"k": 4, "context_vector": context}
        assert await loaded.nearest("p", question, **asked) == await index.nearest(
            "p", question, **asked
        )
    # And it goes on as the other does.
    more = clustered(90, seed=7)[60:]
    for number, vector in enumerate(more, 61):
        log.add_entry(number, vector)
    log.add("k9", expired("e9"))
    log.add("k61", expired("e61"))
    for event in log.events[-63:]:
        loaded.apply(event)
        index.apply(event)
    await loaded.settled()
    await index.settled()
    assert "e9" not in loaded
    assert loaded.partitions() == index.partitions()
    assert await answers(loaded, more) == await answers(index, more)


@forms
async def test_the_tail_may_hold_what_is_in_it(tmp_path: Path, settings: IndexSettings) -> None:
    log = made_log()
    index = folded(log.events, settings)
    await index.settled()
    index.moved_to(cursor)
    await index.save(tmp_path, log=log_of)
    loaded = await SemanticIndex.load(tmp_path, log=log_of, settings=settings)
    for event in log.events[40:]:
        loaded.apply(event)
    await loaded.settled()
    assert loaded.partitions() == index.partitions()
    questions = near(clustered(60))
    assert await answers(loaded, questions) == await answers(index, questions)


@pytest.fixture
async def saved(tmp_path: Path) -> Path:
    index = folded(made_log().events, tiny)
    await index.settled()
    index.moved_to(cursor)
    await index.save(tmp_path / "index", log=log_of)
    return tmp_path / "index"


def change_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


def remove(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("damage", [change_a_byte, cut_off, remove])
@pytest.mark.parametrize("kind", ["manifest", ".rows", ".vectors", ".contexts", ".graph"])
async def test_a_damaged_snapshot_is_none(
    saved: Path, kind: str, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    (path,) = (
        (path for path in saved.iterdir() if path.name.endswith("-0" + kind))
        if (kind != "manifest")
        else (saved / "manifest",)
    )
    damage(path)
    with caplog.at_level(logging.WARNING, logger="retold.cache"):
        loaded = await SemanticIndex.load(saved, log=log_of, settings=tiny)
    assert len(loaded) == 0
    assert loaded.cursor is None
    # One that was never there is nothing to talk about.
    missing = kind == "manifest" and damage is remove
    assert ("index_snapshot_ignored" in caplog.text) is not missing


async def test_a_snapshot_of_another_log_or_release_is_none(
    saved: Path, caplog: pytest.LogCaptureFixture
) -> None:
    other = IndexSettings(m=8)
    with caplog.at_level(logging.WARNING, logger="retold.cache"):
        assert len(await SemanticIndex.load(saved, log="0123abcd/acme", settings=tiny)) == 0
        assert "its log is" in caplog.text
        assert len(await SemanticIndex.load(saved, log=log_of, settings=other)) == 0
        assert "its m is" in caplog.text
        manifest = rewritten(saved, {"format": 99})
        assert manifest["format"] == 99
        assert len(await SemanticIndex.load(saved, log=log_of, settings=tiny)) == 0
        assert "its format is" in caplog.text


def rewritten(folder: Path, changes: dict[str, object]) -> dict[str, object]:
    """Change a manifest and make its checksum right again."""
    text = (folder / "manifest").read_bytes().partition(b"\n")[2]
    manifest: dict[str, object] = json.loads(text) | changes
    new = orjson.dumps(manifest)
    (folder / "manifest").write_bytes(hashlib.sha256(new).hexdigest().encode() + b"\n" + new)
    return manifest


async def test_a_manifest_cannot_name_files_elsewhere(saved: Path) -> None:
    (saved.parent / "secret").write_text("x")
    manifest = rewritten(saved, {})
    parts = manifest["partitions"]
    assert isinstance(parts, list)
    parts[0]["files"]["rows"]["file"] = "../secret"
    rewritten(saved, {"partitions": parts})
    assert len(await SemanticIndex.load(saved, log=log_of, settings=tiny)) == 0


async def test_a_snapshot_that_cannot_be_finished_leaves_the_one_before(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(path.name for path in saved.iterdir())
    index = folded(made_log().events, tiny)
    real = os.fsync
    calls = iter(range(100))

    def full(descriptor: int) -> None:
        if next(calls) == 3:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        await index.save(saved, log=log_of)
    monkeypatch.undo()
    assert sorted(path.name for path in saved.iterdir()) == before
    assert len(await SemanticIndex.load(saved, log=log_of, settings=tiny)) == 61


async def test_files_of_earlier_snapshots_are_removed(saved: Path) -> None:
    index = await SemanticIndex.load(saved, log=log_of, settings=tiny)
    (saved / "0000-0.vectors").write_text("of a process that died")
    first = {path.name for path in saved.iterdir()}
    await index.save(saved, log=log_of)
    second = {path.name for path in saved.iterdir()}
    # A process that has just read the manifest before this one still finds its files.
    assert first - second == {"0000-0.vectors"}
    await index.save(saved, log=log_of)
    third = {path.name for path in saved.iterdir()}
    assert third & first == {"manifest"}


async def test_while_another_process_writes_one_nothing_is_done(saved: Path) -> None:
    before = sorted(path.name for path in saved.iterdir())
    index = await SemanticIndex.load(saved, log=log_of, settings=tiny)
    descriptor = os.open(saved, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        assert not await index.save(saved, log=log_of)
    finally:
        os.close(descriptor)
    assert sorted(path.name for path in saved.iterdir()) == before
    assert await index.save(saved, log=log_of)


async def test_one_is_saved_when_enough_has_changed(tmp_path: Path) -> None:
    vectors = clustered(1_400, dimension=4)
    log = MadeLog.of(vectors)
    snapshots = await IndexSnapshots.open(tmp_path / "index", log_of)
    index = snapshots.index
    for event in log.events[:1998]:
        index.apply(event)
    index.moved_to(cursor)
    assert not await snapshots.save_if_due()
    for event in log.events[1998:2000]:
        index.apply(event)
    assert await snapshots.save_if_due()
    assert not await snapshots.save_if_due()
    loaded = await IndexSnapshots.open(tmp_path / "index", log_of)
    assert len(loaded.index) == 1_000
    for event in log.events[2000:]:
        index.apply(event)
    await snapshots.save()
    again = await SemanticIndex.load(tmp_path / "index", log=log_of)
    assert len(again) == 1_400
    manifest = (tmp_path / "index" / "manifest").read_bytes()
    await snapshots.save()
    assert (tmp_path / "index" / "manifest").read_bytes() == manifest
    assert np.array_equal(
        again._partitions["p"].view().vectors[:1_400], index._partitions["p"].view().vectors[:1_400]
    )


async def test_a_folder_that_cannot_be_written_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    index = folded(MadeLog.of(clustered(1_000, dimension=4)).events)
    index.moved_to(cursor)
    snapshots = IndexSnapshots(SemanticIndex(), tmp_path / "file" / "index", log_of)
    snapshots.index = index
    with caplog.at_level(logging.WARNING, logger="retold.cache"):
        await snapshots.try_save()
    assert "index_snapshot_failed" in caplog.text

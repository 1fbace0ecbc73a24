"""All sessions of a person in a folder: whole or not there, on record, and nobody else's."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest

import retold
from retold.domain.recording import conversation_stream
from retold.errors import ExportFormatUnavailable, ExportNotWritten, SubjectNotFound
from retold.projections.access_log import AccessLog, accesses
from retold.projections.exports import subject as subjects
from retold.projections.exports.session import export_session
from retold.projections.exports.subject import export_subject
from retold.store import EventStore
from tests.projections.histories import ag2, message, request, started, tool_turn


@pytest.fixture
async def filled(store: EventStore) -> EventStore:
    """A log with three conversations that concern user:7, and two that do not."""
    child = [started(parent="conversation-a", session="a"), ag2(request("inner words"))]
    theirs = [started(parent="conversation-b", session="b", subject="user:7"), message()]
    conversations = {
        "a": [started(subject="user:7"), *tool_turn],
        "a-child": child,
        "b": [started(subject="user:8"), message(content="a secret of user:8")],
        "b-child": theirs,
        "c/../c \u00e9": [started(source="tau2", subject="user:7"), message(content="\u00e9\n")],
    }
    for session, news in conversations.items():
        await store.append(conversation_stream(session), news, expected_version=0)
    return store


def index_of(folder: Path) -> dict[str, Any]:
    index: dict[str, Any] = json.loads((folder / "index.json").read_text())
    return index


async def test_every_session_of_a_person_is_exported_with_what_is_nested(
    filled: EventStore, tmp_path: Path
) -> None:
    found = await export_subject(filled, "user:7", tmp_path / "7")
    assert [(one.session, one.file) for one in found.conversations] == [
        ("a", "0001-a.jsonl"),
        ("a-child", "0001-a.jsonl"),
        ("b-child", "0002-b-child.jsonl"),
        ("c/../c \u00e9", "0003-c_.._c_.jsonl"),
    ]
    assert {file.name for file in found.directory.iterdir()} == {*found.files, "index.json"}
    for one, session in zip(found.files, ("a", "b-child", "c/../c \u00e9"), strict=True):
        lines = (tmp_path / "7" / one).read_text().splitlines()
        assert [json.loads(line) for line in lines] == await export_session(
            filled, session, "events"
        )
    index = index_of(tmp_path / "7")
    assert (index["subject"], index["format"], index["tenant"]) == ("user:7", "events", "default")
    assert [one["file"] for one in index["conversations"]] == [
        one.file for one in found.conversations
    ]
    assert not [file for file in found.directory.iterdir() if "secret" in file.read_text()]


@pytest.mark.parametrize(
    ("form", "files"),
    [
        ("jsonl", ["0001-a.jsonl", "0002-b-child.jsonl"]),
        ("markdown", ["0001-a.md", "0002-b-child.md"]),
        ("html", ["0001-a.html", "0002-b-child.html"]),
        ("otlp", ["0001-a.json", "0002-b-child.json"]),
        ("messages", ["0001-a.json", "0002-a-child.json"]),
    ],
)
async def test_in_every_format_nested_conversations_are_there(
    filled: EventStore, tmp_path: Path, form: str, files: list[str]
) -> None:
    found = await export_subject(filled, "user:7", tmp_path / "7", export_format=form)
    assert list(found.files[:2]) == files
    whole = "".join(file.read_text() for file in sorted(found.directory.iterdir()))
    assert "inner words" in whole
    assert "hello" in whole


async def test_it_is_on_record_for_the_person_and_for_each_session(
    filled: EventStore, tmp_path: Path
) -> None:
    access = AccessLog(filled, actor="alice", door="cli")
    await export_subject(filled, "user:7", tmp_path / "7", access=access)
    noted = (await accesses(filled))[::-1]
    assert [(one.action, one.target) for one in noted] == [
        ("export", "a"),
        ("export", "b-child"),
        ("export", "c/../c \u00e9"),
        ("export", "user:7"),
    ]
    assert noted[0].parameters == {"format": "events", "subject": "user:7"}
    assert (noted[-1].parameters["what"], noted[-1].rows) == ("subject", 4)


async def test_what_cannot_be_exported_leaves_nothing(filled: EventStore, tmp_path: Path) -> None:
    access = AccessLog(filled, actor="alice", door="cli")
    taken, missing = tmp_path / "taken", tmp_path / "none" / "7"
    taken.mkdir()
    (taken / "file").write_text("kept")
    with pytest.raises(SubjectNotFound, match="'user:9'"):
        await export_subject(filled, "user:9", tmp_path / "9", access=access)
    with pytest.raises(ExportNotWritten, match="there already, and no empty folder"):
        await export_subject(filled, "user:7", taken, access=access)
    with pytest.raises(ExportNotWritten, match="No such file"):
        await export_subject(filled, "user:7", missing, access=access)
    with pytest.raises(ExportNotWritten, match="no empty folder"):
        await export_subject(filled, "user:7", taken / "file", access=access)
    for form in ("source", "pdf"):
        with pytest.raises(ExportFormatUnavailable, match=r"Subject 'user:7'.*jsonl"):
            await export_subject(filled, "user:7", tmp_path / "7", export_format=form)
    assert [file.name for file in tmp_path.iterdir() if "log.db" not in file.name] == ["taken"]
    assert await accesses(filled) == []
    assert (taken / "file").read_text() == "kept"


@pytest.mark.parametrize("cancelled", [False, True])
async def test_an_export_that_stops_half_way_leaves_nothing(
    filled: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cancelled: bool
) -> None:
    reached = asyncio.Event()

    async def second_stops(store: EventStore, session: str, form: str) -> Any:
        if session != "a":
            reached.set()
            if not cancelled:
                raise OSError(28, "No space left on device")
            await asyncio.Event().wait()
        return await export_session(store, session, form)

    monkeypatch.setattr(subjects, "export_session", second_stops)
    folder = tmp_path / "exports"
    folder.mkdir()
    access = AccessLog(filled, actor="alice", door="cli")
    exporting = asyncio.ensure_future(export_subject(filled, "user:7", folder / "7", access=access))
    await reached.wait()
    if cancelled:
        assert [file.name for file in folder.glob(".7.*.partial/*")] == ["0001-a.jsonl"]
        exporting.cancel()
    with pytest.raises(asyncio.CancelledError if cancelled else ExportNotWritten):
        await exporting
    assert list(folder.iterdir()) == []
    assert await accesses(filled) == []


async def test_cancelled_while_its_folder_is_made_it_leaves_none(
    filled: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, making, go_on = vars(subjects)["_begin"], threading.Event(), threading.Event()

    def slow(target: Path, folder: Path) -> None:
        begin(target, folder)
        making.set()
        go_on.wait(10)

    monkeypatch.setattr(subjects, "_begin", slow)
    folder = tmp_path / "exports"
    folder.mkdir()
    exporting = asyncio.ensure_future(export_subject(filled, "user:7", folder / "7"))
    await asyncio.to_thread(making.wait)
    exporting.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await exporting
    assert list(folder.iterdir()) == []


async def test_an_empty_folder_is_filled(filled: EventStore, tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    found = await export_subject(filled, "user:7", tmp_path / "7", export_format="html")
    assert index_of(tmp_path / "7")["format"] == "html"
    assert len(list(found.directory.iterdir())) == 4


async def test_an_open_log_exports_a_person_in_its_actors_name(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with retold.open(sqlite_url, actor="alice") as log:
        await log.store.append("conversation-a", [started(subject="user:7")], expected_version=0)
        found = await log.export_subject("user:7", tmp_path / "7", export_format="otlp")
        assert found.format == "spans"
        (noted, _) = await log.accesses(action="export")
        assert (noted.target, noted.actor, noted.door) == ("user:7", "alice", "library")

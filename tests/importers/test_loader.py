from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from retold.domain.event import NewEvent
from retold.errors import (
    EventTooLarge,
    MalformedRecord,
    SessionConflict,
    StoreUnavailable,
    UnreadableFile,
    UnrecognisedFile,
)
from retold.importers import ImportProgress, export_session, import_paths
from retold.store import EventStore, open_store
from retold.store.append import ExpectedVersion
from retold.store.content import record_content
from tests.importers.recordings import (
    simulation,
    simulations,
    size_of,
    stored_events,
    trajectory,
    write,
)

# Importing again -------------------------------------------------------------------------------


async def test_a_second_import_adds_nothing(store: EventStore, tmp_path: Path) -> None:
    files = [
        write(tmp_path / "a.json", [trajectory(0), trajectory(1)]),
        write(tmp_path / "b.json", simulations(simulation())),
    ]
    first = await import_paths(store, files)
    size = await size_of(store)
    second = await import_paths(store, files)

    assert first.ok
    assert second.ok
    assert (first.imported, first.unchanged) == (3, 0)
    assert (second.imported, second.unchanged) == (0, 3)
    assert [file.unchanged for file in second.files] == [("0#0", "1#0"), ("sim-1",)]
    assert await size_of(store) == size
    assert (await store.verify()).ok


async def test_the_same_recording_in_another_place_adds_nothing(
    store: EventStore, tmp_path: Path
) -> None:
    first, second = simulation("a"), simulation("b")
    await import_paths(store, [write(tmp_path / "a.json", simulations(first, second))])
    size = await size_of(store)
    reordered = {name: second[name] for name in reversed(second)}
    moved = simulations(reordered, first, timestamp="2026-01-01T00:00:00")
    report = await import_paths(store, [write(tmp_path / "b.json", moved)])

    assert report.unchanged == 2
    assert await size_of(store) == size


async def test_an_import_can_be_taken_up_where_it_stopped(
    store: EventStore, tmp_path: Path
) -> None:
    await import_paths(store, [write(tmp_path / "a.json", simulations(simulation("a")))])
    both = simulations(simulation("a"), simulation("b"))
    report = await import_paths(store, [write(tmp_path / "a.json", both)])

    assert (report.imported, report.unchanged) == (1, 1)


@pytest.mark.parametrize(
    "other",
    [
        [trajectory(0, reward=1.0), trajectory(1)],
        [trajectory(0, reward=False), trajectory(1)],
        [trajectory(0, [{"role": "user", "content": "Hi"}]), trajectory(1)],
    ],
)
async def test_a_session_with_other_content_is_left_as_it_is(
    store: EventStore, tmp_path: Path, other: object
) -> None:
    await import_paths(store, [write(tmp_path / "a.json", [trajectory(0)])])
    before = await stored_events(store, "0#0")
    report = await import_paths(store, [write(tmp_path / "b.json", other)])

    (failed,) = report.files[0].failed
    assert isinstance(failed.error, SessionConflict)
    assert failed.session == "0#0"
    assert "b.json" in str(failed.error)
    assert report.files[0].imported == ("1#0",)
    assert not report.ok
    assert await stored_events(store, "0#0") == before


async def test_a_conflict_records_no_content_either(store: EventStore, tmp_path: Path) -> None:
    await import_paths(store, [write(tmp_path / "a.json", simulations(simulation()))])
    size = await size_of(store)
    other = simulations(simulation(duration=1), info={"seed": 1}, tasks=[{"id": "40", "new": 1}])
    report = await import_paths(store, [write(tmp_path / "a.json", other)])

    assert isinstance(report.errors[0], SessionConflict)
    assert await size_of(store) == size


async def test_another_prompt_for_the_same_session_is_other_content(
    store: EventStore, tmp_path: Path
) -> None:
    await import_paths(store, [write(tmp_path / "a.json", simulations(simulation()))])
    other = simulations(simulation(), info={"environment_info": {"policy": "Be rude."}})
    report = await import_paths(store, [write(tmp_path / "a.json", other)])

    assert isinstance(report.errors[0], SessionConflict)


async def test_a_session_recorded_otherwise_is_a_conflict(
    store: EventStore, tmp_path: Path
) -> None:
    event = NewEvent(type="conversation.started", data={"source": "ag2"})
    await store.append("conversation-0#0", [event], expected_version=ExpectedVersion.NO_STREAM)
    report = await import_paths(store, [write(tmp_path / "a.json", [trajectory(0)])])

    assert isinstance(report.errors[0], SessionConflict)
    assert await size_of(store) == 1


async def test_a_prefix_gives_sessions_other_ids(store: EventStore, tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", [trajectory(0)])
    await import_paths(store, [file])
    report = await import_paths(store, [file], prefix="again/")

    assert report.files[0].imported == ("again/0#0",)
    assert await export_session(store, "again/0#0", "source") == trajectory(0)
    ids = {e.event_id for e in await stored_events(store, "0#0")}
    assert ids.isdisjoint(e.event_id for e in await stored_events(store, "again/0#0"))


async def test_two_imports_at_once_add_each_session_once(store_url: str, tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", simulations(*(simulation(f"s{n}") for n in range(20))))
    async with await open_store(store_url) as one, await open_store(store_url) as two:
        reports = await asyncio.gather(import_paths(one, [file]), import_paths(two, [file]))

        assert all(report.ok for report in reports)
        assert sum(report.imported for report in reports) == 20
        assert sum(report.unchanged for report in reports) == 20
        assert await size_of(one) == 20 * 6 + 3


async def test_tenants_import_the_same_file_side_by_side(store_url: str, tmp_path: Path) -> None:
    file = write(tmp_path / "a.json", simulations(simulation()))
    for tenant in ("one", "two"):
        async with await open_store(store_url, tenant=tenant) as store:
            assert (await import_paths(store, [file])).imported == 1


async def test_shared_contents_are_the_ones_record_content_knows(
    store_url: str, tmp_path: Path
) -> None:
    document = simulations(simulation())
    path = write(tmp_path / "a.json", document)
    async with await open_store(store_url) as store:
        await record_content(store, "tau2.info", document["info"])
        assert (await import_paths(store, [path])).ok
        size = await size_of(store)
    # Another handle has not seen what the first one recorded.
    async with await open_store(store_url) as store:
        await record_content(store, "tau2.task", document["tasks"][0])
        assert await size_of(store) == size == 6 + 3


# Malformed and unknown files -------------------------------------------------------------------


async def test_a_malformed_session_is_left_out_and_the_others_are_imported(
    store: EventStore, tmp_path: Path
) -> None:
    document = [trajectory(0), trajectory(1, [{"role": "user"}, {"content": "?"}]), trajectory(2)]
    path = write(tmp_path / "a.json", document)
    report = await import_paths(store, [path])

    assert report.files[0].imported == ("0#0", "2#0")
    (error,) = report.errors
    assert isinstance(error, MalformedRecord)
    assert str(error) == (
        f"{path}: $[1].traj[1].role: the field is missing, expected a text. "
        "Nothing of this session was imported."
    )
    assert await store.head("conversation-1#0") is None


async def test_a_second_conversation_of_one_id_is_refused(
    store: EventStore, tmp_path: Path
) -> None:
    document = [trajectory(0), trajectory("0", []), trajectory(2)]
    report = await import_paths(store, [write(tmp_path / "a.json", document)])

    assert report.files[0].imported == ("0#0", "2#0")
    assert isinstance(report.errors[0], MalformedRecord)
    assert "$[1].task_id: another conversation of this file, $[0], has the id '0#0'" in str(
        report.errors[0]
    )


@pytest.mark.parametrize("bad", [" a", "a\n", "a\0b", "x" * 300, "\ud800"])
async def test_an_id_no_session_can_have_is_refused(
    store: EventStore, tmp_path: Path, bad: str
) -> None:
    document = simulations(simulation(bad), simulation("good"))
    report = await import_paths(store, [write(tmp_path / "a.json", document)])

    (error,) = report.errors
    assert isinstance(error, MalformedRecord)
    assert (error.record, error.field) == ("$.simulations[0]", "id")
    assert report.files[0].imported == ("good",)


async def test_an_oversize_session_is_left_out_as_a_whole(sqlite_url: str, tmp_path: Path) -> None:
    long = simulation("long", messages=[{"role": "user", "content": "x" * 20_000}])
    document = simulations(long, timestamp="long first, so that nothing is shared yet")
    path = write(tmp_path / "a.json", document)
    async with await open_store(sqlite_url, max_event_bytes=10_000) as store:
        report = await import_paths(store, [path, write(tmp_path / "b.json", [trajectory()])])

        assert isinstance(report.errors[0], EventTooLarge)
        assert report.files[0].failed[0].session == "long"
        assert report.files[1].imported == ("0#0",)
        assert await store.head("conversation-long") is None
        assert [head async for head in store.streams(category="content")] == []


async def test_a_truncated_file_imports_nothing(store: EventStore, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    text = json.dumps(simulations(simulation("a"), simulation("b")), indent=1)
    path.write_text(text[:-200])
    report = await import_paths(store, [path, write(tmp_path / "b.json", [trajectory()])])

    error = report.files[0].error
    assert isinstance(error, UnreadableFile)
    assert error.line is not None
    assert "$.simulations[1].messages[" in str(error)
    assert report.files[1].imported == ("0#0",)
    assert await store.head("conversation-a") is None


async def test_a_missing_path_is_an_error_and_the_rest_is_imported(
    store: EventStore, tmp_path: Path
) -> None:
    there = write(tmp_path / "a.json", [trajectory()])
    report = await import_paths(store, [tmp_path / "none.json", there])

    assert isinstance(report.files[0].error, UnreadableFile)
    assert "none.json: there is no such file or folder" in str(report.files[0].error)
    assert report.imported == 1
    assert not report.ok


async def test_a_named_file_of_no_known_form_is_an_error(store: EventStore, tmp_path: Path) -> None:
    report = await import_paths(store, [write(tmp_path / "a.json", {"hello": 1})])

    assert isinstance(report.files[0].error, UnrecognisedFile)
    assert report.files[0].format is None
    assert report.skipped == ()
    assert await size_of(store) == 0


async def test_a_named_file_is_known_by_its_content_not_its_name(
    store: EventStore, tmp_path: Path
) -> None:
    report = await import_paths(store, [write(tmp_path / "recording.txt", [trajectory()])])

    assert report.files[0].format == "tau-bench"
    assert report.imported == 1


async def test_an_error_of_the_log_ends_the_import(
    store: EventStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object) -> None:
        raise StoreUnavailable("Appending", "the disk is full")

    monkeypatch.setattr(store, "append_many", fail)
    with pytest.raises(StoreUnavailable):
        await import_paths(store, [write(tmp_path / "a.json", [trajectory()])])


# Folders ---------------------------------------------------------------------------------------


async def test_a_folder_is_walked_and_what_is_unknown_is_skipped(
    store: EventStore, tmp_path: Path
) -> None:
    tmp_path /= "recordings"
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    write(tmp_path / ".git" / "x.json", [trajectory(99)])
    write(tmp_path / "b.json", [trajectory(1)])
    write(tmp_path / "deep" / "er" / "c.JSON", simulations(simulation()))
    write(tmp_path / "a.json", {"hello": 1})
    (tmp_path / "empty.json").touch()
    (tmp_path / "broken.json").write_text("{oops")
    (tmp_path / "latin.json").write_bytes(b'["\xe9"]')
    (tmp_path / "notes.txt").write_text("hi")
    (tmp_path / "dangling.json").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to(tmp_path)
    report = await import_paths(store, [tmp_path])

    assert report.ok
    assert [file.path.name for file in report.files] == ["b.json", "c.JSON"]
    reasons = {entry.path.name: entry.reason for entry in report.skipped}
    assert reasons == {
        ".git": "it is a hidden folder",
        "loop": "it is a link to a folder",
        "a.json": "it holds an object with 'hello'",
        "empty.json": "it is empty",
        "broken.json": reasons["broken.json"],
        "latin.json": reasons["latin.json"],
        "notes.txt": "its name ends in none of .ipynb, .json, .jsonl, .ndjson",
        "dangling.json": "it is not a file",
    }
    assert "line 1, column 2" in reasons["broken.json"]
    assert "not UTF-8" in reasons["latin.json"]


async def test_a_damaged_recording_in_a_folder_is_an_error_not_skipped(
    store: EventStore, tmp_path: Path
) -> None:
    for name, document in [("a", [trajectory()]), ("b", simulations(simulation()))]:
        (tmp_path / f"{name}.json").write_text(json.dumps(document)[:-10])
    write(tmp_path / "c.json", [trajectory(7)])
    report = await import_paths(store, [tmp_path])

    assert [type(file.error) for file in report.files] == [
        UnreadableFile,
        UnreadableFile,
        type(None),
    ]
    assert report.imported == 1


async def test_a_folder_without_any_recording_is_an_error(
    store: EventStore, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    write(tmp_path / "full" / "a.json", {})
    report = await import_paths(store, [tmp_path / "empty", tmp_path / "full"])

    assert not report.ok
    empty, full = map(str, report.errors)
    assert empty == f"{tmp_path}/empty: not a recording Retold can import: the folder is empty."
    assert full.startswith(f"{tmp_path}/full: not a recording Retold can import: nothing in")


async def test_a_file_both_named_and_in_a_folder_is_imported_once(
    store: EventStore, tmp_path: Path
) -> None:
    path = write(tmp_path / "a.json", [trajectory()])
    report = await import_paths(store, [tmp_path, path, tmp_path / "." / "a.json"])

    assert report.ok
    assert [file.imported for file in report.files] == [("0#0",)]


async def test_a_link_to_a_recording_counts_as_one(store: EventStore, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "a.json").symlink_to(write(tmp_path / "a.json", [trajectory()]))
    (tmp_path / "links" / "self.json").symlink_to("self.json")
    report = await import_paths(store, [tmp_path / "links", tmp_path / ("x" * 300)])

    assert report.imported == 1
    assert [type(error) for error in report.errors] == [UnreadableFile]


async def test_progress_is_told_for_each_conversation_and_file(
    store: EventStore, tmp_path: Path
) -> None:
    one = write(tmp_path / "a.json", [trajectory(0), 7])
    two = write(tmp_path / "b.json", simulations(simulation()))
    seen: list[ImportProgress] = []
    await import_paths(store, [one, two], progress=seen.append)

    assert seen == [
        ImportProgress(one, 0, 2, 1, 2),
        ImportProgress(one, 0, 2, 2, 2),
        ImportProgress(one, 1, 2),
        ImportProgress(two, 1, 2, 1, 1),
        ImportProgress(two, 2, 2),
    ]

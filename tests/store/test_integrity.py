"""Tampering with a log behind its back, and what ``verify`` says of it."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from retold.errors import CorruptEvent
from retold.store import EventStore, open_store
from retold.store.integrity import Fault, FaultKind, VerifyReport
from retold.store.row import EventRow, chain, genesis, hashed_columns
from tests.store.events import append, event, event_id, numbered, read, read_all
from tests.store.raw import Raw

_columns = (
    "tenant, stream, version, event_id, type, schema_version, data, metadata,"
    " correlation_id, causation_id, occurred_at, recorded_at, digest"
)


@pytest.fixture
async def raw(store_url: str, store: EventStore) -> Raw:
    """A log of three streams of five events each, without the triggers that protect them."""
    for stream in ("note-1", "note-2", "note-3"):
        await store.append(
            stream,
            [
                event(
                    str(number),
                    correlation_id="c",
                    causation_id=event_id(9),
                    occurred_at=datetime(2025, 1, 1, tzinfo=UTC),
                )
                for number in range(1, 6)
            ],
            expected_version=0,
        )
    assert await store.verify() == VerifyReport(15, 3, ())
    unprotected = Raw(store_url)
    await unprotected.unprotect()
    return unprotected


def found(report: VerifyReport) -> list[tuple[str, int, FaultKind]]:
    """Return stream, version and kind of the faults."""
    return [(fault.stream, fault.version, fault.kind) for fault in report.faults]


# The digest --------------------------------------------------------------------------------------


def digest_of(previous: bytes, row: dict[str, Any]) -> bytes:
    """Compute a digest from the columns as the documentation has it, by no code of Retold's."""
    digest = hashlib.sha256(previous)
    for name in _columns.split(", ")[:-1]:
        value = row[name]
        if value is None:
            digest.update(b"\xff\xff\xff\xff\xff\xff\xff\xff")
            continue
        if isinstance(value, UUID):
            value = value.bytes
        elif not isinstance(value, bytes):
            value = str(value).encode("utf-8")
        digest.update(len(value).to_bytes(8, "big") + value)
    return digest.digest()


async def test_digests_are_what_the_documentation_says(store: EventStore, store_url: str) -> None:
    for number in range(4):
        await append(
            store,
            "note-Grüße",
            f"\x00 é {number}",
            correlation_id="c" if number % 2 else None,
            causation_id=event_id(number) if number % 2 else None,
            occurred_at=datetime(1950, 1, 1, tzinfo=UTC) if number % 2 else None,
        )
    previous = bytes(32)
    names = _columns.split(", ")
    rows = await Raw(store_url).fetch(f"SELECT {_columns} FROM events ORDER BY version")
    for values in rows:
        row = dict(zip(names, values, strict=True))
        previous = digest_of(previous, row)
        assert row["digest"] == previous
    assert len(rows) == 4
    assert [one.digest for one in await read(store, "note-Grüße")][-1] == previous


# Altered -----------------------------------------------------------------------------------------

alterations = {
    "event_id": ("x'0190000000007000800000000000ffff'", "'01900000-0000-7000-8000-00000000ffff'"),
    "type": ("'test.other'",) * 2,
    "schema_version": ("2",) * 2,
    "data": ("""'{"text": "3"}'""",) * 2,
    "metadata": ("""'{"a":1}'""",) * 2,
    "correlation_id": ("NULL",) * 2,
    "causation_id": ("NULL",) * 2,
    "occurred_at": ("occurred_at + 1",) * 2,
    "recorded_at": ("recorded_at - 1",) * 2,
    "digest": ("zeroblob(32)", r"'\x00'"),
}


async def test_an_altered_column_is_found_whichever_it_is(store: EventStore, raw: Raw) -> None:
    for column, (on_sqlite, on_postgres) in alterations.items():
        changed = on_sqlite if raw.kind == "sqlite" else on_postgres
        [(before,)] = await raw.fetch(
            f"SELECT {column} FROM events WHERE stream = 'note-2' AND version = 3"
        )
        where = "WHERE stream = 'note-2' AND version = 3"
        await raw.execute(f"UPDATE events SET {column} = {changed} {where}")
        report = await store.verify()
        assert found(report) == [("note-2", 3, FaultKind.ALTERED)], column
        assert (report.events, report.streams, report.ok) == (15, 3, False)
        assert (await store.verify("note-1")).ok
        assert found(await store.verify("note-2")) == found(report)
        await raw.execute(f"UPDATE events SET {column} = ? {where}", before)
        assert (await store.verify()).ok, column


async def test_the_fault_tells_where_to_look(store: EventStore, raw: Raw) -> None:
    await raw.execute("UPDATE events SET data = '{}' WHERE stream = 'note-2' AND version = 3")
    [(position,)] = await raw.fetch(
        "SELECT position FROM events WHERE stream = 'note-2' AND version = 3"
    )
    [fault] = (await store.verify()).faults
    assert fault.position == position
    assert "does not match its digest" in fault.detail


async def test_an_event_moved_to_another_stream_or_tenant_is_missed(
    store: EventStore, raw: Raw, store_url: str
) -> None:
    await raw.execute("UPDATE events SET stream = 'note-4' WHERE stream = 'note-2' AND version = 3")
    assert found(await store.verify()) == [
        ("note-2", 3, FaultKind.REMOVED),
        ("note-4", 1, FaultKind.REMOVED),
    ]
    await raw.execute("UPDATE events SET stream = 'note-2' WHERE stream = 'note-4'")
    await raw.execute("UPDATE events SET tenant = 'x' WHERE stream = 'note-2' AND version = 3")
    assert found(await store.verify()) == [("note-2", 3, FaultKind.REMOVED)]
    async with await open_store(store_url, tenant="x") as other:
        assert found(await other.verify()) == [("note-2", 1, FaultKind.REMOVED)]


@pytest.mark.parametrize(
    "garbage",
    [
        "data = x'ff'",
        "data = CAST(x'ff' AS TEXT)",
        "data = CAST(data AS BLOB)",
        "stream = CAST('note-2' AS BLOB)",
        "stream = CAST(x'ff' AS TEXT)",
        "type = 7",
        "event_id = 'text'",
        "event_id = CAST(x'ff' AS TEXT)",
        "version = 'x'",
        "version = 3.5",
        "recorded_at = 'now'",
        "causation_id = 5",
        "digest = 'none'",
        "digest = 0",
    ],
)
async def test_what_sqlite_lets_be_stored_in_any_column_is_found(
    sqlite_url: str, garbage: str
) -> None:
    async with await open_store(sqlite_url) as store:
        for stream in ("note-1", "note-2", "note-3"):
            await store.append(stream, numbered(5), expected_version=0)
        raw = Raw(sqlite_url)
        await raw.unprotect()
        await raw.execute(f"UPDATE events SET {garbage} WHERE stream = 'note-2' AND version = 3")
        report = await store.verify()
        faults = [(fault.stream, fault.version) for fault in report.faults]
        assert ("note-2", 3) in faults
        assert not {stream for stream, _ in faults} & {"note-1", "note-3"}


async def test_a_payload_that_is_no_json_is_named_when_it_is_read(
    store: EventStore, raw: Raw
) -> None:
    for payload in ("{", "[]", "null", ""):
        await raw.execute(
            "UPDATE events SET data = ? WHERE stream = 'note-2' AND version = 3", payload
        )
        with pytest.raises(CorruptEvent, match="Version 3 of 'note-2' cannot be read") as raised:
            await read(store, "note-2")
        assert (raised.value.stream, raised.value.version) == ("note-2", 3)
        with pytest.raises(CorruptEvent):
            await read_all(store)
        assert len(await read(store, "note-2", to_version=2)) == 2


# Removed, cut, moved, added ----------------------------------------------------------------------


async def _delete(raw: Raw, version: int) -> None:
    await raw.execute("DELETE FROM events WHERE stream = 'note-2' AND version = ?", version)


@pytest.mark.parametrize("version", [1, 3])
async def test_a_removed_event_is_named(store: EventStore, raw: Raw, version: int) -> None:
    await _delete(raw, version)
    report = await store.verify()
    assert found(report) == [("note-2", version, FaultKind.REMOVED)]
    assert report.faults[0].position is None
    assert f"the next event is version {version + 1}" in report.faults[0].detail


async def test_a_cut_tail_is_seen_by_the_streams_head(store: EventStore, raw: Raw) -> None:
    await _delete(raw, 5)
    assert found(await store.verify()) == [("note-2", 5, FaultKind.TRUNCATED)]
    await _delete(raw, 4)
    assert found(await store.verify()) == [("note-2", 4, FaultKind.TRUNCATED)]
    assert found(await store.verify("note-2")) == [("note-2", 4, FaultKind.TRUNCATED)]
    await raw.execute("DELETE FROM events WHERE stream = 'note-2'")
    assert found(await store.verify()) == [("note-2", 1, FaultKind.TRUNCATED)]
    assert found(await store.verify("note-2")) == [("note-2", 1, FaultKind.TRUNCATED)]


async def test_heads_without_events_are_found_first_last_and_between(
    store: EventStore, raw: Raw
) -> None:
    await raw.execute("DELETE FROM events WHERE stream IN ('note-1', 'note-3')")
    assert found(await store.verify()) == [
        ("note-1", 1, FaultKind.TRUNCATED),
        ("note-3", 1, FaultKind.TRUNCATED),
    ]
    await raw.execute("DELETE FROM events")
    assert len((await store.verify()).faults) == 3


async def test_a_missing_head_is_one_fault_and_hides_no_other(store: EventStore, raw: Raw) -> None:
    await raw.execute("DELETE FROM streams WHERE name = 'note-1'")
    await raw.execute("UPDATE events SET data = '{}' WHERE stream = 'note-3' AND version = 2")
    assert found(await store.verify()) == [
        ("note-1", 5, FaultKind.UNKNOWN_STREAM),
        ("note-3", 2, FaultKind.ALTERED),
    ]


async def test_a_head_that_is_not_the_last_event_is_found(store: EventStore, raw: Raw) -> None:
    await raw.execute("UPDATE streams SET version = 4 WHERE name = 'note-1'")
    await raw.execute("UPDATE streams SET digest = ? WHERE name = 'note-2'", bytes(32))
    await raw.execute("UPDATE streams SET version = 6 WHERE name = 'note-3'")
    assert found(await store.verify()) == [
        ("note-3", 6, FaultKind.TRUNCATED),
        ("note-1", 5, FaultKind.ALTERED),
        ("note-2", 5, FaultKind.ALTERED),
    ]


async def test_two_events_that_changed_places_are_found(store: EventStore, raw: Raw) -> None:
    move = "UPDATE events SET version = ? WHERE stream = 'note-2' AND version = ?"
    for to, since in ((99, 2), (2, 3), (3, 99)):
        await raw.execute(move, to, since)
    assert found(await store.verify()) == [("note-2", 2, FaultKind.ALTERED)]


async def test_two_positions_that_changed_places_are_found(sqlite_url: str) -> None:
    async with await open_store(sqlite_url) as store:
        await store.append("note-1", numbered(5), expected_version=0)
        raw = Raw(sqlite_url)
        await raw.unprotect()
        for to, since in ((99, 2), (2, 3), (3, 99)):
            await raw.execute("UPDATE events SET position = ? WHERE position = ?", to, since)
        [fault] = (await store.verify()).faults
        assert (fault.version, fault.kind) == (3, FaultKind.REORDERED)
        assert fault.detail == "its position 2 is before version 2's"


async def _forge(raw: Raw, stream: str, version: int, previous: bytes) -> bytes:
    """Insert an event that is rightly chained to ``previous``; return its digest."""
    recorded_at = 1_700_000_000_000_000
    as_id: Any = event_id(1_000 + version)
    values: list[Any] = ["default", stream, version, as_id, "test.forged", 1, "{}", "{}", None]
    row = EventRow.of_columns([*values, None, None, recorded_at, b""])
    digest = chain(previous, hashed_columns(row))
    if raw.kind == "sqlite":
        values[3] = as_id.bytes
    await raw.execute(
        f"INSERT INTO events ({_columns}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        *values, None, None, recorded_at, digest,
    )  # fmt: skip
    return digest


async def test_an_added_event_is_found(store: EventStore, raw: Raw) -> None:
    await _forge(raw, "note-2", 6, bytes(32))
    assert found(await store.verify()) == [("note-2", 6, FaultKind.ALTERED)]


async def test_an_added_event_that_is_rightly_chained_is_found_by_the_head(
    store: EventStore, raw: Raw
) -> None:
    await _forge(raw, "note-2", 6, (await read(store, "note-2"))[-1].digest)
    [fault] = (await store.verify()).faults
    assert (fault.stream, fault.version, fault.kind) == ("note-2", 6, FaultKind.ALTERED)
    assert "the stream's head (version 5) is not its last event" in fault.detail


async def test_a_forged_stream_is_found_by_its_missing_head(store: EventStore, raw: Raw) -> None:
    await _forge(raw, "note-0", 1, genesis)
    assert found(await store.verify()) == [("note-0", 1, FaultKind.UNKNOWN_STREAM)]


async def test_only_the_first_fault_of_a_stream_is_reported(store: EventStore, raw: Raw) -> None:
    await raw.execute("UPDATE events SET data = '{}' WHERE version IN (2, 4)")
    await _delete(raw, 1)
    assert found(await store.verify()) == [
        ("note-2", 1, FaultKind.REMOVED),
        ("note-1", 2, FaultKind.ALTERED),
        ("note-3", 2, FaultKind.ALTERED),
    ]


async def test_a_fault_anywhere_in_a_long_log_is_found(store: EventStore, store_url: str) -> None:
    await store.append("note-1", numbered(2_500), expected_version=0)
    for name in ("a-1", "other-1"):
        await append(store, name, "a")
    raw = Raw(store_url)
    await raw.unprotect()
    for version in (1_000, 1_001, 2_500):
        await raw.execute("UPDATE events SET metadata = '{ }' WHERE version = ?", version)
        assert found(await store.verify()) == [("note-1", version, FaultKind.ALTERED)]
        await raw.execute("UPDATE events SET metadata = '{}' WHERE version = ?", version)


# What a chain cannot see -------------------------------------------------------------------------


async def test_a_tail_cut_together_with_the_head_is_not_seen(store: EventStore, raw: Raw) -> None:
    """The documentation says so; it takes a signed checkpoint that is kept elsewhere."""
    third = (await read(store, "note-2"))[2]
    await raw.execute("DELETE FROM events WHERE stream = 'note-2' AND version > 3")
    await raw.execute(
        "UPDATE streams SET version = 3, digest = ? WHERE name = 'note-2'", third.digest
    )
    assert (await store.verify()).ok


async def test_a_chain_rewritten_together_with_the_head_is_not_seen(
    store: EventStore, raw: Raw
) -> None:
    """The documentation says so; it takes a signed checkpoint that is kept elsewhere."""
    await raw.execute("DELETE FROM events WHERE stream = 'note-2'")
    digest = genesis
    for version in (1, 2):
        digest = await _forge(raw, "note-2", version, digest)
    await raw.execute("UPDATE streams SET version = 2, digest = ? WHERE name = 'note-2'", digest)
    assert (await store.verify()).ok


# While others write ------------------------------------------------------------------------------


async def test_verifying_while_others_append_finds_nothing_wrong(store: EventStore) -> None:
    stop = asyncio.Event()

    async def keep_appending(number: int) -> None:
        while not stop.is_set():
            await append(store, f"note-{number}", "a")
            await append(store, f"note-{number}-{event_id(number)}", "b")

    writers = [asyncio.create_task(keep_appending(number)) for number in range(8)]
    reports: list[VerifyReport] = []
    while len(reports) < 20 or reports[-1].events < 100:
        reports.append(await store.verify())
    stop.set()
    await asyncio.gather(*writers)
    assert [report.faults for report in reports] == [()] * len(reports)


def test_a_report_without_faults_is_ok() -> None:
    assert VerifyReport(0, 0, ()).ok
    fault = Fault("note-1", 1, None, FaultKind.REMOVED, "gone")
    assert not VerifyReport(0, 0, (fault,)).ok

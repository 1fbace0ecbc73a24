"""What is compared is the same: the bytes, the table, the versions."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.chat import chat_event, event_bytes, payload_bytes, stream_of, work
from benchmarks.log import append_to, copied, empty_log, sqlite_url
from benchmarks.measure import interleave, percentile
from benchmarks.peers.peer import relaxed_sqlite
from benchmarks.raw_sqlite import insert_batches, insert_singly, rows_of
from benchmarks.result import Bar, Measured, Reference, Verdict

# What differs from one run to the next, whoever writes it.
own_to_a_run = {"event_id", "recorded_at", "digest"}


def rows_in(path: Path) -> list[dict[str, Any]]:
    """Return what the table of events holds, by stream and version."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute("SELECT * FROM events ORDER BY stream, version")
        return [dict(row) for row in found]


def stored_length(value: bytes | str | int) -> int:
    """Return how long a value is: its bytes or characters, or its digits."""
    return len(value) if isinstance(value, bytes) else len(str(value))


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """An empty log."""
    return empty_log(tmp_path / "empty.db")


@pytest.mark.parametrize("number", [0, 1, 7, 999, 23_456])
def test_a_chat_event_has_605_bytes(number: int) -> None:
    assert payload_bytes(chat_event(number, stream_of(0))) == event_bytes == 605


@pytest.mark.parametrize("batch", [1, 3])
def test_the_raw_loop_writes_what_the_log_writes(
    template: Path, tmp_path: Path, batch: int
) -> None:
    planned = work(4, appends=5, batch=batch)
    rows = rows_of(template, planned)
    folders = [tmp_path / name for name in ("ours", "raw")]
    for folder in folders:
        folder.mkdir()
    ours, raw = (copied(template, folder) for folder in folders)
    append_to(sqlite_url(ours), planned, "full")
    if batch == 1:
        run = insert_singly(raw, rows, "full")
    else:
        run = insert_batches(raw, rows, "full", batch)
    assert run.events == 4 * 5 * batch

    def kept(path: Path) -> list[dict[str, Any]]:
        drop = {*own_to_a_run, "position"}
        return [{name: row[name] for name in row if name not in drop} for row in rows_in(path)]

    assert kept(raw) == kept(ours)
    for mine, theirs in zip(rows_in(ours), rows_in(raw), strict=True):
        for name in own_to_a_run:
            assert type(mine[name]) is type(theirs[name])
            assert stored_length(mine[name]) == stored_length(theirs[name])


def test_raw_rows_go_in_turns_as_the_callers_do(template: Path) -> None:
    rows = rows_of(template, work(3, appends=2, batch=2))
    stream, version = rows.columns.index("stream"), rows.columns.index("version")
    order = [(row[stream], row[version]) for row in rows.rows]
    streams = [stream_of(caller) for caller in range(3)]
    assert order == [
        (name, number) for pair in ((1, 2), (3, 4)) for name in streams for number in pair
    ]


def test_contenders_take_turns_in_both_orders() -> None:
    ran: list[str] = []

    def contender(name: str) -> int:
        ran.append(name)
        return len(ran)

    found = interleave({"a": lambda: contender("a"), "b": lambda: contender("b")}, 3)
    assert ran == ["a", "b", "b", "a", "a", "b"]
    assert found == {"a": (1, 4, 5), "b": (2, 3, 6)}


def test_percentile_is_the_nearest_rank() -> None:
    assert percentile(range(1, 201), 99) == 198
    assert percentile([5.0], 99) == 5.0


@pytest.mark.parametrize(
    ("bar", "verdict"),
    [
        (Bar(at_least=2.0), Verdict.PASS),
        (Bar(at_least=2.0, aim=3.0), Verdict.AIM),
        (Bar(at_least=2.0, every_round=True), Verdict.MISS),
        (Bar(at_least=3.5), Verdict.MISS),
        (Bar(at_most=3.0), Verdict.PASS),
        (Bar(at_most=3.0, every_round=True), Verdict.MISS),
        (Bar(at_most=2.9), Verdict.MISS),
        (Bar(aim=1.0), Verdict.REPORTED),
        (None, Verdict.REPORTED),
    ],
)
def test_the_median_of_the_rounds_ratios_is_judged(bar: Bar | None, verdict: Verdict) -> None:
    result = Measured(
        benchmark="b",
        case="c",
        unit="u",
        rounds=(10.0, 30.0, 80.0),
        reference=Reference(name="r", rounds=(10.0, 10.0, 20.0)),
        bar=bar,
    )
    assert result.compared == (1.0, 3.0, 4.0)
    assert result.verdict is verdict


def test_peers_are_given_wal_and_normal_and_only_they(tmp_path: Path) -> None:
    def settings() -> tuple[str, int]:
        with closing(sqlite3.connect(tmp_path / "peer.db")) as connection:
            return (
                connection.execute("PRAGMA journal_mode").fetchone()[0],
                connection.execute("PRAGMA synchronous").fetchone()[0],
            )

    with relaxed_sqlite():
        assert settings() == ("wal", 1)
    assert settings() == ("wal", 2)

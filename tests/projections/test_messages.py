"""The messages: the transcripts of all conversations as rows."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from retold.domain.event import NewEvent, RecordedEvent
from retold.domain.recording import HumanInputRequested, ImportedResult, TurnFailed
from retold.importers import import_paths
from retold.projections.keeping.catch_up import catch_up, current
from retold.projections.models.messages import Message, list_messages, message_rows, messages
from retold.projections.models.transcript import Entry, transcript
from retold.projections.paging import page_statement
from retold.store import EventStore, open_store
from retold.store.codec import made_plain
from tests.projections.histories import (
    ag2,
    closed,
    message,
    recorded,
    request,
    response,
    result,
    results,
    started,
    tool_turn,
    usage,
)
from tests.projections.keeping import (
    all_of,
    append,
    check_kept,
    golden_logs,
    in_batches,
    log_of,
    plan_of,
    stored,
)
from tests.projections.test_real_totals import retail, trajectories

kinds: list[NewEvent] = [
    *tool_turn,
    started(subject="user:7"),
    message("assistant", calls=2),
    message("tool", result=ImportedResult(call=0, error=True)),
    message("user", content={"$": "str", "base64": "YQDtoIA="}),
    ag2(response(calls=["a", "b\0", "a"])),
    ag2(results(result("a"), result("b\0", kind="ag2.ToolErrorEvent")), detached=True),
    ag2(request(), detached=True),
    ag2(usage(7, 3)),
    HumanInputRequested(event={"content": "May I?"}).to_new_event(),
    TurnFailed(turn="1").to_new_event(),
    closed("stop"),
]


def by_stream(events: list[RecordedEvent]) -> dict[str, list[RecordedEvent]]:
    found: dict[str, list[RecordedEvent]] = {}
    for event in events:
        if event.category == "conversation":
            found.setdefault(event.stream.partition("-")[2], []).append(event)
    return found


def entries_of(rows: list[Message]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for row in sorted(rows, key=lambda row: (row.session, row.version, row.item)):
        found.setdefault(row.session, []).append(row.entry)
    return found


def transcripts(events: list[RecordedEvent]) -> dict[str, list[Entry]]:
    """Return the transcripts, with what databases refuse spelled out."""
    found = {
        session: [
            dataclasses.replace(entry, text=made_plain(entry.text)) for entry in transcript(own)
        ]
        for session, own in by_stream(events).items()
    }
    return {session: entries for session, entries in found.items() if entries}


def test_a_message_says_who_acted_in_which_turn_of_which_session() -> None:
    new = dataclasses.replace(
        ag2(response("hi", calls=["a"])),
        metadata={"session": "root", "agent": "legal", "turn": "t-1"},
    )
    (row,) = messages.folded(recorded([new], session="child")).of(message_rows).values()
    assert (row.session, row.version, row.item) == ("child", 1, 0)
    assert (row.root_session, row.role, row.name) == ("root", "assistant", "legal")
    assert (row.agent, row.turn, row.text) == ("legal", "t-1", "hi")
    assert row.calls == '[{"number": 0, "name": "tool", "id": "a", "arguments": "{}"}]'
    assert (row.occurred_at, row.answers, row.error) == (None, None, None)


def test_results_of_one_event_are_told_apart() -> None:
    news = [ag2(response(calls=["a", "b"])), ag2(results(result("a", "1"), result("b", "2")))]
    rows = messages.folded(recorded(news)).of(message_rows)
    assert [(key, row.text, row.answers) for key, row in rows.items()][1:] == [
        (("s", 2, 0), "1", 0),
        (("s", 2, 1), "2", 1),
    ]


def test_the_rows_of_golden_recordings_are_their_transcripts() -> None:
    for name, events in golden_logs().items():
        rows = list(messages.folded(events).of(message_rows).values())
        assert entries_of(rows) == transcripts(events), name


@pytest.mark.parametrize("seed", range(3))
def test_rows_do_not_depend_on_batches(seed: int) -> None:
    events = recorded(kinds * 6)
    assert all_of(messages, in_batches(messages, events, seed)) == all_of(
        messages, messages.folded(events)
    )


async def test_kept_up_made_anew_and_folded_rows_are_the_same(store: EventStore) -> None:
    assert (await check_kept(store, messages, kinds))["messages"]


async def test_the_rows_of_real_recordings_are_their_transcripts(
    store: EventStore, shared_data: Path
) -> None:
    assert (await import_paths(store, [shared_data / retail, shared_data / trajectories])).ok
    await catch_up(store, messages)
    kept = [
        Message(**dict(zip(message_rows.columns, values, strict=True)))
        for values in (await stored(store, messages))["messages"].values()
    ]
    assert len(kept) > 2_000
    assert entries_of(kept) == transcripts(await log_of(store))


async def test_pages_hold_every_message_once_in_order(store: EventStore) -> None:
    for session in ("a", "b", "c"):
        await append(store, session, *tool_turn)
    everything = (await list_messages(store, limit=1_000)).rows
    assert len(everything) == 12
    paged, after = list[Message](), None
    while True:
        page = await list_messages(store, after=after, limit=5)
        paged += page.rows
        after = page.next
        if after is None:
            break
    assert tuple(paged) == everything
    assert sorted(paged, key=lambda m: (m.recorded_at, m.session, m.version, m.item)) == paged
    one = await list_messages(store, session="b", limit=3)
    assert [m.text for m in one.rows] == ["hello", "", "42"]
    rest = await list_messages(store, session="b", after=one.next)
    assert ([m.text for m in rest.rows], rest.next) == (["done"], None)


async def test_a_page_needs_a_row_and_a_place_of_its_list(store: EventStore) -> None:
    with pytest.raises(ValueError, match="at least one row"):
        await list_messages(store, limit=0)
    with pytest.raises(ValueError, match="no place in a list in order of version, item"):
        await list_messages(store, session="a", after=("x",))


async def test_pages_are_read_by_index_and_not_sorted(sqlite_url: str) -> None:
    async with await open_store(sqlite_url) as store:
        table = (await current(store, messages))[message_rows]
        tenant_wide = page_statement(
            store.tenant,
            table,
            ("recorded_at", "session", "version", "item"),
            after=(recorded([started()])[0].recorded_at, "a", 1, 0),
            limit=9,
        )
        one = page_statement(
            store.tenant,
            table,
            ("version", "item"),
            where=(table.c.session == "a",),
            after=(1, 0),
            limit=9,
        )
        plans = [await plan_of(store, statement) for statement in (tenant_wide, one)]
    assert "USING INDEX ix_messages_recorded_at_v1_1 (tenant=? AND (recorded_at," in plans[0]
    assert "(tenant=? AND session=? AND (version,item)>(?,?))" in plans[1]
    assert not any("TEMP B-TREE" in plan for plan in plans)

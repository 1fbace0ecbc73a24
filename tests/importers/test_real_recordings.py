"""The real recordings of the shared folder, against the counts that are known to be true."""

from __future__ import annotations

import asyncio
import json
import math
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from retold.domain.event import RecordedEvent
from retold.domain.recording import (
    ConversationClosed,
    ConversationStarted,
    MessageImported,
    conversation_of,
)
from retold.importers import export_session, import_paths
from retold.store import EventStore, open_store

epoch = datetime.fromtimestamp(0, UTC)

Sessions = dict[str, list[RecordedEvent]]

tau_bench = "tau_bench/gpt-4o-airline.trial0.json"
retail = "tau2/gpt-4.1_retail_defautl_gpt-4.1_1trials.json"
airline = "tau2/gpt-4.1_airline_default_gpt-4.1_1trials.json"


def messages_of(events: list[RecordedEvent]) -> list[MessageImported]:
    return [MessageImported.from_recorded(e) for e in events if e.type == MessageImported.type]


def failed(message: MessageImported) -> bool:
    result = message.result
    return result is not None and bool(
        result.derived_error if result.error is None else result.error
    )


def total(numbers: Iterator[float | None]) -> float:
    return math.fsum(number for number in numbers if number is not None)


async def read_sessions(store: EventStore) -> Sessions:
    """Return the events of every conversation, by id."""
    return {
        conversation_of(head.stream): [event async for event in store.read_stream(head.stream)]
        async for head in store.streams(category="conversation")
    }


@pytest.fixture(scope="module")
def sessions(shared_data: Path) -> Sessions:
    """The events of every session of both forms, imported once for all tests here."""

    async def imported() -> Sessions:
        async with await open_store("sqlite:///:memory:") as store:
            report = await import_paths(store, [shared_data / "tau_bench", shared_data / "tau2"])
            assert report.ok, report.errors
            assert report.imported == 110
            return await read_sessions(store)

    return asyncio.run(imported())


def of_file(sessions: Sessions, name: str) -> list[list[RecordedEvent]]:
    wanted = Path(name).name
    return [e for e in sessions.values() if e[0].data["origin"]["file"] == wanted]


def test_every_session_is_what_is_known_of_it(sessions: Sessions, shared_data: Path) -> None:
    lines = (shared_data / "sessions.truth.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    rows = [row for row in rows if row["file"] in {tau_bench, retail, airline}]
    assert len(rows) == len(sessions) == 110
    for row in rows:
        events = sessions[row["session"]]
        messages = messages_of(events)
        started = ConversationStarted.from_recorded(events[0])
        assert started.origin is not None
        assert started.origin.record.endswith(f"[{row['index']}]")
        assert len(messages) == row["messages"]
        assert Counter(message.role for message in messages) == row["by_role"]
        calls = [call for message in messages for call in message.calls]
        assert len(calls) == row["tool_calls"]
        assert sum(map(failed, messages)) == row["tool_errors"]
        answered = [message.result.call for message in messages if message.result]
        assert sorted(c for c in answered if c is not None) == list(range(len(calls)))
        if row["file"] == tau_bench:
            assert messages[-1].role == row["last_role"]
            assert started.origin.document["reward"] == row["reward"]
            continue
        assert started.tags["task"] == row["task"]
        assert sum(call.actor == "user" for call in calls) == row["user_tool_calls"]
        assert sum(len(m.calls) > 1 for m in messages) == row["parallel_messages"]
        assert total(m.prompt_tokens for m in messages) == row["prompt_tokens"]
        assert total(m.completion_tokens for m in messages) == row["completion_tokens"]
        assert round(total(m.cost_usd for m in messages), 6) == row["cost"]
        assert ConversationClosed.from_recorded(events[-1]).reason == row["end"]
        assert started.origin.document["reward_info"]["reward"] == row["reward"]


def test_each_of_282_calls_has_its_own_result_although_ids_repeat(
    sessions: Sessions,
) -> None:
    pairs = 0
    for events in of_file(sessions, tau_bench):
        for before, event in pairwise(events):
            if "result" in event.data:
                assert event.causation_id == before.event_id
                assert event.data["source"]["tool_call_id"] == before.data["calls"][0]["id"]
                pairs += 1
    assert pairs == 282


def test_the_state_at_a_moment_of_the_source_s_clock(
    sessions: Sessions,
) -> None:
    moment = datetime(2025, 8, 1, 16, 18, tzinfo=UTC)
    events = [
        event
        for stream in of_file(sessions, retail)
        for event in stream
        if event.occurred_at is not None and event.occurred_at <= moment
    ]
    types = Counter(event.type for event in events)
    messages = messages_of(events)
    assert types[ConversationStarted.type] == 27
    assert types[ConversationClosed.type] == 18
    assert len(messages) == 629
    assert sum(message.result is not None for message in messages) == 169
    assert sum(map(failed, messages)) == 9


async def test_both_databases_hold_all_of_it_and_give_back_what_came(
    sessions: Sessions, store: EventStore, shared_data: Path
) -> None:
    report = await import_paths(store, [shared_data])
    assert report.ok, report.errors
    expected = dict(records(shared_data))
    assert report.imported == len(expected) == 223
    skipped = {entry.path.name for entry in report.skipped}
    assert {"README.md", "manifest.json", "totals.json", "sessions.truth.jsonl"} <= skipped
    assert {"dev_context_quads.jsonl", "bank_balance.json"} <= skipped

    found = await read_sessions(store)
    for session, events in sessions.items():
        assert list(map(substance, events)) == list(map(substance, found[session]))

    for session, record in expected.items():
        assert json.dumps(await export_session(store, session, "source")) == json.dumps(record)

    heads = [head async for head in store.streams()]
    again = await import_paths(store, [shared_data])
    assert (again.imported, again.unchanged) == (0, len(expected))
    assert [head async for head in store.streams()] == heads
    assert (await store.verify()).ok


def substance(event: RecordedEvent) -> RecordedEvent:
    """Return an event without what depends on where and when it was recorded."""
    return event._replace(position=0, transaction_id=0, recorded_microseconds=0, digest=b"")


def records(shared_data: Path) -> Iterator[tuple[str, Any]]:
    """Yield every record of the files, with the id of its session."""
    for name in (tau_bench, retail, airline):
        document = json.loads((shared_data / name).read_text())
        for record in document if isinstance(document, list) else document["simulations"]:
            yield record.get("id") or f"{record['task_id']}#{record['trial']}", record
    for path in (shared_data / "star" / "dialogues").iterdir():
        yield path.stem, json.loads(path.read_text())
    for path in (shared_data / "autogen_llm_recordings").glob("*.json"):
        for index, record in enumerate(json.loads(path.read_text())):
            yield f"{path.stem}#{index}", record
    for path in (shared_data / "langfuse_traces").glob("*.json"):
        record = json.loads(path.read_text())
        trace = record["trace"]
        # Left out on purpose, and nothing else is.
        for holder in (trace, *record["observations"], *trace.get("observations", ())):
            holder.pop("metadata", None)
        yield trace["id"], record
    for path in (shared_data / "autogen_notebooks").glob("*.ipynb"):
        for index, cell in enumerate(json.loads(path.read_text())["cells"]):
            outputs = json.dumps(cell.get("outputs", ()))
            if "\\u001b[33m" in outputs or "ChatResult(" in outputs:
                yield f"{path.stem}#{index}", cell

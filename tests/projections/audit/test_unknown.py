"""What a query does not know is None, and who is not there is not an empty answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from retold.domain.event import NewEvent
from retold.domain.recording import ImportedResult, conversation_stream
from retold.errors import SessionNotFound
from retold.projections.audit.audit import Audit
from retold.projections.audit.cost import cost
from retold.projections.audit.failures import failures
from retold.store import EventStore
from retold.store.append import ExpectedVersion
from tests.projections.audit.questions import paged_rows, rows_of
from tests.projections.histories import message, started

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)


async def append(store: EventStore, session: str, *news: NewEvent) -> None:
    stream = conversation_stream(session)
    await store.append(stream, news, expected_version=ExpectedVersion.NO_STREAM)


async def test_a_session_that_is_not_there_is_no_empty_table(store: EventStore) -> None:
    await append(store, "a", started(ag2_stream_id="4f3c", source="ag2"), message())
    audit = Audit(store)
    for ask in (audit.transcript, audit.delegation_tree):
        with pytest.raises(SessionNotFound, match="'nope'"):
            await ask("nope")
        with pytest.raises(SessionNotFound):
            await ask("\0")
        rows = (await ask("a")).rows
        assert [row.session for row in rows] == ["a"]
        assert (await ask("4f3c")).rows == rows
    assert (await audit.transcript("a", role="tool")).rows == ()


async def test_what_is_not_known_of_a_failure_is_none(store: EventStore) -> None:
    failed = message("tool", result=ImportedResult(name="tool", call=0, error=True))
    await append(store, "a", started(), message("assistant", calls=1), failed)
    (row,) = await rows_of(store, failures)
    assert (row.kind, row.agent, row.name, row.error_type) == ("tool", None, "tool", None)
    assert (row.failures, row.retries) == (1, None)


async def test_pages_go_on_behind_a_row_of_unknowns(store: EventStore) -> None:
    for number in range(3):
        name = f"tool-{number}"
        failed = message("tool", result=ImportedResult(name=name, call=0, error=True))
        asked = message("assistant", calls=1)
        (call,) = asked.data["calls"]
        asked = replace(asked, data={**asked.data, "calls": [{**call, "name": name}]})
        await append(store, f"s{number}", started(), asked, failed)
    whole = await rows_of(store, failures)
    assert [row.agent for row in whole] == [None] * 3
    for limit in (1, 2, 3):
        assert await paged_rows(store, failures, {}, limit) == whole


async def test_a_cost_of_nobody_has_no_key(store: EventStore) -> None:
    await append(store, "a", started(), message("assistant", tokens=(3, 4), cost=0.1, at=noon))
    for by in ("agent", "model"):
        (row,) = await rows_of(store, cost, by=by)
        assert (row.key, row.day_of, row.prompt_tokens) == (None, None, 3)


async def test_a_day_that_is_only_that_of_the_recording_is_told_apart(store: EventStore) -> None:
    undated = message("assistant", tokens=(1, 1))
    await append(store, "a", started(), undated)
    head = [event async for event in store.read_all()][-1]
    same_day = message("assistant", tokens=(3, 4), at=head.recorded_at)
    earlier = message("assistant", tokens=(5, 6), at=noon)
    await append(store, "b", started(), same_day, earlier)
    whole = await rows_of(store, cost, by="day")
    today = head.recorded_at.date().isoformat()
    assert [(row.key, row.day_of, row.prompt_tokens) for row in whole] == [
        ("2025-08-01", "source", 5),
        (today, "recorded", 1),
        (today, "source", 3),
    ]
    assert await paged_rows(store, cost, {"by": "day"}, 1) == whole

"""Totals, now and as of a moment by either clock."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import get_args

import pytest

from retold.domain.event import NewEvent
from retold.domain.recording import ImportedResult, conversation_stream
from retold.errors import MomentBeforeLog
from retold.projections.models.as_of import Clock, Moment, sessions_as_of
from retold.projections.models.totals import Totals, totals, totals_of
from retold.store import EventStore, open_store
from retold.store.append import ExpectedVersion
from tests.projections.histories import (
    closed,
    folded,
    message,
    recorded,
    started,
    tool_turn,
)

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)


def minutes(count: float) -> datetime:
    return noon + timedelta(minutes=count)


async def record(store: EventStore, session: str, *news: NewEvent) -> None:
    await store.append(
        conversation_stream(session), news, expected_version=ExpectedVersion.NO_STREAM
    )


# Sums --------------------------------------------------------------------------------------------


def test_totals_of_nothing_are_zeros_and_unknowns() -> None:
    assert totals_of([]) == Totals()


def test_totals_sum_counts_and_what_is_known_of_tokens_and_cost() -> None:
    found = totals_of(
        [
            folded([started(source="tau2"), message(tokens=(5, 2), cost=0.1), message(calls=2)]),
            folded([started(source="tau2"), message(tokens=(7, None), cost=0.2), closed("stop")]),
            folded([started(source="tau2"), message("tool", result=ImportedResult(error=True))]),
        ]
    )
    assert found == Totals(
        source="tau2",
        sessions=3,
        sessions_ended=1,
        messages=4,
        tool_calls=2,
        tool_results=1,
        tool_errors=1,
        parallel_call_messages=1,
        prompt_tokens=12,
        completion_tokens=2,
        cost_usd=Decimal("0.3"),
        end_reason="stop",
        end_reasons={"stop": 1},
    )


def test_a_sum_of_unknowns_is_unknown() -> None:
    found = totals_of([folded([started(), message()]), folded([started(), message()])])
    assert (found.prompt_tokens, found.completion_tokens, found.cost_usd) == (None, None, None)


def test_several_sources_have_no_common_one_but_totals_each() -> None:
    found = totals_of(
        [
            folded([started(source="tau2"), message(tokens=(5, 2))]),
            folded([started(source="ag2"), *tool_turn]),
            folded([started(source="tau2"), message()]),
        ]
    )
    assert found.source is None
    assert list(found.by_source) == ["ag2", "tau2"]
    assert found.by_source["tau2"].sessions == 2
    assert found.by_source["tau2"].prompt_tokens == 5
    assert found.by_source["ag2"].messages == 4
    assert found.prompt_tokens == 12


def test_one_source_is_not_broken_down() -> None:
    assert totals_of([folded([started(source="tau2")])]).by_source == {}


@pytest.mark.parametrize(
    ("ends", "reason", "reasons"),
    [
        ([closed("a"), closed("a")], "a", {"a": 2}),
        ([closed("a"), closed("b")], None, {"a": 1, "b": 1}),
        ([closed("a"), closed()], None, {"a": 1}),
        ([closed("a"), message()], "a", {"a": 1}),
        ([message(), message()], None, {}),
    ],
)
def test_the_end_reason_is_the_one_all_that_ended_share(
    ends: list[NewEvent], reason: str | None, reasons: dict[str, int]
) -> None:
    found = totals_of([folded([started(), end]) for end in ends])
    assert (found.end_reason, found.end_reasons) == (reason, reasons)


def test_times_are_the_earliest_start_and_the_latest_end_known() -> None:
    found = totals_of(
        [
            folded([started(at=minutes(2)), closed(at=minutes(9), text="nine")]),
            folded([started(at=minutes(1), text="one"), closed(at=minutes(3))]),
            folded([started()]),
        ]
    )
    assert (found.started_at, found.started_text) == (minutes(1), "one")
    assert (found.ended_at, found.ended_text) == (minutes(9), "nine")


def test_nested_conversations_are_left_out() -> None:
    child = folded([started(parent="conversation-s"), *tool_turn])
    assert totals_of([child]) == Totals()


# Kept and folded ---------------------------------------------------------------------------------


async def test_totals_as_of_the_last_event_equal_the_totals_now(store: EventStore) -> None:
    await record(store, "a", started(source="tau2", at=noon), message(calls=1, at=minutes(1)))
    await record(store, "b", started(source="tau2", at=minutes(2)), closed("x", at=minutes(3)))
    now = await totals(store)
    by_source_clock = await totals(store, at=minutes(3))
    by_recording = await totals(store, at=datetime.now(UTC), clock="recorded")
    assert now.sessions == 2
    assert by_source_clock == by_recording
    assert {
        f.name for f in fields(Totals) if getattr(now, f.name) != getattr(by_recording, f.name)
    } == {"undated_events"}


async def test_totals_as_of_a_moment_hold_what_had_happened_by_then(store: EventStore) -> None:
    await record(
        store,
        "a",
        started(source="tau2", at=noon),
        message("assistant", calls=1, at=minutes(1)),
        message("tool", result=ImportedResult(call=0, error=True), at=minutes(2)),
        closed("stop", at=minutes(3)),
    )
    await record(store, "b", started(source="tau2", at=minutes(4)))
    early = await totals(store, at=minutes(1))
    later = await totals(store, at=minutes(3.5))
    assert (early.sessions, early.messages, early.tool_results) == (1, 1, 0)
    assert (later.sessions, later.sessions_ended, later.tool_errors) == (1, 1, 1)
    assert later.end_reason == "stop"


async def test_a_moment_before_the_first_event_has_no_totals(store: EventStore) -> None:
    assert await totals(store) == Totals()
    with pytest.raises(MomentBeforeLog, match="2025-08-01T12:01:00"):
        await totals(store, at=minutes(1))
    await record(store, "a", started(source="tau2", at=noon), message())
    assert (await totals(store, at=noon)).sessions == 1
    for clock in get_args(Clock):
        with pytest.raises(MomentBeforeLog) as raised:
            await totals(store, at=minutes(-1), clock=clock)
        assert raised.value.undated_events == (clock == "source")


async def test_the_two_clocks_are_kept_apart(store: EventStore) -> None:
    await record(store, "a", started(source="tau2", at=noon), message(at=noon))
    assert (await totals(store, at=noon)).messages == 1
    with pytest.raises(MomentBeforeLog, match="by the clock 'recorded'"):
        await totals(store, at=noon, clock="recorded")


async def test_events_without_a_time_are_left_out_and_counted(store: EventStore) -> None:
    await record(store, "a", started(source="tau2", at=noon), message(), message(at=noon))
    await record(store, "b", started(source="tau-bench"), message())
    found = await totals(store, at=minutes(60))
    assert (found.sessions, found.messages, found.undated_events) == (1, 1, 3)


async def test_a_conversation_that_started_at_an_unknown_time_keeps_its_identity(
    store: EventStore,
) -> None:
    await record(
        store, "top", started(source="tau2", subject="user:7"), message(at=noon), message()
    )
    await record(
        store, "child", started(source="tau2", parent="conversation-top"), message(at=noon)
    )
    found = await sessions_as_of(store, Moment(noon))
    assert found.sessions["top"].source == "tau2"
    assert found.sessions["top"].subject == "user:7"
    assert found.sessions["top"].started_at is None
    assert found.sessions["child"].nested
    assert (await totals(store, at=noon)).sessions == 1


def test_a_moment_includes_itself_and_nothing_later() -> None:
    (event,) = recorded([message(at=noon)])
    assert Moment(noon).includes(event) is True
    assert Moment(noon - timedelta(microseconds=1)).includes(event) is False


@pytest.mark.parametrize("clock", ["source", "recorded"])
def test_a_moment_without_a_zone_compares_by_its_digits(clock: Clock) -> None:
    (event,) = recorded([message(at=noon)])
    time = event.occurred_at if clock == "source" else event.recorded_at
    assert time is not None
    digits = time.replace(tzinfo=None)
    assert Moment(digits, clock).includes(event) is True
    assert Moment(digits - timedelta(seconds=1), clock).includes(event) is False


def test_a_moment_with_a_zone_is_the_same_moment_in_any_zone() -> None:
    (event,) = recorded([message(at=noon)])
    tokyo = timezone(timedelta(hours=9))
    assert Moment(noon.astimezone(tokyo)).includes(event) is True
    assert Moment((noon - timedelta(seconds=1)).astimezone(tokyo)).includes(event) is False


async def test_totals_are_of_one_tenant(store_url: str, store: EventStore) -> None:
    await record(store, "a", started(at=noon))
    async with await open_store(store_url, tenant="other") as other:
        assert await totals(other) == Totals()
        with pytest.raises(MomentBeforeLog):
            await totals(other, at=minutes(1))

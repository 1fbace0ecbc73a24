"""Handlers that fail: tried again, parked with the reason, retried, discarded; or the run stops."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

import pytest

from retold.domain.recorded import RecordedEvent
from retold.errors import HandlerFailed, ParkedEventNotFound
from retold.store import EventStore
from retold.store.consumers import ConsumerGroup
from retold.store.consumers.delivery import Delivery, longest_pause_seconds
from tests.store.consumers.groups import (
    Handler,
    catch_up,
    eventually,
    parked,
    running,
)
from tests.store.events import append, event_id
from tests.store.raw import Raw


@pytest.fixture
async def group(store: EventStore) -> ConsumerGroup:
    await append(store, "note-1", "a", "b", "c")
    await append(store, "note-2", "d")
    return ConsumerGroup(store, "mail", partitions=2)


async def test_a_handler_that_raises_is_tried_again(group: ConsumerGroup) -> None:
    class Flaky(Handler):
        async def __call__(self, event: RecordedEvent) -> None:
            if self.called.count(event.data["text"]) == 2:
                self.failing.discard(event.data["text"])
            await super().__call__(event)

    handler = Flaky("b")
    await catch_up(group, handler, attempts=3)
    assert handler.called.count("b") == 3
    assert [one for one in handler.texts if one != "d"] == ["a", "b", "c"]
    assert await parked(group) == []


async def test_an_event_that_fails_at_every_attempt_is_parked_and_the_rest_handled(
    group: ConsumerGroup, store: EventStore
) -> None:
    handler = Handler("b", error=KeyError("no such order"))
    await catch_up(group, handler, attempts=3)
    assert handler.called.count("b") == 3
    assert sorted(handler.texts) == ["a", "c", "d"]
    (one,) = await parked(group)
    second = [event async for event in store.read_stream("note-1")][1]
    assert (one.event_id, one.stream, one.version) == (second.event_id, "note-1", 2)
    assert (one.type, one.tenant, one.attempts) == ("test.happened", "default", 3)
    assert one.reason == "KeyError: 'no such order'"
    assert timedelta(0) <= datetime.now(UTC) - one.parked_at < timedelta(minutes=1)
    assert (one.retry_at, one.discarded_at, one.discard_reason) == (None, None, None)
    # It is behind the group: a later run does not meet it again.
    again = Handler()
    await catch_up(group, again)
    assert again.called == []


async def test_every_event_may_be_parked_and_they_are_listed_page_by_page(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retold.store.consumers.group.parked_page", 3)
    words = [str(number) for number in range(10)]
    await append(store, "note-1", *words)
    group = ConsumerGroup(store, "mail")
    handler = Handler(*words)
    await catch_up(group, handler, attempts=1)
    assert [one.version for one in await parked(group)] == list(range(1, 11))
    assert (await group.status()).parked == 10


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ValueError("x" * 3_000), "ValueError: " + "x" * 1_988),
        (ValueError("a\x00b"), "ValueError: a\ufffdb"),
        (ValueError("a\ud800b"), "ValueError: a?b"),
        (asyncio.InvalidStateError(), "InvalidStateError: "),
    ],
)
async def test_a_reason_is_text_that_a_database_keeps(
    group: ConsumerGroup, error: Exception, reason: str
) -> None:
    await catch_up(group, Handler("b", error=error))
    assert [one.reason for one in await parked(group)] == [reason]


async def test_log_lines_about_failures_hold_no_text_of_the_error(
    group: ConsumerGroup, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "retold"):
        await catch_up(group, Handler("b", error=ValueError("card 4711")))
    assert "event parked" in caplog.text
    assert "ValueError" in caplog.text
    assert "4711" not in caplog.text


async def test_a_cancelled_error_is_no_failure(group: ConsumerGroup) -> None:
    async def handler(event: RecordedEvent) -> None:
        if event.data["text"] == "b":
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await group.run(handler, until="caught_up")
    status = await group.status()
    assert (status.parked, status.members) == (0, ())
    again = Handler()
    await catch_up(group, again)
    assert [one for one in again.texts if one != "d"] == ["b", "c"]


async def test_pauses_double_up_to_a_limit_and_are_never_all_alike() -> None:
    delivery = Delivery(Handler(), attempts=5, pause=0.2, concurrency=None)
    for attempt, longest in ((1, 0.2), (2, 0.4), (3, 0.8), (2_000, longest_pause_seconds)):
        pauses = {delivery._pause_after(attempt) for _ in range(50)}
        assert len(pauses) > 1
        assert longest / 2 <= min(pauses) <= max(pauses) <= longest


async def test_a_member_that_is_stopped_does_not_wait_for_the_next_attempt(
    group: ConsumerGroup,
) -> None:
    handler = Handler("a", "d")
    async with running(group, handler, attempts=5, pause=3_600):
        await eventually(lambda: sorted(handler.called) == ["a", "d"])
    assert sorted(handler.called) == ["a", "d"]
    assert await parked(group) == []
    again = Handler()
    await catch_up(group, again)
    assert sorted(again.texts) == ["a", "b", "c", "d"]


# Stopping at failures -----------------------------------------------------------------------------


async def test_a_run_that_stops_at_failures_names_the_event_and_stays_before_it(
    group: ConsumerGroup,
) -> None:
    handler = Handler("b")
    with pytest.raises(HandlerFailed, match="failed 2 times on version 2 of 'note-1'") as raised:
        await catch_up(group, handler, on_failure="stop")
    assert raised.value.__cause__ is handler.error
    assert (raised.value.stream, raised.value.version, raised.value.attempts) == ("note-1", 2, 2)
    assert "c" not in handler.called
    status = await group.status()
    assert (status.parked, status.members) == (0, ())
    again = Handler()
    await catch_up(group, again, on_failure="stop")
    assert [one for one in again.texts if one != "d"] == ["b", "c"]


# Retrying -----------------------------------------------------------------------------------------


async def test_a_parked_event_is_handled_when_the_handler_was_mended(
    group: ConsumerGroup,
) -> None:
    handler = Handler("b", "d")
    await catch_up(group, handler)
    handler.failing.clear()
    one, _ = await parked(group)
    assert await group.retry(one.event_id) == 1
    assert [event.retry_at is None for event in await parked(group)] == [False, True]
    async with running(group, handler):
        await eventually(lambda: _parked_count(group, 1))
        assert await group.retry() == 1
        await eventually(lambda: _parked_count(group, 0))
    assert sorted(handler.texts) == ["a", "b", "c", "d"]


async def test_a_running_member_retries_without_a_restart(
    group: ConsumerGroup, store: EventStore
) -> None:
    handler = Handler("b")
    async with running(group, handler):
        await eventually(lambda: _parked_count(group, 1))
        handler.failing.clear()
        await group.retry()
        await eventually(lambda: "b" in handler.texts)
        await eventually(lambda: _parked_count(group, 0))
        # And it still follows the log.
        await append(store, "note-1", "e")
        await eventually(lambda: "e" in handler.texts)


async def test_a_retry_that_fails_parks_the_event_again_with_the_attempts_added(
    group: ConsumerGroup,
) -> None:
    handler = Handler("b")
    await catch_up(group, handler, attempts=2)
    handler.error = KeyError("something else")
    (before,) = await parked(group)
    await group.retry(before.event_id)
    async with running(group, handler, attempts=3):
        await eventually(lambda: handler.called.count("b") == 5)
        await eventually(lambda: _not_to_retry(group))
    (after,) = await parked(group)
    assert (after.attempts, after.reason) == (5, "KeyError: 'something else'")
    assert after.parked_at > before.parked_at


async def test_a_retry_when_stopping_at_failures_parks_again_and_goes_on(
    group: ConsumerGroup,
) -> None:
    handler = Handler("b")
    await catch_up(group, handler)
    await group.retry()
    async with running(group, handler, on_failure="stop"):
        await eventually(lambda: _not_to_retry(group))
    assert [one.attempts for one in await parked(group)] == [4]


async def test_a_retry_of_an_event_that_was_altered_says_so(
    group: ConsumerGroup, store_url: str
) -> None:
    await catch_up(group, Handler("b"))
    raw = Raw(store_url)
    await raw.unprotect()
    await raw.execute("UPDATE events SET data = '{' WHERE version = 2")
    await group.retry()
    handler = Handler()
    async with running(group, handler):
        await eventually(lambda: _not_to_retry(group))
    (one,) = await parked(group)
    assert one.reason.startswith("CorruptEvent: Version 2 of 'note-1' cannot be read")
    assert (one.attempts, handler.called) == (2, [])


async def test_a_retry_of_an_event_that_is_gone_says_so(
    group: ConsumerGroup, store_url: str
) -> None:
    await catch_up(group, Handler("b"))
    raw = Raw(store_url)
    await raw.unprotect()
    await raw.execute("DELETE FROM events WHERE version = 2")
    await group.retry()
    async with running(group, Handler()):
        await eventually(lambda: _not_to_retry(group))
    (one,) = await parked(group)
    assert one.reason == "LookupError: the event is no longer in the log"


async def test_an_event_that_is_not_parked_cannot_be_retried(group: ConsumerGroup) -> None:
    await group.begin()
    assert await group.retry() == 0
    with pytest.raises(ParkedEventNotFound, match="is not parked in consumer group 'mail'"):
        await group.retry(event_id(1))


# Discarding ---------------------------------------------------------------------------------------


async def test_a_discarded_event_is_not_handled_again_and_stays_on_record(
    group: ConsumerGroup,
) -> None:
    handler = Handler("b", "d")
    await catch_up(group, handler)
    one, other = await parked(group)
    await group.retry(one.event_id)
    await group.discard(one.event_id, "a test order")
    assert await parked(group) == [other]
    (kept,) = await parked(group, discarded=True)
    assert (kept.event_id, kept.discard_reason, kept.retry_at) == (
        one.event_id, "a test order", None
    )  # fmt: skip
    assert kept.discarded_at is not None
    assert (await group.status()).parked == 1
    with pytest.raises(ParkedEventNotFound):
        await group.retry(one.event_id)
    with pytest.raises(ParkedEventNotFound):
        await group.discard(one.event_id, "again")
    handler.failing.clear()
    assert await group.retry() == 1
    async with running(group, handler):
        await eventually(lambda: _parked_count(group, 0))
    assert (handler.texts.count("b"), handler.texts.count("d")) == (0, 1)


async def _parked_count(group: ConsumerGroup, count: int) -> bool:
    return (await group.status()).parked == count


async def _not_to_retry(group: ConsumerGroup) -> bool:
    return all(one.retry_at is None for one in await parked(group))

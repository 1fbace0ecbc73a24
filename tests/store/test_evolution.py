"""A log written by every release of an application is read in the form of the newest one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import retold
from retold.domain.event import JsonObject, NewEvent
from retold.domain.fold import Fold
from retold.domain.recorded import RecordedEvent
from retold.domain.recording import ConversationClosed, ConversationStarted
from retold.domain.upcasting import Upcasters
from retold.errors import (
    FutureSchemaVersion,
    InvalidEvent,
    RetoldError,
    UpcasterRegistrationError,
    UpcastFailed,
)
from retold.store import EventStore, open_store
from retold.store.append import Append
from retold.store.stream_folds import Folded
from tests.domain.shop import OrderPlaced, shop_events, shop_upcasters
from tests.store.events import ANY, append, event_id, numbered, read, read_all
from tests.store.raw import Raw

golden: list[dict[str, list[Any]]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "shop_events.json").read_text()
)


def stored_events() -> list[NewEvent]:
    """Return the golden events as the releases that wrote them appended them."""
    return [
        NewEvent(type=kind, schema_version=version, data=data, metadata=metadata)
        for kind, version, data, metadata in (case["stored"] for case in golden)
    ]


def form_of(event: RecordedEvent) -> list[Any]:
    return [event.type, event.schema_version, event.data, event.metadata]


@pytest.fixture
async def shop(store_url: str) -> AsyncIterator[EventStore]:
    """A log with an event of every release, opened by the newest."""
    async with await open_store(store_url) as old:
        await old.append("order-1", stored_events(), expected_version=0)
    async with await open_store(store_url, upcasters=shop_events().upcasters) as opened:
        yield opened


async def everything(url: str) -> list[tuple[Any, ...]]:
    """Return every row of the log, as bytes and digits."""
    raw = Raw(url)
    return [
        *await raw.fetch("SELECT * FROM events ORDER BY position"),
        *await raw.fetch("SELECT * FROM streams ORDER BY tenant, name"),
    ]


async def test_every_reader_sees_the_form_of_today(shop: EventStore) -> None:
    today = [case["today"] for case in golden]
    assert [form_of(event) for event in await read(shop, "order-1")] == today
    assert [form_of(event) for event in await read_all(shop)] == today
    assert [form_of(e) for e in await read(shop, "order-1", backwards=True)] == today[::-1]
    decoded = shop_events().decode((await read(shop, "order-1", limit=1))[0])
    assert decoded == OrderPlaced(customer="Zoë", total_cents=1250, currency="EUR")


async def test_what_is_stored_stays_and_is_still_proven(shop: EventStore, store_url: str) -> None:
    before = await everything(store_url)
    found = await read(shop, "order-1")
    assert await everything(store_url) == before
    async with await open_store(store_url) as plain:
        stored = await read(plain, "order-1")
    assert [form_of(event) for event in stored] == [case["stored"] for case in golden]
    for event, as_stored in zip(found, stored, strict=True):
        for field in ("event_id", "digest", "position", "version", "recorded_at"):
            assert getattr(event, field) == getattr(as_stored, field), field
    assert (await shop.verify()).ok


async def test_events_are_found_by_type_under_every_name_they_were_stored_by(
    shop: EventStore,
) -> None:
    for wanted in ("shop.order_placed", "shop.order_made"):
        found = await read_all(shop, types=[wanted])
        assert [event.version for event in found] == [1, 2, 3, 4]
        assert {event.type for event in found} == {"shop.order_placed"}
    assert [e.version for e in await read_all(shop, types={"shop.parcel_shipped"})] == [5]
    assert await read_all(shop, types=[]) == []


async def test_an_event_of_an_earlier_release_can_still_be_appended(shop: EventStore) -> None:
    # As when a log is copied into another.
    await shop.append("order-2", stored_events(), expected_version=0)
    assert [form_of(event) for event in await read(shop, "order-2")] == [
        case["today"] for case in golden
    ]


async def test_appending_an_event_of_a_future_version_is_refused_and_leaves_the_log(
    shop: EventStore, store_url: str
) -> None:
    before = await everything(store_url)
    placed = NewEvent(type="shop.order_placed", data={}, schema_version=4)
    fine = NewEvent(type="shop.order_noted", data={})
    for appends in (
        [Append("order-1", [fine, placed], ANY)],
        [Append("order-2", [fine], ANY), Append("order-3", [placed], ANY)],
    ):
        with pytest.raises(FutureSchemaVersion, match="has schema version 4"):
            await shop.append_many(appends)
    assert await everything(store_url) == before
    await append(shop, "order-1", "the log goes on")


async def test_reading_an_event_of_a_future_version_is_refused_and_leaves_the_log(
    store_url: str,
) -> None:
    async with await open_store(store_url) as later:
        placed = NewEvent(type="shop.order_placed", data={}, schema_version=4)
        await later.append("order-1", [placed], expected_version=0)
        await append(later, "order-2", "another")
    before = await everything(store_url)
    async with await open_store(store_url, upcasters=shop_events().upcasters) as store:
        for reading in (read(store, "order-1"), read_all(store)):
            with pytest.raises(FutureSchemaVersion, match="at version 1 of 'order-1'") as refused:
                await reading
            assert refused.value.known == 3
        # What needs no understanding goes on.
        assert len(await read(store, "order-2")) == 1
        report = await store.verify()
        assert (report.ok, report.events) == (True, 2)
    assert await everything(store_url) == before


async def test_an_event_of_ours_of_a_future_version_is_refused_without_being_asked_to(
    store: EventStore, store_url: str
) -> None:
    closed = ConversationClosed(reason="done").to_new_event()
    future = NewEvent(type=closed.type, data=closed.data, schema_version=2)
    with pytest.raises(FutureSchemaVersion, match="Upgrade Retold"):
        await store.append("conversation-1", [future], expected_version=0)
    assert await everything(store_url) == []
    await store.append("conversation-1", [closed], expected_version=0)
    assert [event.type for event in await read(store, "conversation-1")] == [closed.type]


async def test_a_step_that_fails_is_named_and_leaves_the_log(store_url: str) -> None:
    async with await open_store(store_url) as old:
        bad = NewEvent(type="shop.order_placed", data={"total": "much"})
        await old.append("order-1", [bad], expected_version=0)
    before = await everything(store_url)
    async with await open_store(store_url, upcasters=shop_upcasters()) as store:
        with pytest.raises(UpcastFailed, match="at version 1 of 'order-1'") as failed:
            await read(store, "order-1")
        assert isinstance(failed.value, RetoldError)
        assert (await store.verify()).ok
    assert await everything(store_url) == before


@pytest.mark.parametrize("schema_version", [0, True, "2", None])
async def test_what_is_no_version_is_refused_as_before(
    shop: EventStore, schema_version: Any
) -> None:
    new = NewEvent(type="shop.order_placed", data={}, schema_version=schema_version)
    with pytest.raises(InvalidEvent, match="whole number"):
        await shop.append("order-1", [new], expected_version=ANY)


async def test_a_log_with_upcasters_that_contradict_ours_is_not_opened(store_url: str) -> None:
    upcasters = Upcasters()
    upcasters.register("conversation.closed", 1, dict)
    with pytest.raises(UpcasterRegistrationError, match=r"conversation\.closed"):
        await open_store(store_url, upcasters=upcasters)


async def test_a_session_log_is_opened_with_upcasters(store_url: str) -> None:
    async with retold.open(store_url, upcasters=shop_upcasters()) as log:
        await log.store.append("order-1", stored_events(), expected_version=0)
        found = [form_of(event) async for event in log.store.read_all(types=["shop.order_placed"])]
    assert found == [case["today"] for case in golden if case["today"][0] == "shop.order_placed"]


async def test_a_session_that_a_later_release_went_on_with_is_not_misread(store_url: str) -> None:
    async with retold.open(store_url) as log:
        started = ConversationStarted(source="ag2").to_new_event()
        await log.store.append("conversation-s", [started], expected_version=0)
    # This release refuses to write what a later one does.
    raw = Raw(store_url)
    rest = "data, metadata, occurred_at, recorded_at, digest"
    if raw.kind == "postgresql":
        rest += ", transaction_id"
    await raw.execute(
        f"INSERT INTO events (tenant, stream, version, event_id, type, schema_version, {rest})"
        f" SELECT tenant, stream, 2, ?, 'conversation.closed', 2, {rest} FROM events",
        event_id(2) if raw.kind == "postgresql" else event_id(2).bytes,
    )
    before = await everything(store_url)
    async with retold.open(store_url) as log:
        with pytest.raises(FutureSchemaVersion, match="version 2 of 'conversation-s'"):
            await log.session("s")
        with pytest.raises(FutureSchemaVersion):
            [summary async for summary in log.sessions()]
    assert await everything(store_url) == before


async def test_a_snapshot_made_with_other_upcasters_is_not_used(store_url: str) -> None:
    def texts_of(state: dict[str, list[str]], event: RecordedEvent) -> dict[str, list[str]]:
        return {"texts": [*state["texts"], event.data["text"]]}

    def nothing() -> dict[str, list[str]]:
        return {"texts": []}

    fold: Fold[dict[str, list[str]]] = Fold("texts", nothing, texts_of, lambda state: state, dict)
    async with await open_store(store_url) as store:
        await store.append("note-1", numbered(3), expected_version=0)
        assert (await store.fold("note-1", fold, snapshot_every=1)).from_version == 0
        assert (await store.fold("note-1", fold, snapshot_every=1)).from_version == 3

    def saying(word: str, _data: JsonObject) -> JsonObject:
        return {"text": word}

    for word in ("louder", "softer"):
        upcasters = Upcasters()
        upcasters.register("test.happened", 1, partial(saying, word))
        async with await open_store(store_url, upcasters=upcasters) as store:
            folded = await store.fold("note-1", fold, snapshot_every=1)
            assert folded == Folded({"texts": [word] * 3}, 3, 0)
            assert (await store.fold("note-1", fold, snapshot_every=1)).from_version == 3

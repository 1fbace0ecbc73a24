"""Contents recorded once and referred to by their hash."""

from __future__ import annotations

import asyncio
import hashlib
import math
from typing import Any

import pytest

from retold.errors import ContentNotFound, EventTooLarge, InvalidEvent
from retold.store import EventStore, open_store
from retold.store.content import content_hash, read_content, record_content
from tests.store.events import names, read_all

prompt = "You help customers."


def test_a_hash_is_of_kind_and_canonical_json() -> None:
    canonical = b'prompt\n{"a":[1,2.5,null],"b":"\xc3\xa9"}'
    expected = hashlib.sha256(canonical).hexdigest()
    assert content_hash("prompt", {"b": "é", "a": [1, 2.5, None]}) == expected


def test_the_order_of_keys_does_not_matter_but_that_of_items_does() -> None:
    assert content_hash("x", {"a": 1, "b": 2}) == content_hash("x", {"b": 2, "a": 1})
    assert content_hash("x", [1, 2]) != content_hash("x", [2, 1])
    assert content_hash("x", "1") != content_hash("x", 1)
    assert content_hash("x", 1) != content_hash("x", 1.0)
    assert content_hash("x", "a") != content_hash("y", "a")


async def test_a_content_comes_back_by_its_hash(store: EventStore) -> None:
    contents: list[Any] = [prompt, "", "\x00", None, 0, [], {"deep": [{"a": None}]}, "é" * 99_999]
    for content in contents:
        digest = await record_content(store, "prompt", content)
        assert digest == content_hash("prompt", content)
        assert await read_content(store, digest) == content


async def test_the_same_content_is_recorded_once(store: EventStore, store_url: str) -> None:
    digest = await record_content(store, "prompt", prompt)
    assert await record_content(store, "prompt", prompt) == digest
    async with await open_store(store_url) as other:
        assert await record_content(other, "prompt", prompt) == digest
    assert len(await read_all(store)) == 1
    await record_content(store, "tools", prompt)
    assert len(await names(store, category="content")) == 2


async def test_the_same_content_at_once_is_recorded_once(store: EventStore, store_url: str) -> None:
    async with await open_store(store_url) as other:
        digests = await asyncio.gather(
            *(record_content(one, "prompt", prompt) for one in (store, other) * 5)
        )
    assert set(digests) == {content_hash("prompt", prompt)}
    assert len(await read_all(store)) == 1


async def test_a_content_the_log_does_not_hold_is_named(store: EventStore, store_url: str) -> None:
    digest = content_hash("prompt", prompt)
    with pytest.raises(ContentNotFound, match=digest):
        await read_content(store, digest)
    await record_content(store, "prompt", prompt)
    async with await open_store(store_url, tenant="other") as other:
        with pytest.raises(ContentNotFound):
            await read_content(other, digest)


@pytest.mark.parametrize("content", [math.nan, {"a": [math.inf]}, b"x", {1: 2}, {1, 2}, object()])
async def test_what_is_not_json_is_refused(sqlite_url: str, content: Any) -> None:
    async with await open_store(sqlite_url) as store:
        with pytest.raises(InvalidEvent):
            await record_content(store, "prompt", content)
        assert await read_all(store) == []


async def test_a_content_that_could_not_be_recorded_is_tried_again(sqlite_url: str) -> None:
    async with await open_store(sqlite_url, max_event_bytes=100) as store:
        for _ in range(2):
            with pytest.raises(EventTooLarge):
                await record_content(store, "prompt", "x" * 200)
    async with await open_store(sqlite_url) as store:
        digest = await record_content(store, "prompt", "x" * 200)
        assert await read_content(store, digest) == "x" * 200

"""What can be stored, and what is refused before it reaches a database."""

from __future__ import annotations

import enum
import math
from collections import OrderedDict, UserDict
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import UUID

import asyncpg.pgproto.pgproto
import pytest

from retold.domain.event import NewEvent, check_stream_name
from retold.errors import AppendTooLarge, EventTooLarge, InvalidEvent, InvalidStreamName
from retold.store.append import Append
from retold.store.request import encode_event, encode_group, encode_request
from tests.store.events import ANY, event, event_id


class Colour(enum.Enum):
    RED = "red"


class Words(str):
    __slots__ = ()


def encode(**fields: Any) -> Any:
    return encode_event(event(**fields), "note-1", 1_000)


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"type": "nodots"}, "dotted lower case"),
        ({"type": "Turn.Started"}, "dotted lower case"),
        ({"type": "turn.started\n"}, "dotted lower case"),
        ({"type": None}, "dotted lower case"),
        ({"type": "a." + "b" * 254}, "longer than 255"),
        ({"schema_version": 0}, "whole number"),
        ({"schema_version": 2**31}, "whole number"),
        ({"schema_version": True}, "whole number"),
        ({"schema_version": "1"}, "whole number"),
        ({"data": None}, "its data is no mapping"),
        ({"data": [1]}, "its data is no mapping"),
        ({"metadata": "x"}, "its metadata is no mapping"),
        ({"data": {1: "x"}}, "its data is not JSON-native"),
        ({"data": {"x": b"bytes"}}, "its data is not JSON-native"),
        ({"data": {"x": {1, 2}}}, "its data is not JSON-native"),
        ({"data": {"x": Decimal(1)}}, "its data is not JSON-native"),
        ({"data": {"x": datetime(2025, 1, 1, tzinfo=UTC)}}, "its data is not JSON-native"),
        ({"data": {"x": Words("x")}}, "its data is not JSON-native"),
        ({"data": {"x": "\ud800"}}, "its data is not JSON-native"),
        ({"data": {"x": 2**64}}, "its data is not JSON-native"),
        ({"data": {"x": math.nan}}, "its data holds NaN"),
        ({"metadata": {"x": [{"y": (math.inf,)}]}}, "its metadata holds NaN"),
        ({"event_id": "0190"}, "its id '0190' is no UUID"),
        ({"causation_id": "0190"}, "its causation id '0190' is no UUID"),
        ({"correlation_id": ""}, "its correlation id '' is no printable text"),
        ({"correlation_id": "a\x00b"}, "is no printable text"),
        ({"correlation_id": "a" * 256}, "is no printable text"),
        ({"correlation_id": 7}, "is no printable text"),
        ({"metadata": {"session": "a\x00b"}}, "its metadata's session"),
        ({"metadata": {"session": "a" * 256}}, "its metadata's session"),
        ({"occurred_at": "2025-01-01"}, "is no datetime"),
        (
            {"occurred_at": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))},
            "outside the years",
        ),
        (
            {"occurred_at": datetime.max.replace(tzinfo=timezone(-timedelta(hours=12)))},
            "outside the years",
        ),
    ],
)
def test_what_no_log_can_hold_is_refused_by_name(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidEvent, match=told):
        encode(**fields)


def test_an_event_is_a_new_event() -> None:
    not_one: Any = {"type": "test.happened"}
    with pytest.raises(InvalidEvent, match="no NewEvent"):
        encode_event(not_one, "note-1", 1_000)


def test_an_id_stands_once_in_an_append() -> None:
    twice = event(event_id=event_id(1))
    request = [Append("note-1", [twice], ANY), Append("note-2", [event(), twice], ANY)]
    with pytest.raises(InvalidEvent, match=f"its id {event_id(1)} stands twice"):
        encode_request(request, 1_000)


@pytest.mark.parametrize("too_many", [0, 1])
def test_data_and_metadata_count_against_the_limit(too_many: int) -> None:
    # {"text":""} and {"m":""} take 19 bytes, an é two.
    data, metadata = {"text": "é" * 10}, {"m": "x" * (61 + too_many)}
    new = NewEvent(type="test.happened", data=data, metadata=metadata)
    if not too_many:
        encode_event(new, "note-1", 100)
        return
    with pytest.raises(EventTooLarge, match="'note-1' takes 101 bytes, the limit is 100") as raised:
        encode_event(new, "note-1", 100)
    assert (raised.value.size, raised.value.limit) == (101, 100)


def test_mappings_of_any_class_are_objects() -> None:
    for mapping in (OrderedDict(a=1), MappingProxyType({"a": 1})):
        assert encode(data=mapping).content[2] == '{"a":1}'


def test_enums_and_uuids_are_stored_as_value_and_text() -> None:
    data = {"colour": Colour.RED, "id": UUID(int=7)}
    assert (
        encode(data=data).content[2]
        == '{"colour":"red","id":"00000000-0000-0000-0000-000000000007"}'
    )


def test_an_id_of_a_drivers_own_class_becomes_a_plain_one() -> None:
    foreign = asyncpg.pgproto.pgproto.UUID(str(event_id(1)))
    encoded = encode(event_id=foreign, causation_id=foreign)
    assert encoded.event_id == encoded.content[5] == event_id(1).bytes
    assert type(encoded.event_id) is bytes


class Broken(UserDict[str, Any]):
    """A caller's mapping that fails when it is looked at."""

    def __getitem__(self, key: str) -> Any:
        raise RuntimeError(f"a caller's own fault at {key}")


def test_a_request_that_cannot_be_encoded_spoils_no_other() -> None:
    good = [Append("note-1", [event()], ANY)]
    bad = [Append("note-1", [event(data=Broken(a=1))], ANY)]
    encoded = encode_group([good, bad, good], 1_000)
    assert isinstance(encoded[1], RuntimeError)
    assert isinstance(encoded[0], tuple)
    assert isinstance(encoded[2], tuple)


@pytest.mark.parametrize(
    "name",
    [
        "note-1",
        "note-a-b-c",
        "note-Grüße aus Köln",
        "note-日本語",
        "note-🦆",
        "note--",
        "note-'; DROP TABLE events; --",
        "note-100%_?*[a]",
        "n_2-" + "x" * 251,
    ],
)
def test_a_stream_name_is_a_category_a_hyphen_and_an_id(name: str) -> None:
    assert check_stream_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "note",
        "note-",
        "-1",
        "Note-1",
        "1note-1",
        "no te-1",
        "note- 1",
        "note-1 ",
        "note-a\nb",
        "note-a\x00b",
        "note-a\u00a0b",
        "note-a\u202eb",
        "note-\ud800",
        "note-" + "x" * 251,
        None,
        b"note-1",
        7,
    ],
)
def test_another_name_is_refused_with_the_form_it_should_have(name: Any) -> None:
    with pytest.raises(InvalidStreamName, match="Use 'category-id'"):
        check_stream_name(name)


def test_an_append_of_too_many_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retold.store.request.most_append_bytes", 10_000)
    few = Append("note-1", [event("x" * 900) for _ in range(8)], ANY)
    encode_request([few], 1_000)
    many = Append("note-2", [event("x" * 900) for _ in range(4)], ANY)
    with pytest.raises(AppendTooLarge, match="more than the 10,000 that go into one") as raised:
        encode_request([few, many], 1_000)
    assert raised.value.events == 12
    assert raised.value.size is not None
    assert raised.value.size > 10_000

"""Nothing a value is or does makes the codec raise."""

from __future__ import annotations

import dataclasses
import sys
import threading
from datetime import datetime, tzinfo
from fractions import Fraction
from typing import Any, NoReturn
from unittest.mock import MagicMock

import pytest
from pydantic import SecretStr

from retold.store.codec import (
    JSONValue,
    OpaqueValue,
    UnknownValue,
    dumps,
    encoder,
    loads,
)
from tests.store.codec_values import (
    Account,
    Order,
    Point,
    codec,
    stranger,
    through_json,
)


def unprintable() -> object:
    class Unprintable:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    return Unprintable()


def with_failing_property() -> object:
    @dataclasses.dataclass
    class Moody:
        name: str

        def __getattribute__(self, name: str) -> Any:
            if name == "name":
                raise ZeroDivisionError
            return object.__getattribute__(self, name)

    return Moody("x")


def with_failing_zone() -> object:
    class Nowhere(tzinfo):
        def tzname(self, moment: datetime | None) -> None:
            return None

        def dst(self, moment: datetime | None) -> None:
            return None

        def utcoffset(self, moment: datetime | None) -> NoReturn:
            raise OSError("no zone")

    return datetime(2025, 1, 1, tzinfo=Nowhere())


def of_a_hostile_class() -> object:
    class Meta(type):
        def __eq__(cls, other: object) -> bool:
            raise RuntimeError("no")

        def __hash__(cls) -> int:
            raise RuntimeError("no")

        def __getattribute__(cls, name: str) -> Any:
            raise RuntimeError("no")

    return Meta("Hostile", (), {})()


def with_odd_names() -> object:
    return type("Odd\N{SNOWMAN}", (), {"__module__": "\0", "__repr__": lambda _: "\ud800\0"})()


class FailingItems(dict[str, int]):
    def __iter__(self) -> NoReturn:
        raise RuntimeError("no")

    def items(self) -> NoReturn:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "make",
    [
        object,
        unprintable,
        with_failing_property,
        with_failing_zone,
        of_a_hostile_class,
        MagicMock,
        lambda: MagicMock(spec=Order),
        threading.Lock,
        lambda: (number for number in range(3)),
        lambda: print,
        lambda: lambda: None,
        lambda: Point,
        lambda: sys,
        lambda: NotImplemented,
        lambda: Fraction(1, 3),
        lambda: range(3),
        with_odd_names,
    ],
)
def test_what_cannot_be_stored_is_described_and_the_rest_is_kept(make: Any) -> None:
    value = make()
    decoded = through_json({"before": (1,), "value": [value], "after": b"x"})
    assert (decoded["before"], decoded["after"]) == ((1,), b"x")
    stand_in = decoded["value"][0]
    assert isinstance(stand_in, OpaqueValue | UnknownValue)
    assert codec.encode([stand_in]) == loads(dumps(codec.encode([value]))) or "Mock" in repr(value)


def test_a_dict_that_misbehaves_is_read_past_its_own_methods() -> None:
    assert through_json(FailingItems(a=1)) == {"a": 1}


def test_representations_are_short_and_hold_no_addresses() -> None:
    class Wordy:
        def __repr__(self) -> str:
            return f"<Wordy at 0x7f00deadbeef {'x' * 5000}>"

    text = through_json(Wordy()).text
    assert len(text) == 1000
    assert text.startswith("<Wordy xxx")
    assert "0x" not in through_json(object()).text


def test_secrets_do_not_reach_the_log() -> None:
    values = [SecretStr("hunter2"), Account(key=SecretStr("hunter2"))]
    for by in (codec, stranger):
        written = dumps(by.encode(values))
        assert b"hunter2" not in written
        assert b"Account" in written


def test_what_contains_itself_is_cut_where_it_repeats() -> None:
    items: list[Any] = [1]
    items.append({"items": items})
    assert through_json(items) == [1, {"items": OpaqueValue("builtins.list", "<contains itself>")}]
    shared = [1]
    assert through_json([shared, shared]) == [[1], [1]]


def nested(levels: int, wrap: Any) -> Any:
    value: Any = "core"
    for _ in range(levels):
        value = wrap(value)
    return value


@pytest.mark.parametrize(
    ("wrap", "levels_each"),
    [
        (lambda value: [value], 1),
        (lambda value: {"a": value}, 1),
        (lambda value: (value,), 2),
        (lambda value: {1: value}, 3),
        (Point, 1),
        (ValueError, 2),
    ],
)
def test_nesting_is_kept_to_200_levels_and_cut_below(wrap: Any, levels_each: int) -> None:
    fitting = nested(200 // levels_each, wrap)
    assert dumps(codec.encode(through_json(fitting))) == dumps(codec.encode(fitting))
    assert b"nested deeper" not in dumps(codec.encode(fitting))
    deep = dumps({"data": {"event": codec.encode(nested(5000, wrap))}})
    assert b"nested deeper than 200 levels" in deep


def test_unregistered_nesting_is_cut_so_that_it_can_be_written() -> None:
    assert b"nested deeper" in dumps(stranger.encode(nested(900, Point)))


def test_json_of_any_depth_is_read() -> None:
    deep = loads(b"[" * 1000 + b"]" * 1000)
    assert isinstance(codec.decode(deep), list)
    tagged = loads(b'{"$":"acme.Gone","a":' * 1000 + b"1" + b"}" * 1000)
    decoded = codec.decode(tagged)
    assert isinstance(decoded, UnknownValue)
    assert decoded.record == tagged
    assert b"nested deeper" in dumps(codec.encode(decoded))


def test_a_stack_that_is_nearly_full_does_not_make_it_raise() -> None:
    value = nested(150, lambda inner: (inner, [inner] if inner == "core" else 1))

    def deep_down(levels: int) -> JSONValue:
        return deep_down(levels - 1) if levels else codec.encode(value)

    free = sys.getrecursionlimit() - len(__import__("inspect").stack())
    for room in (40, 80, 120, 160):
        assert isinstance(deep_down(free - room), dict)


def test_a_value_that_would_fill_the_disk_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "most_containers", 1000)
    value: list[Any] = []
    for _ in range(60):
        value = [value, value]
    assert len(dumps(codec.encode(value))) < 200_000

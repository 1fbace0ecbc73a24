"""What goes through the codec comes back as it was."""

from __future__ import annotations

import json
import math
import threading
from collections import OrderedDict, defaultdict, namedtuple
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path, PureWindowsPath
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from pydantic import HttpUrl

from retold.store.codec import (
    Codec,
    JSONValue,
    OpaqueValue,
    TypeRegistry,
    UnknownError,
    UnknownValue,
    dumps,
    loads,
)
from tests.examples import share
from tests.store.codec_values import (
    Color,
    Counted,
    Level,
    Numbers,
    Order,
    Point,
    ShopError,
    codec,
    json_leaves,
    json_values,
    keys,
    same,
    text_of_any_kind,
    through_json,
    values,
)


@given(values)
@settings(max_examples=share(400), suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_every_kind_of_value_comes_back_with_its_type(value: object) -> None:
    assert same(through_json(value), value)


@given(json_values)
@settings(max_examples=share(600), suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_json_is_read_without_error_and_written_again(value: JSONValue) -> None:
    decoded = codec.decode(value)
    again = codec.encode(decoded)
    assert same(codec.encode(through_json(decoded)), again)
    if isinstance(decoded, UnknownValue | UnknownError):
        assert again == value


@given(
    st.recursive(
        json_leaves | text_of_any_kind(),
        lambda inner: st.lists(inner) | st.dictionaries(keys.filter(lambda k: k != 0), inner),
        max_leaves=10,
    )
)
@settings(deadline=None)
def test_data_that_looks_like_records_comes_back_as_data(value: object) -> None:
    assert same(through_json(value), value)


@pytest.mark.parametrize(
    "data",
    [
        {"$": "dict", "items": [["a", 1]]},
        {"$": "shop.Point", "x": 1, "y": 2},
        {"$": "unregistered", "type": "subprocess.Popen", "kind": "dataclass", "fields": {}},
        {"$": "exception", "type": "builtins.SystemExit", "message": "", "args": []},
        {"$": None},
        {"__dataclass__": "subprocess.Popen", "data": {"args": ["touch", "x"]}},
        {"__bytes__": "x"},
        {"__event__": "ag2.events.types.ModelResponse"},
        {1: "a", "1": "b", None: "c", (1, 2): "d", 1.5: "e", b"k": "f"},
        {"a\0b": 1, "\ud800": 2},
        {},
    ],
)
def test_hostile_dicts_come_back_equal(data: dict[Any, Any]) -> None:
    assert same(through_json({"output": [data]}), {"output": [data]})


@pytest.mark.parametrize(
    "value",
    [
        10**5000,
        -(10**5000),
        2**64 - 1,
        2**64,
        -(2**63) - 1,
        float("nan"),
        -math.inf,
        -0.0,
        complex(math.nan, -math.inf),
        Decimal("sNaN"),
        Decimal("-0E+10"),
        "\0",
        "\ud800\udfff",
        "\U0001f600",
        datetime(2025, 10, 26, 2, 30, fold=1, tzinfo=timezone(timedelta(hours=1, seconds=7))),
        datetime(2025, 8, 1, 16, 18, tzinfo=UTC),
        time(23, 59, fold=1),
        UUID(int=0),
        Path("/data/\udcff"),
        PureWindowsPath("C:\\a\\b"),
        Point({1: (Point(None),)}, {Color.RED: frozenset({Level.HIGH})}),
        Order(id=1, placed=datetime(2025, 1, 1, tzinfo=UTC), color=Color.RED, tags=("a",),
              link=HttpUrl("https://example.com/x"), note="n"),
        Numbers([1, 2]),
    ],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_awkward_values_come_back_as_they_were(value: object) -> None:
    assert same(through_json(value), value)


def test_fields_that_a_constructor_does_not_take_come_back() -> None:
    counted = Counted(1)
    object.__setattr__(counted, "total", 9)
    assert through_json(counted) == counted
    assert through_json(counted).total == 9


def test_sets_are_written_in_one_order() -> None:
    # Small ints that share a slot of the table stand in the order they came in.
    one, other = {8, 0}, {0, 8}
    assert [*one] != [*other]
    assert codec.encode(one) == codec.encode(other) == {"$": "set", "items": [0, 8]}


def test_instances_of_subclasses_come_back_as_their_base() -> None:
    class Text(str):
        def __str__(self) -> str:
            return "lie"

    class Number(int):
        def __int__(self) -> int:
            return -1

    class Day(date):
        pass

    pair = namedtuple("pair", "a b")
    assert same(through_json(Text("truth")), "truth")
    assert same(through_json(Number(7)), 7)
    assert same(through_json(Day(2025, 1, 2)), date(2025, 1, 2))
    assert same(through_json(pair(1, 2)), (1, 2))
    assert same(through_json(OrderedDict(b=1, a=2)), {"b": 1, "a": 2})
    assert same(through_json(defaultdict(int, {"a": 1})), {"a": 1})
    assert same(through_json(memoryview(b"ab")), b"ab")


def test_scalars_of_numpy_are_numbers_and_arrays_are_opaque() -> None:
    numbers = [np.float64(1.5), np.int32(7), np.bool_(1), np.float64("nan")]
    assert same(through_json(numbers), [1.5, 7, True, math.nan])
    array = through_json(np.array([1, 2]))
    assert array == OpaqueValue("numpy.ndarray", "array([1, 2])")


@pytest.mark.parametrize(
    "error",
    [
        ValueError("bad", 7, (1, 2)),
        ValueError(),
        KeyError("missing"),
        FileNotFoundError(2, "No such file or directory", "a.txt"),
        OSError("plain"),
        OSError(28, "No space left on device", "a", None, "b"),
        ConnectionResetError(104, "reset"),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        SyntaxError("oops", ("f.py", 3, 1, "x x", 3, 4)),
        ImportError("no a", name="a", path="/a"),
        StopIteration(5),
        SystemExit(3),
        KeyboardInterrupt(),
        ExceptionGroup("two", [ValueError("a"), KeyError("b")]),
        ValueError("\0 and \ud800"),
        ValueError(object()),
        KeyError(threading.Lock()),
        ShopError(7, "sold out"),
        DeprecationWarning("old"),
        NotImplementedError,
    ],
    ids=lambda error: type(error).__name__,
)
def test_exceptions_keep_type_message_and_arguments(error: Any) -> None:
    error = error() if isinstance(error, type) else error
    error.add_note("seen in turn 3")
    decoded = through_json(error)
    assert type(decoded) is type(error)
    assert str(decoded) == str(error)
    assert decoded.__notes__ == ["seen in turn 3"]
    assert len(decoded.args) == len(error.args)


def test_attributes_of_known_exceptions_come_back() -> None:
    assert through_json(ShopError(7, "sold out")).order == 7
    missing = through_json(FileNotFoundError(2, "No such file", "a.txt"))
    assert (missing.errno, missing.filename) == (2, "a.txt")
    assert through_json(UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad")).object == b"\xff"
    group = through_json(ExceptionGroup("two", [ValueError("a"), ShopError(1, "b")]))
    assert [type(inner) for inner in group.exceptions] == [ValueError, ShopError]


def test_constructors_of_exceptions_are_not_run() -> None:
    class Loud(Exception):
        def __init__(self) -> None:
            raise AssertionError("constructed")

    registry = TypeRegistry()
    registry.register("shop.Loud", Loud)
    loud = Loud.__new__(Loud, "quiet")
    assert type(through_json(loud, Codec(registry))) is Loud
    assert str(through_json(loud, Codec(registry))) == "quiet"


def test_dumps_refuses_what_is_not_json() -> None:
    for value in (math.nan, [None, {"a": math.inf}]):
        with pytest.raises(ValueError, match="JSON has no"):
            dumps(value)  # type: ignore[arg-type]
    for wrong in ({1: 2}, b"x", "\ud800", 2**64, Point(1), datetime(2025, 1, 1, tzinfo=UTC)):
        with pytest.raises(TypeError):
            dumps(wrong)  # type: ignore[arg-type]
    assert dumps({"b": None, "a": "é"}) == '{"b":null,"a":"é"}'.encode()
    with pytest.raises(ValueError, match="end of data"):
        loads(b"{")
    assert json.loads(dumps(codec.encode(math.nan))) == {"$": "float", "value": "nan"}

"""What the codec does not know is kept to the letter, and nothing it names is run."""

from __future__ import annotations

import builtins
import importlib
import subprocess
import sys
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from typing import NoReturn

import pytest
from pydantic import HttpUrl

from retold.errors import TypeRegistrationError
from retold.store.codec import (
    Codec,
    JSONValue,
    OpaqueValue,
    TypeRegistry,
    UnknownError,
    UnknownValue,
    type_registry,
)
from tests.store.codec_values import (
    Color,
    Numbers,
    Order,
    Point,
    ShopError,
    codec,
    same,
    stranger,
    through_json,
)

here = Point.__module__


@pytest.mark.parametrize(
    "record",
    [
        {"$": "unregistered", "type": "subprocess.Popen", "kind": "dataclass",
         "fields": {"args": ["touch", "owned"]}},
        {"$": "unregistered", "type": "subprocess.Popen", "kind": "event", "fields": {}},
        {"$": "subprocess.Popen", "args": ["touch", "owned"]},
        {"$": "object", "type": "subprocess.Popen", "items": [["args", ["touch", "owned"]]]},
        {"$": "exception", "type": "subprocess.Popen", "message": "", "args": [["touch", "owned"]]},
        {"$": "exception", "type": "os.system", "message": "", "args": ["touch owned"]},
        {"$": "exception", "type": "builtins.exec", "message": "", "args": ["open('owned', 'w')"]},
    ],
)  # fmt: skip
def test_forged_records_import_and_run_nothing(
    record: dict[str, JSONValue], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*args: object, **kwargs: object) -> NoReturn:
        pytest.fail(f"called with {args} {kwargs}")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(type_registry, "import_module", refuse)
    monkeypatch.setattr(importlib, "import_module", refuse)
    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(builtins, "__import__", refuse)
    decoded = codec.decode(record)
    assert isinstance(decoded, UnknownValue | UnknownError)
    assert codec.encode(decoded) == record
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []


def test_unregistered_types_come_back_as_unknown_with_their_fields() -> None:
    when = datetime(2025, 1, 1, tzinfo=UTC)
    point = through_json(Point(1, when), stranger)
    assert point == UnknownValue(f"{here}.Point", "dataclass", {"x": 1, "y": when})
    color = through_json(Color.RED, stranger)
    assert color == UnknownValue(f"{here}.Color", "enum", {"name": "RED", "value": "red"})
    order = through_json(Order(id=1, placed=when, color=Color.RED), stranger)
    assert (order.kind, order.fields["placed"]) == ("model", when)
    assert (order.fields["color"], order.fields["double"]) == ("red", 2)
    for value in (Point(1, when), Color.RED, Numbers([1])):
        record = stranger.encode(value)
        assert stranger.encode(stranger.decode(record)) == record


def test_a_type_registered_later_reads_what_was_written_before() -> None:
    order = Order(id=1, placed=datetime(2025, 1, 1, tzinfo=UTC), color=Color.RED, note="n")
    for value in (Point(1, 2), Color.RED, order, Numbers([1])):
        record = stranger.encode(value)
        assert isinstance(stranger.decode(record), UnknownValue)
        assert same(codec.decode(record), value)


def test_names_that_no_database_stores_do_not_stop_the_reader() -> None:
    decoded = codec.decode([{"$": "acme.\ud800"}])[0]
    assert decoded == UnknownValue("acme.\ud800", "record", {})
    assert isinstance(through_json(decoded), OpaqueValue)


def test_unknown_values_can_be_members_and_keys() -> None:
    value = {Color.RED: {Color.RED}}
    decoded = through_json(value, stranger)
    assert [*decoded] == [stranger.decode(stranger.encode(Color.RED))]
    assert stranger.encode(decoded) == stranger.encode(value)


def test_a_name_nobody_knows_is_kept_to_the_letter() -> None:
    record: JSONValue = {
        "$": "acme.Gone", "when": {"$": "date", "iso": "2025-01-02"}, "parts": [{"$": "acme.Too"}],
    }  # fmt: skip
    decoded = codec.decode({"a": [record]})["a"][0]
    assert (decoded.type_name, decoded.kind) == ("acme.Gone", "record")
    assert decoded.fields["when"] == date(2025, 1, 2)
    assert codec.encode((decoded,)) == {"$": "tuple", "items": [record]}


@pytest.mark.parametrize(
    "record",
    [
        {"$": "bytes", "base64": "%%%"},
        {"$": "bytes", "base64": 5},
        {"$": "bytes"},
        {"$": "bytes", "base64": "", "more": 1},
        {"$": "int", "hex": "0xzz"},
        {"$": "int", "hex": 5},
        {"$": "datetime", "iso": "yesterday"},
        {"$": "datetime", "iso": "2025-01-01T00:00:00", "fold": 7},
        {"$": "timedelta", "days": "1", "seconds": 0, "microseconds": 0},
        {"$": "decimal", "text": "one"},
        {"$": "path", "flavour": "amiga", "text": "a"},
        {"$": "tuple", "items": "abc"},
        {"$": "tuple", "items": {"a": 1}},
        {"$": "set", "items": [1, 1]},
        {"$": "set", "items": [[]]},
        {"$": "dict", "items": ["ab"]},
        {"$": "dict", "items": [["a", 1], ["a", 2]]},
        {"$": "dict", "items": [[[], 1]]},
        {"$": "object", "type": 5, "items": []},
        {"$": "unregistered", "type": "a.B"},
        {"$": "unregistered", "type": "a.B", "kind": "model", "fields": []},
        {"$": "exception", "type": "builtins.ValueError", "message": 5, "args": []},
        {"$": "exception", "type": "builtins.ValueError", "message": "", "args": 5},
        {"$": "exception", "type": "builtins.ValueError", "message": "", "args": [], "notes": [1]},
        {"$": "opaque", "type": 5, "repr": ""},
        {"$": 5},
        {"$": {"$": "bytes"}},
    ],
)
def test_malformed_records_are_kept_to_the_letter(record: dict[str, JSONValue]) -> None:
    decoded = codec.decode(record)
    assert isinstance(decoded, UnknownValue)
    assert decoded.kind == "malformed"
    assert codec.encode([decoded]) == [record]


@pytest.mark.parametrize(
    "record",
    [
        {"$": "shop.Color", "value": "blue"},
        {"$": "shop.Point"},
        {"$": "shop.Point", "x": 1, "z": 2},
        {"$": "shop.Order", "id": "many"},
        {"$": "shop.ShopError", "order": 1},
    ],
)
def test_records_that_do_not_fit_their_type_are_kept_to_the_letter(
    record: dict[str, JSONValue],
) -> None:
    decoded = codec.decode(record)
    assert isinstance(decoded, UnknownValue)
    assert (decoded.type_name, decoded.kind) == (record["$"], "record")
    assert codec.encode([decoded]) == [record]


def test_exceptions_of_unknown_classes_keep_name_message_and_notes() -> None:
    error = ShopError(7, "sold out")
    error.add_note("seen")
    record = stranger.encode(error)
    decoded = stranger.decode(record)
    assert type(decoded) is UnknownError
    assert (decoded.type_name, str(decoded)) == (
        f"{here}.ShopError",
        "order 7: sold out",
    )
    assert decoded.__notes__ == ["seen"]
    assert stranger.encode([decoded]) == [record]
    assert same(codec.decode(record).args, error.args)


def test_records_of_unknown_values_are_written_only_if_they_are_json() -> None:
    forged = UnknownValue("a.B", "record", {}, {"$": "a.B", "x": object()})
    assert isinstance(through_json(forged), OpaqueValue)
    assert codec.encode(UnknownValue("a.B", "record", {"x": (1,)})) == {
        "$": "a.B", "x": {"$": "tuple", "items": [1]},
    }  # fmt: skip


def test_unknown_values_serialise_as_the_original_would() -> None:
    from pydantic_core import to_json  # noqa: PLC0415

    when = datetime(2025, 1, 1, tzinfo=UTC)
    order = Order(id=1, placed=when, color=Color.RED, link=HttpUrl("https://a.b/c"), note="n")
    for value in (
        Point(1, [Point(2)]),
        Color.RED,
        order,
        Numbers([1]),
        [order],
        {"k": Point(order)},
    ):
        assert to_json(through_json(value, stranger)) == to_json(value)


def test_registering_the_same_twice_is_a_no_op_and_anything_else_an_error() -> None:
    registry = TypeRegistry()
    registry.register("shop.Point", Point)
    registry.register("shop.Point", Point)
    with pytest.raises(TypeRegistrationError, match=r"as 'shop\.Point'"):
        registry.register("shop.Point", Color)
    with pytest.raises(TypeRegistrationError, match=r"registered as 'shop\.Point' already"):
        registry.register("shop.Dot", Point)
    with pytest.raises(TypeRegistrationError, match="joined by dots"):
        registry.register("Point", Color)
    with pytest.raises(TypeRegistrationError, match="give encode and decode"):
        registry.register("shop.Fraction", Fraction)
    with pytest.raises(TypeRegistrationError, match="not a class"):
        registry.register("shop.Nothing", "Point")  # type: ignore[arg-type]
    with pytest.raises(TypeRegistrationError, match="module:ClassName"):
        registry.register_lazy("shop.Fraction", "fractions.Fraction")


def test_any_class_can_be_registered_with_functions_and_aliases() -> None:
    registry = TypeRegistry()
    registry.register(
        "maths.Fraction",
        Fraction,
        encode=lambda value: {"over": value.numerator, "under": value.denominator},
        decode=lambda cls, fields: cls(fields["over"], fields["under"]),
        aliases=["maths.Ratio"],
    )
    maths = Codec(registry)
    assert maths.encode(Fraction(1, 3)) == {"$": "maths.Fraction", "over": 1, "under": 3}
    assert maths.decode({"$": "maths.Ratio", "over": 1, "under": 3}) == Fraction(1, 3)


def test_a_lazy_type_is_imported_when_first_read_and_found_when_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "lazy_shop.py").write_text(
        "import dataclasses\n@dataclasses.dataclass\nclass Item:\n    name: str\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    registry = TypeRegistry()
    registry.register_lazy("shop.Item", "lazy_shop:Item")
    lazy = Codec(registry)
    assert lazy.encode([Point(1)]) == stranger.encode([Point(1)])
    assert "lazy_shop" not in sys.modules
    item = lazy.decode({"$": "shop.Item", "name": "cup"})
    assert type(item) is sys.modules["lazy_shop"].Item
    assert lazy.encode(item) == {"$": "shop.Item", "name": "cup"}
    monkeypatch.delitem(sys.modules, "lazy_shop")


def test_a_lazy_type_that_is_not_installed_is_an_unknown_one() -> None:
    registry = TypeRegistry()
    registry.register_lazy("shop.Item", "no_such_package.items:Item")
    decoded = Codec(registry).decode({"$": "shop.Item", "name": "cup"})
    assert decoded == UnknownValue("shop.Item", "record", {"name": "cup"})
    assert registry.names() == {"shop.Item": "no_such_package.items:Item"}

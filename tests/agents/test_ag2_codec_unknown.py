"""Reading events runs nothing they name, and what is not known is kept."""

from __future__ import annotations

import dataclasses
import enum
import importlib
import subprocess
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import pytest
from ag2.events import (
    BaseEvent,
    BinaryInput,
    DataInput,
    ModelRequest,
    TextInput,
    ToolResult,
    ToolResultEvent,
    ToolResultsEvent,
    UnknownEvent,
)
from fast_depends.pydantic import PydanticSerializer
from hypothesis import HealthCheck, given, settings
from pydantic import BaseModel, HttpUrl, SecretStr

from retold.agents.codec import (
    decode_event,
    encode_event,
    event_codec,
    register_event_type,
    type_name_of,
)
from retold.errors import TypeRegistrationError
from retold.store.codec import JSONValue, UnknownValue, dumps, loads, type_registry
from tests.agents.alike import assert_alike, public_state, through_json
from tests.examples import share
from tests.store.codec_values import json_values


class OrderPlaced(BaseEvent):
    order: str
    lines: list[Any]


class OrderShipped(BaseEvent):
    order: str


class OrderRefused(BaseEvent):
    def __init__(self, order: str) -> None:
        super().__init__()
        self.order = order


class Carrier(enum.Enum):
    POST = "post"


@dataclasses.dataclass
class Parcel:
    weight: Decimal
    carrier: Carrier


class Address(BaseModel):
    street: str
    carrier: Carrier = Carrier.POST
    link: HttpUrl | None = None
    code: SecretStr = SecretStr("1234")


class OutOfStock(Exception):
    pass


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Registrations of a test are gone after it."""
    registry = event_codec.registry
    for name in ("_by_name", "_by_class", "_by_path"):
        monkeypatch.setattr(registry, name, dict(getattr(registry, name)))


def test_reading_a_tool_result_does_not_run_what_it_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    target = tmp_path / "owned"
    attacks: list[Any] = [
        {"__dataclass__": "subprocess.Popen", "data": {"args": ["touch", str(target)]}},
        {"__event__": "subprocess.Popen", "args": ["touch", str(target)]},
        {"__pydantic__": "subprocess.Popen", "data": {"args": ["touch", str(target)]}},
        {"__enum__": "os.system", "value": f"touch {target}"},
        {"__bytes__": "hello"},
        {"$": "subprocess.Popen", "args": ["touch", str(target)]},
        {"$": "unregistered", "type": "subprocess.Popen", "kind": "event",
         "fields": {"args": ["touch", str(target)]}},
    ]  # fmt: skip
    results = [ToolResultEvent(parent_id="c1", name="t", result=ToolResult(a)) for a in attacks]
    together = ToolResultEvent(parent_id="c1", name="t", result=ToolResult(attacks))
    history = ToolResultsEvent([*results, together])
    text = dumps(encode_event(history))

    def refuse(*args: object, **kwargs: object) -> NoReturn:
        pytest.fail(f"called with {args} {kwargs}")

    with monkeypatch.context() as patched:
        patched.setattr(type_registry, "import_module", refuse)
        patched.setattr(importlib, "import_module", refuse)
        patched.setattr(subprocess, "Popen", refuse)
        record = loads(text)
        assert isinstance(record, dict)
        decoded = decode_event(record)
        for forged in attacks:
            assert isinstance(decode_event(forged), UnknownEvent)
    assert_alike(decoded, history)
    assert isinstance(decoded, ToolResultsEvent)
    parts = [result.result.parts[0] for result in decoded.results]
    assert [part.data for part in parts if isinstance(part, DataInput)] == [*attacks, attacks]
    assert not target.exists()


@given(json_values)
@settings(max_examples=share(300), suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_json_object_is_read_as_an_event(value: JSONValue) -> None:
    record = value if isinstance(value, dict) else {"value": value}
    event = decode_event(record)
    assert isinstance(event, BaseEvent)
    assert type(event) is UnknownEvent
    assert encode_event(event) == record


def test_records_that_do_not_fit_their_event_are_kept_to_the_letter() -> None:
    for record in (
        {"$": "ag2.ModelResponse", "content": "a property without a setter"},
        {"$": "object", "type": "ag2.TextInput", "items": [[1, 2]]},
        {"$": "ag2.Usage", "prompt_tokens": 1},
        {"$": "ag2.NoSuchEvent", "parts": [{"$": "ag2.TextInput", "content": "hi"}]},
        {"$": 5, "a": 1},
        {"a": 1},
    ):
        event = decode_event(record)  # type: ignore[arg-type]
        assert type(event) is UnknownEvent
        assert encode_event(event) == record
    assert decode_event({"$": "ag2.Usage", "prompt_tokens": 1}) == UnknownEvent(
        type_name="ag2.Usage", data={"prompt_tokens": 1}
    )


def test_an_unknown_event_that_was_changed_is_recorded_as_changed() -> None:
    event = decode_event({"$": "acme.Gone", "a": 1})
    assert isinstance(event, UnknownEvent)
    assert type_name_of(event) == "acme.Gone"
    event.data["a"] = 2
    record = encode_event(event)
    assert (record["$"], record["type_name"], record["data"]) == (
        "ag2.UnknownEvent", "acme.Gone", {"a": 2},
    )  # fmt: skip


def test_events_nobody_registered_come_back_as_unknown_and_warn_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    event = OrderPlaced(order="o1", lines=[Parcel(Decimal("1.50"), Carrier.POST)])
    record = encode_event(event)
    assert encode_event(event) == record
    [warning] = [entry.getMessage() for entry in caplog.records]
    assert f"event_type='{__name__}.OrderPlaced'" in warning
    assert "register_event_type" in warning
    assert type_name_of(event) == f"{__name__}.OrderPlaced"
    decoded = decode_event(record)
    assert isinstance(decoded, UnknownEvent)
    assert (decoded.type_name, decoded.created_at) == (type_name_of(event), event.created_at)
    [parcel] = decoded.data["lines"]
    assert isinstance(parcel, UnknownValue)
    assert parcel.fields["weight"] == Decimal("1.50")
    assert encode_event(decoded) == record
    request = through_json(ModelRequest([event]))  # type: ignore[list-item]
    assert isinstance(request, ModelRequest)
    assert_alike(request.parts, [decoded])
    assert encode_event(request)["parts"] == [record]


@pytest.mark.usefixtures("own_registry")
def test_registered_types_of_a_user_come_back_and_so_do_older_records() -> None:
    error = OutOfStock("none left")
    address = Address(street="s", link=HttpUrl("https://example.com/"))
    event = OrderShipped(order="o1")
    vars(event).update(parcel=Parcel(Decimal("1.50"), Carrier.POST), error=error, to=address)
    older = encode_event(event)
    assert type(decode_event(older)) is UnknownEvent
    for cls in (OrderShipped, Parcel, Carrier, Address, OutOfStock):
        register_event_type(f"shop.{cls.__name__}", cls)
        register_event_type(f"shop.{cls.__name__}", cls)
    assert encode_event(event)["$"] == type_name_of(event) == "shop.OrderShipped"
    for decoded in (through_json(event), decode_event(older)):
        assert type(decoded) is OrderShipped
        state = public_state(decoded)
        assert state["parcel"] == Parcel(Decimal("1.50"), Carrier.POST)
        assert type(state["error"]) is OutOfStock
        assert (state["to"].link, state["to"].carrier) == (address.link, Carrier.POST)
        assert state["to"].code.get_secret_value() == "**********"


@pytest.mark.usefixtures("own_registry")
def test_an_event_its_constructor_does_not_take_back_stays_unknown() -> None:
    register_event_type("shop.OrderRefused", OrderRefused)
    record = encode_event(OrderRefused("o1"))
    decoded = decode_event(record)
    assert type(decoded) is UnknownEvent
    assert (decoded.type_name, decoded.data["order"]) == ("shop.OrderRefused", "o1")
    assert encode_event(decoded) == record


@pytest.mark.usefixtures("own_registry")
def test_names_that_would_not_last_are_refused() -> None:
    for name, cls, reason in (
        ("ag2.OrderPlaced", OrderPlaced, "are Retold's"),
        ("OrderPlaced", OrderPlaced, "joined by dots"),
        ("shop.Order placed", OrderPlaced, "joined by dots"),
        ("shop.Path", Path, "give encode and decode"),
        ("shop.Nothing", "OrderPlaced", "not a class"),
        ("shop.TextInput", TextInput, "registered as 'ag2.TextInput'"),
    ):
        with pytest.raises(TypeRegistrationError, match=reason):
            register_event_type(name, cls)  # type: ignore[arg-type]
    register_event_type("shop.OrderPlaced", OrderPlaced)
    with pytest.raises(TypeRegistrationError, match="belongs to"):
        register_event_type("shop.OrderPlaced", OrderShipped)
    with pytest.raises(TypeRegistrationError, match="already"):
        register_event_type("shop.Placed", OrderPlaced)


def test_the_model_is_sent_the_same_text_after_a_cold_read() -> None:
    address = Address(street="s", link=HttpUrl("https://example.com/"))
    outputs: list[Any] = [
        address,
        [Parcel(Decimal("1.50"), Carrier.POST), address],
        {"at": datetime(2025, 1, 1, tzinfo=UTC), "carrier": Carrier.POST, "t": (1, 2)},
        Carrier.POST,
        {"plain": [1, 2.5, None, True, "é"]},
        float("nan"),
    ]
    for output in outputs:
        cold = through_json(DataInput(output))
        assert isinstance(cold, DataInput)
        assert PydanticSerializer.encode(cold.data) == PydanticSerializer.encode(output)


def test_parts_of_unknown_types_are_not_wrapped() -> None:
    result = ToolResult(BinaryInput(b"x", media_type="a/b"))
    text = dumps(encode_event(ToolResultEvent(parent_id="c1", result=result)))
    later = text.replace(b"ag2.BinaryInput", b"ag2.HologramInput")
    stored = loads(later)
    assert isinstance(stored, dict)
    assert dumps(encode_event(decode_event(stored))) == later

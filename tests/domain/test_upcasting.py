"""Old forms of events become those of today; what cannot is refused by name."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from retold.domain.event import DomainEvent, EventRegistry, JsonObject, NewEvent
from retold.domain.upcaster import Form
from retold.domain.upcasting import Upcasters
from retold.errors import (
    FutureSchemaVersion,
    InvalidEventData,
    UnknownEventType,
    UpcasterRegistrationError,
    UpcastFailed,
)
from tests.domain.shop import (
    OrderPlaced,
    ParcelShipped,
    in_cents,
    recorded,
    shop_events,
    shop_upcasters,
    with_currency,
)

golden: list[dict[str, list[Any]]] = json.loads(
    (Path(__file__).parents[1] / "golden" / "shop_events.json").read_text()
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
json_objects = st.dictionaries(st.text(), json_values, max_size=4)


def adding(number: int) -> Callable[[JsonObject], JsonObject]:
    """Return a step that leaves a trace of itself."""
    return lambda data: {**data, "steps": [*data.get("steps", []), number]}


def same(data: JsonObject) -> JsonObject:
    return data


# What comes of a stored event -----------------------------------------------------------------


@pytest.mark.parametrize(
    "case", golden, ids=lambda case: f"{case['stored'][0]}-{case['stored'][1]}"
)
def test_an_event_of_an_earlier_release_is_read_as_it_always_was(
    case: dict[str, list[Any]],
) -> None:
    assert list(shop_upcasters().upcast(*case["stored"])) == case["today"]


@given(st.integers(1, 6), st.integers(1, 6), json_objects, json_objects, st.data())
def test_every_old_version_is_the_composition_of_the_steps_from_it(
    newest: int, renames_at: int, data: Any, metadata: Any, draw: st.DataObject
) -> None:
    upcasters = Upcasters()
    names = [
        "note.old" if version <= renames_at else "note.new" for version in range(1, newest + 1)
    ]
    for version in range(1, newest):
        upcasters.register(names[version - 1], version, adding(version), to_type=names[version])
    version = draw.draw(st.integers(1, newest))
    before = copy.deepcopy((data, metadata))
    found = upcasters.upcast(names[version - 1], version, data, metadata)
    steps = [adding(number) for number in range(version, newest)]
    expected = reduce(lambda form, step: dict(step(form)), steps, data)
    assert found == Form(names[-1], newest, expected, metadata)
    assert (data, metadata) == before
    # And what is of today stays so.
    again = upcasters.upcast(*found)
    assert again == found
    assert again.data is found.data


def test_an_event_of_today_is_handed_back_as_it_is() -> None:
    upcasters = shop_upcasters()
    for event in (
        recorded("shop.order_placed", 3, {"customer": "a"}),
        recorded("shop.unheard_of", 99, {}),
    ):
        assert upcasters.upcast_event(event) is event


def test_an_upcast_event_keeps_its_place_ids_times_and_digest() -> None:
    event = recorded("shop.order_made", 1, {"customer": "a", "total": 1.0}, {"desk": 1})
    found = shop_upcasters().upcast_event(event)
    assert (found.type, found.schema_version) == ("shop.order_placed", 3)
    changed = {"type", "schema_version", "data", "metadata"}
    for field in set(event._fields) - changed:
        assert getattr(found, field) == getattr(event, field), field


def test_an_upcaster_that_changes_what_it_is_given_does_not_change_the_event() -> None:
    def spoil(data: JsonObject) -> JsonObject:
        assert isinstance(data, dict)
        data["list"].append(2)
        del data["gone"]
        return data

    upcasters = Upcasters()
    upcasters.register("note.written", 1, spoil, metadata=spoil)
    stored = {"list": [1], "gone": {}}
    found = upcasters.upcast("note.written", 1, stored, stored)
    assert found == Form("note.written", 2, {"list": [1, 2]}, {"list": [1, 2]})
    assert stored == {"list": [1], "gone": {}}


# What cannot be read --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["shop.order_placed", "shop.order_made"])
def test_a_future_version_is_refused_by_name(name: str) -> None:
    with pytest.raises(FutureSchemaVersion) as refused:
        shop_upcasters().upcast_event(recorded(name, 4, {}))
    error = refused.value
    assert (error.event_type, error.schema_version, error.known) == (name, 4, 3)
    assert error.place == ("order-1", 4, recorded(name, 4, {}).event_id)
    assert f"The event at version 4 of 'order-1' (event {error.place.event_id})" in str(error)
    assert "Upgrade Retold" in str(error)
    with pytest.raises(FutureSchemaVersion, match=r"^An event of type .* up to 3\. The log is as"):
        shop_upcasters().upcast(name, 4, {}, {})


def test_a_version_of_a_renamed_type_that_never_was_is_refused() -> None:
    with pytest.raises(FutureSchemaVersion):
        shop_upcasters().upcast("shop.parcel_sent", 2, {}, {})
    with pytest.raises(UpcastFailed, match="there is no upcaster"):
        shop_upcasters().upcast("shop.parcel_shipped", 1, {}, {})


def test_a_step_that_raises_is_named_with_stream_version_and_event() -> None:
    event = recorded("shop.order_placed", 1, {"customer": "secret"})
    with pytest.raises(UpcastFailed) as failed:
        shop_upcasters().upcast_event(event)
    error = failed.value
    assert (error.event_type, error.schema_version) == ("shop.order_placed", 1)
    assert error.place == (event.stream, event.version, event.event_id)
    assert isinstance(error.__cause__, KeyError)
    for part in ("version 4 of 'order-1'", str(event.event_id), "KeyError"):
        assert part in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (None, "NoneType is no JSON object"),
        ([("a", 1)], "list is no JSON object"),
        ({"a": [datetime(2026, 1, 1, tzinfo=UTC)]}, "it holds datetime"),
        ({"a": {1: 2}}, "a key is no text but int"),
        ({"a": float("nan")}, "it holds NaN"),
        ({"a": {1, 2}}, "it holds set"),
    ],
)
@pytest.mark.parametrize("part", ["data", "metadata"])
def test_a_step_has_to_return_a_json_object(part: str, result: Any, reason: str) -> None:
    upcasters = Upcasters()
    functions: dict[str, Any] = {"data": same, "metadata": same} | {part: lambda _: result}
    upcasters.register("note.written", 1, functions["data"], metadata=functions["metadata"])
    with pytest.raises(UpcastFailed, match=reason):
        upcasters.upcast("note.written", 1, {}, {})


# What cannot be registered --------------------------------------------------------------------


def refuses(match: str) -> Any:
    return pytest.raises(UpcasterRegistrationError, match=match)


def test_a_chain_has_no_gap() -> None:
    upcasters = Upcasters()
    for start in (2, 0, -1):
        with refuses(f"nothing leads to version {start}"):
            upcasters.register("note.written", start, same)
    upcasters.register("note.written", 1, same)
    with refuses("nothing leads to version 3"):
        upcasters.register("note.written", 3, same)
    upcasters.register("note.written", 2, same)
    assert upcasters.current_version("note.written") == 3


def test_a_step_is_registered_once() -> None:
    upcasters = Upcasters()
    upcasters.register("note.written", 1, same)
    with refuses("another upcaster from version 1"):
        upcasters.register("note.written", 1, in_cents)


def test_a_renamed_type_goes_on_under_its_new_name_only() -> None:
    upcasters = Upcasters()
    upcasters.register("note.written", 1, same)
    upcasters.register("note.written", 2, same, to_type="note.taken")
    with refuses("nothing leads to version 3"):
        upcasters.register("note.written", 3, same)
    upcasters.register("note.taken", 3, same)
    assert upcasters.upcast("note.written", 1, {}, {})[:2] == ("note.taken", 4)
    with refuses("only that one can get another name"):
        upcasters.register("note.taken", 1, same, to_type="note.written")
    assert upcasters.current_name("note.written") == "note.taken"


def test_a_type_renamed_into_another_has_to_reach_its_newest_version() -> None:
    upcasters = Upcasters()
    upcasters.register("note.written", 1, same)
    upcasters.register("note.written", 2, same)
    upcasters.register("memo.written", 1, same, to_type="note.written")
    assert upcasters.upcast("memo.written", 1, {}, {})[:2] == ("note.written", 3)
    upcasters.register("slip.written", 1, same)
    upcasters.register("slip.written", 2, same)
    upcasters.register("slip.written", 3, same)
    with refuses("nothing leads from version 5 to its newest version 3"):
        upcasters.register("slip.written", 4, same, to_type="note.written")


def test_an_old_name_has_one_new_name_and_no_versions_of_its_own() -> None:
    upcasters = shop_upcasters()
    with refuses("it is an old name of 'shop.order_placed'"):
        upcasters.register("shop.order_made", 1, same)
    with refuses("it is an old name of 'shop.order_placed'"):
        upcasters.register("shop.parcel_shipped", 2, same, to_type="shop.order_made")
    with refuses("it stands for 'shop.order_placed'"):
        upcasters.aliases("shop.order_made", "shop.parcel_shipped")
    with refuses("it is a type of its own"):
        upcasters.aliases("shop.order_placed", "shop.order_made")
    for name in ("shop.order_made", "shop.parcel_sent"):
        with refuses("it is an old name of"):
            upcasters.declare(name, 1)
    upcasters.aliases("shop.order_made", "shop.order_placed")


def test_an_alias_never_leads_in_a_circle() -> None:
    upcasters = Upcasters()
    with refuses("it stands for"):
        upcasters.aliases("note.a", "note.a")
    upcasters.aliases("note.a", "note.b")
    with refuses("it stands for"):
        upcasters.aliases("note.b", "note.a")


def test_a_type_may_be_renamed_again_and_again() -> None:
    upcasters = Upcasters()
    upcasters.aliases("note.a", "note.b")
    upcasters.aliases("note.b", "note.c")
    upcasters.register("note.c", 1, adding(1), to_type="note.d")
    upcasters.aliases("note.z", "note.a")
    for name in ("note.a", "note.b", "note.c", "note.z"):
        assert upcasters.upcast(name, 1, {}, {}) == Form("note.d", 2, {"steps": [1]}, {})
    assert upcasters.stored_names(["note.d"]) == ("note.a", "note.b", "note.c", "note.d", "note.z")
    assert upcasters.stored_names(["note.b", "x.y"]) == (
        *("note.a", "note.b", "note.c", "note.d", "note.z"),
        "x.y",
    )


def test_an_alias_of_a_type_without_versions_keeps_the_version() -> None:
    upcasters = Upcasters()
    upcasters.aliases("note.a", "note.b")
    assert upcasters.upcast("note.a", 7, {"x": 1}, {}) == Form("note.b", 7, {"x": 1}, {})
    assert upcasters.current_version("note.a") is None


# Registries -----------------------------------------------------------------------------------


def test_two_registries_become_one() -> None:
    notes = Upcasters()
    notes.register("note.written", 1, adding(1))
    notes.aliases("note.made", "note.written")
    notes.declare("note.written", 2)
    both = shop_upcasters() | notes | notes
    assert both.upcast("note.made", 1, {}, {}) == Form("note.written", 2, {"steps": [1]}, {})
    assert list(both.upcast(*golden[0]["stored"])) == golden[0]["today"]
    assert both.current_version("note.written") == 2
    assert notes.current_version("shop.order_placed") is None


def test_registries_that_contradict_each_other_do_not_become_one() -> None:
    def one(do: Callable[[Upcasters], None]) -> Upcasters:
        upcasters = Upcasters()
        do(upcasters)
        return upcasters

    steps = one(lambda u: u.register("note.a", 1, same))
    other_steps = one(lambda u: u.register("note.a", 1, in_cents))
    declared = one(lambda u: u.declare("note.a", 1))
    alias = one(lambda u: u.aliases("note.a", "note.b"))
    other_alias = one(lambda u: u.aliases("note.a", "note.c"))
    for left, right in (
        (steps, other_steps),
        (declared, steps),
        (declared, alias),
        (steps, alias),
        (alias, other_alias),
    ):
        for first, second in ((left, right), (right, left)):
            with pytest.raises(UpcasterRegistrationError):
                first | second


def test_an_appendable_event_is_of_a_version_that_can_be_read_back() -> None:
    upcasters = shop_events().upcasters
    for version in (1, 2, 3):
        upcasters.check_appendable(
            NewEvent(type="shop.order_placed", data={}, schema_version=version)
        )
    upcasters.check_appendable(NewEvent(type="shop.unheard_of", data={}, schema_version=99))
    for name, version in (
        ("shop.order_placed", 4),
        ("shop.order_made", 4),
        ("shop.parcel_sent", 2),
    ):
        with pytest.raises(FutureSchemaVersion, match=r"^An event of type"):
            upcasters.check_appendable(NewEvent(type=name, data={}, schema_version=version))


# Typed events ---------------------------------------------------------------------------------


def test_the_registry_decodes_every_version_of_a_type() -> None:
    events = shop_events()
    expected = OrderPlaced(customer="Zoë", total_cents=1250, currency="EUR")
    assert events.decode(recorded(*golden[0]["stored"])) == expected
    assert events.decode(recorded("shop.parcel_sent", 1, {"parcel": "p"})) == ParcelShipped(
        parcel="p"
    )
    assert events.decode(recorded("shop.order_placed", 3, expected.model_dump())) == expected
    with pytest.raises(UnknownEventType):
        events.decode(recorded("shop.unheard_of", 1, {}))


def test_the_registry_refuses_a_future_version_by_name() -> None:
    with pytest.raises(FutureSchemaVersion, match="this code knows versions up to 3"):
        shop_events().decode(recorded("shop.order_placed", 4, {}))


def test_a_typed_event_is_not_made_of_another_version() -> None:
    with pytest.raises(FutureSchemaVersion, match="up to 3"):
        OrderPlaced.from_recorded(recorded("shop.order_placed", 4, {}))
    with pytest.raises(InvalidEventData, match="schema version 2 was not brought to 3"):
        OrderPlaced.from_recorded(recorded("shop.order_placed", 2, {"total_cents": 1}))


def test_a_class_is_registered_after_the_upcasters_that_lead_to_its_version() -> None:
    with refuses("its class is version 3, its upcasters lead to 1"):
        EventRegistry(OrderPlaced)
    upcasters = Upcasters()
    upcasters.register("shop.order_placed", 1, in_cents)
    with refuses("its class is version 3, its upcasters lead to 2"):
        EventRegistry(OrderPlaced, upcasters=upcasters)
    upcasters.register("shop.order_placed", 2, with_currency)
    registry = EventRegistry(OrderPlaced, upcasters=upcasters)
    with refuses("its class is version 3; raise that"):
        upcasters.register("shop.order_placed", 3, same)
    with refuses("its class is version 3; raise that"):
        upcasters.register("shop.order_placed", 3, same, to_type="shop.ordered")
    assert list(registry) == ["shop.order_placed"]


def test_a_class_that_cannot_be_registered_is_not() -> None:
    class Second(DomainEvent):
        type = "note.written"
        schema_version = 2

    registry = EventRegistry()
    with refuses("its class is version 2, its upcasters lead to 1"):
        registry.register(Second)
    assert "note.written" not in registry

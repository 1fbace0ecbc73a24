"""What others stored under the paths of AG2's homes is read by our stable names."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, cast

import ag2.events
import pytest
from ag2.events import ModelRequest, TextInput
from ag2.exceptions import HumanInputTimeoutError

from retold.agents import type_names
from retold.agents.codec import ag2_types, decode_event, encode_event, event_codec
from retold.errors import TypeRegistrationError
from retold.store.codec import Codec, JSONObject, type_path
from tests.agents.ag2_samples import samples
from tests.agents.alike import assert_alike

golden = Path(__file__).parents[1] / "golden" / "ag2_type_aliases.json"
frozen: dict[str, str] = json.loads(golden.read_text())
names = event_codec.registry.names()


def renamed_in(value: Any, home: str) -> Any:
    """Return a record with the types of AG2 called as in one of its homes."""
    if isinstance(value, list):
        return [renamed_in(item, home) for item in value]
    if not isinstance(value, dict):
        return value
    record = {key: renamed_in(item, home) for key, item in value.items()}
    for key in ("$", "type"):
        path = names.get(str(record.get(key)), "")
        if path.startswith("ag2."):
            record[key] = home + path.removeprefix("ag2").replace(":", ".")
    return record


def test_every_alias_of_an_earlier_release_is_understood() -> None:
    """One that is missing: AG2 moved a class; what is stored under its old path stays."""
    aliases = event_codec.registry.aliases()
    assert {alias: aliases.get(alias) for alias in frozen} == frozen


def test_every_frozen_name_still_leads_to_the_class_of_its_alias() -> None:
    registry = ag2_types()
    loaded = 0
    for alias, name in frozen.items():
        # Those of packages that are not installed lead nowhere, and are of no use to compare.
        if name in type_names.event_types and names[name].startswith("ag2.events:"):
            entry = registry.entry_named(alias)
            assert entry is not None, alias
            assert entry is registry.entry_named(name)
            assert entry.name == name
            loaded += 1
    assert loaded >= 52 * len(type_names.homes)


def test_no_alias_is_the_name_of_two_types() -> None:
    claimed = Counter(
        alias
        for name, path in names.items()
        for alias in {name, *type_names.aliases_of(path, path)}
    )
    assert [alias for alias, count in claimed.items() if count > 1] == []
    for alias, name in event_codec.registry.aliases().items():
        assert names.get(alias, names[name]) == names[name]


def test_every_type_of_ag2_has_an_alias_in_each_of_its_homes() -> None:
    aliases = event_codec.registry.aliases() | {name: name for name in names}
    own = {name: path for name, path in names.items() if path.startswith("ag2.")}
    for name, path in own.items():
        for home in type_names.homes:
            assert aliases[home + path.removeprefix("ag2").replace(":", ".")] == name
    others = {name for name in names if name not in own}
    assert others.isdisjoint(event_codec.registry.aliases().values())


def test_every_event_is_understood_as_each_of_the_homes_called_it() -> None:
    for event in samples():
        record = encode_event(event)
        for home in type_names.homes:
            foreign = renamed_in(record, home)
            assert foreign["$"] != record["$"]
            found = decode_event(foreign)
            assert_alike(found, decode_event(record))
            assert encode_event(found) == record, home


def test_the_name_that_ag2_itself_writes_is_understood() -> None:
    # ag2.events._serialization.qualified_name
    for event in samples():
        if names[str(encode_event(event)["$"])].startswith("ag2.events:"):
            entry = event_codec.registry.entry_named(type_path(type(event)))
            assert entry is not None
            assert entry.cls is type(event)


@pytest.mark.parametrize("home", type_names.homes)
def test_what_was_stored_before_it_had_a_stable_name_is_understood(home: str) -> None:
    record: JSONObject = {
        "$": "unregistered",
        "type": f"{home}.events.TextInput",
        "kind": "event",
        "fields": {"content": "hi", "metadata": {}, "created_at": 1.5},
    }
    event = decode_event(record)
    assert event == TextInput("hi")
    assert encode_event(event)["$"] == "ag2.TextInput"


@pytest.mark.parametrize("home", type_names.homes)
def test_an_exception_is_understood_as_each_of_the_homes_called_it(home: str) -> None:
    record = renamed_in(event_codec.encode(HumanInputTimeoutError(2.5)), home)
    assert home + ".exceptions" in json.dumps(record)
    error = event_codec.decode(record)
    assert isinstance(error, HumanInputTimeoutError)
    assert str(error) == str(HumanInputTimeoutError(2.5))


class PromptRequest(ModelRequest):
    """What AG2 may call its ModelRequest one day."""


def test_a_class_that_ag2_renames_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ag2.events, "PromptRequest", PromptRequest, raising=False)
    old = cast(JSONObject, event_codec.encode(ModelRequest([TextInput("hi")])))
    today = Codec(ag2_types({"ag2.ModelRequest": "ag2.events:PromptRequest"}))
    for name in ("ag2.ModelRequest", "ag2.events.ModelRequest", "autogen.events.ModelRequest"):
        event = today.decode({**old, "$": name})
        assert type(event) is PromptRequest
        assert event.parts == [TextInput("hi")]
        assert today.encode(event) == old
    assert today.registry.names()["ag2.ModelRequest"] == "ag2.events:PromptRequest"


def test_a_renamed_class_keeps_the_names_of_both() -> None:
    aliases = type_names.aliases_of("ag2.events:ModelRequest", "ag2.events:TextInput")
    for home in type_names.homes:
        for module in ("events", "events.input_events"):
            for cls in ("ModelRequest", "TextInput"):
                assert f"{home}.{module}.{cls}" in aliases
    # Two types of one name would be a mistake in the tables, and are one at import.
    with pytest.raises(TypeRegistrationError, match="belongs to"):
        ag2_types({"ag2.ModelRequest": "ag2.events:TextInput"})


def test_a_class_of_another_package_has_no_alias() -> None:
    path = "openai.types.responses:ResponseReasoningItem"
    assert type_names.aliases_of(path, path) == ()

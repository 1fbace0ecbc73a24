"""Every event AG2 has survives the log."""

from __future__ import annotations

import ast
import importlib
import json
import pkgutil
import subprocess
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import ag2
import pytest
from ag2.events import (
    BaseEvent,
    ModelRequest,
    TaskFailed,
    TextInput,
    ToolCallEvent,
    ToolCallsEvent,
    ToolErrorEvent,
    UnknownEvent,
)
from ag2.exceptions import HumanInputFailedError, HumanInputTimeoutError, ToolNotFoundError

from retold.agents import type_names
from retold.agents.codec import (
    decode_event,
    encode_event,
    event_codec,
    type_name_of,
)
from retold.store.codec import JSONObject, UnknownError, dumps, loads
from tests.agents.ag2_provider_samples import installed, provider_samples, provider_types
from tests.agents.ag2_samples import samples
from tests.agents.alike import assert_alike, public_state, through_json

golden_names = Path(__file__).parents[1] / "golden" / "ag2_type_names.json"


@pytest.mark.parametrize("event", samples(), ids=lambda event: type(event).__name__)
def test_events_come_back_with_every_field_and_its_type(event: BaseEvent) -> None:
    record = encode_event(event)
    assert record["$"] == type_name_of(event)
    text = dumps(record)
    assert b'"$":"opaque"' not in text
    assert b'"$":"unregistered"' not in text
    decoded = through_json(event)
    assert_alike(decoded, event)
    assert dumps(encode_event(decoded)) == text


@pytest.mark.parametrize("package", provider_samples)
def test_events_of_optional_packages_come_back_or_stay_unknown(package: str) -> None:
    if installed(package):
        for event in provider_samples[package]():
            test_events_come_back_with_every_field_and_its_type(event)
        return
    for name in provider_types[package]:
        record: JSONObject = {
            "$": name,
            "created_at": 1.5,
            "data": {"$": "bytes", "base64": "AA=="},
        }
        event = decode_event(record)
        assert event == UnknownEvent(type_name=name, data={"created_at": 1.5, "data": b"\0"})
        assert event.created_at == 1.5
        assert encode_event(event) == record


def test_samples_are_of_every_event_class() -> None:
    covered = {type_name_of(event) for event in samples()}
    covered.update(name for names in provider_types.values() for name in names)
    assert covered == set(type_names.event_types)


def test_type_names_are_those_of_the_golden_file() -> None:
    assert event_codec.registry.names() == json.loads(golden_names.read_text())


def test_every_importable_event_class_has_a_stable_name() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for module in pkgutil.walk_packages(ag2.__path__, "ag2.", onerror=lambda _: None):
            if not module.name.endswith("__main__"):
                import_if_installed(module.name)
    classes = [cls for cls in subclasses(BaseEvent) if cls.__module__.startswith("ag2.")]
    named = {cls: event_codec.registry.entry_for(cls) for cls in classes}
    assert [cls for cls, entry in named.items() if entry is None] == []
    assert len({entry.name for entry in named.values() if entry}) == len(classes) >= 78


def import_if_installed(name: str) -> ImportError | None:
    try:
        importlib.import_module(name)
    except ImportError as error:
        # An optional package, or a module of AG2's that no longer imports.
        return error
    return None


def subclasses(cls: type[Any]) -> Iterator[type[Any]]:
    for subclass in cls.__subclasses__():
        yield subclass
        yield from subclasses(subclass)


def test_every_event_class_in_the_sources_of_ag2_has_a_stable_name() -> None:
    bases: dict[str, set[str]] = {}
    for source in Path(ag2.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.ClassDef):
                found = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
                bases.setdefault(node.name, set()).update(found)
    events = {"BaseEvent"}
    while more := {name for name, of in bases.items() if of & events} - events:
        events |= more
    paths = event_codec.registry.names()
    assert events == {paths[name].rpartition(":")[2] for name in type_names.event_types}
    assert len(events) == len(type_names.event_types)


def test_every_stable_name_leads_to_a_class_unless_its_package_is_missing() -> None:
    missing = set()
    for name, path in event_codec.registry.names().items():
        module, _, qualified_name = path.partition(":")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            error = import_if_installed(module)
            entry = event_codec.registry.entry_named(name)
        if error is None:
            assert entry is not None, name
            assert (entry.name, entry.cls.__qualname__) == (name, qualified_name)
        else:
            assert entry is None
            # Other packages may have put something else below the same name, such as "google".
            package = getattr(error, "name", None) or str(error).partition(" ")[0]
            missing.add(package.partition(".")[0])
    assert missing <= {"a2a", "acp", "ag_ui", "ag-ui-protocol", "anthropic", "google", "mcp",
                       "typesafe_sdk", "uvicorn", "xai_sdk"}  # fmt: skip


def test_exceptions_of_ag2_keep_their_class_and_text() -> None:
    tried = 0
    for name in type_names.exception_types:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            entry = event_codec.registry.entry_named(name)
        # Those of MCP make their text of an object of their own; the samples have one.
        if entry is not None and not name.startswith("ag2.mcp."):
            error: Any = entry.cls.__new__(entry.cls)  # type: ignore[call-overload]
            error.args = ("why", 7)
            # Some make their text of these.
            vars(error).update(dict.fromkeys(("session_id", "max_sessions", "max_queued"), 5))
            vars(error)["max_active_prompts"] = 6
            decoded: Any = event_codec.decode(loads(dumps(event_codec.encode(error))))
            assert (decoded.args, str(decoded)) == (("why", 7), str(error))
            assert vars(decoded) == vars(error)
            assert type(decoded) is entry.cls
            tried += 1
    assert tried >= 44


def test_errors_of_tools_keep_type_text_and_attributes() -> None:
    call = ToolCallEvent("find", id="c1")
    for error in (ValueError("bad"), KeyError("k"), HumanInputTimeoutError(2.5)):
        event = through_json(ToolErrorEvent.from_call(call, error))
        assert isinstance(event, ToolErrorEvent)
        assert event == ToolErrorEvent.from_call(call, error)
        assert vars(event.error) == vars(error)
    failed = HumanInputFailedError(subprocess.SubprocessError("none left"))
    event = through_json(ToolErrorEvent.from_call(call, failed))
    assert isinstance(event, ToolErrorEvent)
    assert isinstance(event.error, HumanInputFailedError)
    cause = event.error.cause
    assert isinstance(cause, UnknownError)
    assert (cause.type_name, str(cause)) == ("subprocess.SubprocessError", "none left")


def test_a_failed_task_keeps_its_traceback() -> None:
    def fail() -> NoReturn:
        raise ToolNotFoundError("find")

    with pytest.raises(ToolNotFoundError) as caught:
        fail()
    event = TaskFailed(task_id="t", agent_name="a", objective="o", error=caught.value)
    record = encode_event(event)
    decoded = decode_event(record)
    assert isinstance(decoded, TaskFailed)
    assert "in fail" in decoded.content
    assert decoded.content == event.content
    assert encode_event(decoded) == record


def test_a_failed_task_without_an_error_is_kept() -> None:
    event = TaskFailed(task_id="t", agent_name="a", objective="o")  # type: ignore[call-arg]
    assert public_state(through_json(event)) == public_state(event)


def test_arguments_replaced_by_middleware_are_kept() -> None:
    event = ToolCallEvent("find", id="c1", arguments='{"a": 1}')
    assert "serialized_arguments" not in encode_event(event)
    assert event.serialized_arguments == {"a": 1}
    assert "serialized_arguments" not in encode_event(event)
    event.serialized_arguments = {"a": (2,)}
    decoded = through_json(event)
    assert isinstance(decoded, ToolCallEvent)
    assert (decoded.arguments, decoded.serialized_arguments) == ('{"a": 1}', {"a": (2,)})
    assert encode_event(decoded) == encode_event(event)


def test_arguments_that_are_no_json_are_kept() -> None:
    event = ToolCallEvent("find", id="c1", arguments='{"a": ')
    vars(event)["_mark_of_the_storage"] = 1
    decoded = through_json(ToolCallsEvent([event]))
    assert isinstance(decoded, ToolCallsEvent)
    assert decoded.calls[0].arguments == '{"a": '
    event.serialized_arguments = {"a": 1}
    repaired = through_json(event)
    assert isinstance(repaired, ToolCallEvent)
    assert repaired.serialized_arguments == {"a": 1}


def test_encoding_leaves_the_live_event_as_it_was() -> None:
    for event in samples():
        before = dict(vars(event))
        encode_event(event)
        assert {k: id(v) for k, v in vars(event).items()} == {k: id(v) for k, v in before.items()}


def test_extra_attributes_of_events_come_back() -> None:
    event = TextInput("hi")
    for name, value in {"trace": {1: b"x"}, "$": "dollar", "a b\0": None}.items():
        setattr(event, name, value)
    vars(event)["_private"] = "left out"
    request = through_json(ModelRequest([event]))
    assert isinstance(request, ModelRequest)
    assert public_state(request.parts[0]) == public_state(event)
    assert "_private" not in vars(request.parts[0])


def test_a_time_that_is_not_recorded_stays_unknown() -> None:
    event = decode_event({"$": "ag2.TextInput", "content": "hi", "metadata": {}})
    assert isinstance(event, TextInput)
    assert vars(event)["created_at"] is None
    assert vars(decode_event({"$": "acme.Gone"}))["created_at"] is None

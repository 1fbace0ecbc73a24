from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from ag2.events import (
    BaseEvent,
    BinaryInput,
    DataInput,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ObserverAlert,
    Severity,
    TextInput,
    ToolCallEvent,
    ToolCallsEvent,
    ToolErrorEvent,
    ToolResult,
    ToolResultEvent,
    ToolResultsEvent,
    Usage,
    UsageEvent,
)
from ag2.knowledge import MemoryKnowledgeStore
from ag2.knowledge.log import EventLogWriter

from retold.agents.codec import decode_event, encode_event
from retold.agents.type_names import data_types, event_types
from retold.domain.recording import ConversationStarted, EventRecorded
from retold.errors import MalformedRecord
from retold.importers import export_session, import_paths
from retold.importers.formats.ag2_events import AG2Log, AG2Redis
from retold.importers.reading.ag2_wire import stable_name
from retold.projections.models.session_list import SessionQuery, each_session
from retold.projections.models.session_summary import SessionSummary
from retold.projections.models.transcript import transcript
from retold.store import EventStore
from tests.importers.recordings import size_of, stored_events, write, write_lines

here = Path("a.json")


def conversation() -> list[BaseEvent]:
    """Return events of every kind of value AG2 stores."""
    call = ToolCallEvent("look", id="c1", arguments='{"at": 1}')
    wrong = ToolCallEvent("look", id="c2", arguments="{}")
    return [
        ModelRequest([TextInput("Where is it?"), BinaryInput(b"\x00\xff", media_type="image/png")]),
        ModelResponse(None, tool_calls=ToolCallsEvent([call, wrong])),
        ToolResultEvent(parent_id="c1", name="look", result=ToolResult("here", {"$": "str"})),
        ToolErrorEvent.from_call(wrong, ValueError("no such place")),
        ToolResultsEvent([]),
        UsageEvent(usage=Usage(prompt_tokens=12, completion_tokens=5)),
        ObserverAlert(source="watch", severity=Severity.WARNING, message="slow"),
        ModelRequest([DataInput({"$": "ag2.TextInput", "__uuid": None})]),
        ModelResponse(ModelMessage("It is here.")),
    ]


async def event_log(events: Iterable[BaseEvent]) -> str:
    """Return the log AG2 writes."""
    knowledge = MemoryKnowledgeStore()
    await EventLogWriter(knowledge).persist("stream-1", events)  # type: ignore[arg-type]
    written = await knowledge.read("/log/stream-1.jsonl")
    assert written is not None
    return written


async def redis_list(events: Iterable[BaseEvent]) -> list[str]:
    """Return the list AG2 keeps in Redis, as ``redis-cli --json LRANGE`` prints it.

    AG2's module for it needs the client of Redis; the one writer of both forms puts the same
    fields beside the type in a log, and under it in Redis.
    """
    logged = map(json.loads, (await event_log(events)).splitlines())
    return [json.dumps({"__event__": line["type"], **line["data"]}) for line in logged]


async def recorded(store: EventStore, session: str) -> list[EventRecorded]:
    events = await stored_events(store, session)
    return [EventRecorded.from_recorded(e) for e in events if e.type == EventRecorded.type]


async def only_row(store: EventStore) -> SessionSummary:
    (row,) = [row async for row in each_session(store, SessionQuery())]
    return row


async def check_it_is_what_retold_records(
    store: EventStore, session: str, events: list[BaseEvent]
) -> None:
    found = await recorded(store, session)
    assert [event.event for event in found] == [
        json.loads(json.dumps(encode_event(event))) for event in events
    ]
    assert [type(decode_event(event.event)) for event in found] == [type(e) for e in events]
    row = await only_row(store)
    assert (row.messages, row.tool_calls, row.tool_results, row.tool_errors) == (6, 2, 2, 1)
    assert (row.prompt_tokens, row.completion_tokens, row.open_calls) == (12, 5, ())
    entries = [(e.role, e.text) for e in transcript(await stored_events(store, session))]
    assert entries[1:4] == [("assistant", ""), ("tool", entries[2][1]), ("tool", entries[3][1])]
    assert entries[5][1] == "It is here."


async def test_a_stream_in_redis_becomes_the_events_retold_records(
    store: EventStore, tmp_path: Path
) -> None:
    events = conversation()
    document = await redis_list(events)
    path = write(tmp_path / "stream-1.json", document)
    report = await import_paths(store, [path])

    assert report.ok, report.errors
    started = ConversationStarted.from_recorded((await stored_events(store, "stream-1"))[0])
    assert (started.source, started.ag2_stream_id) == ("ag2-redis", None)
    await check_it_is_what_retold_records(store, "stream-1", events)
    assert await export_session(store, "stream-1", "source") == document
    assert (await import_paths(store, [path])).unchanged == 1


async def test_lines_or_a_list_of_objects_are_the_same_stream(
    store: EventStore, tmp_path: Path
) -> None:
    texts = await redis_list(conversation())
    events = [json.loads(text) for text in texts]
    write_lines(tmp_path / "lines.jsonl", *events)
    write(tmp_path / "objects.json", events)
    write(tmp_path / "texts.json", texts)
    report = await import_paths(store, [tmp_path])

    assert report.ok, report.errors
    found = [
        [event.event for event in await recorded(store, name)]
        for name in ("lines", "objects", "texts")
    ]
    assert found[0] == found[1] == found[2]
    assert await export_session(store, "lines", "source") == events


async def test_an_event_log_becomes_the_events_retold_records(
    store: EventStore, tmp_path: Path
) -> None:
    events = conversation()
    path = tmp_path / "stream-1.jsonl"
    path.write_text(await event_log(events))
    report = await import_paths(store, [path])

    assert report.ok, report.errors
    assert report.files[0].format == "ag2-log"
    await check_it_is_what_retold_records(store, "stream-1", events)
    exported = await export_session(store, "stream-1", "source")
    assert exported == [json.loads(line) for line in path.read_text().splitlines()]
    size = await size_of(store)
    assert (await import_paths(store, [path])).unchanged == 1
    assert await size_of(store) == size


async def test_it_comes_out_as_chat_messages_too(store: EventStore, tmp_path: Path) -> None:
    await import_paths(store, [write(tmp_path / "a.json", await redis_list(conversation()))])

    exported = await export_session(store, "a", "messages")
    assert [message["role"] for message in exported] == [
        "user",
        "assistant",
        "tool",
        "tool",
        "user",
        "assistant",
    ]


async def test_the_time_of_an_event_is_ag2_s(store: EventStore, tmp_path: Path) -> None:
    event = ModelRequest([TextInput("Hi")], created_at=1_700_000_000.25)
    await import_paths(store, [write(tmp_path / "a.json", await redis_list([event]))])

    started, request, closed = await stored_events(store, "a")
    assert request.occurred_at is not None
    assert request.occurred_at.isoformat() == "2023-11-14T22:13:20.250000+00:00"
    assert request.metadata["source_time"] == "1700000000.25"
    assert started.occurred_at is closed.occurred_at is None


@pytest.mark.parametrize("mark", ["__dataclass__", "__pydantic__", "__enum__", "__event__"])
async def test_nothing_that_stored_data_names_is_imported_or_run(
    store: EventStore, tmp_path: Path, mark: str
) -> None:
    trace = tmp_path / "it_ran"
    (tmp_path / "trap_module.py").write_text(f"open({str(trace)!r}, 'w')\nclass Trap: pass\n")
    bad = {
        mark: "subprocess.Popen",
        "value": "x",
        "data": {"args": ["touch", str(trace)]},
        "args": ["touch", str(trace)],
    }
    trap = {mark: "trap_module.Trap", "data": {}, "value": 1}
    event = {"__event__": "ag2.events.input_events.ModelRequest", "parts": [bad, trap]}
    logged = {"type": "trap_module.Trap", "data": {"created_at": 1.0, "x": bad}}
    redis = write(tmp_path / "redis.json", [event])
    log = write_lines(tmp_path / "log.jsonl", logged)
    sys.path.insert(0, str(tmp_path))
    try:
        report = await import_paths(store, [redis, log])
    finally:
        sys.path.remove(str(tmp_path))

    assert report.ok, report.errors
    assert not trace.exists()
    assert "trap_module" not in sys.modules
    (request,) = await recorded(store, "redis")
    assert request.event["parts"][0]["type"] == "subprocess.Popen"
    # Nor does the agents' codec build it when it reads the log.
    decode_event(request.event)
    assert not trace.exists()
    assert await export_session(store, "redis", "source") == [event]


def test_importing_loads_no_ag2() -> None:
    code = (
        "import sys, retold.importers.formats.ag2_events, retold.importers.loader; "
        "sys.exit(any(name.split('.')[0] == 'ag2' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_names_are_those_of_the_codec() -> None:
    """Of all classes in AG2's module of events, wherever in it they are defined."""
    checked = 0
    for name, path in (*event_types.items(), *data_types.items()):
        module, _, cls = path.partition(":")
        if module != "ag2.events":
            continue
        found = getattr(importlib.import_module(module), cls)
        defined = f"{found.__module__}.{found.__qualname__}"
        assert stable_name(defined) == name
        assert stable_name(defined.replace("ag2.", "autogen.beta.", 1)) == name
        checked += 1
    assert checked > 40
    assert stable_name("shop.events.OrderPlaced") is None
    assert stable_name("ag2.events") is None


async def test_a_class_of_elsewhere_keeps_its_path(store: EventStore, tmp_path: Path) -> None:
    event = {"__event__": "shop.OrderPlaced", "created_at": 1.5, "n": {"__uuid__": "0" * 32}}
    await import_paths(store, [write(tmp_path / "a.json", [event])])

    (placed,) = await recorded(store, "a")
    assert placed.event["$"] == "unregistered"
    assert (placed.event["type"], placed.event["kind"]) == ("shop.OrderPlaced", "event")
    assert placed.event["fields"]["created_at"] == 1.5
    assert placed.event["fields"]["n"]["$"] == "uuid"


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        ({"__event__": 3}, "$[1].__event__"),
        ({"__event__": "str"}, "$[1].__event__"),
        ({"__event__": "a b.C"}, "$[1].__event__"),
        ({"__event__": "a.B", "x": {"__bytes__": "?"}}, "$[1].x.__bytes__"),
        ({"__event__": "a.B", "x": [{"__uuid__": "?"}]}, "$[1].x[0].__uuid__"),
        ({"__event__": "a.B", "x": {"__dataclass__": "a.B", "data": 1}}, "$[1].x.data"),
        ({"__event__": "a.B", "x": {"__exception__": None}}, "$[1].x.__exception__"),
        ({"__event__": "a.B", "created_at": "now"}, "$[1].created_at"),
        ({"__event__": "a.B", "created_at": 1e14}, "$[1].created_at"),
        ({"event": "a.B"}, "$[1].__event__"),
        ('{"__event__": "a.B"', "$[1]"),
        (None, "$[1]"),
    ],
)
def test_a_malformed_event_of_a_stream_is_named(entry: Any, where: str) -> None:
    (error,) = AG2Redis().read([{"__event__": "a.B"}, entry], here)
    assert isinstance(error, MalformedRecord)
    assert str(error).startswith(f"a.json: {where}: ")


@pytest.mark.parametrize(
    ("entry", "where"),
    [
        ({"type": "a.B"}, "$[0].data"),
        ({"type": "a.B", "data": []}, "$[0].data"),
        ({"type": 3, "data": {}}, "$[0].type"),
        ({"type": "a.B", "data": {"x": {"__bytes__": 3}}}, "$[0].data.x.__bytes__"),
        ({"type": "a.B", "data": {"created_at": []}}, "$[0].data.created_at"),
    ],
)
def test_a_malformed_event_of_a_log_is_named(entry: Any, where: str) -> None:
    (error,) = AG2Log().read([entry], here)
    assert isinstance(error, MalformedRecord)
    assert str(error).startswith(f"a.json: {where}: ")


async def test_a_stream_with_a_broken_line_is_left_out_as_a_whole(
    store: EventStore, tmp_path: Path
) -> None:
    path = tmp_path / "a.jsonl"
    first, *rest = await redis_list(conversation())
    path.write_text("\n".join([first, first[:-3], *rest]))
    report = await import_paths(store, [path])

    assert "$[1]: expected an object, found a line that is no JSON" in str(report.errors[0])
    assert await size_of(store) == 0

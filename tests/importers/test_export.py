from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from retold.domain.event import DomainEvent
from retold.domain.recording import (
    ConversationStarted,
    EventRecorded,
    HistoryReplaced,
    HistorySpan,
    Parent,
    TurnStarted,
)
from retold.errors import ExportFormatUnavailable, SessionNotFound
from retold.importers import export_session, import_paths
from retold.store import EventStore
from retold.store.append import ExpectedVersion
from tests.importers.recordings import simulation, simulations, support_talk, trajectory, write

Payload = dict[str, Any]


def request(*parts: Payload) -> Payload:
    return {"$": "ag2.ModelRequest", "parts": list(parts)}


def text(content: str) -> Payload:
    return {"$": "ag2.TextInput", "content": content, "metadata": {}}


def response(content: str | None, *calls: Payload) -> Payload:
    message = None if content is None else {"$": "ag2.ModelMessage", "content": content}
    tool_calls = {"$": "ag2.ToolCallsEvent", "calls": list(calls)}
    return {"$": "ag2.ModelResponse", "message": message, "tool_calls": tool_calls}


def call(call_id: str, name: str = "look", arguments: str = '{"x":1}') -> Payload:
    return {"$": "ag2.ToolCallEvent", "id": call_id, "name": name, "arguments": arguments}


def result(call_id: str, content: str, kind: str = "ag2.ToolResultEvent") -> Payload:
    parts = [text(content)]
    return {"$": kind, "parent_id": call_id, "result": {"$": "ag2.ToolResult", "parts": parts}}


def results(*entries: Payload) -> Payload:
    return {"$": "ag2.ToolResultsEvent", "results": list(entries)}


async def record(store: EventStore, session: str, *events: DomainEvent | Payload) -> None:
    made = [
        (event if isinstance(event, DomainEvent) else EventRecorded(event=event)).to_new_event(
            metadata={"session": "talk"}
        )
        for event in (ConversationStarted(source="ag2"), *events)
    ]
    await store.append(f"conversation-{session}", made, expected_version=ExpectedVersion.NO_STREAM)


async def test_a_native_session_reads_as_chat_messages(store: EventStore) -> None:
    loose = result("b", "two", "ag2.ToolErrorEvent")
    await record(
        store,
        "talk",
        TurnStarted(turn="t"),
        request(text("Hello")),
        response(None, call("a"), call("b")),
        {"$": "ag2.ToolCallsEvent", "calls": [call("a"), call("b")]},
        call("a"),
        result("a", "one"),
        loose,
        results(result("a", "one"), loose),
        {"$": "ag2.UsageEvent", "usage": {"prompt_tokens": 5}},
        response("Done"),
    )

    assert await export_session(store, "talk", "messages") == [
        {"role": "user", "content": "Hello"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": name,
                    "type": "function",
                    "function": {"name": "look", "arguments": '{"x":1}'},
                }
                for name in "ab"
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "one"},
        {"role": "tool", "tool_call_id": "b", "content": "two"},
        {"role": "assistant", "content": "Done"},
    ]


async def test_results_of_one_id_answer_one_call_each(store: EventStore) -> None:
    await record(
        store,
        "talk",
        response(None, call("x")),
        results(result("x", "1")),
        response(None, call("x")),
        results(result("x", "2"), result("x", "3"), result("y", "4")),
    )

    messages = await export_session(store, "talk", "messages")
    assert isinstance(messages, list)
    assert [m["content"] for m in messages if m["role"] == "tool"] == ["1", "2"]


async def test_everything_said_is_exported_whatever_became_of_the_history(
    store: EventStore,
) -> None:
    await record(
        store,
        "talk",
        request(text("Hello")),
        response(None, call("a")),
        EventRecorded(event=request(text("a copy")), detached=True),
        EventRecorded(event=results(result("a", "interrupted")), detached=True),
        HistoryReplaced(spans=(HistorySpan(first=4, last=5),)),
        {"$": "ag2.DrainedModelRequest", "parts": [text("Still there?")]},
        response("", call("b")),
    )

    messages = await export_session(store, "talk", "messages")
    assert isinstance(messages, list)
    assert [(m["role"], m["content"]) for m in messages] == [
        ("user", "Hello"),
        ("assistant", None),
        ("tool", "interrupted"),
        ("user", "Still there?"),
        ("assistant", ""),
    ]


async def test_inputs_that_are_no_text_are_parts(store: EventStore) -> None:
    image = {"$": "ag2.UrlInput", "url": "http://x/a.png", "kind": "image"}
    data = {"$": "ag2.DataInput", "data": {"a": [1, None]}}
    file = {"$": "ag2.FileIdInput", "file_id": "f1"}
    await record(store, "talk", request(text("Look"), image, data, file), request(data), request())

    messages = await export_session(store, "talk", "messages")
    assert isinstance(messages, list)
    assert [m["content"] for m in messages] == [
        [
            {"type": "text", "text": "Look"},
            {"type": "image_url", "image_url": {"url": "http://x/a.png"}},
            {"type": "text", "text": '{"a":[1,null]}'},
            {"type": "text", "text": "[file f1]"},
        ],
        '{"a":[1,null]}',
        [],
    ]


async def test_events_hold_every_column_and_nested_conversations(store: EventStore) -> None:
    await record(store, "talk", request(text("Hello")))
    child = ConversationStarted(source="ag2", parent=Parent(stream="conversation-talk"))
    await record(store, "talk.child", child)

    events = await export_session(store, "talk", "events")
    assert isinstance(events, list)
    assert json.loads(json.dumps(events)) == events
    assert [(event["stream"], event["version"]) for event in events] == [
        ("conversation-talk", 1),
        ("conversation-talk", 2),
        ("conversation-talk.child", 1),
        ("conversation-talk.child", 2),
    ]
    recorded = [event async for event in store.read_stream("conversation-talk")]
    assert events[1] == {
        "position": recorded[1].position,
        "transaction_id": recorded[1].transaction_id,
        "stream": "conversation-talk",
        "version": 2,
        "event_id": str(recorded[1].event_id),
        "type": "conversation.event_recorded",
        "schema_version": 1,
        "data": recorded[1].data,
        "metadata": {"session": "talk"},
        "correlation_id": None,
        "causation_id": None,
        "occurred_at": None,
        "recorded_at": recorded[1].recorded_at.isoformat(),
        "tenant": "default",
        "digest": recorded[1].digest.hex(),
    }


async def test_an_imported_simulation_reads_as_chat_messages(
    store: EventStore, tmp_path: Path
) -> None:
    await import_paths(store, [write(tmp_path / "a.json", simulations(simulation()))])

    assert await export_session(store, "sim-1", "messages") == [
        {"role": "assistant", "content": "Hi!"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": name,
                    "type": "function",
                    "function": {"name": "look", "arguments": f'{{"x": {number}}}'},
                }
                for name, number in (("a", 1), ("b", 2))
            ],
        },
        {"role": "tool", "content": "2", "tool_call_id": "b"},
        {"role": "tool", "content": "!", "tool_call_id": "a"},
    ]


async def test_an_imported_trajectory_keeps_its_messages(store: EventStore, tmp_path: Path) -> None:
    await import_paths(store, [write(tmp_path / "a.json", [trajectory()])])

    assert await export_session(store, "0#0", "messages") == support_talk()
    assert await export_session(store, "0#0", "source") == trajectory()


async def test_a_native_session_has_no_source(store: EventStore) -> None:
    await record(store, "talk")
    with pytest.raises(ExportFormatUnavailable, match="it was not imported; use 'messages'"):
        await export_session(store, "talk", "source")


async def test_an_unknown_format_names_the_known_ones(store: EventStore) -> None:
    with pytest.raises(ExportFormatUnavailable, match="the formats are source, messages, events"):
        await export_session(store, "talk", "xml")


@pytest.mark.parametrize("session", ["none", "", " x", "x" * 400])
async def test_an_unknown_session_is_not_found(store: EventStore, session: str) -> None:
    with pytest.raises(SessionNotFound):
        await export_session(store, session, "events")

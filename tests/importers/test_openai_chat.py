from __future__ import annotations

import json
from pathlib import Path

import pytest

from retold.domain.recording import ConversationStarted, ImportedCall, ImportedResult
from retold.errors import MalformedRecord, UnreadableFile
from retold.importers import export_session, import_paths
from retold.importers.formats.openai_chat import OpenAIChat
from retold.store import EventStore
from tests.importers.recordings import (
    Message,
    chat,
    openai_call,
    openai_calls,
    openai_result,
    stored_events,
    stored_messages,
    support_talk,
    write,
    write_lines,
)


async def test_an_object_with_messages_becomes_a_session(store: EventStore, tmp_path: Path) -> None:
    document = chat(tools=[{"type": "function"}], id="talk-1")
    await import_paths(store, [write(tmp_path / "a.json", document)])

    events = await stored_events(store, "talk-1")
    started = ConversationStarted.from_recorded(events[0])
    assert (started.source, started.agent, started.tags) == ("openai-chat", None, {})
    assert [event.occurred_at for event in events] == [None] * 7
    messages = await stored_messages(store, "talk-1")
    assert [message.role for message in messages] == [
        "system",
        "user",
        "assistant",
        "tool",
        "assistant",
    ]
    # The form has no flag, and a text that reads like an error is no flag.
    assert messages[3].result == ImportedResult(name="get_order", call=0)
    assert await export_session(store, "talk-1", "source") == document
    assert await export_session(store, "talk-1", "messages") == document["messages"]


async def test_a_list_of_messages_is_a_session_named_by_its_file(
    store: EventStore, tmp_path: Path
) -> None:
    await import_paths(store, [write(tmp_path / "talk.json", support_talk())])

    assert len(await stored_messages(store, "talk")) == 5
    assert await export_session(store, "talk", "source") == support_talk()


async def test_a_line_is_a_session(store: EventStore, tmp_path: Path) -> None:
    lines = [chat(), support_talk(), chat(id=12)]
    report = await import_paths(store, [write_lines(tmp_path / "talks.jsonl", *lines)])

    assert report.files[0].imported == ("talks#0", "talks#1", "12")
    for session, line in zip(report.files[0].imported, lines, strict=True):
        assert await export_session(store, session, "source") == line


async def test_lines_of_messages_are_one_session(store: EventStore, tmp_path: Path) -> None:
    report = await import_paths(store, [write_lines(tmp_path / "talk.jsonl", *support_talk())])

    assert report.files[0].imported == ("talk",)
    assert await export_session(store, "talk", "source") == support_talk()


async def test_lines_are_known_by_their_content_too(store: EventStore, tmp_path: Path) -> None:
    report = await import_paths(store, [write_lines(tmp_path / "talks.txt", chat(), chat())])

    assert report.files[0].imported == ("talks#0", "talks#1")


async def test_a_broken_line_is_left_out_and_the_others_are_imported(
    store: EventStore, tmp_path: Path
) -> None:
    path = write_lines(tmp_path / "talks.jsonl", chat(), chat(), chat())
    first, second, third = path.read_text().splitlines()
    path.write_text("\n".join([first, second[:-9], "", third]))
    report = await import_paths(store, [path])

    assert report.files[0].imported == ("talks#0", "talks#2")
    (error,) = report.errors
    assert isinstance(error, MalformedRecord)
    assert error.record == "$[1]"
    assert "a line that is no JSON (it is cut off at line 1" in str(error)


async def test_lines_of_which_none_is_json_are_unreadable(
    store: EventStore, tmp_path: Path
) -> None:
    path = tmp_path / "talks.jsonl"
    path.write_text("{oops\n{again\n")
    report = await import_paths(store, [path])

    assert isinstance(report.files[0].error, UnreadableFile)
    assert "line 1, column 2" in str(report.files[0].error)


async def test_function_calls_of_the_form_before_tools(store: EventStore, tmp_path: Path) -> None:
    call = {"name": "look", "arguments": "{}"}
    talk = [
        {"role": "user", "content": "Look!", "name": "ann"},
        {"role": "assistant", "content": None, "function_call": call},
        {"role": "function", "name": "look", "content": "nothing"},
    ]
    await import_paths(store, [write(tmp_path / "talk.json", talk)])

    asked, called, result = await stored_messages(store, "talk")
    assert asked.name == "ann"
    assert called.calls == (ImportedCall(name="look", arguments="{}"),)
    assert result.result == ImportedResult(name="look", call=0)


async def test_calls_are_paired_in_order_although_ids_repeat(
    store: EventStore, tmp_path: Path
) -> None:
    talk = [
        openai_calls(openai_call("same"), openai_call("same")),
        openai_result("one", "same"),
        openai_result("two", "same"),
        openai_calls(openai_call("same")),
        openai_result("three", "same"),
    ]
    await import_paths(store, [write(tmp_path / "talk.json", talk)])

    answers = [m.result.call for m in await stored_messages(store, "talk") if m.result]
    assert answers == [0, 1, 2]


@pytest.mark.parametrize(
    ("message", "where"),
    [
        ({"content": "?"}, ".role"),
        ({"role": "user", "content": 7}, ".content"),
        ({"role": "assistant", "tool_calls": {}}, ".tool_calls"),
        ({"role": "assistant", "tool_calls": [{"id": "x"}]}, ".tool_calls[0].function"),
        ({"role": "assistant", "function_call": {"arguments": "{}"}}, ".function_call.name"),
        ({"role": "assistant", "function_call": "look"}, ".function_call"),
        ({"role": "tool", "content": "", "tool_call_id": 3}, ".tool_call_id"),
        ("Hi", ""),
    ],
)
def test_a_malformed_message_is_named(message: object, where: str) -> None:
    document = {"messages": [{"role": "user", "content": "Hi"}, message]}
    (error,) = OpenAIChat().read(document, Path("a.json"))
    assert isinstance(error, MalformedRecord)
    assert f"a.json: $.messages[1]{where}: " in str(error)


async def test_a_field_given_twice_is_refused(store: EventStore, tmp_path: Path) -> None:
    path = tmp_path / "talks.jsonl"
    twice = '{"messages": [{"role": "user", "content": "a", "content": "b"}]}'
    path.write_text(f"{twice}\n{json.dumps(chat())}\n")
    report = await import_paths(store, [path])

    assert report.files[0].imported == ("talks#1",)
    assert "$[0].messages[0].content: the field is given twice" in str(report.errors[0])


def test_a_recorded_call_is_no_conversation_of_this_form() -> None:
    recorded: Message = {"messages": support_talk(), "response": {}}
    assert not OpenAIChat().recognises([recorded])

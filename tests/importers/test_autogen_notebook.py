from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from retold.domain.recording import ConversationStarted, ImportedCall, ImportedResult, Parent
from retold.errors import EventTooLarge, ExportFormatUnavailable, MalformedRecord
from retold.importers import export_session, import_paths
from retold.importers.formats.autogen_notebook.chat_result import read_chat_results
from retold.importers.formats.autogen_notebook.notebook import AutoGenNotebook
from retold.importers.source import Usage
from retold.projections.models.session_list import SessionQuery, each_session
from retold.projections.models.session_summary import SessionSummary
from retold.projections.models.transcript import transcript
from retold.store import EventStore, open_store
from tests.importers.recordings import (
    answered,
    asked,
    begun,
    notebook,
    printed,
    said,
    shown,
    size_of,
    stored_events,
    stored_messages,
    write,
)

result = """ChatResult(chat_id=None, chat_history=[{'content': 'Soup?', 'role': 'assistant'},
 {'content': "It's ready.", 'role': 'user'}], summary="It's ready.", cost=({'total_cost': 0.5,
 'gpt-x': {'cost': 0.5, 'prompt_tokens': 30, 'completion_tokens': 4, 'total_tokens': 34}},
 {'total_cost': 0}), human_input=[])"""

dinner = (
    said("guest", "waiter", "Soup?")
    + begun("Is there soup?")
    + said("helper", "waiter", "Is there soup?")
    + asked("waiter", "helper", "c1", "look", "{}")
    + answered("helper", "waiter", "c1", "yes")
    + said("waiter", "guest", "It's ready.")
)


async def rows_of(store: EventStore) -> dict[str, SessionSummary]:
    rows = each_session(store, SessionQuery(nested=True))
    return {row.session: row async for row in rows}


async def test_a_cell_becomes_a_session_and_its_chats_nested_conversations(
    store: EventStore, tmp_path: Path
) -> None:
    path = write(tmp_path / "dinner.ipynb", notebook(dinner))
    report = await import_paths(store, [path])

    assert report.ok, report.errors
    assert report.files[0].imported == ("dinner#1",)
    own, nested = await stored_events(store, "dinner#1"), "dinner#1/chat-1"
    lines = [(entry.role, entry.name, entry.text) for entry in transcript(own)]
    assert lines[:-1] == [("user", "guest", "Soup?"), ("assistant", "waiter", "It's ready.")]
    started = ConversationStarted.from_recorded(own[0])
    assert (started.agent, started.tags) == ("waiter", {"notebook": "dinner", "cell": "1"})

    events = await stored_events(store, nested)
    begins = ConversationStarted.from_recorded(events[0])
    assert begins.parent == Parent(stream="conversation-dinner#1", objective="Is there soup?")
    assert events[0].causation_id == own[1].event_id
    assert events[0].metadata == {"session": "dinner#1"}
    messages = await stored_messages(store, nested)
    assert [message.role for message in messages] == ["user", "assistant", "tool"]
    assert messages[1].calls == (ImportedCall(name="look", id="c1", arguments="{}"),)
    assert messages[2].result == ImportedResult(call=0)
    assert messages[2].source["headers"] == 2
    rows = await rows_of(store)
    assert rows[nested].root_session == "dinner#1"
    assert (rows["dinner#1"].messages, rows[nested].messages) == (2, 3)


async def test_where_a_message_was_printed_is_kept(store: EventStore, tmp_path: Path) -> None:
    outputs: list[Any] = [
        printed("warning\n", "stderr"),
        said("a", "b", "1"),
        shown("7"),
        said("b", "a", "2"),
    ]
    await import_paths(store, [write(tmp_path / "n.ipynb", notebook(*outputs))])

    assert [message.source for message in await stored_messages(store, "n#1")] == [
        {"sender": "a", "recipient": "b", "headers": 1, "output": 1, "at": 0},
        {"sender": "b", "recipient": "a", "headers": 1, "output": 3, "at": 0},
    ]


async def test_a_message_printed_in_parts_is_one(store: EventStore, tmp_path: Path) -> None:
    text = said("a", "b", "one message")
    document = notebook(text[:30], printed("noise\n", "stderr"), text[30:])
    await import_paths(store, [write(tmp_path / "n.ipynb", document)])

    (message,) = await stored_messages(store, "n#1")
    assert message.content == "one message"


async def test_a_result_is_a_conversation_of_its_own_with_its_usage(
    store: EventStore, tmp_path: Path
) -> None:
    text = f"{{1: {result}, 2: {result}}}"
    await import_paths(store, [write(tmp_path / "n.ipynb", notebook(dinner, shown(text)))])

    rows = await rows_of(store)
    assert rows.keys() == {"n#1", "n#1/chat-1", "n#1/result-1", "n#1/result-2"}
    first = rows["n#1/result-1"]
    assert first.parent_stream == "conversation-n#1"
    assert (first.messages, first.prompt_tokens, first.completion_tokens) == (2, 30, 4)
    assert str(first.cost_usd) == "0.5"
    messages = await stored_messages(store, "n#1/result-1")
    assert [(m.role, m.content) for m in messages] == [
        ("assistant", "Soup?"),
        ("user", "It's ready."),
    ]
    # The session carries what is nested in it, as sessions of AG2 do.
    assert (rows["n#1"].prompt_tokens, rows["n#1"].completion_tokens) == (60, 8)


async def test_a_cell_comes_back_as_it_came(store: EventStore, tmp_path: Path) -> None:
    document = notebook(dinner, shown(result))
    path = write(tmp_path / "n.ipynb", document)
    await import_paths(store, [path])
    size = await size_of(store)

    assert await export_session(store, "n#1", "source") == document["cells"][1]
    again = await import_paths(store, [path])
    assert (again.imported, again.unchanged) == (0, 1)
    assert await size_of(store) == size
    with pytest.raises(ExportFormatUnavailable, match="it is part of 'n#1', whose source holds it"):
        await export_session(store, "n#1/chat-1", "source")
    chat = await export_session(store, "n#1/chat-1", "messages")
    assert [message["role"] for message in chat] == ["user", "assistant", "tool"]
    assert chat[2]["tool_call_id"] == "c1"
    exported = await export_session(store, "n#1", "events")
    assert {event["stream"] for event in exported} == {
        "conversation-n#1",
        "conversation-n#1/chat-1",
        "conversation-n#1/result-1",
    }


async def test_the_program_around_is_recorded_once(store: EventStore, tmp_path: Path) -> None:
    document = notebook(dinner)
    document["cells"].append(document["cells"][1])
    report = await import_paths(store, [write(tmp_path / "n.ipynb", document)])

    assert report.files[0].imported == ("n#1", "n#2")
    origins = [
        ConversationStarted.from_recorded((await stored_events(store, session))[0]).origin
        for session in report.files[0].imported
    ]
    (digest,) = {origin.shared["file"] for origin in origins if origin}
    (content,) = [event async for event in store.read_stream(f"content-{digest}")]
    program = {name: v for name, v in document["cells"][0].items() if name != "outputs"}
    assert content.data["content"]["cells"] == [program, None, None]


async def test_no_time_and_no_usage_is_invented(store: EventStore, tmp_path: Path) -> None:
    await import_paths(store, [write(tmp_path / "n.ipynb", notebook(dinner))])

    for session in ("n#1", "n#1/chat-1"):
        events = await stored_events(store, session)
        assert {event.occurred_at for event in events} == {None}
    assert {row.prompt_tokens for row in (await rows_of(store)).values()} == {None}


async def test_a_cell_that_cannot_be_read_is_named_and_the_others_go_on(
    store: EventStore, tmp_path: Path
) -> None:
    document = notebook(dinner)
    document["cells"].append({"outputs": [shown(result[:-30])]})
    report = await import_paths(store, [write(tmp_path / "n.ipynb", document)])

    assert report.files[0].imported == ("n#1",)
    (error,) = report.errors
    assert isinstance(error, MalformedRecord)
    assert (error.record, error.field) == ("$.cells[2].outputs[0]", "data")
    assert "the ChatResult cannot be read (line" in str(error)


async def test_two_imports_at_once_add_each_conversation_once(
    store_url: str, tmp_path: Path
) -> None:
    document = notebook(dinner, shown(result))
    document["cells"] += [document["cells"][1]] * 9
    path = write(tmp_path / "n.ipynb", document)
    async with await open_store(store_url) as one, await open_store(store_url) as two:
        reports = await asyncio.gather(import_paths(one, [path]), import_paths(two, [path]))

        assert all(report.ok for report in reports)
        assert sum(report.imported for report in reports) == 10
        assert sum(report.unchanged for report in reports) == 10
        assert len(await rows_of(one)) == 30


async def test_with_one_nested_chat_too_large_nothing_is_written(
    sqlite_url: str, tmp_path: Path
) -> None:
    # The cell has the text twice: as it came, and in the message of the nested chat.
    long = said("helper", "waiter", "x" * 5_000)
    path = write(tmp_path / "n.ipynb", notebook(said("a", "b", "1"), begun(), long))
    async with await open_store(sqlite_url, max_event_bytes=5_000) as store:
        report = await import_paths(store, [path])

        assert isinstance(report.errors[0], EventTooLarge)
        assert report.files[0].failed[0].session == "n#1"
        assert await size_of(store) == 0


async def test_a_notebook_without_any_run_is_of_no_known_form(
    store: EventStore, tmp_path: Path
) -> None:
    document = notebook("x (to y) 3\n", shown("'ChatResult(1)'"))
    report = await import_paths(store, [write(tmp_path / "n.ipynb", document)])

    assert report.imported == 0
    assert "it holds an object with 'cells'" in str(report.errors[0])


@pytest.mark.parametrize(
    ("outputs", "where"),
    [
        ([printed(dinner), 3], "$.cells[1].outputs[1]"),
        ([printed(dinner), printed("x") | {"text": None}], "$.cells[1].outputs[1].text"),
        ([printed(dinner), printed("x") | {"text": ["a", 1]}], "$.cells[1].outputs[1].text"),
        (
            [shown("ChatResult(chat_history=[{'role': 3}])")],
            "$.cells[1].outputs[0].data[0].role",
        ),
        ([shown("ChatResult(chat_history=[3])")], "$.cells[1].outputs[0].data[0]"),
        ([shown("ChatResult(chat_history=None)")], "$.cells[1].outputs[0].data"),
    ],
)
def test_a_malformed_output_is_named(outputs: list[Any], where: str) -> None:
    (error,) = AutoGenNotebook().read(notebook(*outputs), Path("n.ipynb"))
    assert isinstance(error, MalformedRecord)
    assert str(error).startswith(f"n.ipynb: {where}: ")


# Results ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "ChatResult(chat_history=[__import__('os').system('true')])",
        "ChatResult(chat_history=open('x').read())",
        "ChatResult(chat_history=[x for x in ()])",
        "ChatResult(chat_history=[], cost=(lambda: 1)())",
    ],
)
def test_nothing_in_a_result_is_evaluated(text: str) -> None:
    with pytest.raises(ValueError, match="no literal"):
        read_chat_results(text)


@pytest.mark.parametrize("text", ["ChatResult(", "ChatResult(a=)", "[" * 5000, "ChatResult(\0)"])
def test_what_is_no_python_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"line|nested|null|source"):
        read_chat_results(text)


@pytest.mark.parametrize(
    ("cost", "usage"),
    [
        ("None", Usage()),
        ("({'total_cost': 0}, {'total_cost': 0})", Usage(cost_usd=0.0)),
        ("({'total_cost': True, 'm': {'prompt_tokens': True}},)", Usage()),
        ("({'total_cost': 1e999, 'm': {'prompt_tokens': -1}},)", Usage()),
        (
            """{'usage_including_cached_inference': {'total_cost': 0.5, 'n': {'prompt_tokens': 4},
            'm': {'cost': 0.5, 'prompt_tokens': 3, 'completion_tokens': 1}}}""",
            Usage(prompt_tokens=7, completion_tokens=1, cost_usd=0.5),
        ),
        ("3", Usage()),
    ],
)
def test_usage_is_what_the_result_says_and_else_unknown(cost: str, usage: Usage) -> None:
    (read,) = read_chat_results(f"ChatResult(chat_history=[], cost={cost})")
    assert read.usage == usage


def test_other_values_are_no_results() -> None:
    assert read_chat_results("[1, {'a': Other(3)}]") == []

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from retold.domain.recording import ConversationClosed, ImportedCall, ImportedResult
from retold.errors import MalformedRecord
from retold.importers import export_session, import_paths
from retold.importers.formats.llm_recording import LLMRecording
from retold.projections.models.session_list import SessionQuery, each_session
from retold.store import EventStore
from tests.importers.recordings import llm_call, stored_events, stored_messages, write


async def test_each_call_becomes_a_session(store: EventStore, tmp_path: Path) -> None:
    path = write(tmp_path / "maths.session.json", [llm_call(), llm_call("4")])
    report = await import_paths(store, [path])

    assert report.files[0].imported == ("maths.session#0", "maths.session#1")
    messages = await stored_messages(store, "maths.session#0")
    assert [(m.role, m.content) for m in messages] == [
        ("system", "Be brief."),
        ("user", ["Two and", "two?"]),
        ("assistant", "Four."),
    ]
    assert [(m.prompt_tokens, m.completion_tokens) for m in messages] == [
        (None, None),
        (None, None),
        (11, 2),
    ]
    assert messages[2].source["cached"] is False
    events = await stored_events(store, "maths.session#0")
    assert ConversationClosed.from_recorded(events[-1]).reason == "stop"
    assert {event.occurred_at for event in events} == {None}
    assert await export_session(store, "maths.session#1", "source") == llm_call("4")


async def test_a_request_that_repeats_is_kept_as_often_as_it_was_sent(
    store: EventStore, tmp_path: Path
) -> None:
    path = write(tmp_path / "maths.json", [llm_call(), llm_call(), llm_call()])
    for _ in range(2):
        report = await import_paths(store, [path])
        assert report.ok, report.errors

    rows = [row async for row in each_session(store, SessionQuery())]
    assert len(rows) == 3
    assert {row.tags["call"] for row in rows} == {"0", "1", "2"}
    assert sum(row.prompt_tokens or 0 for row in rows) == 33


async def test_calls_and_results_of_tools(store: EventStore, tmp_path: Path) -> None:
    asked = {"id": "c1", "name": "look", "arguments": "{}"}
    answered = {"content": "!", "call_id": "c1", "name": "look", "is_error": True}
    call = llm_call(
        messages=[
            {"type": "AssistantMessage", "content": [asked], "source": "a"},
            {"type": "FunctionExecutionResultMessage", "content": [answered]},
        ]
    )
    call["response"]["content"] = [asked | {"id": "c2"}]
    await import_paths(store, [write(tmp_path / "a.json", [call])])

    first, result, last = await stored_messages(store, "a#0")
    assert first.calls == (ImportedCall(name="look", id="c1", arguments="{}"),)
    assert result.result == ImportedResult(name="look", call=0, error=True)
    assert last.calls == (ImportedCall(name="look", id="c2", arguments="{}"),)
    assert await export_session(store, "a#0", "source") == call


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ({"messages": None}, ".messages"),
        ({"messages": [{"content": "?"}]}, ".messages[0].type"),
        ({"messages": [{"type": "UserMessage", "content": 3}]}, ".messages[0].content"),
        ({"response": "Four."}, ".response"),
        ({"response": {"content": {}}}, ".response.content"),
        ({"response": {"usage": {"prompt_tokens": -1}}}, ".response.usage.prompt_tokens"),
        ({"response": {"cached": "no"}}, ".response.cached"),
        ({"response": {"content": [{"name": 1, "arguments": ""}]}}, ".response.content[0].name"),
    ],
)
def test_a_malformed_call_is_named_and_the_others_go_on(more: Any, where: str) -> None:
    read = list(LLMRecording().read([llm_call(**more), llm_call(), 7], Path("a.json")))
    assert [isinstance(entry, MalformedRecord) for entry in read] == [True, False, True]
    assert str(read[0]).startswith(f"a.json: $[0]{where}: ")


async def test_unknown_usage_stays_unknown(store: EventStore, tmp_path: Path) -> None:
    call = llm_call(response={"content": "Four."})
    await import_paths(store, [write(tmp_path / "a.json", [call])])

    (row,) = [row async for row in each_session(store, SessionQuery())]
    assert (row.prompt_tokens, row.completion_tokens, row.cost_usd) == (None, None, None)
    assert row.end_reason is None

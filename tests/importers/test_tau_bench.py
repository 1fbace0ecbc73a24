from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from retold.domain.recording import ConversationStarted, ImportedCall, ImportedResult
from retold.errors import MalformedRecord
from retold.importers import import_paths
from retold.importers.formats.tau_bench import TauBench
from retold.importers.source import SourceConversation, SourceMessage
from retold.store import EventStore
from tests.importers.recordings import (
    openai_call,
    openai_calls,
    openai_result,
    stored_events,
    stored_messages,
    support_talk,
    trajectory,
    write,
)

here = Path("recording.json")


def read(*entries: Any) -> list[SourceConversation | Exception]:
    return list(TauBench().read(list(entries), here))


async def test_a_trajectory_becomes_a_session(store: EventStore, tmp_path: Path) -> None:
    await import_paths(store, [write(tmp_path / "t.json", [trajectory(3)])])

    events = await stored_events(store, "3#0")
    assert [event.type for event in events] == [
        "conversation.started",
        *["conversation.message_imported"] * 5,
        "conversation.closed",
    ]
    for event in events:
        assert event.metadata == {"session": "3#0"}
        assert event.correlation_id == "3#0"
        assert event.occurred_at is None
    started = ConversationStarted.from_recorded(events[0])
    assert started.source == "tau-bench"
    assert started.agent is None
    assert started.subject is None
    assert started.tags == {"task": "3", "trial": "0"}
    assert started.origin is not None
    assert (started.origin.file, started.origin.record) == ("t.json", "$[0]")
    assert "reason" not in events[-1].data


async def test_what_the_form_does_not_say_stays_unknown(store: EventStore, tmp_path: Path) -> None:
    await import_paths(store, [write(tmp_path / "t.json", [trajectory()])])

    for event in (await stored_events(store, "0#0"))[1:-1]:
        assert not {"prompt_tokens", "completion_tokens", "cost_usd"} & event.data.keys()
        assert "error" not in event.data.get("result", {})


async def test_a_result_that_starts_with_error_is_a_derived_error(
    store: EventStore, tmp_path: Path
) -> None:
    contents: list[Any] = ["Error: no", "An Error", "error: no", None, ["Error"]]
    traj = [m for c in contents for m in (openai_calls(openai_call()), openai_result(c))]
    await import_paths(store, [write(tmp_path / "t.json", [trajectory(0, traj)])])

    results = [m.result for m in await stored_messages(store, "0#0") if m.result is not None]
    assert [(r.error, r.derived_error) for r in results] == [
        (None, True),
        (None, False),
        (None, False),
        (None, False),
        (None, False),
    ]


async def test_calls_and_results_of_one_id_are_paired_in_order(
    store: EventStore, tmp_path: Path
) -> None:
    traj = [m for n in range(3) for m in (openai_calls(openai_call()), openai_result(str(n)))]
    await import_paths(store, [write(tmp_path / "t.json", [trajectory(0, traj)])])

    messages = await stored_messages(store, "0#0")
    assert [m.result.call for m in messages if m.result] == [0, 1, 2]
    events = await stored_events(store, "0#0")
    for index in (2, 4, 6):
        assert events[index].causation_id == events[index - 1].event_id
    assert all(events[index].causation_id is None for index in (0, 1, 3, 5, 7))


async def test_an_open_call_and_a_result_without_one_are_kept(
    store: EventStore, tmp_path: Path
) -> None:
    traj = [openai_result("?"), openai_calls(openai_call("x"), openai_call("y"))]
    await import_paths(store, [write(tmp_path / "t.json", [trajectory(0, traj)])])

    orphan, asking = await stored_messages(store, "0#0")
    assert orphan.result == ImportedResult(name="get_order", derived_error=False)
    assert [call.id for call in asking.calls] == ["x", "y"]


def test_arguments_are_kept_as_they_came() -> None:
    for arguments in ('{"a": 1}', "not json", {"a": None}, None):
        call = openai_call() | {"function": {"name": "f", "arguments": arguments}}
        (conversation,) = read(trajectory(0, [openai_calls(call)]))
        assert isinstance(conversation, SourceConversation)
        (message,) = conversation.messages
        assert isinstance(message, SourceMessage)
        assert message.calls == (ImportedCall(name="f", id="call_1", arguments=arguments),)


@pytest.mark.parametrize("missing", ["reward", "info"])
def test_fields_that_do_not_matter_may_be_missing(missing: str) -> None:
    entry = trajectory()
    del entry[missing]
    assert isinstance(read(entry)[0], SourceConversation)


def broken(**changes: Any) -> dict[str, Any]:
    """Return a trajectory whose assistant message, the third, has other fields."""
    talk = support_talk()
    talk[2] = {k: v for k, v in (talk[2] | changes).items() if v is not ...}
    return trajectory(0, talk)


no_function = {"id": "call_1", "type": "function"}


@pytest.mark.parametrize(
    ("entry", "record", "field"),
    [
        (7, "$[0]", ""),
        (None, "$[0]", ""),
        ({"trial": 0, "traj": []}, "$[0]", "task_id"),
        ({"task_id": None, "trial": 0, "traj": []}, "$[0]", "task_id"),
        ({"task_id": True, "trial": 0, "traj": []}, "$[0]", "task_id"),
        ({"task_id": 1, "traj": []}, "$[0]", "trial"),
        ({"task_id": 1, "trial": 1.5, "traj": []}, "$[0]", "trial"),
        ({"task_id": 1, "trial": 0}, "$[0]", "traj"),
        (trajectory(0, {}), "$[0]", "traj"),  # type: ignore[arg-type]
        (trajectory(0, ["Hi"]), "$[0].traj[0]", ""),  # type: ignore[list-item]
        (trajectory(0, [{"content": "Hi"}]), "$[0].traj[0]", "role"),
        (trajectory(0, [{"role": 1, "content": "Hi"}]), "$[0].traj[0]", "role"),
        (trajectory(0, [{"role": "user", "content": 42}]), "$[0].traj[0]", "content"),
        (broken(tool_calls={}), "$[0].traj[2]", "tool_calls"),
        (broken(tool_calls=[None]), "$[0].traj[2].tool_calls[0]", ""),
        (broken(tool_calls=[no_function]), "$[0].traj[2].tool_calls[0].function", ""),
        (
            broken(tool_calls=[openai_call(), openai_call(id=5)]),
            "$[0].traj[2].tool_calls[1]",
            "id",
        ),
        (
            broken(tool_calls=[{"function": {"arguments": "{}"}}]),
            "$[0].traj[2].tool_calls[0].function",
            "name",
        ),
        (
            broken(tool_calls=[{"function": {"name": "f", "arguments": 1}}]),
            "$[0].traj[2].tool_calls[0].function",
            "arguments",
        ),
        (broken(role="tool", name=[]), "$[0].traj[2]", "name"),
        (broken(role="tool", tool_call_id=1), "$[0].traj[2]", "tool_call_id"),
    ],
)
def test_a_malformed_trajectory_says_where(entry: Any, record: str, field: str) -> None:
    first, second = read(entry, trajectory(9))
    assert isinstance(first, MalformedRecord)
    assert (first.path, first.record, first.field) == (here, record, field)
    assert "expected" in str(first)
    assert isinstance(second, SourceConversation)

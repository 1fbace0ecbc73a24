from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from retold.domain.recording import ConversationStarted, ImportedCall, ImportedResult
from retold.errors import MalformedRecord
from retold.importers import import_paths
from retold.importers.formats.tau2 import Tau2
from retold.importers.source import SourceConversation
from retold.store import EventStore
from retold.store.content import read_content
from tests.importers.recordings import (
    simulation,
    simulations,
    stored_events,
    stored_messages,
    write,
)

here = Path("recording.json")


def read(document: Any) -> list[SourceConversation | Exception]:
    return list(Tau2().read(document, here))


async def imported(store: EventStore, tmp_path: Path, document: object) -> None:
    report = await import_paths(store, [write(tmp_path / "t.json", document)])
    assert report.ok, report.errors


async def test_a_message_that_took_tokens_names_the_model_of_its_role(
    store: EventStore, tmp_path: Path
) -> None:
    document = simulations(simulation())
    document["info"]["user_info"] = {"implementation": "user_simulator", "llm": "gpt-user"}
    asked = {"role": "user", "content": "?", "usage": {"prompt_tokens": 1, "completion_tokens": 2}}
    document["simulations"][0]["messages"].append(asked)
    await imported(store, tmp_path, document)
    events = await stored_events(store, "sim-1")
    named = {
        (event.data["role"], event.metadata["model"]): event.data["prompt_tokens"]
        for event in events
        if "model" in event.metadata
    }
    assert named == {("assistant", "gpt-x"): 3625, ("user", "gpt-user"): 1}


async def test_a_simulation_becomes_a_session(store: EventStore, tmp_path: Path) -> None:
    await imported(store, tmp_path, simulations(simulation()))

    events = await stored_events(store, "sim-1")
    started = ConversationStarted.from_recorded(events[0])
    assert started.source == "tau2"
    assert started.agent == "gpt-x"
    assert started.tags == {"task": "40", "trial": "0", "domain": "retail"}
    assert events[0].metadata["source_time"] == "2025-08-01T16:16:37.053887"
    assert events[0].occurred_at == datetime(2025, 8, 1, 16, 16, 37, 53887, tzinfo=UTC)
    assert events[2].metadata == {
        "session": "sim-1",
        "source_time": "2025-08-01T16:16:38.5",
        "model": "gpt-x",
    }
    assert events[3].metadata == {"session": "sim-1"}
    assert events[3].occurred_at is None
    assert events[-1].metadata["source_time"] == "2025-08-01T16:16:50.700788"
    assert events[-1].data == {"reason": "user_stop"}


async def test_times_in_ids_are_the_source_s_or_zero(store: EventStore, tmp_path: Path) -> None:
    await imported(store, tmp_path, simulations(simulation()))

    for event in await stored_events(store, "sim-1"):
        assert event.event_id.version == 7
        assert event.event_id.variant == "specified in RFC 4122"
        known = event.occurred_at
        assert event.event_id.int >> 80 == (0 if known is None else int(known.timestamp() * 1000))


async def test_what_the_file_says_once_is_recorded_once(store: EventStore, tmp_path: Path) -> None:
    document = simulations(simulation("a"), simulation("b"), simulation("c", task_id="41"), x=1)
    await imported(store, tmp_path, document)

    shared = []
    for session in "abc":
        events = await stored_events(store, session)
        origin = ConversationStarted.from_recorded(events[0]).origin
        assert origin is not None
        shared.append(origin.shared)
    assert shared[0] == shared[1]
    assert shared[0]["info"] == shared[2]["info"]
    assert shared[0]["task"] != shared[2]["task"]
    assert await read_content(store, shared[0]["info"]) == document["info"]
    assert await read_content(store, shared[2]["task"]) == document["tasks"][1]
    assert await read_content(store, shared[0]["file"]) == {
        "timestamp": document["timestamp"],
        "x": 1,
    }
    contents = [head.version async for head in store.streams(category="content")]
    assert contents == [1, 1, 1, 1]


async def test_parallel_results_in_another_order_are_paired_by_their_ids(
    store: EventStore, tmp_path: Path
) -> None:
    await imported(store, tmp_path, simulations(simulation()))

    messages = await stored_messages(store, "sim-1")
    assert messages[1].calls == (
        ImportedCall(name="look", id="a", arguments={"x": 1}, actor="assistant"),
        ImportedCall(name="look", id="b", arguments={"x": 2}, actor="assistant"),
    )
    assert messages[2].result == ImportedResult(call=1, error=False)
    assert messages[3].result == ImportedResult(call=0, error=True)
    events = await stored_events(store, "sim-1")
    assert events[3].causation_id == events[4].causation_id == events[2].event_id


async def test_known_zeros_stay_and_unknown_numbers_stay_unknown(
    store: EventStore, tmp_path: Path
) -> None:
    await imported(store, tmp_path, simulations(simulation()))

    greeting, asking, *_ = await stored_messages(store, "sim-1")
    assert (greeting.cost_usd, greeting.prompt_tokens, greeting.completion_tokens) == (
        0.0,
        None,
        None,
    )
    assert (asking.cost_usd, asking.prompt_tokens, asking.completion_tokens) == (0.25, 3625, 24)


async def test_a_bare_file_leaves_everything_unknown(store: EventStore, tmp_path: Path) -> None:
    bare = {"simulations": [{"id": "s", "messages": [{"role": "user"}]}]}
    await imported(store, tmp_path, bare)

    events = await stored_events(store, "s")
    assert all(event.occurred_at is None for event in events)
    started = ConversationStarted.from_recorded(events[0])
    assert (started.agent, started.tags) == (None, {})
    assert started.origin is not None
    assert started.origin.shared == {}
    assert events[-1].data == {}


def changed(index: int, **changes: Any) -> dict[str, Any]:
    """Return a file whose message ``index`` has other fields."""
    document = simulations(simulation())
    document["simulations"][0]["messages"][index].update(changes)
    return document


at = "$.simulations[0]"


@pytest.mark.parametrize(
    ("document", "record", "field"),
    [
        (simulations(7), at, ""),  # type: ignore[arg-type]
        (simulations({"messages": []}), at, "id"),
        (simulations(simulation(id=5)), at, "id"),
        (simulations(simulation(id="")), at, "id"),
        (simulations({"id": "x"}), at, "messages"),
        (simulations(simulation(messages=None)), at, "messages"),
        (simulations(simulation(messages=[[]])), f"{at}.messages[0]", ""),
        (simulations(simulation(start_time=1754064997.05)), at, "start_time"),
        (simulations(simulation(end_time="yesterday")), at, "end_time"),
        (simulations(simulation(termination_reason=1)), at, "termination_reason"),
        (simulations(simulation(task_id=[])), at, "task_id"),
        (simulations(simulation(trial="first")), at, "trial"),
        (changed(0, role=None), f"{at}.messages[0]", "role"),
        (changed(0, content={}), f"{at}.messages[0]", "content"),
        (changed(0, timestamp="2025-13-01T00:00:00"), f"{at}.messages[0]", "timestamp"),
        (changed(0, cost="free"), f"{at}.messages[0]", "cost"),
        (changed(0, cost=True), f"{at}.messages[0]", "cost"),
        (changed(0, cost=float("nan")), f"{at}.messages[0]", "cost"),
        (changed(0, cost=10**400), f"{at}.messages[0]", "cost"),
        (changed(0, usage=5), f"{at}.messages[0]", "usage"),
        (changed(0, usage={"prompt_tokens": -1}), f"{at}.messages[0].usage", "prompt_tokens"),
        (changed(0, usage={"prompt_tokens": 2**64}), f"{at}.messages[0].usage", "prompt_tokens"),
        (
            changed(0, usage={"completion_tokens": 1.5}),
            f"{at}.messages[0].usage",
            "completion_tokens",
        ),
        (changed(1, tool_calls="look"), f"{at}.messages[1]", "tool_calls"),
        (changed(1, tool_calls=[{"id": "a"}]), f"{at}.messages[1].tool_calls[0]", "name"),
        (
            changed(1, tool_calls=[{"name": "look", "arguments": []}]),
            f"{at}.messages[1].tool_calls[0]",
            "arguments",
        ),
        (
            changed(1, tool_calls=[{"name": "look", "requestor": 1}]),
            f"{at}.messages[1].tool_calls[0]",
            "requestor",
        ),
        (changed(2, error="no"), f"{at}.messages[2]", "error"),
        (changed(2, id=2), f"{at}.messages[2]", "id"),
    ],
)
def test_a_malformed_simulation_says_where(document: Any, record: str, field: str) -> None:
    document["simulations"].append(simulation("sound"))
    first, second = read(document)
    assert isinstance(first, MalformedRecord)
    assert (first.path, first.record, first.field) == (here, record, field)
    assert isinstance(second, SourceConversation)


@pytest.mark.parametrize(
    ("document", "record", "field"),
    [
        ({"info": {}, "tasks": []}, "$", "simulations"),
        ({"simulations": {}}, "$", "simulations"),
        (simulations(info=[]), "$", "info"),
        (simulations(info={"agent_info": "gpt"}), "$.info", "agent_info"),
        (simulations(info={"agent_info": {"llm": 4.1}}), "$.info.agent_info", "llm"),
        (simulations(tasks={}), "$", "tasks"),
        (simulations(tasks=[1]), "$.tasks[0]", ""),
    ],
)
def test_a_malformed_file_says_where(document: Any, record: str, field: str) -> None:
    with pytest.raises(MalformedRecord) as caught:
        read(document)
    assert (caught.value.record, caught.value.field) == (record, field)

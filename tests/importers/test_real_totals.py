"""Every figure that is known of the real recordings, out of the log they were imported into."""

from __future__ import annotations

import asyncio
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from retold.domain.event import RecordedEvent
from retold.domain.recording import (
    ConversationClosed,
    ConversationStarted,
    MessageImported,
    conversation_of,
)
from retold.importers import import_paths
from retold.projections.models.session_list import SessionQuery, each_session
from retold.projections.models.session_summary import SessionSummary
from retold.projections.models.transcript import Entry, transcript
from retold.store import EventStore, open_store

tau_bench = "tau_bench/gpt-4o-airline.trial0.json"
retail = "tau2/gpt-4.1_retail_defautl_gpt-4.1_1trials.json"
airline = "tau2/gpt-4.1_airline_default_gpt-4.1_1trials.json"


@dataclass(frozen=True)
class Recorded:
    """One conversation as read back: from the session list, and its events."""

    summary: SessionSummary
    events: list[RecordedEvent]
    shared: dict[str, Any]

    @property
    def started(self) -> ConversationStarted:
        return ConversationStarted.from_recorded(self.events[0])

    @property
    def document(self) -> dict[str, Any]:
        assert self.started.origin is not None
        return self.started.origin.document

    @property
    def file(self) -> str:
        assert self.started.origin is not None
        return self.started.origin.file

    @property
    def messages(self) -> list[MessageImported]:
        return [
            MessageImported.from_recorded(event)
            for event in self.events
            if event.type == MessageImported.type
        ]

    @property
    def entries(self) -> list[Entry]:
        return [entry for entry in transcript(self.events) if entry.role != "note"]

    @property
    def end(self) -> str | None:
        return ConversationClosed.from_recorded(self.events[-1]).reason


async def read_back(store: EventStore) -> list[Recorded]:
    found = []
    async for summary in each_session(store, SessionQuery(nested=True)):
        events = [event async for event in store.read_stream(summary.stream)]
        origin = ConversationStarted.from_recorded(events[0]).origin
        assert origin is not None
        shared = {}
        for name, digest in origin.shared.items():
            content = [event async for event in store.read_stream(f"content-{digest}")]
            shared[name] = content[0].data["content"]
        assert conversation_of(summary.stream) == summary.session
        found.append(Recorded(summary, events, shared))
    return found


@pytest.fixture(scope="module")
def log(shared_data: Path) -> list[Recorded]:
    """Every conversation of the shared folder, imported into one log and read back."""

    async def imported() -> list[Recorded]:
        async with await open_store("sqlite:///:memory:") as store:
            report = await import_paths(store, [shared_data])
            assert report.ok, report.errors
            return await read_back(store)

    return asyncio.run(imported())


@pytest.fixture(scope="module")
def truth(shared_data: Path) -> dict[str, Any]:
    totals: dict[str, Any] = json.loads((shared_data / "totals.json").read_text())
    return totals


def of_source(log: Iterable[Recorded], source: str) -> list[Recorded]:
    return [recorded for recorded in log if recorded.summary.source == source]


def all_messages(recorded: Iterable[Recorded]) -> list[MessageImported]:
    return [message for one in recorded for message in one.messages]


def summed(recorded: Iterable[Recorded], field: str) -> Any:
    return math.fsum(getattr(one.summary, field) or 0 for one in recorded)


def known(counted: Counter[str], names: Iterable[str], prefix: str = "") -> dict[str, int]:
    """Return counts by prefixed name, those that are not 0."""
    return {f"{prefix}{name}": counted[name] for name in names if counted[name]}


def counts_of_both(found: list[Recorded]) -> dict[str, Any]:
    """Return the figures that are given for both τ forms."""
    messages = all_messages(found)
    roles = Counter(message.role for message in messages)
    return {
        "sessions": len(found),
        "messages": summed(found, "messages"),
        **known(roles, roles, "role_"),
        "tool_calls": summed(found, "tool_calls"),
        "tool_results": summed(found, "tool_results"),
        "tool_errors": summed(found, "tool_errors"),
    }


def test_tau_bench(log: list[Recorded], truth: dict[str, Any]) -> None:
    found = of_source(log, "tau-bench")
    ids = [[call.id for m in one.messages for call in m.calls] for one in found]
    sessions_of_id = Counter(call_id for session in ids for call_id in set(session))
    paired = [
        entry.answers == number
        for one in found
        for number, entry in enumerate(e for e in one.entries if e.role == "tool")
    ]
    last = Counter(one.entries[-1].role for one in found)
    assert (
        counts_of_both(found)
        | {
            "tool_results_paired_in_order": sum(paired),
            "tool_call_id_repeats_within_session": sum(len(s) - len(set(s)) for s in ids),
            "ends_on_user": last["user"],
            "ends_on_tool": last["tool"],
            "user_stop": sum("###STOP###" in one.entries[-1].text for one in found),
            "reward_1": sum(one.document["reward"] == 1 for one in found),
            "distinct_tasks": len({one.summary.tags["task"] for one in found}),
            "distinct_tool_call_ids": len(sessions_of_id),
            "ids_seen_in_more_than_one_session": sum(n > 1 for n in sessions_of_id.values()),
            "sessions_with_id_reuse": sum(len(s) > len(set(s)) for s in ids),
            "per_tool": Counter(c.name for m in all_messages(found) for c in m.calls),
        }
        == truth[tau_bench]
    )


@pytest.mark.parametrize("name", [retail, airline])
def test_tau2(log: list[Recorded], truth: dict[str, Any], name: str) -> None:
    found = [one for one in of_source(log, "tau2") if one.file == Path(name).name]
    messages = all_messages(found)
    calls = [call for message in messages for call in message.calls]
    times = [
        event.metadata["source_time"]
        for one in found
        for event in one.events
        if event.type == MessageImported.type and "source_time" in event.metadata
    ]
    seconds = sum(one.document["duration"] for one in found)
    (information,) = {json.dumps(one.shared["info"]) for one in found}
    assert (
        counts_of_both(found)
        | {
            "end_user_stop": sum(one.end == "user_stop" for one in found),
            "reward_1": sum(one.document["reward_info"]["reward"] == 1 for one in found),
            "messages_with_parallel_calls": summed(found, "parallel_call_messages"),
            "prompt_tokens": summed(found, "prompt_tokens"),
            "completion_tokens": summed(found, "completion_tokens"),
            "llm_messages_with_usage": sum(m.prompt_tokens is not None for m in messages),
            "tool_calls_by_assistant": sum(call.actor == "assistant" for call in calls),
            "unanswered_calls": sum(len(one.summary.open_calls) for one in found),
            "cost_usd": round(summed(found, "cost_usd"), 6),
            "duration_s_sum": round(seconds, 3),
            "first_ts": min(times),
            "last_ts": max(times),
            "distinct_tools": len({call.name for call in calls}),
            "agent": found[0].summary.agent,
            "user": json.loads(information)["user_info"]["llm"],
        }
        == truth[name]
    )


def test_star(log: list[Recorded], truth: dict[str, Any], shared_data: Path) -> None:
    found = of_source(log, "star")
    messages = all_messages(found)
    kinds = Counter(f"{m.source['Agent']}.{m.source['Action']}" for m in messages)
    labels = {m.source["ActionLabel"] for m in messages if "ActionLabel" in m.source}
    levels = Counter(one.end or "" for one in found)
    scenarios = [one.document["Scenario"] for one in found]
    # The graphs are no recordings and are not imported; what is said of them alone is compared
    # with the files, and the labels of the log with the graphs.
    graphs = [json.loads(p.read_text()) for p in sorted((shared_data / "star/tasks").glob("*"))]
    nodes = {node for graph in graphs for node in (*graph["replies"], *graph["graph"])}
    nodes |= {node for graph in graphs for node in graph["graph"].values()}
    undated = [
        event
        for one in found
        for event in one.events
        if event.type == MessageImported.type and event.occurred_at is None
    ]
    assert {
        "task_graphs": len(graphs),
        "graph_edges": sum(len(graph["graph"]) for graph in graphs),
        "sessions": len(found),
        **known(levels, levels, "level_"),
        "happy": sum(scenario["Happy"] for scenario in scenarios),
        "multitask": sum(scenario["MultiTask"] for scenario in scenarios),
        "events": summed(found, "messages"),
        **kinds,
        "events_without_timestamp": len(undated),
        "empty_results": sum(m.result is not None and m.content is None for m in messages),
        "distinct_action_labels": len(labels),
        "labels_outside_all_graphs": sorted(labels - nodes),
        "distinct_apis": len({call.name for m in messages for call in m.calls}),
    } == truth["star"]
    assert {event.data["role"] for event in undated} == {"tool"}
    assert summed(found, "tool_calls") == summed(found, "tool_results") == kinds["Wizard.query"]


def test_each_query_of_star_has_the_very_next_event_as_its_result(log: list[Recorded]) -> None:
    pairs = 0
    for one in of_source(log, "star"):
        for before, event in zip(one.events, one.events[1:], strict=False):
            if before.data.get("calls"):
                assert event.causation_id == before.event_id
                assert event.data["source"]["Action"] == "return_item"
                pairs += 1
    assert pairs == 237


def spans_of(trace: Recorded) -> dict[str, RecordedEvent]:
    return {e.data["source"]["id"]: e for e in trace.events if e.type == MessageImported.type}


def test_langfuse(log: list[Recorded], truth: dict[str, Any]) -> None:
    found = of_source(log, "langfuse")
    messages = all_messages(found)
    types = Counter(m.source["type"] for m in messages)
    counted: Counter[str] = Counter()
    for trace in found:
        spans = spans_of(trace)
        times = [event.occurred_at for event in spans.values()]
        counted["files_not_in_time_order"] += times != sorted(times, key=str)
        for event in spans.values():
            parent = event.data["source"].get("parentObservationId")
            above = spans.get(parent)
            assert event.causation_id == (above and above.event_id)
            counted["roots"] += parent is None
            counted["dangling_parents"] += parent is not None and above is None
            if above is not None:
                counted["children_listed_before_parent"] += event.version < above.version
                counted["child_outside_parent_time"] += not is_within(event, above)
    totals = [m.source["usageDetails"]["total"] for m in messages if m.prompt_tokens is not None]
    assert {
        "sessions": len(found),
        "spans": summed(found, "messages"),
        **known(types, types, "type_"),
        "dangling_parents": 0,
        "child_outside_parent_time": 0,
        **counted,
        "input_tokens": summed(found, "prompt_tokens"),
        "output_tokens": summed(found, "completion_tokens"),
        "total_tokens": sum(totals),
        "spans_with_usage": len(totals),
    } == truth["langfuse"]


def is_within(event: RecordedEvent, above: RecordedEvent) -> bool:
    def ended(span: RecordedEvent) -> datetime:
        return datetime.fromisoformat(span.data["source"]["endTime"])

    assert event.occurred_at is not None
    assert above.occurred_at is not None
    return above.occurred_at <= event.occurred_at and ended(event) <= ended(above)


def test_no_metadata_of_langfuse_is_in_the_log(log: list[Recorded]) -> None:
    for trace in of_source(log, "langfuse"):
        assert "metadata" not in trace.document["trace"]
        assert "pk-lf-" not in json.dumps([event.data for event in trace.events])


def test_llm_recordings(log: list[Recorded], truth: dict[str, Any]) -> None:
    found = of_source(log, "autogen-llm")
    requests = [
        json.dumps([[m.role, m.content, m.source] for m in one.messages[:-1]]) for one in found
    ]
    assert {
        "calls": len(found),
        "prompt_tokens": summed(found, "prompt_tokens"),
        "completion_tokens": summed(found, "completion_tokens"),
        "cached_true": sum(one.messages[-1].source["cached"] for one in found),
        "distinct_requests": len(set(requests)),
        "repeat_requests": len(requests) - len(set(requests)),
    } == truth["llm_recordings"]


def test_notebooks(log: list[Recorded], truth: dict[str, Any]) -> None:
    found = of_source(log, "autogen-notebook")
    for name, figures in truth["notebooks"].items():
        here = [one for one in found if one.file == name]
        results = [one for one in here if "/result-" in one.summary.session]
        nested = [one for one in here if "/chat-" in one.summary.session]
        chats = [one for one in here if one not in results]
        messages = all_messages(chats)
        headers = sum(m.source["headers"] for m in messages)
        chat_results = {
            "parsed": len(results),
            "history_messages": summed(results, "messages"),
            "prompt_tokens": summed(results, "prompt_tokens"),
            "completion_tokens": summed(results, "completion_tokens"),
        }
        assert {
            "message_headers": headers,
            "doubled_headers": headers - len(messages),
            "messages": summed(chats, "messages"),
            "tool_calls": summed(chats, "tool_calls"),
            "tool_results": summed(chats, "tool_results"),
            "nested_chat_starts": len(nested),
            "agents": len({m.source[end] for m in messages for end in ("sender", "recipient")}),
            "chat_result_reprs": len(results),
            "chat_results": chat_results if results else {},
        } == figures, name
        # A session carries what the results it shows say was used.
        sessions = [one for one in chats if not one.summary.nested]
        assert summed(sessions, "prompt_tokens") == chat_results["prompt_tokens"]
        # Every call is answered in the chat it was made in.
        assert [one.summary.open_calls for one in chats] == [()] * len(chats)


def test_the_seven_chats_of_the_game_of_chess_hang_in_it(log: list[Recorded]) -> None:
    game = {
        one.summary.session: one
        for one in of_source(log, "autogen-notebook")
        if one.file == "agentchat_nested_chats_chess.ipynb"
    }
    session = "agentchat_nested_chats_chess#16"
    assert list(transcript_lines(game[session])) == [
        ("user", "Player Black"),
        *[("assistant", "Player White"), ("user", "Player Black")] * 3,
        ("assistant", "Player White"),
    ]
    for number in range(1, 8):
        chat = game[f"{session}/chat-{number}"]
        assert chat.summary.parent_stream == f"conversation-{session}"
        assert chat.summary.root_session == session
        assert chat.summary.tool_calls == chat.summary.tool_results >= 2
        # It answers the message before it.
        assert chat.events[0].causation_id == game[session].events[number].event_id
        assert chat.entries[0].text == game[session].entries[number - 1].text
        assert chat.entries[-1].text == game[session].entries[number].text


def transcript_lines(one: Recorded) -> Iterator[tuple[str, str | None]]:
    for entry in one.entries:
        yield entry.role, entry.name

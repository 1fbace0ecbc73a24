from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from retold.domain.recording import ConversationStarted, ImportedCall, ImportedResult
from retold.errors import MalformedRecord
from retold.importers import export_session, import_paths
from retold.importers.formats.langfuse import Langfuse
from retold.projections.models.session_list import SessionQuery, each_session
from retold.store import EventStore
from tests.importers.recordings import span, stored_events, stored_messages, trace, write


async def test_spans_stay_in_the_order_of_the_file_and_know_their_parents(
    store: EventStore, tmp_path: Path
) -> None:
    late, early = "2026-02-03T04:05:09Z", "2026-02-03T04:05:07Z"
    document = trace(
        span("grandchild", "child", "GENERATION", startTime=late),
        span("child", "root", startTime=early),
        span("root"),
    )
    await import_paths(store, [write(tmp_path / "t.json", document)])

    events = await stored_events(store, "trace-1")
    grandchild, child, root = events[1:4]
    assert [event.data["source"]["id"] for event in (grandchild, child, root)] == [
        "grandchild",
        "child",
        "root",
    ]
    assert grandchild.causation_id == child.event_id
    assert child.causation_id == root.event_id
    assert root.causation_id is None
    assert grandchild.metadata["source_time"] == late
    started = ConversationStarted.from_recorded(events[0])
    assert (started.source, started.tags) == ("langfuse", {"name": "ask"})


async def test_a_span_whose_parent_is_missing_is_kept_and_reported(
    store: EventStore, tmp_path: Path
) -> None:
    document = trace(span("a", "lost"), span("b", "a"), span("c", "also lost", "TOOL"))
    path = write(tmp_path / "t.json", document)
    for _ in range(2):
        report = await import_paths(store, [path])
        assert report.ok
        (notes,) = report.files[0].notes
        assert notes.session == "trace-1"
        assert notes.notes == tuple(
            f"span {name} names the parent {parent}, which the file does not hold"
            for name, parent in [
                ("a at $.observations[0]", "lost"),
                ("c at $.observations[2]", "also lost"),
            ]
        )
    messages = await stored_messages(store, "trace-1")
    assert [message.source["parentObservationId"] for message in messages] == [
        "lost",
        "a",
        "also lost",
    ]
    events = await stored_events(store, "trace-1")
    assert [event.causation_id for event in events[1:4]] == [None, events[1].event_id, None]


async def test_a_trace_without_root_or_in_a_circle_is_kept(
    store: EventStore, tmp_path: Path
) -> None:
    document = trace(span("a", "b"), span("b", "a"), span("c", "c"))
    report = await import_paths(store, [write(tmp_path / "t.json", document)])

    assert report.ok
    assert report.files[0].notes == ()
    assert len(await stored_messages(store, "trace-1")) == 3


async def test_a_tool_s_span_is_a_call_and_its_result(store: EventStore, tmp_path: Path) -> None:
    document = trace(
        span("x", None, "TOOL", name="look"),
        span("y", "x", "TOOL", name="look", level="ERROR"),
        span("z", "x", "TOOL", name="look", level=None),
    )
    await import_paths(store, [write(tmp_path / "t.json", document)])

    messages = await stored_messages(store, "trace-1")
    assert [message.calls for message in messages] == [
        (ImportedCall(name="look", id=name, arguments={"of": name}),) for name in "xyz"
    ]
    assert [message.result for message in messages] == [
        ImportedResult(name="look", call=0, error=False),
        ImportedResult(name="look", call=1, error=True),
        ImportedResult(name="look", call=2),
    ]
    (row,) = [row async for row in each_session(store, SessionQuery())]
    assert (row.tool_calls, row.tool_results, row.tool_errors) == (3, 3, 1)
    assert row.open_calls == ()


async def test_usage_is_as_given_and_unknown_stays_unknown(
    store: EventStore, tmp_path: Path
) -> None:
    usage = {"input": 5, "output": 3, "total": 9}
    document = trace(
        span("a", None, "GENERATION", usageDetails=usage, costDetails={"total": 0.25}),
        span("b", "a", "GENERATION", usageDetails=None),
    )
    await import_paths(store, [write(tmp_path / "t.json", document)])

    known, unknown = await stored_messages(store, "trace-1")
    assert (known.prompt_tokens, known.completion_tokens, known.cost_usd) == (5, 3, 0.25)
    assert known.source["usageDetails"] == usage
    assert (unknown.prompt_tokens, unknown.completion_tokens, unknown.cost_usd) == (None,) * 3


async def test_metadata_never_enters_the_log_and_all_else_comes_back(
    store: EventStore, tmp_path: Path
) -> None:
    document = trace(span("root"), observations=[span("root")], input="Hi")
    await import_paths(store, [write(tmp_path / "t.json", document)])

    events = await export_session(store, "trace-1", "events")
    assert "secret" not in json.dumps(events)
    for holder in (
        document["trace"],
        *document["observations"],
        *document["trace"]["observations"],
    ):
        del holder["metadata"]
    assert await export_session(store, "trace-1", "source") == document


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (trace() | {"trace": None}, "$.trace"),
        (trace(id=7), "$.trace.id"),
        (trace(timestamp="yesterday"), "$.trace.timestamp"),
        (trace() | {"observations": {}}, "$.observations"),
        (trace(3), "$.observations[0]"),  # type: ignore[arg-type]
        (trace(span("")), "$.observations[0].id"),
        (trace(span("a"), span("a")), "$.observations[1].id"),
        (trace(span("a", 3)), "$.observations[0].parentObservationId"),  # type: ignore[arg-type]
        (trace(span("a", type=None)), "$.observations[0].type"),
        (trace(span("a", startTime="2026-02-03")), "$.observations[0].startTime"),
        (
            trace(span("a", usageDetails={"input": "5"})),
            "$.observations[0].usageDetails.input",
        ),
        (trace(span("a", costDetails=3)), "$.observations[0].costDetails"),
    ],
)
def test_a_malformed_trace_is_named(document: dict[str, Any], where: str) -> None:
    (error,) = Langfuse().read(document, Path("t.json"))
    assert isinstance(error, MalformedRecord)
    assert str(error).startswith(f"t.json: {where}: ")

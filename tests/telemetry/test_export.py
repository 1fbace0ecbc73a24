"""Exporting spans while the log grows: which, in whose trace, and what a crash repeats."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest
from ag2 import Agent
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, StatusCode

import retold
from retold.agents.trace_context import joined
from retold.errors import ExportFailed, MissingExtra
from retold.projections.telemetry import names
from retold.projections.telemetry.export import TelemetryExport
from retold.projections.telemetry.ids import derived_trace_id
from retold.store import EventStore, open_store
from tests.agents.scripted import Script, call
from tests.cli.commands import repository
from tests.projections.histories import closed, message, started
from tests.store.events import append as append_note
from tests.telemetry.exporting import (
    Collector,
    attributes_of,
    correlation,
    export,
    facts,
    fail,
    id_of,
    parent_of,
    record_session,
    trace_of,
)

whole = 14


async def test_a_session_becomes_a_tree_of_spans(store_url: str) -> None:
    collector = Collector()
    async with retold.open(store_url) as log:
        await record_session(log)
        await export(log.store, collector)
    names_by_id = {id_of(span): span.name for span in collector.spans}
    assert len(names_by_id) == len(collector.spans) == whole
    tree = Counter((span.name, names_by_id.get(parent_of(span) or "")) for span in collector.spans)
    assert tree == {
        ("invoke_agent boss", None): 1,
        ("chat scripted", "invoke_agent boss"): 2,
        ("execute_tool task_digger", "invoke_agent boss"): 1,
        ("execute_tool task_filler", "invoke_agent boss"): 1,
        ("execute_tool consult", "invoke_agent boss"): 1,
        ("execute_tool add", "invoke_agent boss"): 1,
        ("invoke_agent digger", "execute_tool task_digger"): 1,
        ("chat deep", "invoke_agent digger"): 2,
        ("execute_tool add", "invoke_agent digger"): 1,
        ("invoke_agent filler", "execute_tool task_filler"): 1,
        ("chat flat", "invoke_agent filler"): 1,
        ("chat wise", "execute_tool consult"): 1,
    }
    assert {trace_of(span) for span in collector.spans} == {
        derived_trace_id(correlation, "default")
    }
    for span in collector.spans:
        assert span.start_time is not None
        assert span.end_time is not None
        assert span.start_time <= span.end_time


async def test_spans_say_what_the_conventions_ask_for(sqlite_url: str) -> None:
    collector = Collector()
    async with retold.open(sqlite_url) as log:
        await record_session(log)
        await export(log.store, collector)
        [turn] = [e async for e in log.store.read_all(types=["turn.started"])]
    boss = collector.one("invoke_agent boss")
    assert (
        attributes_of(boss).items()
        >= {
            names.GEN_AI_OPERATION_NAME: "invoke_agent",
            names.GEN_AI_AGENT_NAME: "boss",
            names.GEN_AI_CONVERSATION_ID: "ticket-1",
            names.RETOLD_TURN: turn.data["turn"],
            names.RETOLD_CORRELATION_ID: correlation,
        }.items()
    )
    assert boss.kind is SpanKind.INTERNAL
    assert boss.status.status_code is StatusCode.OK
    assert boss.start_time == (turn.occurred_microseconds or 0) * 1_000
    chat = collector.named("chat scripted")[0]
    assert chat.kind is SpanKind.CLIENT
    assert (
        attributes_of(chat).items()
        >= {
            names.GEN_AI_OPERATION_NAME: "chat",
            names.GEN_AI_REQUEST_MODEL: "scripted",
            names.GEN_AI_AGENT_NAME: "boss",
        }.items()
    )
    tool = collector.one("execute_tool consult")
    assert (
        attributes_of(tool).items()
        >= {
            names.GEN_AI_OPERATION_NAME: "execute_tool",
            names.GEN_AI_TOOL_NAME: "consult",
            names.GEN_AI_TOOL_CALL_ID: "c3",
        }.items()
    )
    for failed in (collector.one("chat flat"), collector.one("invoke_agent filler")):
        assert failed.status.status_code is StatusCode.ERROR
        assert attributes_of(failed)[names.ERROR_TYPE] == "ConnectionError"
        assert failed.status.description is None
    nested = collector.named("chat deep")
    assert {attributes_of(span)[names.SESSION_ID] for span in nested} == {"ticket-1"}
    assert attributes_of(nested[0])[names.GEN_AI_CONVERSATION_ID] != "ticket-1"


async def test_a_turn_joins_the_trace_it_is_asked_in(store_url: str) -> None:
    tracer = TracerProvider().get_tracer("program")
    collector = Collector()
    async with retold.open(store_url) as log:
        with tracer.start_as_current_span("request") as span:
            context = span.get_span_context()
            await record_session(log)
        await record_session(log, "ticket-2")
        await export(log.store, collector)
    first, second = collector.named("invoke_agent boss")
    assert trace_of(first) == format(context.trace_id, "032x")
    assert parent_of(first) == format(context.span_id, "016x")
    assert first.parent is not None
    assert first.parent.is_remote
    traces = Counter(trace_of(span) for span in collector.spans)
    assert traces == {trace_of(first): whole, trace_of(second): whole}
    assert trace_of(second) == derived_trace_id(correlation, "default")
    assert parent_of(second) is None


async def test_a_session_asked_by_a_tool_is_part_of_the_turn_that_asked(sqlite_url: str) -> None:
    collector = Collector()
    async with retold.open(sqlite_url) as log:
        other = await log.session("other")
        inner = Agent("inner", config=log.model(Script("yes")))

        async def consult() -> str:
            """Ask in another session."""
            return (await other.ask(inner, "is it?")).response.content or ""

        outer = Agent(
            "outer", config=log.model(Script([call("consult", "c1")], "so")), tools=[consult]
        )
        await (await log.session("one")).ask(outer, "go")
        await export(log.store, collector)
    asked, asking = collector.one("invoke_agent inner"), collector.one("invoke_agent outer")
    assert (trace_of(asked), parent_of(asked)) == (trace_of(asking), id_of(asking))


async def test_a_worker_joins_the_trace_of_what_it_takes_up(sqlite_url: str) -> None:
    collector, taken = Collector(), f"00-{'a' * 32}-{'b' * 16}-01"
    async with retold.open(sqlite_url) as log:
        session = await log.session("job")
        with joined({"traceparent": taken}):
            await session.ask(Agent("w", config=log.model(Script("done"))), "go")
        with joined({"traceparent": f"{taken[:-2]}00"}):
            await session.ask(Agent("unsampled", config=log.model(Script("done"))), "go")
        with joined({"traceparent": "nonsense"}):
            await session.ask(Agent("w", config=log.model(Script("done"))), "go")
        await export(log.store, collector)
    assert collector.named("invoke_agent unsampled") == []
    first, second = collector.named("invoke_agent w")
    assert (trace_of(first), parent_of(first)) == ("a" * 32, "b" * 16)
    assert parent_of(second) is None


async def test_a_worker_without_opentelemetry_joins_it_all_the_same(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = f"00-{'a' * 32}-{'b' * 16}-01"
    for name in [name for name in sys.modules if name.partition(".")[0] == "opentelemetry"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    async with retold.open(sqlite_url) as log:
        session = await log.session("job")
        for metadata in ({"traceparent": taken}, {}):
            with joined(metadata):
                await session.ask(Agent("w", config=log.model(Script("done"))), "go")
        started = [e async for e in log.store.read_all(types=["turn.started"])]
    assert [e.metadata.get("traceparent") for e in started] == [taken, None]


@pytest.mark.parametrize("taken", [False, True], ids=["refused", "taken but not told"])
async def test_a_crash_at_any_export_loses_nothing_and_repeats_the_last_batch(
    store_url: str, taken: bool
) -> None:
    class Dying(Collector):
        """Takes so many batches; with the next one its process dies."""

        def __init__(self, batches: int) -> None:
            super().__init__()
            self.left = batches

        def export(self, spans: Any) -> Any:
            self.left -= 1
            if self.left >= 0:
                return super().export(spans)
            if taken:
                super().export(spans)
            raise RuntimeError("killed")

    async with retold.open(store_url) as log:
        await record_session(log)
        at_once = Collector()
        await export(log.store, at_once)
        expected = {id_of(span): facts(span) for span in at_once.spans}
        assert len(expected) == whole
        # Every export, on one database and in the harder way to die; elsewhere some of them.
        step = 1 if taken and store_url.startswith("sqlite") else 5
        for batches in range(0, whole, step):
            name = f"crash-{batches}"
            dying, after = Dying(batches), Collector()
            with pytest.raises(ExportFailed):
                await export(log.store, dying, name=name, checkpoint_every=1, attempts=1)
            await export(log.store, after, name=name)
            found = [*dying.spans, *after.spans]
            assert {id_of(span): facts(span) for span in found} == expected
            repeated = Counter(map(id_of, found)) - Counter(list(expected))
            # The batch in hand, which is exported again by whoever ends the run and by the next.
            last = {id_of(span) for span in dying.batches[-1]} if taken else set()
            assert set(repeated) == last


@pytest.mark.crash
async def test_a_killed_exporter_is_followed_by_one_that_has_the_rest(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        await record_session(log)
        at_once = Collector()
        await export(log.store, at_once, name="other")
    child = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "tests.telemetry.export_child", sqlite_url, "5"],
        capture_output=True,
        text=True,
        cwd=repository,
        timeout=60,
        check=False,
    )
    assert child.returncode == 9, child.stderr
    taken = child.stdout.split()
    after = Collector()
    async with await open_store(sqlite_url) as store:
        await export(store, after, lease_seconds=0.3)
    assert set(taken) | set(after.ids) == set(at_once.ids)
    assert len(taken) == 5
    assert len(set(taken) & set(after.ids)) == 1


async def test_exporting_again_and_folding_anew_export_nothing(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        await record_session(log)
        await export(log.store, Collector())
        again = Collector()
        await log.audit.cost("agent")
        await export(log.store, again)
        assert again.spans == []
        await record_session(log, "ticket-2")
        await export(log.store, again)
    assert len(again.spans) == whole


async def test_streams_that_were_let_go_are_folded_again(sqlite_url: str) -> None:
    kept, let_go = Collector(), Collector()
    async with retold.open(sqlite_url) as log:
        await record_session(log)
        await export(log.store, kept)
        await export(log.store, let_go, name="small", streams=1)
    assert list(map(facts, let_go.spans)) == list(map(facts, kept.spans))


async def test_an_exporter_that_fails_is_asked_again(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        await record_session(log)
        for number, error in enumerate((None, OSError("no route to host"))):
            collector = Collector(failures=2, error=error)
            await export(log.store, collector, name=f"patient-{number}")
            assert len(collector.spans) == whole
        with pytest.raises(ExportFailed) as failed:
            await export(log.store, Collector(failures=99), name="given-up", attempts=2)
        assert failed.value.attempts == 2
        late = Collector()
        await export(log.store, late, name="given-up")
    assert len(late.spans) == whole


async def test_contents_are_exported_when_asked_for_only(sqlite_url: str) -> None:
    without, with_them = Collector(), Collector()
    async with retold.open(sqlite_url) as log:
        model = Script([call("fail", "c1", '{"password": "hunter3"}')], "sorry")
        agent = Agent("a", config=log.model(model), tools=[fail])
        await (await log.session("s")).ask(agent, "go")
        bad = Agent("b", config=log.model(Script(ValueError("the token is hunter2"))))
        with pytest.raises(ValueError, match="hunter2"):
            await (await log.session("t")).ask(bad, "go")
        await export(log.store, without)
        await export(log.store, with_them, name="contents", contents=True)
    assert "hunter" not in repr([facts(span) for span in without.spans])
    tool = with_them.one("execute_tool fail")
    assert "hunter3" in attributes_of(tool)[names.GEN_AI_TOOL_CALL_ARGUMENTS]
    assert attributes_of(tool)[names.ERROR_TYPE] == "ValueError"
    assert with_them.one("invoke_agent b").status.description == "the token is hunter2"


async def test_imported_conversations_are_exported_by_choice(store: EventStore) -> None:
    news = [
        started(source="tau2"),
        message("user", content="Where is it?"),
        message("assistant", calls=1, tokens=(10, 5)),
        message("tool", content="gone"),
        message("assistant", content="Gone."),
        closed("user_stop"),
    ]
    await store.append("conversation-imported", news, expected_version=0)
    await append_note(store, "note-1", "something else")
    without, with_them = Collector(), Collector()
    await export(store, without)
    await export(store, with_them, name="imports", imports=True)
    assert without.spans == []
    conversation = with_them.spans[-1]
    assert attributes_of(conversation)[names.RETOLD_SOURCE] == "tau2"
    chats = with_them.named("chat")
    assert [parent_of(span) for span in chats] == [id_of(conversation)] * 2
    assert attributes_of(chats[0])[names.GEN_AI_USAGE_INPUT_TOKENS] == 10
    assert all(attributes_of(span)[names.RETOLD_ONLY_ANSWER_RECORDED] for span in chats)


async def test_processes_of_one_group_share_and_do_not_repeat(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        await record_session(log)
        collectors = Collector(), Collector()
        for collector in collectors:
            await export(log.store, collector, partitions=3)
    assert len(collectors[0].spans) == whole
    assert collectors[1].spans == []


async def test_without_the_sdk_the_error_says_what_to_install(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk", None)
    async with await open_store(sqlite_url) as store:
        with pytest.raises(MissingExtra, match=r"retold\[otel\]"):
            TelemetryExport(store, None)

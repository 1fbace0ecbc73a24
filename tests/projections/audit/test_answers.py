"""What the queries answer, against what the events say when they are read one by one."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from retold.domain.event import NewEvent, RecordedEvent
from retold.domain.model_call import ModelCallStarted
from retold.domain.recording import MessageImported, conversation_of, conversation_stream
from retold.errors import (
    InvalidParameter,
    MomentBeforeLog,
    NothingByThen,
    SessionNotFound,
    UnknownRelease,
)
from retold.importers import import_paths
from retold.projections.audit import lag, people, releases
from retold.projections.audit.audit import Audit
from retold.projections.audit.queries import queries
from retold.projections.models.as_of import Moment, sessions_as_of
from retold.projections.models.transcript import transcript
from retold.store import EventStore, open_store
from retold.store.append import Append, ExpectedVersion
from retold.store.content import record_content
from tests.projections.audit.questions import paged_rows, rows_of
from tests.projections.histories import closed, dice, message, started

golden = Path(__file__).parents[2] / "golden" / "log_0003.sqlite"
required: Mapping[str, object] = {
    "session": "delegated",
    "version": 19,
    "subject": "user:7",
    "entry": "an id",
    "by": "agent",
    "text": "the",
    "at": datetime(2027, 1, 1, tzinfo=UTC),
    "threshold": 0.9,
}


async def fill_from_golden(store: EventStore, folder: Path) -> None:
    """Append the conversations of a golden log: turns, tools, delegation, failures, a human."""
    copy = shutil.copy(golden, folder / "golden.db")
    streams: dict[str, list[NewEvent]] = defaultdict(list)
    async with await open_store(f"sqlite:///{copy}") as recorded:
        async for event in recorded.read_all(category="conversation"):
            new = NewEvent(
                type=event.type,
                data=event.data,
                metadata=event.metadata,
                schema_version=event.schema_version,
                occurred_at=event.occurred_at,
            )
            streams[event.stream].append(new)
    await store.append_many(
        [Append(name, news, ExpectedVersion.ANY) for name, news in streams.items()]
    )


async def test_pages_of_every_query_put_together_are_the_whole(
    store: EventStore, tmp_path: Path
) -> None:
    await fill_from_golden(store, tmp_path)
    asked = 0
    for name in queries:
        query = queries[name]
        if query in {releases.release_changes, lag.projection_lag}:
            continue  # has three rows; changes while it is asked
        variants: list[dict[str, object]] = [{}]
        for parameter in query.parameters:
            if parameter.choices:
                variants = [v | {parameter.name: c} for v in variants for c in parameter.choices]
            elif parameter.required:
                variants = [v | {parameter.name: required[parameter.name]} for v in variants]
        for given in variants:
            whole = await rows_of(store, query, **given)
            asked += bool(whole)
            limits = {1, 3, len(whole) - 1, len(whole), len(whole) + 1} - {-1, 0}
            # Of long answers only long pages: each takes a transaction.
            for limit in (limit for limit in limits if len(whole) / limit <= 5):
                assert await paged_rows(store, query, given, limit) == whole, (name, given, limit)
    assert asked > 15
    lags = [row.projection for row in await rows_of(store, lag.projection_lag)]
    assert [row.projection for row in await paged_rows(store, lag.projection_lag, {}, 2)] == lags


async def test_answers_are_what_the_events_of_real_recordings_say(
    store: EventStore, shared_data: Path
) -> None:
    await import_paths(store, [shared_data / "tau2", shared_data / "tau_bench"])
    by_stream: dict[str, list[RecordedEvent]] = defaultdict(list)
    async for event in store.read_all(category="conversation"):
        by_stream[event.stream].append(event)
    await _check_transcripts(store, by_stream)
    await _check_cost(store, by_stream)
    await _check_failures(store, by_stream)
    await _check_states(store, by_stream)


async def _check_transcripts(
    store: EventStore, by_stream: Mapping[str, list[RecordedEvent]]
) -> None:
    audit = Audit(store)
    said = 0
    roles: Counter[str] = Counter()
    for number, (stream, events) in enumerate(by_stream.items()):
        entries = list(transcript(events))
        said += len(entries)
        roles.update(entry.role for entry in entries)
        if number % 20 == 0:
            page = await audit.transcript(conversation_of(stream), limit=1_000)
            assert [(r.version, r.role, r.name, r.text, r.occurred_at) for r in page.rows] == [
                (e.version, e.role, e.name, e.text, e.time) for e in entries
            ]
    rows = [row async for row in audit.each("messages")]
    assert len(rows) == said
    assert rows == sorted(rows, key=lambda r: (r.recorded_at, r.session, r.version, r.item))
    assert {role: len([r async for r in audit.each("messages", role=role)]) for role in roles} == (
        roles
    )
    dated = [row async for row in audit.each("messages", clock="source")]
    undated = [row for row in rows if row.occurred_at is None]
    assert len(dated) == len(rows) - len(undated)
    assert dated == sorted(
        (row for row in rows if row.occurred_at is not None),
        key=lambda r: (r.occurred_at, r.session, r.version, r.item),
    )
    middle = dated[len(dated) // 2].occurred_at
    part = await audit.messages(clock="source", since=middle, until=middle + timedelta(seconds=9))
    assert part.rows
    assert all(middle <= row.occurred_at for row in part.rows if row.occurred_at)


async def _check_cost(store: EventStore, by_stream: Mapping[str, list[RecordedEvent]]) -> None:
    dollars: dict[str, Decimal] = defaultdict(Decimal)
    tokens: Counter[str] = Counter()
    for stream, events in by_stream.items():
        for event in events:
            if event.type == MessageImported.type:
                imported = MessageImported.from_recorded(event)
                dollars[conversation_of(stream)] += Decimal(repr(imported.cost_usd or 0.0))
                tokens[conversation_of(stream)] += imported.prompt_tokens or 0
    by_session = {row.key: row for row in await rows_of(store, queries["cost"], by="session")}
    assert {key: row.prompt_tokens for key, row in by_session.items()} == {
        key: count for key, count in tokens.items() if count
    }
    for key, row in by_session.items():
        assert row.cost_usd == round(dollars[key], 12)
    total = sum(dollars.values())
    assert total > 1
    for by in ("agent", "model", "tenant", "day"):
        rows = await rows_of(store, queries["cost"], by=by)
        assert sum(row.cost_usd or 0 for row in rows) == pytest.approx(total, abs=Decimal("1e-8"))
        assert sum(row.prompt_tokens or 0 for row in rows) == tokens.total()
    models = {
        row.key: row.prompt_tokens for row in await rows_of(store, queries["cost"], by="model")
    }
    assert models == {"gpt-4.1": tokens.total(), None: None}
    (day,) = await rows_of(store, queries["cost"], by="day")
    assert day.key == "2025-08-01"
    assert await rows_of(store, queries["cost"], by="day", until="2025-08-01") == []


async def _check_failures(store: EventStore, by_stream: Mapping[str, list[RecordedEvent]]) -> None:
    failed: Counter[str] = Counter()
    conversations: dict[str, set[str]] = defaultdict(set)
    for stream, events in by_stream.items():
        names = [
            call["name"]
            for event in events
            if event.type == MessageImported.type
            for call in event.data["calls"]
        ]
        for event in events:
            result = event.data.get("result") or {}
            if result.get("error") or result.get("derived_error"):
                name = names[result["call"]]
                failed[name] += 1
                conversations[name].add(stream)
    rows = await rows_of(store, queries["failures"])
    found: Counter[str] = Counter()
    for row in rows:
        assert row.kind == "tool"
        found[row.name] += row.failures
    assert found == failed
    assert found.total() > 25
    assert [row.failures for row in rows] == sorted((r.failures for r in rows), reverse=True)


async def _check_states(store: EventStore, by_stream: Mapping[str, list[RecordedEvent]]) -> None:
    events = [event for stream in by_stream.values() for event in stream]
    chance = dice(1)
    times = sorted(event.occurred_at for event in events if event.occurred_at)
    recorded = sorted(event.recorded_at for event in events)
    asked: list[tuple[datetime, Any]] = [(chance.choice(times), "source") for _ in range(3)]
    asked += [(chance.choice(recorded), "recorded") for _ in range(3)]
    for at, clock in (*asked, (recorded[-1], "recorded"), (times[-1], "source")):
        expected = (await sessions_as_of(store, Moment(at, clock))).sessions
        rows = await paged_rows(store, queries["state_as_of"], {"at": at, "clock": clock}, 40)
        assert [row.session for row in rows] == sorted(expected)
        for row in rows:
            for name in type(row).__dataclass_fields__:
                assert getattr(row, name) == getattr(expected[row.session], name)
    with pytest.raises(MomentBeforeLog, match=r"2020-01-01.*'source'.*have no time by it"):
        await Audit(store).state_as_of(datetime(2020, 1, 1, tzinfo=UTC))


async def test_the_state_of_one_session_is_asked_by_its_id(store: EventStore) -> None:
    noon = datetime(2025, 8, 1, 12, tzinfo=UTC)
    minute = timedelta(minutes=1)
    await append(store, "a", started(at=noon), message(at=noon + minute), message())
    await append(store, "b", started(at=noon))
    audit = Audit(store)
    (row,) = (await audit.state_as_of(noon + minute, session="a")).rows
    assert (row.session, row.messages, row.version) == ("a", 1, 2)
    with pytest.raises(NothingByThen, match="1 events have no time"):
        await audit.state_as_of(noon - minute, session="a")
    with pytest.raises(SessionNotFound):
        await audit.state_as_of(noon, session="none")


async def test_all_conversations_of_a_person_are_found(store: EventStore) -> None:
    await append(store, "a", started(subject="user:7"), message(tokens=(3, 4), cost=0.25))
    await append(store, "b", started(subject="user:8"))
    await append(store, "c", started(subject="user:7"), closed())
    await append(store, "a-child", started(parent="conversation-a", session="a"))
    await append(store, "b-child", started(parent="x", session="b", subject="user:7"))
    rows = await rows_of(store, people.subject_access, subject="user:7")
    assert [(row.root_session, row.session) for row in rows] == [
        ("a", "a"),
        ("a", "a-child"),
        ("b", "b-child"),
        ("c", "c"),
    ]
    assert (rows[0].prompt_tokens, rows[0].cost_usd, rows[0].ended) == (3, Decimal("0.25"), False)
    assert rows[3].ended
    assert await rows_of(store, people.subject_access, subject="user:9") == []


async def test_what_changed_between_two_releases_is_shown_as_a_diff(store: EventStore) -> None:
    tools = await record_content(store, "tools", [{"name": "look"}])
    more = await record_content(store, "tools", [{"name": "look"}, {"name": "pay"}])
    kind = await record_content(store, "prompt", ["Be kind.", "Be brief."])
    quick = await record_content(store, "prompt", ["Be kind.", "Be quick."])
    for session, prompt, offered in (("a", kind, tools), ("b", quick, more), ("c", kind, tools)):
        call = ModelCallStarted(
            call="1",
            attempt=1,
            messages=(),
            request_hash="r",
            prompt_hash=prompt,
            tools_hash=offered,
            parameters_hash="missing",
        )
        await append(store, session, call.to_new_event(metadata={"agent": "support"}))
    audit = Audit(store)
    old, new = (await audit.releases(agent="support")).rows
    assert (old.prompt_hash, old.conversations, old.model_calls) == (kind, 2, 2)
    assert (new.prompt_hash, new.conversations, new.error_rate) == (quick, 1, None)
    changes = {c.part: c for c in (await audit.release_changes("support", *names(old, new))).rows}
    assert changes["prompt"].diff.splitlines()[2:] == [
        "@@ -1,2 +1,2 @@",
        " Be kind.",
        "-Be brief.",
        "+Be quick.",
    ]
    assert '+    "name": "pay"' in changes["tools"].diff
    assert (changes["schema"].changed, changes["schema"].diff) == (False, "")
    with pytest.raises(UnknownRelease, match=f"'nope'.*{old.release}"):
        await audit.release_changes("support", "nope", new.release)


async def test_releases_are_compared_over_one_kind_of_task(store: EventStore) -> None:
    def call(prompt: str, number: int) -> NewEvent:
        started = ModelCallStarted(
            call=str(number),
            attempt=1,
            messages=(),
            request_hash="r",
            prompt_hash=prompt,
            tools_hash="t",
            parameters_hash="p",
        )
        metadata: dict[str, Any] = {"agent": "support", "session": number_of[number]}
        return started.to_new_event(metadata=metadata)

    number_of = {1: "a", 2: "a", 3: "b", 4: "c"}
    await append(store, "a", started(tags={"task": "refund", "x": "y"}), call("p", 1))
    nested = started(parent="conversation-a", session="a")
    await append(store, "a-child", nested, call("q", 2))
    await append(store, "b", started(tags={"task": "Refund"}), call("p", 3))
    await append(store, "c", started(tags={"other": "task", "task": "refunds"}), call("r", 4))
    audit = Audit(store)
    everything = (await audit.releases(agent="support")).rows
    assert [(row.prompt_hash, row.model_calls) for row in everything] == [
        ("p", 2),
        ("q", 1),
        ("r", 1),
    ]
    refunds = (await audit.releases(agent="support", tag="task=refund")).rows
    assert [(row.prompt_hash, row.model_calls) for row in refunds] == [("p", 1), ("q", 1)]
    changes = (await audit.release_changes("support", *names(*refunds), tag="task=refund")).rows
    assert {c.part: c.changed for c in changes} == {
        "prompt": True,
        "schema": False,
        "tools": False,
    }
    other = everything[2].release
    with pytest.raises(UnknownRelease, match=f"{other}' in sessions with the tag 'task=refund'"):
        await audit.release_changes("support", refunds[0].release, other, tag="task=refund")
    assert (await audit.releases(tag="task=nothing")).rows == ()
    for wrong in ("refund", "=refund"):
        with pytest.raises(InvalidParameter, match="NAME=VALUE"):
            await audit.releases(tag=wrong)


def names(*found: releases.ReleaseRow) -> tuple[str, str]:
    """Return what stands for two releases."""
    return found[0].release, found[1].release


async def append(store: EventStore, session: str, *news: NewEvent) -> None:
    stream = conversation_stream(session)
    await store.append(stream, news, expected_version=ExpectedVersion.NO_STREAM)

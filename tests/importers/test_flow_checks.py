"""Recorded dialogues held to flow charts: what left them comes out of the read model."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from retold.domain.dialogue.decider import TakeMessage, dialogue as dialogue_decider
from retold.domain.dialogue.events import Label
from retold.domain.dialogue.off_flow import off_flow
from retold.domain.dialogue.table import TransitionTable
from retold.domain.event import RecordedEvent
from retold.domain.recording import conversation_stream
from retold.errors import (
    ConversationUnderWay,
    InvalidFlowChart,
    SessionNotFound,
    UnknownFlowChart,
    UnreadableFile,
)
from retold.importers import export_session, import_paths
from retold.importers.flow_charts import FlowChart, read_flow_charts
from retold.importers.flow_checks import FlowCheck, record_flow_check
from retold.projections.audit.audit import Audit
from retold.projections.audit.topics import TransitionRow, topic_transitions
from retold.store import EventStore, open_store
from tests.importers.recordings import dialogue, write
from tests.projections.audit.questions import paged_rows, rows_of
from tests.projections.histories import message
from tests.projections.keeping import append, log_of
from tests.projections.test_conversation_states import conversation

kitchen: dict[str, FlowChart] = {
    "cook": {"hello": "ask", "ask": "kitchen_tell", "query": "kitchen_tell", "kitchen_tell": "bye"}
}


def scenario(*tasks: object) -> dict[str, Any]:
    return {"Scenario": {"WizardCapabilities": [{"Task": task} for task in tasks]}}


def picked(label: str | None, agent: str = "Wizard") -> dict[str, Any]:
    named = {} if label is None else {"ActionLabel": label}
    return {"Agent": agent, "Action": "pick_suggestion", "Text": "t", "UnixTime": 1e9, **named}


async def imported(store: EventStore, tmp_path: Path, *documents: dict[str, Any]) -> None:
    for number, document in enumerate(documents):
        report = await import_paths(store, [write(tmp_path / f"d{number}.json", document)])
        assert report.ok


async def events_of(store: EventStore, session: str) -> list[RecordedEvent]:
    return [event async for event in store.read_stream(conversation_stream(session))]


def kind(row: TransitionRow) -> str:
    return "refused" if row.refused else "off the flow" if row.off_flow else "on the flow"


async def test_real_dialogues_leave_their_flow_and_it_comes_out_of_the_query(
    store: EventStore, shared_data: Path
) -> None:
    folder = shared_data / "star"
    charts = read_flow_charts(folder / "tasks")
    report = await import_paths(store, [folder / "dialogues"])
    sessions = [session for file in report.files for session in file.imported]
    checks = [await record_flow_check(store, session, charts) for session in sessions]
    assert len(checks) == 66

    rows = await rows_of(store, topic_transitions)
    assert Counter(map(kind, rows)) == {"on the flow": 366, "off the flow": 289, "refused": 76}
    # In three the wizard does nothing before the dialogue ends; all others leave their charts.
    assert sum(check is not None and not check.actions for check in checks) == 3
    for given, expected in (({"off_flow": True}, 289), ({"refused": True}, 76)):
        assert len(await rows_of(store, topic_transitions, **given)) == expected
        assert len(await paged_rows(store, topic_transitions, given, 50)) == expected
    page = await Audit(store).topic_transitions(off_flow=True, limit=1_000)
    assert list(page.rows) == [row for row in rows if row.off_flow]
    left = {row.session for row in rows if row.off_flow or row.refused}
    assert len(left) == 63
    # Replies that are in no chart, and words of the wizard's own.
    nowhere = Counter(row.trigger for row in rows if row.refused)
    assert nowhere.most_common(3) == [("goodbye_1", 19), ("custom", 9), ("out_of_scope", 7)]
    # The read model says what the events do, and the reports say it too.
    found = [one for s in sessions for one in off_flow(await events_of(store, s))]
    assert {
        (one.stream, one.version, one.trigger, one.to_topic, one.possible) for one in found
    } == {
        (conversation_stream(row.session), row.version, row.trigger, row.to_topic, row.possible)
        for row in rows
        if row.off_flow or row.refused
    }
    assert [check and (check.on_flow, check.off_flow, check.refused) for check in checks] == [
        tuple(
            sum(row.session == session and kind(row) == name for row in rows)
            for name in ("on the flow", "off the flow", "refused")
        )
        for session in sessions
    ]
    assert all(row.said_at is not None and row.classifier == "star" for row in rows)


async def test_real_dialogues_are_given_back_and_checking_once_more_adds_nothing(
    shared_data: Path, sqlite_url: str
) -> None:
    folder = shared_data / "star"
    charts = read_flow_charts(folder / "tasks")
    async with await open_store(sqlite_url) as store:
        report = await import_paths(store, [folder / "dialogues"])
        sessions = [session for file in report.files for session in file.imported]
        checks = [await record_flow_check(store, session, charts) for session in sessions]
        heads = [await store.head(conversation_stream(session)) for session in sessions]
        assert [await record_flow_check(store, session, charts) for session in sessions] == checks
        assert [await store.head(conversation_stream(session)) for session in sessions] == heads
        for file in report.files:
            source = json.loads(file.path.read_text())
            assert await export_session(store, file.imported[0], "source") == source
        again = await import_paths(store, [folder / "dialogues"])
        assert again.ok
        assert not any(file.imported for file in again.files)


async def test_each_action_is_on_the_flow_off_it_or_nowhere(
    store: EventStore, tmp_path: Path
) -> None:
    query = {"Agent": "Wizard", "Action": "query", "APIName": "k", "UnixTime": 1e9}
    document = dialogue(
        7,
        picked("hello"),
        picked("kitchen_tell"),
        picked("bye"),
        picked("never"),
        picked(None),
        picked("hello", agent="User"),
        {**query, "Constraints": [{"RequestType": '"Check"'}, 3]},
        **scenario("cook"),
    )
    await imported(store, tmp_path, document)
    check = await record_flow_check(store, "7", kitchen)
    assert check == FlowCheck(session="7", actions=6, on_flow=2, off_flow=1, refused=3)
    rows = (await rows_of(store, topic_transitions))[::-1]
    assert [(row.from_topic, row.trigger, row.to_topic, kind(row)) for row in rows] == [
        ("start", "hello", "hello", "on the flow"),
        ("hello", "kitchen_tell", "kitchen_tell", "off the flow"),
        ("kitchen_tell", "bye", "bye", "on the flow"),
        ("bye", "never", None, "refused"),
        ("bye", "pick_suggestion", None, "refused"),
        ("bye", "query", None, "refused"),
    ]
    assert rows[1].possible == ("ask",)
    # A transition's cause is the action that made it.
    events = await events_of(store, "7")
    for row in rows:
        assert row.message is not None
        assert events[row.version - 1].causation_id == events[row.message - 1].event_id


async def test_recorded_twice_at_once_it_is_there_once(store: EventStore, tmp_path: Path) -> None:
    await imported(store, tmp_path, dialogue(7, picked("hello"), **scenario("cook")))
    one, other = await asyncio.gather(
        record_flow_check(store, "7", kitchen), record_flow_check(store, "7", kitchen)
    )
    assert one == other == FlowCheck(session="7", actions=1, on_flow=1)
    assert len(await rows_of(store, topic_transitions)) == 1


async def test_two_tasks_make_one_table(store: EventStore, tmp_path: Path) -> None:
    charts: dict[str, FlowChart] = {**kitchen, "pay": {"bill": ("cash", "query_check")}}
    query = {"Agent": "Wizard", "Action": "query", "APIName": "k", "UnixTime": 1e9}
    check_it = {**query, "Constraints": [{"RequestType": '"Check"'}]}
    document = dialogue(7, picked("bill"), check_it, **scenario("cook", "pay", "cook"))
    await imported(store, tmp_path, document)
    assert await record_flow_check(store, "7", charts) == FlowCheck(
        session="7", actions=2, on_flow=2
    )


async def test_what_is_no_dialogue_with_tasks_is_passed_over(
    store: EventStore, tmp_path: Path
) -> None:
    await imported(store, tmp_path, dialogue(7), dialogue(8, **scenario(None, 3)))
    before = await log_of(store)
    assert await record_flow_check(store, "7", kitchen) is None
    assert await record_flow_check(store, "8", kitchen) is None
    assert await log_of(store) == before
    with pytest.raises(SessionNotFound):
        await record_flow_check(store, "nobody", kitchen)


async def test_a_task_without_a_chart_is_said_and_nothing_recorded(
    store: EventStore, tmp_path: Path
) -> None:
    await imported(store, tmp_path, dialogue(7, picked("hello"), **scenario("cook", "dance")))
    before = await log_of(store)
    with pytest.raises(UnknownFlowChart, match=r"'dance'.*cook.*dance\.json"):
        await record_flow_check(store, "7", kitchen)
    assert await log_of(store) == before


async def test_a_conversation_that_an_agent_moved_is_left_as_it_is(
    store: EventStore, tmp_path: Path
) -> None:
    await imported(store, tmp_path, dialogue(7, picked("hello"), **scenario("cook")))
    await append(store, "7", *conversation("Hi")[1:])
    before = await log_of(store)
    with pytest.raises(ConversationUnderWay):
        await record_flow_check(store, "7", kitchen)
    assert await log_of(store) == before


async def test_what_an_agent_did_after_the_check_is_not_counted_with_it(
    store: EventStore, tmp_path: Path
) -> None:
    await imported(store, tmp_path, dialogue(7, picked("hello"), **scenario("cook")))
    check = await record_flow_check(store, "7", kitchen)
    state = (await store.fold(conversation_stream("7"), dialogue_decider.fold)).state
    later = TakeMessage(
        message=len(await events_of(store, "7")) + 1,
        message_class=Label(label="ask", classifier="rules"),
        table=TransitionTable.of_graph(kitchen["cook"], initial="start"),
    )
    decided = [event.to_new_event() for event in dialogue_decider.decide(later, state)]
    await append(store, "7", message("user"), *decided)
    assert await record_flow_check(store, "7", kitchen) == check
    rows = await rows_of(store, topic_transitions)
    assert [(row.from_topic, row.to_topic) for row in rows] == [
        ("hello", "ask"),
        ("start", "hello"),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[]", "no 'graph'"),
        ('{"graph": {}}', "no 'graph'"),
        ('{"graph": {"a": 3}}', "node 'a' is no name"),
        ('{"graph": {"a": ["b", null]}}', "node 'a' is no name"),
    ],
)
def test_a_file_that_is_no_flow_chart_is_named(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "task.json").write_text(text)
    with pytest.raises(InvalidFlowChart, match=says) as caught:
        read_flow_charts(tmp_path)
    assert caught.value.path == tmp_path / "task.json"


def test_a_folder_without_flow_charts_is_named(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(InvalidFlowChart) as caught:
            read_flow_charts(folder)
        assert caught.value.path == folder
    (tmp_path / "task.json").write_text('{"graph": ')
    with pytest.raises(UnreadableFile, match="line 1"):
        read_flow_charts(tmp_path)

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from retold.domain.recording import (
    ConversationClosed,
    ConversationStarted,
    ImportedCall,
    ImportedResult,
)
from retold.errors import MalformedRecord
from retold.importers import export_session, import_paths
from retold.importers.formats.star import Star
from retold.projections.models.transcript import transcript
from retold.store import EventStore
from tests.importers.recordings import dialogue, stored_events, stored_messages, write


async def test_a_dialogue_becomes_a_session(store: EventStore, tmp_path: Path) -> None:
    await import_paths(store, [write(tmp_path / "d.json", dialogue())])

    events = await stored_events(store, "7")
    started = ConversationStarted.from_recorded(events[0])
    assert (started.source, started.tags) == ("star", {"domains": "kitchen,garden"})
    assert started.origin is not None
    assert started.origin.document["Scenario"]["Happy"] is True
    assert ConversationClosed.from_recorded(events[-1]).reason == "Complete"
    entries = [(entry.role, entry.text) for entry in transcript(events)]
    assert entries[:-1] == [
        ("UserGuide.instruct", "Order something."),
        ("user", "What is there?"),
        ("Wizard.select_task", "kitchen_ask"),
        ("assistant", ""),
        ("tool", '{"APIName":"kitchen","Dish":"soup"}'),
        ("assistant", "Soup."),
        ("User.complete", ""),
    ]
    assert await export_session(store, "7", "source") == dialogue()


async def test_a_query_is_a_call_and_the_next_return_its_result(
    store: EventStore, tmp_path: Path
) -> None:
    await import_paths(store, [write(tmp_path / "d.json", dialogue())])

    messages = await stored_messages(store, "7")
    assert messages[3].calls == (ImportedCall(name="kitchen", arguments=[{"Day": '"1"'}]),)
    assert messages[4].result == ImportedResult(name="kitchen", call=0)
    events = await stored_events(store, "7")
    assert events[5].causation_id == events[4].event_id


async def test_states_and_tasks_can_be_read_in_the_events(
    store: EventStore, tmp_path: Path
) -> None:
    await import_paths(store, [write(tmp_path / "d.json", dialogue())])

    sources = [message.source for message in await stored_messages(store, "7")]
    assert sources[2]["Action"] == "select_task"
    assert sources[2]["Task"] == "kitchen_ask"
    assert sources[5]["ActionLabel"] == "kitchen_tell"


async def test_times_are_the_source_s_and_none_is_invented(
    store: EventStore, tmp_path: Path
) -> None:
    await import_paths(store, [write(tmp_path / "d.json", dialogue())])

    events = await stored_events(store, "7")
    # Nor the start and the end, which the form does not give.
    assert [event.occurred_at is None for event in events] == [
        True,
        False,
        False,
        False,
        False,
        True,
        False,
        False,
        True,
    ]
    assert events[1].metadata["source_time"] == "1590000000"
    assert events[1].occurred_at is not None
    assert events[1].occurred_at.isoformat() == "2020-05-20T18:40:00+00:00"
    assert events[6].metadata["source_time"] == "1500000000.0"


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"Action": "utter"}, "$.Events[0].Agent"),
        ({"Agent": "User", "Action": 3}, "$.Events[0].Action"),
        ({"Agent": "Wizard", "Action": "query"}, "$.Events[0].APIName"),
        ({"Agent": "User", "Action": "utter", "Text": []}, "$.Events[0].Text"),
        ({"Agent": "User", "Action": "utter", "UnixTime": "now"}, "$.Events[0].UnixTime"),
        ({"Agent": "User", "Action": "utter", "UnixTime": 1e300}, "$.Events[0].UnixTime"),
        ({"Agent": "Wizard", "Action": "utter", "ActionLabel": 1}, "$.Events[0].ActionLabel"),
        (3, "$.Events[0]"),
    ],
)
def test_a_malformed_event_is_named(event: Any, field: str) -> None:
    (error,) = Star().read(dialogue(7, event), Path("d.json"))
    assert isinstance(error, MalformedRecord)
    assert str(error).startswith(f"d.json: {field}: ")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"DialogueID": None}, "DialogueID"),
        ({"Events": None}, "Events"),
        ({"Scenario": 3}, "Scenario"),
        ({"CompletionLevel": 3}, "CompletionLevel"),
    ],
)
def test_a_malformed_dialogue_is_named(more: dict[str, Any], field: str) -> None:
    (error,) = Star().read(dialogue() | more, Path("d.json"))
    assert isinstance(error, MalformedRecord)
    assert error.field == field

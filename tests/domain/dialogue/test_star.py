"""Real dialogues of the STAR set, by their task graphs: each folds, and what left the graph shows.

The wizard's actions are what moves a dialogue: the suggestion picked (``ActionLabel``), or a
query. They happened, whatever the graph says, so they are followed off it and said to be off it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from retold.domain.conversation_fold import conversation_fold
from retold.domain.dialogue.decider import TakeMessage, dialogue
from retold.domain.dialogue.events import Label
from retold.domain.dialogue.off_flow import off_flow
from retold.domain.dialogue.rules import message_rules, sentiment_rules
from retold.domain.dialogue.state import DialogueState
from retold.domain.dialogue.table import TransitionTable
from retold.domain.dialogue.tables import default_table
from retold.domain.event import DomainEvent
from retold.domain.recorded import RecordedEvent
from retold.domain.recording import ConversationStarted, MessageImported
from retold.importers import import_paths
from retold.store import EventStore, open_store
from retold.store.append import ExpectedVersion

start = "start"


@pytest.fixture
async def star(shared_data: Path) -> AsyncIterator[EventStore]:
    """A log that holds the dialogues."""
    async with await open_store("sqlite:///:memory:") as store:
        report = await import_paths(store, [shared_data / "star" / "dialogues"])
        assert report.ok
        yield store


@pytest.fixture
def graphs(shared_data: Path) -> dict[str, dict[str, str]]:
    """The task graphs, by the name a scenario gives them."""
    folder = shared_data / "star" / "tasks"
    return {path.stem: json.loads(path.read_text())["graph"] for path in folder.glob("*.json")}


async def dialogues_in(store: EventStore) -> dict[str, list[RecordedEvent]]:
    found: dict[str, list[RecordedEvent]] = {}
    async for event in store.read_all(category="conversation"):
        found.setdefault(event.stream, []).append(event)
    return found


def table_of(
    events: list[RecordedEvent], graphs: Mapping[str, Mapping[str, str]]
) -> TransitionTable:
    """Return the table of all tasks of a dialogue."""
    origin = ConversationStarted.from_recorded(events[0]).origin
    assert origin is not None
    tasks = [task["Task"] for task in origin.document["Scenario"]["WizardCapabilities"]]
    return TransitionTable.of_graph(*(graphs[task] for task in tasks), initial=start)


def actions_in(
    events: list[RecordedEvent], table: TransitionTable
) -> Iterator[tuple[RecordedEvent, str]]:
    """Yield the events that move a dialogue, with their labels as the graphs name them."""
    for event in events:
        if event.type != MessageImported.type:
            continue
        source = event.data["source"]
        match source["Action"]:
            case "pick_suggestion":
                yield event, source["ActionLabel"]
            case "query":
                yield event, query_in(source, table)


def query_in(source: Mapping[str, Any], table: TransitionTable) -> str:
    """Return which of the graph's queries one is."""
    given = {name: value for part in source["Constraints"] for name, value in part.items()}
    kind = f"query_{str(given.get('RequestType', '')).strip(chr(34)).lower()}"
    return kind if kind in table.topics else "query"


def commands_of_wizard(
    events: list[RecordedEvent], table: TransitionTable
) -> Iterator[tuple[RecordedEvent, TakeMessage]]:
    for event, name in actions_in(events, table):
        yield (
            event,
            TakeMessage(
                message=event.version,
                message_class=Label(label=name, classifier="star"),
                table=table,
                said_at=event.occurred_at,
                happened=True,
            ),
        )


def commands_of_user(events: list[RecordedEvent]) -> Iterator[tuple[RecordedEvent, TakeMessage]]:
    for event in events:
        if event.type == MessageImported.type and event.data["role"] == "user":
            text = event.data["content"]
            yield (
                event,
                TakeMessage(
                    message=event.version,
                    message_class=message_rules.label(text),
                    sentiment=sentiment_rules.label(text),
                    table=default_table,
                    said_at=event.occurred_at,
                ),
            )


async def replay(
    store: EventStore,
    stream: str,
    commands: Iterator[tuple[RecordedEvent, TakeMessage]],
) -> list[RecordedEvent]:
    """Decide each command on what the dialogue came to by then, and record what happens."""
    state = DialogueState()
    for event, command in commands:
        decided = dialogue.decide(command, state)
        assert len(decided) >= 2
        news = [new.to_new_event(causation_id=event.event_id) for new in decided]
        await store.append(stream, news, expected_version=ExpectedVersion.ANY)
        state = dialogue.after(decided, state)
    return [event async for event in store.read_stream(stream)]


def check_every_prefix(events: list[RecordedEvent]) -> None:
    """Check that the state at every event is a fold of the events up to it."""
    kept: dict[int, Any] = {}
    state, session = dialogue.fold.initial(), conversation_fold.initial()
    for event in events:
        state = dialogue.fold.evolve(state, event)
        session = conversation_fold.evolve(session, event)
        kept[event.version] = state
        assert session.dialogue == state
    for version, expected in kept.items():
        begun = dialogue.fold.initial()
        for event in events[:version]:
            begun = dialogue.fold.evolve(begun, event)
        assert begun == expected
        assert dialogue.fold.decode(dialogue.fold.encode(begun)) == expected


async def test_every_dialogue_folds_and_what_left_its_graph_is_listed(
    star: EventStore, graphs: dict[str, dict[str, str]]
) -> None:
    counts: Counter[str] = Counter()
    left: Counter[str] = Counter()
    for stream, events in (await dialogues_in(star)).items():
        table = table_of(events, graphs)
        recorded = await replay(star, stream, commands_of_wizard(events, table))
        check_every_prefix(recorded)
        for version in range(len(events), len(recorded) + 1, 9):
            folded = await star.fold(stream, dialogue.fold, to_version=version)
            in_memory = dialogue.fold.initial()
            for event in recorded[:version]:
                in_memory = dialogue.fold.evolve(in_memory, event)
            assert folded.state == in_memory
        state = (await star.fold(stream, dialogue.fold)).state
        found = list(off_flow(recorded))
        followed = [one for one in found if one.to_topic is not None]
        assert len(followed) == state.off_flow_count
        assert len(found) - len(followed) == state.refusal_count
        assert all(one.trigger not in one.possible for one in found)
        # What went off the flow is a real step of the wizard, of that very place.
        by_version = {event.version: event for event in events}
        assert all(by_version[one.message].data["source"] for one in found)
        counts["dialogues"] += 1
        counts["actions"] += state.message_count
        counts["on the flow"] += state.transition_count - state.off_flow_count
        counts["off the flow"] += state.off_flow_count
        counts["of no topic"] += state.refusal_count
        counts["dialogues that left it"] += bool(found)
        left.update(one.trigger for one in found if one.to_topic is None)
    assert counts == {
        "dialogues": 66,
        "actions": 731,
        "on the flow": 366,
        "off the flow": 289,
        "of no topic": 76,
        "dialogues that left it": 63,
    }
    # Replies that are in no graph, and words of the wizard's own.
    assert left.most_common(3) == [("goodbye_1", 19), ("custom", 9), ("out_of_scope", 7)]


async def test_what_users_say_moves_by_the_default_table_and_nothing_is_refused(
    star: EventStore,
) -> None:
    topics: Counter[str | None] = Counter()
    messages = 0
    for stream, events in (await dialogues_in(star)).items():
        recorded = await replay(star, stream, commands_of_user(events))
        check_every_prefix(recorded)
        state = (await star.fold(stream, dialogue.fold)).state
        assert state.refusal_count == 0
        messages += state.message_count
        topics[state.current_topic] += 1
    assert messages == 587
    assert sum(topics.values()) == 66
    # Three users say nothing before the dialogue ends.
    assert topics[None] == 3


def test_decided_events_are_of_known_types() -> None:
    assert all(issubclass(event, DomainEvent) for event in dialogue.events)

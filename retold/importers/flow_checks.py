"""What the wizard of a STAR dialogue did, held to the flow charts of its tasks.

Each of the wizard's actions, a suggestion picked or a query made, is taken in as a message that
names a topic. It happened, so it is followed off the charts too, and said to be off them; an action
that no chart has leads nowhere, and is said to be refused. Neither is an error.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from retold.domain.dialogue.decider import TakeMessage, dialogue
from retold.domain.dialogue.events import (
    Label,
    MessageClassified,
    StateTransitioned,
    TransitionRefused,
    dialogue_events,
)
from retold.domain.dialogue.state import DialogueState
from retold.domain.dialogue.table import TransitionTable
from retold.domain.event import DomainEvent, NewEvent, RecordedEvent
from retold.domain.recording import ConversationStarted, MessageImported, conversation_stream
from retold.errors import ConversationUnderWay, SessionNotFound, UnknownFlowChart
from retold.importers.flow_charts import FlowChart
from retold.store import EventStore
from retold.store.codec import made_plain

classifier = "star"
first_topic = "start"
# Names the events, so that recording them once more is a no-op; it never changes.
_namespace = UUID("0b6c2a52-6b0e-5c0d-9c55-1a7d3f0f8b21")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCheck:
    """How far a dialogue kept to its flow charts.

    Attributes:
        session: id of the imported session.
        actions: of the wizard.
        on_flow: those there is a way to from where the dialogue was.
        off_flow: those that are elsewhere in the charts; the dialogue went on from there.
        refused: those that no chart has; the dialogue stayed where it was.
    """

    session: str
    actions: int = 0
    on_flow: int = 0
    off_flow: int = 0
    refused: int = 0


async def record_flow_check(
    store: EventStore, session: str, charts: Mapping[str, FlowChart]
) -> FlowCheck | None:
    """Record how an imported STAR dialogue moved through the flow charts of its tasks.

    What is decided of each action is appended to the session, all at once. Recorded before, it
    stays. What was imported is not touched: an export gives it back as it came.

    Args:
        store: the log.
        session: id of the session.
        charts: flow charts by task; see
            :func:`~retold.importers.flow_charts.read_flow_charts`.

    Returns:
        What is recorded; None when the session is no STAR dialogue with tasks.

    Raises:
        SessionNotFound: when the log does not hold it.
        UnknownFlowChart: when there is none of one of its tasks.
        ConversationUnderWay: when a stateful agent has moved it through other topics.
        UnreachableTopics, DeadTopics: when the charts make no transition table.
        WrongExpectedVersion: when another process appends to it in this moment.
        StoreError: when the log does not do its work.
    """
    stream = conversation_stream(session)
    events = [event async for event in store.read_stream(stream, missing_ok=True)]
    if not events:
        raise SessionNotFound(session)
    tasks = tuple(_tasks(events[0]))
    if not tasks:
        return None
    moved = _moved_before(events, session)
    if not moved:
        news = list(_decided(events, _table(session, tasks, charts), session))
        if news:
            await store.append(
                stream, [new for _, new in news], expected_version=events[-1].version
            )
        moved = [event for event, _ in news]
    return _counted(moved, session)


def _tasks(first: RecordedEvent) -> Iterator[str]:
    """Yield the tasks that a dialogue's scenario names; what is of no such form is passed over."""
    if first.type != ConversationStarted.type:
        return
    origin = ConversationStarted.from_recorded(first).origin
    document = {} if origin is None or origin.format != "star" else origin.document
    scenario = document.get("Scenario")
    named = scenario.get("WizardCapabilities") if isinstance(scenario, Mapping) else None
    for capability in named if isinstance(named, list) else ():
        task = capability.get("Task") if isinstance(capability, Mapping) else None
        if isinstance(task, str):
            yield task


def _table(session: str, tasks: Iterable[str], charts: Mapping[str, FlowChart]) -> TransitionTable:
    found = []
    for task in dict.fromkeys(tasks):
        if task not in charts:
            raise UnknownFlowChart(session, task, charts)
        found.append(charts[task])
    return TransitionTable.of_graph(*found, initial=first_topic)


def _moved_before(events: list[RecordedEvent], session: str) -> list[DomainEvent]:
    """Return what was recorded of the wizard's actions.

    Raises:
        ConversationUnderWay: when nothing was, and somebody else has moved the conversation.
    """
    types = {event.type: event for event in dialogue_events}
    moved = [types[event.type].from_recorded(event) for event in events if event.type in types]
    taken = {
        event.message
        for event in moved
        if isinstance(event, MessageClassified) and event.message_class.classifier == classifier
    }
    if not taken and any(isinstance(event, MessageClassified) for event in moved):
        raise ConversationUnderWay(session)
    return [event for event in moved if getattr(event, "message", None) in taken]


def _decided(
    events: Iterable[RecordedEvent], table: TransitionTable, session: str
) -> Iterator[tuple[DomainEvent, NewEvent]]:
    """Yield what is decided of each action, and how it is recorded."""
    state, number = DialogueState(), 0
    for action, name in _actions(events, table):
        command = TakeMessage(
            message=action.version,
            message_class=Label(label=name, classifier=classifier),
            table=table,
            said_at=action.occurred_at,
            happened=True,
        )
        decided = dialogue.decide(command, state)
        state = dialogue.after(decided, state)
        for event in decided:
            yield (
                event,
                event.to_new_event(
                    metadata={"session": session},
                    event_id=uuid5(_namespace, f"{session}/{number}"),
                    correlation_id=session,
                    causation_id=action.event_id,
                ),
            )
            number += 1


def _actions(
    events: Iterable[RecordedEvent], table: TransitionTable
) -> Iterator[tuple[RecordedEvent, str]]:
    """Yield what the wizard did, each with the name that flow charts give it."""
    for event in events:
        source = event.data.get("source") if event.type == MessageImported.type else None
        if not isinstance(source, Mapping) or source.get("Agent") != "Wizard":
            continue
        match source.get("Action"):
            case "pick_suggestion":
                label = source.get("ActionLabel")
                # One without a label is an action all the same, which no chart has.
                yield event, made_plain(label if isinstance(label, str) else "pick_suggestion")
            case "query":
                yield event, _query(source, table)


def _query(source: Mapping[str, Any], table: TransitionTable) -> str:
    """Return which of the charts' queries one is: ``query_check`` where there is one."""
    constraints = source.get("Constraints")
    given = {
        name: value
        for part in (constraints if isinstance(constraints, list) else ())
        if isinstance(part, Mapping)
        for name, value in part.items()
    }
    kind = f"query_{str(given.get('RequestType', '')).strip(chr(34)).lower()}"
    return kind if kind in table.topics else "query"


def _counted(moved: Iterable[DomainEvent], session: str) -> FlowCheck:
    counts: Counter[str] = Counter()
    for event in moved:
        match event:
            case MessageClassified():
                counts["actions"] += 1
            case StateTransitioned():
                counts["off_flow" if event.off_flow else "on_flow"] += 1
            case TransitionRefused():
                counts["refused"] += 1
            case _:
                pass
    return FlowCheck(session=session, **counts)

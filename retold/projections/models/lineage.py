"""The lineage of nested conversations: a row a conversation, and a row a task it delegated.

What a conversation says of itself and what its parent says of the task it works on are events of
two streams, so they are rows of two tables; :func:`~retold.projections.models.tree.tree`
joins them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.nested_chat_events import DelegationStopped
from retold.domain.recording import (
    ConversationClosed,
    ConversationStarted,
    EventRecorded,
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    conversation_category,
    conversation_of,
)
from retold.projections.keys import key_text
from retold.projections.models.lineage_node import ConversationNode, DelegatedTask, Status, node_of
from retold.projections.models.lineage_table import LineageRow, LineageTaskRow
from retold.projections.models.session_summary import event_types, evolve
from retold.projections.payload import mapping_of, plain_text, printable, type_of
from retold.projections.projection import Need, Projection
from retold.projections.read_table import ReadTable
from retold.projections.rows import Rows
from retold.store.codec import made_plain

lineage_rows = ReadTable(LineageRow, node_of)
task_rows = ReadTable(LineageTaskRow, DelegatedTask)

_task_statuses: Mapping[str, Status] = {
    "ag2.TaskStarted": "running",
    "ag2.TaskCompleted": "completed",
    "ag2.TaskFailed": "failed",
    "ag2.TaskExpired": "expired",
    "ag2.TaskCancelled": "cancelled",
}
_turn_statuses: Mapping[str, Status] = {
    TurnStarted.type: "running",
    TurnCompleted.type: "completed",
    TurnFailed.type: "failed",
    TurnCancelled.type: "cancelled",
    ConversationClosed.type: "closed",
}


def _task_of(event: RecordedEvent) -> tuple[str, str] | None:
    """Return the key of the task an event is about; None when it is about none."""
    if event.type == DelegationStopped.type:
        return conversation_of(event.stream), key_text(plain_text(event.data.get("delegation")))
    if event.type != EventRecorded.type or event.data.get("detached") is True:
        return None
    payload = mapping_of(event.data.get("event"))
    if type_of(payload) not in _task_statuses:
        return None
    return conversation_of(event.stream), key_text(plain_text(payload.get("task_id")))


def _needs(event: RecordedEvent) -> Iterable[Need]:
    yield lineage_rows, conversation_of(event.stream)
    task = _task_of(event)
    if task is not None:
        yield task_rows, task


def _fold(rows: Rows, event: RecordedEvent) -> None:
    node = rows.get(lineage_rows, conversation_of(event.stream))
    rows.put(lineage_rows, _evolved(node, event))
    key = _task_of(event)
    if key is not None:
        rows.put(task_rows, _task(rows.get(task_rows, key), key, event))


def _evolved(node: ConversationNode | None, event: RecordedEvent) -> ConversationNode:
    before = None if node is None else node.summary
    summary = evolve(before, event)
    if before is not None and _is_subtask_usage(event):
        summary = replace(
            summary,
            prompt_tokens=before.prompt_tokens,
            completion_tokens=before.completion_tokens,
        )
    elif _is_subtask_usage(event):
        summary = replace(summary, prompt_tokens=None, completion_tokens=None)
    node = ConversationNode(summary=summary) if node is None else replace(node, summary=summary)
    node = replace(node, turn=_turn_of(event) or node.turn)
    if event.type == ConversationStarted.type:
        parent = mapping_of(event.data.get("parent"))
        task_id = printable(parent.get("task_id"))
        return replace(
            node,
            task_id=None if task_id is None else key_text(task_id),
            tool_call_id=printable(parent.get("tool_call_id")),
            objective=printable(parent.get("objective")),
        )
    status = _turn_statuses.get(event.type)
    if status is None:
        return node
    ended_at = None if status == "running" else event.occurred_at
    token = node.fencing_token
    if event.type == TurnStarted.type:
        given = event.data.get("fencing_token")
        token = given if isinstance(given, int) and not isinstance(given, bool) else None
    return replace(
        node,
        status=status,
        error=_turn_error(status, event.data),
        ended_at=ended_at,
        fencing_token=token,
    )


def _turn_of(event: RecordedEvent) -> str | None:
    if event.type == TurnStarted.type:
        return printable(event.data.get("turn"))
    return printable(event.metadata.get("turn"))


def _is_subtask_usage(event: RecordedEvent) -> bool:
    payload = mapping_of(event.data.get("event"))
    return type_of(payload) == "ag2.UsageEvent" and payload.get("kind") == "subtask"


def _turn_error(status: Status, data: JsonObject) -> str | None:
    if status != "failed":
        return None
    error = mapping_of(data.get("error"))
    if error:
        return made_plain(f"{plain_text(error.get('type'))}: {plain_text(error.get('message'))}")
    return "abandoned" if data.get("abandoned") is True else None


def _task(task: DelegatedTask | None, key: tuple[str, str], event: RecordedEvent) -> DelegatedTask:
    is_stopped = event.type == DelegationStopped.type
    payload = event.data if is_stopped else mapping_of(event.data.get("event"))
    status: Status = "stopped" if is_stopped else _task_statuses[type_of(payload)]
    if task is None:
        session, task_id = key
        task = DelegatedTask(
            session=session,
            task_id=task_id,
            version=event.version,
            root_session=printable(event.metadata.get("session")) or session,
            tool_call_id=printable(payload.get("parent_tool_call_id")),
            objective=made_plain(plain_text(payload.get("objective"))) or None,
            agent=printable(payload.get("agent_name")),
            started_at=event.occurred_at if status == "running" else None,
            recorded_from=event.recorded_at,
            recorded_to=event.recorded_at,
        )
    return replace(
        task,
        status=status,
        result=made_plain(plain_text(payload.get("result"))) or None,
        error=_task_error(payload),
        turn=_turn_of(event) or task.turn,
        ended_at=None if status == "running" else event.occurred_at,
        recorded_to=event.recorded_at,
    )


def _task_error(payload: JsonObject) -> str | None:
    error = mapping_of(payload.get("error"))
    text = plain_text(error.get("message")) if error else plain_text(payload.get("reason"))
    name = plain_text(error.get("type")).rpartition(":")[2].rpartition(".")[2]
    return made_plain(": ".join(part for part in (name, text) if part)) or None


lineage = Projection(
    name="lineage",
    version=2,
    fold=_fold,
    needs=_needs,
    tables=(lineage_rows, task_rows),
    types=event_types | set(_turn_statuses) | {DelegationStopped.type},
    category=conversation_category,
    per_stream=True,
    code=(_evolved, _task, _task_of, _turn_error, _task_error, _turn_of, _is_subtask_usage, evolve),
    description="a row a conversation with its parent and status, and a row a delegated task",
)

"""Tool calls: a row a call, with its answer as soon as there is one.

Of an imported conversation calls are those of its messages, answered by the call's ordinal. Of one
recorded from AG2 they are those of the models' responses, and answers are paired in order, because
ids repeat: a result answers the first open call of its id, and the batch AG2 sends after loose
results adds only what is still open. These are the rules of the session list, so the sums agree.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.recorded import to_datetime, to_microseconds
from retold.domain.recording import (
    ConversationStarted,
    EventRecorded,
    MessageImported,
    conversation_category,
    conversation_of,
)
from retold.projections.event_facts import (
    metadata_text,
    root_session_of,
    seconds_between,
    short_text,
)
from retold.projections.models.session_summary import imported_result_failed
from retold.projections.models.tool_call_table import (
    Caller,
    OpenCalls,
    ToolCall,
    caller_rows,
    open_call_rows,
    tool_call_rows,
)
from retold.projections.models.transcript import content_text
from retold.projections.payload import (
    call_id,
    calls_of,
    error_result_types,
    imported_call_id,
    mapping_of,
    objects_of,
    plain_text,
    printable,
    result_text,
    results_of,
    type_of,
)
from retold.projections.projection import Need, Projection
from retold.projections.rows import Rows
from retold.store.codec import made_plain

longest_result = 4_000


def _needs(event: RecordedEvent) -> Iterator[Need]:
    session = conversation_of(event.stream)
    answers = [answer_id for answer_id, _ in _answers(event)]
    asks = bool(_asked(event))
    if asks or event.type in (ConversationStarted.type, MessageImported.type):
        yield caller_rows, session
    for answer_id in answers:
        yield open_call_rows, (session, answer_id)
    if asks and event.type == EventRecorded.type:
        for call in _asked(event):
            yield open_call_rows, (session, _answer_id(call, "id"))


def _fold(rows: Rows, event: RecordedEvent) -> None:
    session = conversation_of(event.stream)
    if event.type == ConversationStarted.type:
        agent = short_text(printable(event.data.get("agent")))
        if agent is not None:
            caller = rows.get(caller_rows, session) or Caller(session)
            rows.put(caller_rows, replace(caller, agent=agent))
        return
    asked = _asked(event)
    if asked:
        _ask(rows, event, asked)
    for answer_id, changes in _answers(event):
        _answer(rows, event, answer_id, changes)


def _asked(event: RecordedEvent) -> Sequence[JsonObject]:
    """Return the calls an event asks for."""
    if event.type == MessageImported.type:
        return tuple(objects_of(event.data.get("calls")))
    payload = mapping_of(event.data.get("event"))
    if type_of(payload) != "ag2.ModelResponse" or event.data.get("detached") is True:
        return ()
    return calls_of(payload)


def _ask(rows: Rows, event: RecordedEvent, asked: Sequence[JsonObject]) -> None:
    session = conversation_of(event.stream)
    caller = rows.get(caller_rows, session) or Caller(session)
    imported = event.type == MessageImported.type
    agent = short_text(metadata_text(event, "agent"))
    if imported and event.data.get("role") == "assistant":
        agent = caller.agent
    for number, call in enumerate(asked, caller.calls):
        row = ToolCall(
            session=session,
            number=number,
            root_session=root_session_of(event),
            agent=agent,
            actor=printable(call.get("actor")),
            name=short_text(made_plain(plain_text(call.get("name")))) or "",
            call_id=printable(call.get("id")),
            arguments=made_plain(plain_text(call.get("arguments"))),
            asked_version=event.version,
            asked_at=event.occurred_at,
            asked_recorded_at=event.recorded_at,
        )
        rows.put(tool_call_rows, row)
        answer_id = imported_call_id(number) if imported else _answer_id(call, "id")
        _keep_open(rows, row, answer_id, known=not imported)
    rows.put(caller_rows, replace(caller, calls=caller.calls + len(asked)))


def _answer_id(event: JsonObject, field: str) -> str:
    return short_text(made_plain(call_id(event, field))) or ""


def _keep_open(rows: Rows, row: ToolCall, answer_id: str, *, known: bool) -> None:
    # Messages are imported before anything else happens in a conversation, and each of their
    # calls has an id of its own, so none is open yet; needs could not name it either.
    before = rows.get(open_call_rows, (row.session, answer_id)) if known else None
    calls = () if before is None else before.calls
    rows.put(open_call_rows, OpenCalls(row.session, answer_id, (*calls, _kept(row))))


def _answer(rows: Rows, event: RecordedEvent, answer_id: str, changes: Mapping[str, Any]) -> None:
    key = (conversation_of(event.stream), answer_id)
    waiting = rows.get(open_call_rows, key)
    if waiting is None:
        return
    first, *others = waiting.calls
    if others:
        rows.put(open_call_rows, replace(waiting, calls=tuple(others)))
    else:
        rows.delete(open_call_rows, key)
    call = _call_of(first)
    answered = replace(
        call,
        answered_version=event.version,
        answered_at=event.occurred_at,
        answered_recorded_at=event.recorded_at,
        seconds=seconds_between(call.asked_at, event.occurred_at),
        **changes,
    )
    rows.put(tool_call_rows, answered)


def _answers(event: RecordedEvent) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the answers in an event: the id of what each answers, and what it says."""
    if event.type == MessageImported.type:
        result = mapping_of(event.data.get("result"))
        number = result.get("call")
        if isinstance(number, int):
            flagged = result.get("error") is not None
            known = flagged or result.get("derived_error") is not None
            text = made_plain(content_text(event.data.get("content")))
            yield (
                imported_call_id(number),
                _shown(text)
                | {
                    "error": imported_result_failed(result) if known else None,
                    "derived": known and not flagged,
                },
            )
        return
    for result in results_of(mapping_of(event.data.get("event"))):
        error = printable(mapping_of(result.get("error")).get("type"))
        yield (
            _answer_id(result, "parent_id"),
            _shown(made_plain(result_text(result)))
            | {
                "error": type_of(result) in error_result_types,
                "error_type": None if error is None else short_text(error.rpartition(".")[2]),
            },
        )


def _shown(text: str) -> dict[str, Any]:
    return {"result": text[:longest_result], "result_cut": len(text) > longest_result}


_times = ("asked_at", "asked_recorded_at")


def _kept(call: ToolCall) -> dict[str, Any]:
    """Return an unanswered call's row as JSON."""
    return {
        name: to_microseconds(value) if isinstance(value, datetime) else value
        for name, value in asdict(call).items()
        if value is not None
    }


def _call_of(kept: Mapping[str, Any]) -> ToolCall:
    unknown = dict.fromkeys(("agent", "actor", "call_id", "asked_at"))
    times = {name: to_datetime(kept[name]) for name in _times if name in kept}
    values: dict[str, Any] = {**unknown, **kept, **times}
    return ToolCall(**values)


tool_calls = Projection(
    name="tool_calls",
    version=1,
    fold=_fold,
    needs=_needs,
    tables=(tool_call_rows, caller_rows, open_call_rows),
    types=frozenset({ConversationStarted.type, EventRecorded.type, MessageImported.type}),
    category=conversation_category,
    per_stream=True,
    code=(_asked, _ask, _answer_id, _keep_open, _answer, _answers, _shown, _kept, _call_of),
    description="a row a tool call: what was asked, what came back, errors, seconds",
)

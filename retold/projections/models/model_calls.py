"""Model calls: a row an attempt, as a recording client or an imported message tells of it.

A conversation recorded from AG2 by agents whose model is not ``log.model(...)`` has no rows here:
what such a model was given is not recorded. Its tokens are in ``usage``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.model_call import ModelCallCompleted, ModelCallFailed, ModelCallStarted
from retold.domain.recording import (
    ConversationStarted,
    MessageImported,
    conversation_category,
    conversation_of,
)
from retold.projections.event_facts import metadata_text, root_session_of, short_text
from retold.projections.models.model_call_table import (
    ImportedAgent,
    ModelCall,
    imported_agent_rows,
    model_call_rows,
)
from retold.projections.payload import (
    dollars,
    mapping_of,
    plain_text,
    printable,
    token_count,
)
from retold.projections.projection import Need, Projection
from retold.projections.rows import Rows
from retold.store.codec import made_plain

_outcomes = frozenset({ModelCallCompleted.type, ModelCallFailed.type})


def imported_tokens(message: JsonObject) -> tuple[int | None, int | None]:
    """Return the tokens an imported message says its model call took: sent, and produced."""
    return token_count(message.get("prompt_tokens")), token_count(message.get("completion_tokens"))


def imported_model(event: RecordedEvent) -> str | None:
    """Return the model that made an imported message: by the message, or by what is around it."""
    source = mapping_of(event.data.get("source"))
    own = source.get("model") or mapping_of(source.get("raw_data")).get("model")
    return short_text(printable(own) or metadata_text(event, "model"))


def _needs(event: RecordedEvent) -> Iterator[Need]:
    session = conversation_of(event.stream)
    if event.type in _outcomes:
        yield model_call_rows, (session, _call(event))
    elif event.type == MessageImported.type and _is_call(event.data):
        yield imported_agent_rows, session


def _fold(rows: Rows, event: RecordedEvent) -> None:
    if event.type == MessageImported.type:
        _imported(rows, event)
    elif event.type == ModelCallStarted.type:
        rows.put(model_call_rows, _started(event))
    elif event.type in _outcomes:
        row = rows.get(model_call_rows, (conversation_of(event.stream), _call(event)))
        rows.put(model_call_rows, _ended(row or _began(event), event))
    else:
        agent = short_text(printable(event.data.get("agent")))
        if agent is not None and event.data.get("source") != "ag2":
            rows.put(imported_agent_rows, ImportedAgent(conversation_of(event.stream), agent))


def _call(event: RecordedEvent) -> str:
    return short_text(made_plain(plain_text(event.data.get("call")))) or ""


def _began(event: RecordedEvent) -> ModelCall:
    return ModelCall(
        session=conversation_of(event.stream),
        call=_call(event),
        version=event.version,
        root_session=root_session_of(event),
        agent=short_text(metadata_text(event, "agent")),
        model=short_text(printable(event.data.get("model"))),
        provider=short_text(printable(event.data.get("provider"))),
        status="started",
        started_at=event.occurred_at,
        recorded_at=event.recorded_at,
        turn=metadata_text(event, "turn"),
    )


def _started(event: RecordedEvent) -> ModelCall:
    data = event.data
    attempt = data.get("attempt")
    return replace(
        _began(event),
        attempt=attempt if isinstance(attempt, int) else None,
        request_hash=short_text(printable(data.get("request_hash"))),
        prompt_hash=short_text(printable(data.get("prompt_hash"))),
        tools_hash=short_text(printable(data.get("tools_hash"))),
        schema_hash=short_text(printable(data.get("schema_hash"))),
    )


def _ended(row: ModelCall, event: RecordedEvent) -> ModelCall:
    data = event.data
    latency = data.get("latency_ms")
    seconds = latency / 1_000 if isinstance(latency, int | float) else None
    if event.type == ModelCallFailed.type:
        error = mapping_of(data.get("error"))
        return replace(
            row,
            status="failed",
            seconds=seconds,
            error_type=short_text(printable(error.get("type"))),
            error=printable(error.get("message")),
        )
    response, usage = mapping_of(data.get("response")), mapping_of(data.get("usage"))
    return replace(
        row,
        status="completed",
        seconds=seconds,
        model=short_text(printable(response.get("model"))) or row.model,
        provider=short_text(printable(response.get("provider"))) or row.provider,
        prompt_tokens=token_count(usage.get("prompt_tokens")),
        completion_tokens=token_count(usage.get("completion_tokens")),
        total_tokens=token_count(usage.get("total_tokens")),
        cached_tokens=token_count(usage.get("cache_read_input_tokens")),
        finish_reason=printable(data.get("finish_reason")),
    )


def _is_call(message: JsonObject) -> bool:
    return imported_tokens(message) != (None, None)


def _imported(rows: Rows, event: RecordedEvent) -> None:
    data = event.data
    if not _is_call(data):
        return
    session = conversation_of(event.stream)
    agent = rows.get(imported_agent_rows, session)
    prompt_tokens, completion_tokens = imported_tokens(data)
    row = ModelCall(
        session=session,
        call=short_text(f"message-{plain_text(data.get('index'))}") or "",
        version=event.version,
        root_session=root_session_of(event),
        agent=agent.agent if agent is not None and data.get("role") == "assistant" else None,
        model=imported_model(event),
        provider=None,
        status="completed",
        started_at=event.occurred_at,
        recorded_at=event.recorded_at,
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        cost_usd=dollars(data.get("cost_usd")),
    )
    rows.put(model_call_rows, row)


model_calls = Projection(
    name="model_calls",
    version=1,
    fold=_fold,
    needs=_needs,
    tables=(model_call_rows, imported_agent_rows),
    types=frozenset(
        {ConversationStarted.type, MessageImported.type, ModelCallStarted.type, *_outcomes}
    ),
    category=conversation_category,
    per_stream=True,
    code=(_call, _began, _started, _ended, _is_call, _imported, imported_tokens, imported_model),
    description="a row an attempt to call a model: tokens, seconds, errors, hashes of the prompt",
)

"""The documented views. Their names and columns stay; tables behind them come and go."""

from __future__ import annotations

from retold.projections.audit.cache_views import cache_entries, cache_labels, cache_lookups
from retold.projections.audit.circuit_views import circuit_history, circuits
from retold.projections.audit.plan_views import plan_progress, plan_steps
from retold.projections.audit.policy_views import policy_decisions
from retold.projections.audit.problem_view import problems
from retold.projections.audit.topic_view import topic_transitions
from retold.projections.audit.view import View
from retold.projections.audit.workflow_views import workflow_views
from retold.projections.columns import table_of
from retold.projections.models.access_table import access_rows
from retold.projections.models.accesses import accesses as access_list
from retold.projections.models.full_text import full_text, search_rows
from retold.projections.models.human_inputs import (
    human_input_rows,
    human_inputs as human_input_list,
)
from retold.projections.models.lineage import lineage as lineage_list, lineage_rows
from retold.projections.models.messages import message_rows, messages as message_list
from retold.projections.models.model_call_table import model_call_rows
from retold.projections.models.model_calls import model_calls as model_call_list
from retold.projections.models.releases import release_rows, releases as release_list
from retold.projections.models.session_list import session_list, session_rows
from retold.projections.models.subjects import subject_rows, subjects as subject_list
from retold.projections.models.tool_call_table import tool_call_rows
from retold.projections.models.tool_calls import tool_calls as tool_call_list
from retold.projections.models.turns import turn_rows, turns as turn_list
from retold.projections.models.usage import usage as usage_list
from retold.projections.models.usage_table import usage_rows
from retold.store.tables import EventRecord

# A table of the log is named with its schema on SQLite, where a WITH clause of its own name
# would else be taken for it.
_events = table_of(EventRecord)
_uuid_of_bytes = (
    "lower(substr(hex({0}), 1, 8) || '-' || substr(hex({0}), 9, 4) || '-' || "
    "substr(hex({0}), 13, 4) || '-' || substr(hex({0}), 17, 4) || '-' || substr(hex({0}), 21))"
)


def _uuid(column: str) -> dict[str, str]:
    return {"sqlite": _uuid_of_bytes.format(column), "postgresql": f"CAST({column} AS TEXT)"}


sessions = View(
    name="sessions",
    description="a row a conversation, nested ones too",
    projection=session_list,
    table=session_rows,
    columns={
        "session": "id of the conversation",
        "stream": "its stream in the log",
        "root_session": "id of the session it belongs to; its own unless it is nested",
        "parent_stream": "stream of the conversation, or run, it is part of; null for a session",
        "source": "who recorded it: ag2, or the name of an importer",
        "subject": "whom it concerns",
        "tags": "a JSON object",
        "agent": "name of the agent",
        "ag2_stream_id": "the UUID AG2 knows it by",
        "started_at": "when it started, by the source's clock",
        "started_text": "the source's own text of that time",
        "ended_at": "when it was closed, by the source's clock",
        "ended_text": "the source's own text of that time",
        "recorded_from": "when the log took its first event",
        "recorded_to": "when the log took its newest event",
        "version": "its newest event",
        "ended": "whether it was closed",
        "end_reason": "why, when the source says",
        "messages": "messages, tool results included",
        "tool_calls": "tool calls the models asked for",
        "tool_results": "answers to tool calls",
        "tool_errors": "those of them that failed",
        "parallel_call_messages": "messages with more than one tool call",
        "prompt_tokens": "tokens sent to models, as far as known",
        "completion_tokens": "tokens models produced, as far as known",
        "cost_usd": "dollars, as far as known",
        "turns": "turns begun",
        "turns_failed": "turns that failed or were abandoned",
        "open_calls": "a JSON list of the ids of unanswered tool calls",
    },
)
events = View(
    name="events",
    description="the events themselves, as the log holds them",
    projection=None,
    table=_events,
    columns={
        "position": "place in the order of storing",
        "stream": "name of the stream",
        "version": "place in the stream, from 1",
        "event_id": "UUID, as text",
        "type": "stable name of the type",
        "schema_version": "of the type",
        "data": "a JSON object",
        "metadata": "a JSON object",
        "correlation_id": "the piece of work it belongs to",
        "causation_id": "UUID of the event that led to it, as text",
        "occurred_at": "when it happened, by the source's clock",
        "recorded_at": "when the log took it",
    },
    expressions={"event_id": _uuid("event_id"), "causation_id": _uuid("causation_id")},
)

turns = View(
    name="turns",
    description="a row a turn",
    projection=turn_list,
    table=turn_rows,
    columns={
        "session": "id of the conversation",
        "turn": "id of the turn",
        "root_session": "id of the session it belongs to",
        "agent": "who was asked",
        "status": "running, completed, failed or cancelled",
        "error_type": "what ended a failed turn",
        "error": "its message",
        "stage": "the stage it failed or was cancelled in",
        "abandoned": "a failed turn was found open after its process had died",
        "started_version": "event that began it",
        "ended_version": "event that ended it",
        "started_at": "when it began, by the source's clock",
        "ended_at": "when it ended, by the source's clock",
        "recorded_at": "when the log took its first event",
        "seconds": "how long it took, as its process measured",
    },
)
releases = View(
    name="releases",
    description="a row a conversation and combination of prompt, tools and schema of an agent",
    projection=release_list,
    table=release_rows,
    columns={
        "session": "id of the conversation",
        "agent": "name of the agent; empty when unknown",
        "release": "12 hex digits that stand for the three hashes",
        "root_session": "id of the session it belongs to",
        "prompt_hash": "of the prompt",
        "tools_hash": "of the tools' schemas",
        "schema_hash": "of the response's schema; null for free text",
        "first_recorded_at": "when the log took the first call with it",
        "last_recorded_at": "when the log took the newest call with it",
        "model_calls": "calls begun, retries included",
        "retries": "those of them that repeat one that failed",
        "completed": "calls that were answered",
        "failed": "calls that failed",
        "cancelled": "calls that were cancelled",
        "prompt_tokens": "of those that were answered, as far as known",
        "completion_tokens": "of those that were answered, as far as known",
    },
)

messages = View(
    name="messages",
    description="a row an entry of a transcript, of all conversations",
    projection=message_list,
    table=message_rows,
    columns={
        "session": "id of the conversation",
        "version": "of the event it is from",
        "item": "place among the entries of that event, from 0",
        "root_session": "id of the session it belongs to",
        "role": "user, assistant, tool, human, a role of the source's own, or note",
        "name": "name of the agent or the tool",
        "agent": "name of the agent",
        "turn": "id of the turn",
        "text": "what was said",
        "calls": "a JSON list of the tool calls in it",
        "answers": "number of the call that a tool result answers",
        "error": "whether a tool result is a failure",
        "derived": "whether that was read from the text, because the source has no flag",
        "occurred_at": "when it happened, by the source's clock",
        "time_text": "the source's own text of that time",
        "recorded_at": "when the log took it",
    },
)
tool_calls = View(
    name="tool_calls",
    description="a row a tool call, with its answer",
    projection=tool_call_list,
    table=tool_call_rows,
    columns={
        "session": "id of the conversation",
        "number": "place among all calls of the conversation, from 0",
        "root_session": "id of the session it belongs to",
        "agent": "name of the agent whose model asked",
        "actor": "who asked, where an importer's source says so",
        "name": "name of the tool",
        "call_id": "the provider's id, which may occur more than once",
        "arguments": "as JSON, or the text that stands for it",
        "asked_version": "event that asked",
        "asked_at": "when, by the source's clock",
        "asked_recorded_at": "when the log took it",
        "answered_version": "event with the answer; null while there is none",
        "answered_at": "when, by the source's clock",
        "answered_recorded_at": "when the log took it",
        "result": "text of the answer, its first 4,000 characters",
        "result_cut": "whether the answer is longer",
        "error": "whether the answer is a failure",
        "derived": "whether that was read from the text, because the source has no flag",
        "error_type": "class of the error",
        "seconds": "from asking to answer, by the source's clock",
    },
)
model_calls = View(
    name="model_calls",
    description="a row an attempt to call a model",
    projection=model_call_list,
    table=model_call_rows,
    columns={
        "session": "id of the conversation",
        "call": "id of the attempt",
        "version": "event that began it",
        "root_session": "id of the session it belongs to",
        "agent": "name of the agent",
        "model": "name of the model",
        "provider": "name of the provider",
        "status": "started, completed or failed",
        "error_type": "class of the error",
        "error": "its message",
        "attempt": "from 1; greater when an equal request failed before in the same turn",
        "started_at": "when, by the source's clock",
        "recorded_at": "when the log took the first event of it",
        "seconds": "from call to outcome",
        "prompt_tokens": "tokens sent",
        "completion_tokens": "tokens produced",
        "total_tokens": "as the provider sums them",
        "cached_tokens": "of those sent, the ones the provider had in its cache",
        "cost_usd": "dollars, where the source says",
        "finish_reason": "why the model stopped",
        "request_hash": "of the whole request",
        "prompt_hash": "of the prompt",
        "tools_hash": "of the tools' schemas",
        "schema_hash": "of the response's schema",
        "turn": "id of the turn",
    },
)
usage = View(
    name="usage",
    description="a row a day, conversation, agent and model: no token is counted twice",
    projection=usage_list,
    table=usage_rows,
    columns={
        "tenant": "whose",
        "day": "UTC date, YYYY-MM-DD",
        "day_of": "whose clock says so: source, or recorded where the source gave no time",
        "session": "id of the conversation",
        "agent": "name of the agent; empty when unknown",
        "model": "name of the model; empty when unknown",
        "root_session": "id of the session it belongs to",
        "prompt_tokens": "tokens sent, as far as known",
        "completion_tokens": "tokens produced, as far as known",
        "cost_usd": "dollars, as far as known",
        "model_calls": "calls that ended, failed ones included",
        "failed_calls": "those of them that failed or were cancelled",
    },
)
subjects = View(
    name="subjects",
    description="a row a person and session that concerns it",
    projection=subject_list,
    table=subject_rows,
    columns={
        "subject": "the person, such as user:7",
        "session": "id of the session",
        "root_session": "id of the session it belongs to; its own unless it is nested",
        "source": "who recorded it",
        "started_at": "when it started, by the source's clock",
        "recorded_from": "when the log took its first event",
        "ended": "whether it was closed",
    },
)
human_inputs = View(
    name="human_inputs",
    description="a row a question of an agent to a human",
    projection=human_input_list,
    table=human_input_rows,
    columns={
        "session": "id of the conversation",
        "version": "event that asked",
        "root_session": "id of the session it belongs to",
        "agent": "name of the agent that asked",
        "question": "what it asked",
        "asked_at": "when, by the source's clock",
        "recorded_at": "when the log took it",
        "outcome": "answered or unanswered",
        "answered_version": "event with the answer; null while there is none",
        "answer": "what the human said",
        "answered_at": "when, by the source's clock",
        "answered_recorded_at": "when the log took it",
        "wait_seconds": "from question to answer, by the source's clock",
    },
)
lineage = View(
    name="lineage",
    description="a row a conversation, with where it hangs and how its task stands",
    projection=lineage_list,
    table=lineage_rows,
    columns={
        "session": "id of the conversation",
        "root_session": "id of the session it belongs to; its own unless it is nested",
        "parent_session": "the conversation that delegated to it",
        "parent_stream": "stream of that conversation",
        "task_id": "the delegated task, as AG2 names it",
        "tool_call_id": "the tool call that delegated",
        "objective": "what was to be done",
        "agent": "name of the agent",
        "status": "what its own turns say",
        "error": "what it failed with",
        "started_at": "when it started, by the source's clock",
        "ended_at": "when it ended, by the source's clock",
        "recorded_from": "when the log took its first event",
        "recorded_to": "when the log took its newest event",
        "messages": "messages, tool results included",
        "tool_calls": "tool calls its models asked for",
        "prompt_tokens": "tokens sent to models, as far as known",
        "completion_tokens": "tokens models produced, as far as known",
        "cost_usd": "dollars, as far as known",
    },
)
search = View(
    name="search",
    description="a row a text that full-text search looks into",
    projection=full_text,
    table=search_rows,
    columns={
        "session": "id of the conversation",
        "version": "of the event it is from",
        "item": "place of the message among those of that event",
        "part": "place of the text in the message",
        "root_session": "id of the session it belongs to",
        "kind": "message, tool_arguments, tool_result, summary or note",
        "role": "of the message",
        "name": "name of the agent or the tool",
        "text": "the text",
        "occurred_at": "when it happened, by the source's clock",
        "recorded_at": "when the log took it",
    },
)
accesses = View(
    name="accesses",
    description="a row an access to the log",
    projection=access_list,
    table=access_rows,
    columns={
        "stream": "the stream that tells",
        "version": "event that tells",
        "actor": "who",
        "action": "what was done",
        "target": "with what",
        "door": "what it came in by",
        "at": "when, by the clock of who did it",
        "recorded_at": "when the log took it",
        "parameters": "of the query, as JSON",
        "rows": "how many rows, entries or events were given",
    },
)

all_views: tuple[View, ...] = (
    sessions,
    messages,
    tool_calls,
    model_calls,
    usage,
    lineage,
    subjects,
    human_inputs,
    search,
    turns,
    releases,
    problems,
    accesses,
    plan_progress,
    plan_steps,
    circuits,
    circuit_history,
    cache_entries,
    cache_lookups,
    cache_labels,
    topic_transitions,
    policy_decisions,
    *workflow_views,
    events,
)

"""Sessions, totals and transcripts as records to print."""

from __future__ import annotations

from collections.abc import Mapping

from retold.cli.output import Cell, Record, money, time_text
from retold.projections.models.session_summary import SessionSummary
from retold.projections.models.totals import Totals
from retold.projections.models.transcript import Entry, ToolCall

# In the order of their worth: a narrow terminal shows the first ones.
list_columns = {
    "session": "session",
    "source": "source",
    "messages": "messages",
    "tool_calls": "calls",
    "tool_errors": "errors",
    "cost_usd": "cost $",
    "started_at": "started",
    "end_reason": "end",
    "subject": "subject",
    "prompt_tokens": "prompt",
    "completion_tokens": "completion",
}


def session_record(summary: SessionSummary) -> dict[str, Cell]:
    """Return a row of the session list."""
    return {
        "session": summary.session,
        "source": summary.source,
        "subject": summary.subject,
        "agent": summary.agent,
        "tags": dict(summary.tags),
        "sessions_ended": int(summary.ended),
        **_figures(summary),
        "end_reason": summary.end_reason,
        "stream": summary.stream,
        "version": summary.version,
        "root_session": summary.root_session,
        "parent_stream": summary.parent_stream,
        "ag2_stream_id": summary.ag2_stream_id,
        "recorded_from": time_text(summary.recorded_from),
        "recorded_to": time_text(summary.recorded_to),
    }


def totals_record(totals: Totals) -> dict[str, Cell]:
    """Return totals; ``by_source`` holds the same for each source when there are several."""
    return {
        "source": totals.source,
        "sessions": totals.sessions,
        "sessions_ended": totals.sessions_ended,
        **_figures(totals),
        "end_reason": totals.end_reason,
        "end_reasons": dict(totals.end_reasons),
        "undated_events": totals.undated_events,
        "by_source": {source: totals_record(part) for source, part in totals.by_source.items()},
    }


def totals_table(totals: Totals) -> tuple[list[Record], dict[str, str]]:
    """Return a table of totals, a row a figure: its rows, and its columns with their headings.

    There is a column for all and, when there are several, one for each source.
    """
    whole = totals_record(totals)
    parts = {totals.source or "all": whole}
    parts |= {source: totals_record(part) for source, part in totals.by_source.items()}
    fields = [name for name, value in whole.items() if not isinstance(value, Mapping)]
    fields.remove("source")
    rows: list[Record] = [
        {"figure": field.replace("_", " "), **{name: part[field] for name, part in parts.items()}}
        for field in fields
    ]
    return rows, {"figure": "", **{name: name for name in parts}}


def entry_record(entry: Entry) -> dict[str, Cell]:
    """Return an entry of a transcript."""
    return {
        "version": entry.version,
        "time": time_text(entry.time, entry.time_text),
        "recorded_at": time_text(entry.recorded_at),
        "role": entry.role,
        "name": entry.name,
        "text": entry.text,
        "tool_calls": [_call_record(call) for call in entry.calls],
        "answers": entry.answers,
        "error": entry.error,
        "error_derived": entry.derived if entry.error is not None else None,
    }


def _call_record(call: ToolCall) -> dict[str, Cell]:
    return {
        "number": call.number,
        "name": call.name,
        "id": call.id,
        "arguments": call.arguments,
    }


def _figures(counted: SessionSummary | Totals) -> dict[str, Cell]:
    return {
        "messages": counted.messages,
        "tool_calls": counted.tool_calls,
        "tool_results": counted.tool_results,
        "tool_errors": counted.tool_errors,
        "parallel_call_messages": counted.parallel_call_messages,
        "turns": counted.turns,
        "turns_failed": counted.turns_failed,
        "prompt_tokens": counted.prompt_tokens,
        "completion_tokens": counted.completion_tokens,
        "cost_usd": money(counted.cost_usd),
        "started_at": time_text(counted.started_at, counted.started_text),
        "ended_at": time_text(counted.ended_at, counted.ended_text),
    }

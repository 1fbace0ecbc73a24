"""What the transcripts for people say beside the messages: facts, headings, times, figures."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from retold.projections.exports.document import Document, Figures, Line, Section
from retold.projections.exports.text import time_text
from retold.projections.models.transcript import Entry


def facts_of(document: Document) -> Iterator[tuple[str, str]]:
    """Yield name and value of what is known of a conversation."""
    summary = document.summary
    started = time_text(summary.started_at, summary.started_text)
    ended = time_text(summary.ended_at, summary.ended_text)
    known = {
        "source": summary.source,
        "subject": summary.subject,
        "agent": summary.agent,
        "tags": ", ".join(f"{name}={value}" for name, value in summary.tags.items()) or None,
        "nested in": summary.parent_stream,
        "started": started or "at an unknown time",
        "ended": (ended or "at an unknown time") if summary.ended else None,
        "end reason": summary.end_reason,
        "recorded": f"{time_text(summary.recorded_from)} to {time_text(summary.recorded_to)}",
        "messages": f"{summary.messages:,}",
        "tool calls": f"{summary.tool_calls:,}, {summary.tool_errors:,} failed",
        "tokens": tokens_text(Figures(summary.prompt_tokens, summary.completion_tokens)),
        "cost": cost_text(summary.cost_usd),
        "version": str(summary.version),
    }
    yield from ((name, value) for name, value in known.items() if value is not None)


def heading_of(section: Section) -> str:
    """Return the heading of a section."""
    if section.number == 0:
        return "Before the first turn"
    return f"Turn {section.number}"


def notes_of(of: Section | Line) -> list[str]:
    """Return what is known of a section, or of what a message cost."""
    notes: list[str | None] = []
    if isinstance(of, Section):
        if of.agent is not None:
            notes.append(f"agent {of.agent}")
        if of.start is not None:
            notes.append(of.outcome or "without a recorded end")
        if of.duration_ms is not None:
            notes.append(f"{of.duration_ms / 1_000:,.3f} s")
    notes += [tokens_text(of.figures), cost_text(of.figures.cost_usd)]
    return [note for note in notes if note is not None]


def who(entry: Entry) -> str:
    """Return who said something."""
    return entry.role if entry.name is None else f"{entry.role} {entry.name}"


def time_of(entry: Entry) -> str:
    """Return when something was said by the source's clock; else when the log took it."""
    told = time_text(entry.time, entry.time_text)
    return told or f"recorded {time_text(entry.recorded_at)}, time unknown"


def tokens_text(figures: Figures) -> str | None:
    """Return counts of tokens; None when neither is known."""
    if figures.prompt_tokens is None and figures.completion_tokens is None:
        return None
    known = [
        "unknown" if count is None else f"{count:,}"
        for count in (figures.prompt_tokens, figures.completion_tokens)
    ]
    return f"{known[0]} + {known[1]} tokens"


def cost_text(cost: Decimal | None) -> str | None:
    """Return dollars; None when unknown."""
    return None if cost is None else f"${cost.normalize():f}"

"""A conversation as of a moment, and how it is printed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from retold.cli.output import Cell, Format, print_json, print_records, print_text, time_text
from retold.cli.session_records import entry_record, session_record
from retold.domain.event import RecordedEvent
from retold.errors import NothingByThen
from retold.projections.models.as_of import Clock, Moment
from retold.projections.models.session_list import stream_of_session
from retold.projections.models.session_summary import SessionSummary, evolve
from retold.projections.models.transcript import Entry, transcript
from retold.store import EventStore

_entry_columns = {
    name: name for name in ("version", "time", "role", "name", "text", "tool_calls", "error")
}
_role_styles = {"user": "cyan", "human": "cyan", "assistant": "green", "tool": "yellow"}


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation as of a moment.

    Attributes:
        summary: what the session list would have said then.
        entries: its transcript.
        undated: events left out because their source gives no time.
    """

    summary: SessionSummary
    entries: tuple[Entry, ...]
    undated: int = 0


async def conversation_as_of(
    store: EventStore, session: str, until: int | datetime | None, clock: Clock
) -> Conversation:
    """Read a conversation up to a version or a moment.

    Args:
        store: the log.
        session: its id, or the UUID AG2 knows it by.
        until: the last version or moment, itself included; None for all.
        clock: by which a moment is meant.

    Raises:
        SessionNotFound: when the log does not hold it.
        NothingByThen: when nothing of it had happened by then.
    """
    stream = await stream_of_session(store, session)
    summary: SessionSummary | None = None
    events: list[RecordedEvent] = []
    undated = 0
    async for event in store.read_stream(
        stream, to_version=until if isinstance(until, int) else None
    ):
        if isinstance(until, datetime):
            included = Moment(until, clock).includes(event)
            undated += included is None
            if not included:
                continue
        events.append(event)
        summary = evolve(summary, event)
    if summary is None:
        raise NothingByThen(stream, until, undated_events=undated)
    return Conversation(summary, tuple(transcript(events)), undated)


def print_transcript(conversation: Conversation, form: Format) -> None:
    """Print a conversation: one JSON object, CSV with a row an entry, or text to read."""
    entries = [entry_record(entry) for entry in conversation.entries]
    match form:
        case Format.JSON:
            record: dict[str, Cell] = session_record(conversation.summary)
            print_json({**record, "undated_events": conversation.undated, "entries": entries})
        case Format.CSV | Format.PARQUET:
            print_records(entries, form, columns=_entry_columns)
        case Format.TABLE:
            _print_text(conversation)


def _print_text(conversation: Conversation) -> None:
    summary = conversation.summary
    started = time_text(summary.started_at, summary.started_text) or "an unknown time"
    print_text(f"{summary.session}  ({summary.source or 'unknown source'}, since {started})")
    for entry in conversation.entries:
        when = time_text(entry.time, entry.time_text) or "-"
        who = entry.role if entry.name is None else f"{entry.role} {entry.name}"
        failed = " [error]" if entry.error else ""
        answered = "" if entry.answers is None else f" #{entry.answers}"
        print_text(
            f"\n{entry.version}  {when}  {who}{answered}{failed}",
            style=_role_styles.get(entry.role, "bright_black"),
        )
        if entry.text:
            print_text(entry.text)
        for call in entry.calls:
            print_text(f"-> #{call.number} {call.name} {call.arguments}")

"""What AG2 stored of a conversation elsewhere: a stream's list in Redis, or a log of its events.

Redis: the list under ``ag2:stream:<id>``, as ``redis-cli --json LRANGE ag2:stream:<id> 0 -1``
prints it (a JSON list of texts, each an event), as JSON lines, or as a JSON list of events.
Log: ``/log/<id>.jsonl`` of a knowledge store, as ``EventLogWriter`` writes it, a line an event.

The events are recorded in the form Retold gives AG2's events when it records them itself, beside
the text they came as. AG2's reader is never used: it runs code that stored data names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from retold.errors import ImportFailed, MalformedRecord, UnreadableFile
from retold.importers.reading.ag2_wire import event_record, logged_event_record
from retold.importers.reading.document import check_keepable, parse
from retold.importers.reading.json_path import item
from retold.importers.reading.record import Record
from retold.importers.reading.source_time import SourceTime
from retold.importers.source import SourceConversation, SourceEvent

_mark = "__event__"


class AG2Redis:
    """The importer for streams of AG2 in Redis."""

    name = "ag2-redis"
    form = "a list or JSON lines of AG2's events (objects with __event__, or texts of such)"
    markers = (b'"__event__"', b'\\"__event__\\"')

    def recognises(self, document: object) -> bool:
        """Tell whether an entry of a list is an event as AG2 stores it in Redis."""
        return isinstance(document, list) and any(
            (isinstance(entry, dict) and _mark in entry)
            or (isinstance(entry, str) and entry.startswith("{") and f'"{_mark}"' in entry)
            for entry in document
        )

    def count(self, document: object) -> int:
        """Return 1: a file holds one stream."""
        del document
        return 1

    def read(self, document: object, path: Path) -> Iterator[SourceConversation | ImportFailed]:
        """Yield the conversation, or the error that makes it unusable."""
        yield from _read(self.name, path, document, event_record)


class AG2Log:
    """The importer for AG2's event logs."""

    name = "ag2-log"
    form = "JSON lines of AG2's events (objects with type and data)"
    markers = (b'"type": "ag2.events.', b'"type":"ag2.events.')

    def recognises(self, document: object) -> bool:
        """Tell whether an entry of a list is an event as AG2's log holds it."""
        return isinstance(document, list) and any(
            isinstance(entry, dict)
            and entry.keys() == {"type", "data"}
            and isinstance(entry["type"], str)
            and isinstance(entry["data"], dict)
            and "created_at" in entry["data"]
            for entry in document
        )

    def count(self, document: object) -> int:
        """Return 1: a file holds one log."""
        del document
        return 1

    def read(self, document: object, path: Path) -> Iterator[SourceConversation | ImportFailed]:
        """Yield the conversation, or the error that makes it unusable."""
        yield from _read(self.name, path, document, logged_event_record)


def _read(
    name: str, path: Path, document: Any, to_record: Callable[[Record], dict[str, Any]]
) -> Iterator[SourceConversation | ImportFailed]:
    try:
        check_keepable(path, "$", document)
        events = [
            _read_event(path, item("$", index), entry, to_record)
            for index, entry in enumerate(document)
        ]
        yield SourceConversation(
            format=name,
            session=path.stem,
            session_field="",
            path=path,
            where="$",
            record=document,
            messages=events,
        )
    except ImportFailed as error:
        yield error


def _read_event(
    path: Path, where: str, entry: Any, to_record: Callable[[Record], dict[str, Any]]
) -> SourceEvent:
    stored = entry
    if isinstance(entry, str):
        try:
            stored = parse(entry.encode("utf-8", "surrogatepass"), Path(path.stem))
        except UnreadableFile as error:
            raise MalformedRecord(
                path, where, "", f"the text is no JSON: {error.reason}"
            ) from error
        check_keepable(path, where, stored)
    record = Record.of(path, where, stored)
    return SourceEvent(source=entry, event=to_record(record), time=_time(record))


def _time(record: Record) -> SourceTime | None:
    fields = record.optional_object("data") if _mark not in record.value else record
    seconds = None if fields is None else fields.optional_amount("created_at")
    if fields is None or seconds is None:
        return None
    try:
        return SourceTime.of_unix(seconds)
    except ValueError as error:
        raise fields.malformed("created_at", f"{seconds} is no time ({error})") from error

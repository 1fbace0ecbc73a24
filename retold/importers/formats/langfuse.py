"""Traces exported from Langfuse: a trace and its observations, which are spans.

The file is ``{trace, observations: [{id, parentObservationId, type, name, startTime, endTime,
usageDetails, costDetails, input, output, ...}]}``. The spans stay in the order of the file, which
need not be that of time, nor parents first; the cause of a span's event is that of its parent. A
span whose parent the file does not hold is kept, and reported. A tool's span is both a call and
its result. ``metadata``, of the trace and of spans, is left out before anything is recorded: SDKs
put keys and addresses there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from retold.domain.recording import ImportedCall, ImportedResult
from retold.errors import ImportFailed
from retold.importers.reading.document import check_keepable
from retold.importers.reading.record import Record
from retold.importers.reading.source_time import SourceTime
from retold.importers.source import SourceConversation, SourceMessage

_left_out = "metadata"
_roles = {"GENERATION": "assistant", "TOOL": "tool"}


class Langfuse:
    """The importer for traces of Langfuse."""

    name = "langfuse"
    form = "an object with trace and observations (a list of objects with id and type)"
    markers = (b'"parentObservationId"',)

    def recognises(self, document: object) -> bool:
        """Tell whether an object has a trace and observations."""
        return isinstance(document, dict) and document.keys() >= {"trace", "observations"}

    def count(self, document: object) -> int:
        """Return 1: a file holds one trace."""
        del document
        return 1

    def read(self, document: object, path: Path) -> Iterator[SourceConversation | ImportFailed]:
        """Yield the trace, or the error that makes it unusable."""
        try:
            yield _read_trace(path, document)
        except ImportFailed as error:
            yield error


def _read_trace(path: Path, document: object) -> SourceConversation:
    check_keepable(path, "$", document)
    record = Record.of(path, "$", _without_metadata(document))
    trace = record.optional_object("trace")
    if trace is None:
        raise record.expected("trace", "an object")
    spans = list(record.objects("observations"))
    places: dict[str, int] = {}
    for index, span in enumerate(spans):
        if places.setdefault(span.text("id"), index) != index:
            raise span.malformed("id", "another span of this trace has it too")
    tags = {
        "name": trace.optional_text("name"),
        "session": trace.optional_text("sessionId"),
        "environment": trace.optional_text("environment"),
        "release": trace.optional_text("release"),
    }
    messages = [_read_span(span, places) for span in spans]
    return SourceConversation(
        format=Langfuse.name,
        session=trace.text("id"),
        session_field="trace",
        path=path,
        where="$",
        record=record.value,
        messages_at="observations",
        messages=messages,
        started=_time(trace, "timestamp"),
        tags={name: value for name, value in tags.items() if value},
        notes=tuple(_dangling(spans, places)),
    )


def _without_metadata(document: Any) -> Any:
    """Return the document without what SDKs say of themselves, at all places it is exported to."""
    if not isinstance(document, dict):
        return document
    trace, spans = document.get("trace"), document.get("observations")
    if isinstance(trace, dict):
        trace = {name: value for name, value in trace.items() if name != _left_out}
        if "observations" in trace:
            trace["observations"] = _spans_without_metadata(trace["observations"])
    return document | {"trace": trace, "observations": _spans_without_metadata(spans)}


def _spans_without_metadata(spans: Any) -> Any:
    if not isinstance(spans, list):
        return spans
    return [
        {name: value for name, value in span.items() if name != _left_out}
        if isinstance(span, dict)
        else span
        for span in spans
    ]


def _dangling(spans: Sequence[Record], places: dict[str, int]) -> Iterator[str]:
    for span in spans:
        parent = span.optional_text("parentObservationId")
        if parent is not None and parent not in places:
            yield (
                f"span {span.text('id')} at {span.where} names the parent {parent}, which the "
                "file does not hold"
            )


def _read_span(span: Record, places: dict[str, int]) -> SourceMessage:
    kind = span.text("type")
    parent = span.optional_text("parentObservationId")
    name = span.optional_text("name")
    calls: tuple[ImportedCall, ...] = ()
    result = None
    if kind == "TOOL":
        level = span.optional_text("level")
        identity = span.text("id")
        calls = (ImportedCall(name=name or "", id=identity, arguments=span.value.get("input")),)
        result = ImportedResult(name=name, error=None if level is None else level == "ERROR")
    usage = span.optional_object("usageDetails")
    costs = span.optional_object("costDetails")
    return SourceMessage(
        source=span.value,
        role=_roles.get(kind, kind.lower()),
        name=name,
        content=span.value.get("output"),
        caused_by=None if parent is None or parent == span.value["id"] else places.get(parent),
        calls=calls,
        result=result,
        answered_id=span.text("id") if result else None,
        time=_time(span, "startTime"),
        prompt_tokens=usage.optional_count("input") if usage else None,
        completion_tokens=usage.optional_count("output") if usage else None,
        cost_usd=costs.optional_amount("total") if costs else None,
    )


def _time(record: Record, field: str) -> SourceTime | None:
    text = record.optional_text(field)
    if text is None:
        return None
    try:
        return SourceTime.parse(text)
    except ValueError as error:
        raise record.malformed(field, f"{text!r} is no ISO 8601 time ({error})") from error

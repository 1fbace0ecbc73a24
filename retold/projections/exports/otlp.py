"""Spans in the JSON form of OTLP, the protocol of OpenTelemetry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from retold.domain.event import JsonObject, RecordedEvent
from retold.projections.telemetry import names
from retold.projections.telemetry.ids import span_id_of

Attribute = str | bool | int | float | Sequence[str] | None

unset, ok, error = 0, 1, 2
_internal = 1
_largest = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A span, and the events it stands for.

    Attributes:
        id: 16 hex digits.
        parent: id of the span it is part of.
        name: of the operation.
        start: the event with which it begins.
        end: the event with which it ends; None when it has no recorded end.
        attributes: by name; those that are None are left out.
        status: unset, ok or error.
        message: what the error was.
    """

    id: str
    name: str
    start: RecordedEvent
    end: RecordedEvent | None
    parent: str | None = None
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    status: int = unset
    message: str | None = None


def span_id(event: RecordedEvent, what: str) -> str:
    """Return the id of what an event begins: the same whenever it is exported.

    Args:
        event: the event.
        what: which of the spans it begins.
    """
    return span_id_of(event.event_id, what)


def to_otlp(trace_id: str, spans: Sequence[Span], *, scope_version: str) -> JsonObject:
    """Return spans of one trace as an ``ExportTraceServiceRequest``.

    Args:
        trace_id: 32 hex digits.
        spans: in any order.
        scope_version: version of what made them.
    """
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes({names.SERVICE_NAME: names.scope})},
                "scopeSpans": [
                    {
                        "scope": {"name": names.scope, "version": scope_version},
                        "spans": [_span(trace_id, span) for span in spans],
                    }
                ],
            }
        ]
    }


def _span(trace_id: str, span: Span) -> JsonObject:
    events = [span.start] if span.end is None else [span.start, span.end]
    by_source = [event.occurred_microseconds for event in events]
    # One clock a span: the source's and the log's may be years apart.
    is_known = all(time is not None and time >= 0 for time in by_source)
    times = by_source if is_known else [event.recorded_microseconds for event in events]
    told: dict[str, Attribute] = {
        names.RETOLD_TIME_SOURCE: "occurred_at" if is_known else "recorded_at",
        names.RETOLD_UNFINISHED: True if span.end is None else None,
        names.RETOLD_STREAM: span.start.stream,
        names.RETOLD_VERSION: span.start.version,
    }
    made: dict[str, Any] = {
        "traceId": trace_id,
        "spanId": span.id,
        "name": span.name,
        "kind": _internal,
        "startTimeUnixNano": _nanoseconds(times[0]),
        "endTimeUnixNano": _nanoseconds(times[-1]),
        "attributes": _attributes({**span.attributes, **told}),
        "status": {"code": span.status},
    }
    if span.parent is not None:
        made["parentSpanId"] = span.parent
    if span.message is not None:
        made["status"]["message"] = span.message
    return made


def _nanoseconds(microseconds: int | None) -> str:
    # 64-bit numbers are text in the JSON form.
    return str((microseconds or 0) * 1_000)


def _attributes(attributes: Mapping[str, Attribute]) -> list[JsonObject]:
    return [
        {"key": name, "value": _value(value)}
        for name, value in attributes.items()
        if value is not None
    ]


def _value(value: Attribute) -> JsonObject:
    match value:
        case bool():
            return {"boolValue": value}
        case int() if abs(value) <= _largest:
            return {"intValue": str(value)}
        case int() | float():
            return {"doubleValue": float(value)}
        case str() | None:
            return {"stringValue": value or ""}
        case _:
            return {"arrayValue": {"values": [{"stringValue": item} for item in value]}}

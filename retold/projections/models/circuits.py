"""Circuits: a row a circuit as it is now, and a row for each thing that happened to one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from retold.domain.circuit import (
    CircuitCallFailed,
    CircuitCallRefused,
    CircuitClosed,
    CircuitHalfOpened,
    CircuitOpened,
    CircuitRecovered,
    circuit_category,
    circuit_events,
    circuit_of,
)
from retold.domain.event import RecordedEvent
from retold.projections.event_facts import metadata_text, short_text
from retold.projections.models.circuit_table import (
    Circuit,
    CircuitChange,
    circuit_change_rows,
    circuit_rows,
)
from retold.projections.payload import mapping_of, printable
from retold.projections.projection import Need, Projection
from retold.projections.rows import Rows

# The class of the error a refused caller gets; the event is its cause and has none itself.
_refusal = "CircuitOpen"


def _needs(event: RecordedEvent) -> Iterable[Need]:
    return ((circuit_rows, circuit_of(event.stream)),)


def _fold(rows: Rows, event: RecordedEvent) -> None:
    change = _change(event)
    rows.put(circuit_change_rows, change)
    row = rows.get(circuit_rows, change.circuit) or Circuit(
        circuit=change.circuit, version=0, recorded_at=event.recorded_at
    )
    row = replace(row, version=event.version, recorded_at=event.recorded_at)
    rows.put(circuit_rows, _after(row, change, event))


def _change(event: RecordedEvent) -> CircuitChange:
    data, error = event.data, mapping_of(event.data.get("error"))
    is_refusal = event.type == CircuitCallRefused.type
    error_type = short_text(printable(error.get("type")))
    return CircuitChange(
        circuit=circuit_of(event.stream),
        version=event.version,
        what=event.type.partition(".")[2],
        failed=is_refusal or event.type == CircuitOpened.type,
        call=short_text(printable(data.get("call"))),
        session=short_text(metadata_text(event, "session")),
        agent=short_text(metadata_text(event, "agent")),
        error_type=_refusal if is_refusal else error_type,
        error=printable(error.get("message")),
        failures=_count(data.get("failures")),
        retry_at=_moment(data.get("retry_at")),
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
    )


def _after(row: Circuit, change: CircuitChange, event: RecordedEvent) -> Circuit:
    at = _moment(event.data.get("opened_at") or event.data.get("at")) or event.occurred_at
    match event.type:
        case CircuitCallFailed.type:
            row = _failed(row, change, at)
        case CircuitRecovered.type:
            row = replace(row, failures=0)
        case CircuitOpened.type:
            if row.status == "half_open":
                # A probe's failure has no event of its own.
                row = _failed(row, change, at)
            row = replace(
                row,
                status="open",
                since=at,
                openings=row.openings + 1,
                retry_at=change.retry_at,
                error_type=change.error_type,
                error=change.error,
            )
        case CircuitHalfOpened.type:
            row = replace(row, status="half_open", since=at, retry_at=None)
        case CircuitClosed.type:
            row = replace(row, status="closed", since=at, failures=0, retry_at=None)
        case CircuitCallRefused.type:
            row = replace(row, refused=row.refused + 1)
        case _:
            pass
    return row


def _failed(row: Circuit, change: CircuitChange, at: datetime | None) -> Circuit:
    return replace(
        row,
        failures=row.failures + 1,
        failures_total=row.failures_total + 1,
        error_type=change.error_type,
        error=change.error,
        failed_at=at,
    )


def _count(value: Any) -> int | None:
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
    return value if is_count else None


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


circuits = Projection(
    name="circuits",
    version=1,
    fold=_fold,
    tables=(circuit_rows, circuit_change_rows),
    needs=_needs,
    types=frozenset(circuit_events),
    category=circuit_category,
    per_stream=True,
    code=(_change, _after, _failed, _count, _moment),
    description="a row a circuit: status, failures, last error; and a row a change of one",
)

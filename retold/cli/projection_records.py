"""Projections as records to print."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from retold.cli.output import Cell, Record, time_text
from retold.projections.keeping.control import ParkedEvent
from retold.projections.keeping.diff import EventPlace, ProjectionDiff
from retold.projections.keeping.rebuild import Rebuilt
from retold.projections.keeping.status import BuildStatus, ProjectionStatus
from retold.projections.registry import Registry

list_columns = {
    name: name for name in ("projection", "version", "versions", "per_stream", "tables", "about")
}
status_columns = {
    "projection": "projection",
    "state": "state",
    "version": "version",
    "events": "events",
    "lag_events": "lag",
    "lag_seconds": "lag s",
    "events_per_second": "events/s",
    "parked": "parked",
    "position": "position",
    "high_water": "high water",
    "runner": "runner",
}
parked_columns = {
    name: name for name in ("event_id", "stream", "version", "type", "reason", "parked_at")
}
rebuilt_columns = {
    name: name
    for name in ("projection", "version", "build", "events", "seconds", "resumed", "switched")
}
diff_columns = {
    name: name for name in ("table", "key", "field", "old", "new", "parted_at", "event")
}


def list_record(registry: Registry, name: str) -> Record:
    """Return a projection as a record."""
    newest = registry.get(name)
    return {
        "projection": name,
        "version": newest.version,
        "versions": [one.version for one in registry.versions(name)],
        "per_stream": newest.per_stream,
        "tables": [table.name for table in newest.tables],
        "about": newest.description,
    }


def status_record(status: ProjectionStatus) -> Record:
    """Return how a projection stands as a record."""
    active = status.active
    failure = status.failure
    return {
        "projection": status.name,
        "kind": status.kind,
        "state": _state(status),
        "version": status.version if active is None else active.version,
        "build": None if active is None else active.build,
        "position": None if active is None else active.position,
        "high_water": status.high_water,
        "events": None if active is None else active.events,
        "lag_events": status.lag_events,
        "lag_seconds": None if status.lag_seconds is None else round(status.lag_seconds, 1),
        "events_per_second": None if active is None else _rate(active),
        "parked": status.parked,
        "paused_at": time_text(status.paused_at),
        "failure": None
        if failure is None
        else {
            "stream": failure.stream,
            "version": failure.version,
            "type": failure.type,
            "event_id": failure.event_id,
            "reason": failure.reason,
        },
        "runner": status.runner,
        "rebuilding": None
        if status.rebuilding is None
        else {
            "build": status.rebuilding.build,
            "version": status.rebuilding.version,
            "events": status.rebuilding.events,
            "events_per_second": _rate(status.rebuilding),
            "partitions": status.rebuilding.partitions,
        },
        "previous_build": status.previous,
    }


def _state(status: ProjectionStatus) -> str:
    if status.failure is not None:
        return "stopped"
    if status.paused_at is not None:
        return "paused"
    if status.rebuilding is not None:
        return "rebuilding"
    if status.active is None:
        return "never run"
    return "inline" if status.kind == "inline" else "kept up" if status.runner else "on request"


def _rate(build: BuildStatus) -> float | None:
    return None if build.events_per_second is None else round(build.events_per_second, 1)


def parked_record(event: ParkedEvent) -> Record:
    """Return an event that was set aside as a record."""
    return {
        "event_id": str(event.event_id),
        "stream": event.stream,
        "version": event.version,
        "type": event.type,
        "build": event.build,
        "reason": event.reason,
        "parked_at": time_text(event.parked_at),
    }


def rebuilt_record(rebuilt: Rebuilt) -> Record:
    """Return what a rebuild did as a record."""
    return {
        "projection": rebuilt.name,
        "version": rebuilt.version,
        "build": rebuilt.build,
        "from": rebuilt.after,
        "events": rebuilt.events,
        "seconds": round(rebuilt.seconds, 3),
        "resumed": rebuilt.resumed,
        "switched": rebuilt.switched,
        "previous_build": rebuilt.previous,
    }


def diff_record(diff: ProjectionDiff) -> Record:
    """Return what two versions make of a log as one record."""
    return {
        "projection": diff.name,
        "old": diff.old,
        "new": diff.new,
        "same": diff.same,
        "events": diff.events,
        "rows_old": diff.rows[0],
        "rows_new": diff.rows[1],
        "differing": diff.differing,
        "parted": None if diff.parted is None else _event(diff.parted),
        "columns": list(diff.columns),
        "differences": [
            {
                "table": one.table,
                "key": _cells(one.key),
                "only": one.only,
                "fields": {
                    name: {"old": _cell(old), "new": _cell(new)}
                    for name, (old, new) in one.fields.items()
                },
                "parted": _event(one.parted),
            }
            for one in diff.differences
        ],
    }


def diff_rows(diff: ProjectionDiff) -> list[Record]:
    """Return the differences as rows of a table: a row a field."""
    return [
        {
            "table": one.table,
            "key": "/".join(str(_cell(value)) for value in one.key.values()),
            "field": name,
            "old": _cell(old),
            "new": _cell(new),
            "parted_at": f"{one.parted.stream} {one.parted.version}",
            "event": one.parted.type,
        }
        for one in diff.differences
        for name, (old, new) in one.fields.items()
    ]


def _event(place: EventPlace) -> Record:
    return {
        "stream": place.stream,
        "version": place.version,
        "type": place.type,
        "cursor": place.cursor,
    }


def _cells(values: Mapping[str, Any]) -> dict[str, Cell]:
    return {name: _cell(value) for name, value in values.items()}


def _cell(value: Any) -> Cell:
    """Return a column's value as what can be printed; numbers exactly."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, Mapping):
        return _cells(value)
    if isinstance(value, list | tuple):
        return [_cell(item) for item in value]
    return str(value)

"""All that can be read from a log, as JSON: what a golden log is compared by."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import text

from retold.domain.event import RecordedEvent
from retold.projections.models.session_list import SessionQuery, each_session
from retold.projections.models.totals import totals
from retold.store import EventStore, open_store
from tests.golden.beside import beside
from tests.golden.record import folder, folds_of

# What differs between two logs of the same events.
_of_one_log = {
    "created_at",
    "database_id",
    "digest",
    "position",
    "recorded_at",
    "recorded_from",
    "recorded_to",
    "transaction_id",
}
Contents = dict[str, Any]


async def contents_of(url: str, tenants: Iterable[str]) -> Contents:
    """Return what each tenant reads from a log.

    Args:
        url: of the log.
        tenants: whose events.
    """
    found: Contents = {}
    for tenant in tenants:
        async with await open_store(url, tenant=tenant) as store:
            found[tenant] = await _of_tenant(store)
    plain: Contents = json.loads(json.dumps(found, default=str))
    return plain


async def _of_tenant(store: EventStore) -> dict[str, Any]:
    events = [event async for event in store.read_all()]
    report = await store.verify()
    assert report.ok, report.faults
    query = SessionQuery(nested=True, limit=5)
    return {
        "database_id": store.database_id,
        "verified": {"events": report.events, "streams": report.streams},
        "streams": {
            head.stream: {
                "version": head.version,
                "digest": head.digest.hex(),
                "session": head.session,
                "parent": [head.parent_stream, head.parent_version],
                "ended": head.tombstoned_at is not None,
            }
            async for head in store.streams(tombstoned=True)
        },
        "forks": {
            head.stream: {
                "events": [str(event.event_id) async for event in store.read_stream(head.stream)],
                "metadata": (await store.stream_metadata(head.stream)).data,
            }
            async for head in store.streams(tombstoned=True)
            if head.parent_stream is not None
        },
        "events": [_as_json(event) for event in events],
        "leases": await leases_of(store),
        "beside": await beside(store),
        "sessions": [asdict(summary) async for summary in each_session(store, query)],
        "totals": asdict(await totals(store)),
        "folds": await folds_of([e for e in events if e.category == "conversation"]),
    }


_fields = (
    "position",
    "transaction_id",
    "stream",
    "version",
    "event_id",
    "type",
    "schema_version",
    "data",
    "metadata",
    "correlation_id",
    "causation_id",
    "tenant",
)


def _as_json(event: RecordedEvent) -> dict[str, Any]:
    times = {"occurred_at": event.occurred_at, "recorded_at": event.recorded_at}
    return {name: getattr(event, name) for name in _fields} | {
        "digest": event.digest.hex(),
        **{name: None if time is None else time.isoformat() for name, time in times.items()},
    }


async def leases_of(store: EventStore) -> list[tuple[str, str | None, int]]:
    """Return resource, owner and fencing token of every lease, by resource."""
    statement = text(
        "SELECT resource, owner, token FROM leases WHERE tenant = :tenant ORDER BY resource"
    )
    async with store.connection() as connection:
        rows = (await connection.execute(statement, {"tenant": store.tenant})).all()
    return [(row.resource, row.owner, row.token) for row in rows]


def without_places(contents: Any) -> Any:
    """Return contents without ids, places, digests and times that two logs do not share.

    The events' own data stays whole.
    """
    if isinstance(contents, dict):
        return {
            key: value if key == "data" else without_places(value)
            for key, value in contents.items()
            if key not in _of_one_log
        }
    return [without_places(item) for item in contents] if isinstance(contents, list) else contents


def places_in(contents: Contents) -> Contents:
    """Return what :func:`without_places` leaves out of a log's events and streams."""
    return {
        tenant: {
            "database_id": found["database_id"],
            "digests": {name: head["digest"] for name, head in found["streams"].items()},
            "events": [
                [event[key] for key in ("position", "transaction_id", "recorded_at", "digest")]
                for event in found["events"]
            ],
        }
        for tenant, found in contents.items()
    }


def save(name: str, sqlite: Contents, postgres: Contents) -> None:
    """Write what two logs of the same events hold.

    Args:
        name: of the golden log.
        sqlite: read from the SQLite file; kept whole, events a line each.
        postgres: read from the PostgreSQL database; only its places are kept.
    """
    assert without_places(sqlite) == without_places(postgres)
    rest = {
        tenant: {key: value for key, value in found.items() if key != "events"}
        for tenant, found in sqlite.items()
    }
    events = [event for found in sqlite.values() for event in found["events"]]
    lines = [json.dumps(event, ensure_ascii=False) for event in events]
    (folder / f"{name}.events.ndjson").write_text("\n".join(lines) + "\n")
    for kind, contents in (("sqlite", rest), ("postgres", places_in(postgres))):
        text = json.dumps(contents, indent=1, sort_keys=True, ensure_ascii=False)
        (folder / f"{name}.{kind}.json").write_text(text + "\n")


def load(name: str) -> tuple[Contents, Contents]:
    """Return what :func:`save` wrote: the SQLite log's contents, the PostgreSQL log's places."""
    sqlite: Contents = json.loads((folder / f"{name}.sqlite.json").read_text())
    for found in sqlite.values():
        found["events"] = []
    # Not splitlines, which also breaks at characters a payload may hold.
    for line in (folder / f"{name}.events.ndjson").read_text().strip("\n").split("\n"):
        event = json.loads(line)
        sqlite[event["tenant"]]["events"].append(event)
    postgres: Contents = json.loads((folder / f"{name}.postgres.json").read_text())
    return sqlite, postgres

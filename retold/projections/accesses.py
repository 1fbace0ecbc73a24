"""Accesses: a row each time somebody read, exported, verified or forgot something, by actor."""

from __future__ import annotations

from retold.domain.event import RecordedEvent
from retold.projections.access_table import Access, access_rows
from retold.projections.event_facts import short_text
from retold.projections.payload import plain_text
from retold.projections.projection import Projection
from retold.projections.rows import Rows
from retold.store.codec import made_plain

# The stable name of the event; what it holds is read as plain JSON.
log_accessed = "access.log_accessed"


def _fold(rows: Rows, event: RecordedEvent) -> None:
    data = event.data
    details = data.get("details")
    rows.put(
        access_rows,
        Access(
            stream=event.stream,
            version=event.version,
            actor=_text(data.get("actor")),
            action=_text(data.get("action")),
            target=_text(data.get("what")),
            door=_text(data.get("door")),
            at=event.occurred_at,
            recorded_at=event.recorded_at,
            details=None if details is None else made_plain(plain_text(details)),
        ),
    )


def _text(value: object) -> str | None:
    return None if value is None else short_text(made_plain(plain_text(value)))


accesses = Projection(
    name="accesses",
    version=1,
    fold=_fold,
    tables=(access_rows,),
    types=frozenset({log_accessed}),
    per_stream=True,
    code=(_text,),
    description="a row an access to the log: who, what, by which door, when",
)

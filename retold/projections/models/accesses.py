"""Accesses: a row each time somebody read, exported, verified or forgot something, by actor."""

from __future__ import annotations

from retold.domain.access import LogAccessed, access_category
from retold.domain.event import RecordedEvent
from retold.projections.event_facts import short_text
from retold.projections.models.access_table import AccessEntry, access_rows
from retold.projections.payload import plain_text
from retold.projections.projection import Projection
from retold.projections.rows import Rows
from retold.store.codec import made_plain

# Of the name of an actor, so that any can be looked for as it is.
_longest = 255


def _fold(rows: Rows, event: RecordedEvent) -> None:
    data = event.data
    parameters, number = data.get("parameters"), data.get("rows")
    rows.put(
        access_rows,
        AccessEntry(
            stream=event.stream,
            version=event.version,
            actor=_text(data.get("actor")),
            action=_text(data.get("action")),
            target=_text(data.get("target")),
            door=_text(data.get("door")),
            at=event.occurred_at,
            recorded_at=event.recorded_at,
            parameters=made_plain(plain_text(parameters)) if parameters else None,
            rows=number if isinstance(number, int) and abs(number) < 2**63 else None,
        ),
    )


def _text(value: object) -> str | None:
    return None if value is None else short_text(made_plain(plain_text(value)), _longest)


accesses = Projection(
    name="accesses",
    version=1,
    fold=_fold,
    tables=(access_rows,),
    types=frozenset({LogAccessed.type}),
    category=access_category,
    per_stream=True,
    code=(_text,),
    description="a row an access to the log: who, what, by which door, when",
)

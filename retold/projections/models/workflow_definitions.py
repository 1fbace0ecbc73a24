"""Workflows that were defined: a row for each, with when it was first defined."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Text
from sqlmodel import Field, SQLModel

from retold.domain.event import RecordedEvent
from retold.domain.workflow.events import WorkflowDefined, definitions_category
from retold.projections.columns import Moment
from retold.projections.event_facts import short_text
from retold.projections.payload import mapping_of, printable, whole_number
from retold.projections.projection import Projection
from retold.projections.read_table import ReadTable
from retold.store.tables import name_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A workflow and its newest definition. Unknown is None.

    Attributes:
        workflow: its name.
        definition: newest version of it.
        description: of that version.
        steps: how many that has.
        content_hash: of what it defines.
        created_at: when the log took its first version.
        position: of that event.
        changed_at: when the log took its newest version.
    """

    workflow: str
    definition: int | None
    description: str | None
    steps: int | None
    content_hash: str | None
    created_at: datetime
    position: int
    changed_at: datetime


class DefinitionRow(SQLModel, table=True):
    """One workflow; the columns mean what :class:`Definition` says of its attributes."""

    __tablename__: ClassVar[Any] = "workflow_definitions"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    workflow: str = Field(sa_column=Column(name_text, primary_key=True))
    definition: int | None = Field(sa_column=Column(BigInteger))
    description: str | None = Field(sa_column=Column(Text))
    steps: int | None = Field(sa_column=Column(BigInteger))
    content_hash: str | None = Field(sa_column=Column(Text))
    created_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    changed_at: datetime = Field(sa_column=Column(Moment, nullable=False))


def _key(event: RecordedEvent) -> str:
    return short_text(event.stream.partition("-")[2]) or ""


def _evolve(row: Definition | None, event: RecordedEvent) -> Definition:
    defined = mapping_of(event.data.get("workflow"))
    steps = defined.get("steps")
    first = Definition(
        workflow=_key(event),
        definition=whole_number(defined.get("version")),
        description=printable(defined.get("description")),
        steps=len(steps) if isinstance(steps, list) else None,
        content_hash=short_text(printable(event.data.get("content_hash"))),
        created_at=event.recorded_at,
        position=event.position,
        changed_at=event.recorded_at,
    )
    if row is None:
        return first
    return replace(first, created_at=row.created_at, position=row.position)


definition_rows = ReadTable(DefinitionRow, Definition)

workflow_definitions = Projection.of_rows(
    "workflow_definitions",
    version=1,
    row=definition_rows,
    key=_key,
    evolve=_evolve,
    types=frozenset({WorkflowDefined.type}),
    category=definitions_category,
    per_stream=True,
    description="a row a workflow: when it was defined, and its newest version",
)

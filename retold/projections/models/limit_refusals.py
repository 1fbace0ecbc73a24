"""What limits of agents refused: a row for each attempt at a step that had to wait for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Float, Index, Text
from sqlmodel import Field, SQLModel

from retold.domain.event import RecordedEvent
from retold.domain.orchestrator.events import LimitRefused, orchestrator_category
from retold.projections.columns import Moment
from retold.projections.event_facts import short_text
from retold.projections.keys import key_text
from retold.projections.payload import moment_of, number_of, printable, whole_number
from retold.projections.projection import Projection
from retold.projections.read_table import ReadTable
from retold.projections.rows import Rows
from retold.store.tables import name_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """An attempt that a limit made wait. Unknown is None.

    Attributes:
        orchestrator: its name.
        version: of the event.
        agent: whose limit.
        limit_name: which limit.
        used: by then.
        allowed: by the limit.
        run: id of the run.
        step: name of the step.
        item: place in a fan-out.
        attempt: number of the attempt.
        retry_at: when the limit lets it begin.
        recorded_at: when the log took it.
        position: of the event.
    """

    orchestrator: str
    version: int
    agent: str
    limit_name: str
    used: float | None
    allowed: float | None
    run: str | None
    step: str | None
    item: int | None
    attempt: int | None
    retry_at: datetime | None
    recorded_at: datetime
    position: int


class RefusalRow(SQLModel, table=True):
    """One refusal; the columns mean what :class:`Refusal` says of its attributes."""

    __tablename__: ClassVar[Any] = "limit_refusals"
    __table_args__ = (
        Index("ix_limit_refusals_agent", "tenant", "orchestrator", "agent", "limit_name"),
        Index("ix_limit_refusals_recorded", "tenant", "recorded_at", "orchestrator", "version"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    orchestrator: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    agent: str = Field(sa_column=Column(Text, nullable=False))
    limit_name: str = Field(sa_column=Column(Text, nullable=False))
    used: float | None = Field(sa_column=Column(Float(53)))
    allowed: float | None = Field(sa_column=Column(Float(53)))
    run: str | None = Field(sa_column=Column(Text))
    step: str | None = Field(sa_column=Column(Text))
    item: int | None = Field(sa_column=Column(BigInteger))
    attempt: int | None = Field(sa_column=Column(BigInteger))
    retry_at: datetime | None = Field(sa_column=Column(Moment))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    position: int = Field(sa_column=Column(BigInteger, nullable=False))


refusal_rows = ReadTable(RefusalRow, Refusal)


def _fold(rows: Rows, event: RecordedEvent) -> None:
    data = event.data
    row = Refusal(
        orchestrator=key_text(event.stream.partition("-")[2]),
        version=event.version,
        agent=short_text(printable(data.get("agent"))) or "",
        limit_name=short_text(printable(data.get("limit"))) or "",
        used=number_of(data.get("used")),
        allowed=number_of(data.get("allowed")),
        run=short_text(printable(data.get("run"))),
        step=short_text(printable(data.get("step"))),
        item=whole_number(data.get("item")),
        attempt=whole_number(data.get("attempt")),
        retry_at=moment_of(data.get("retry_at")),
        recorded_at=event.recorded_at,
        position=event.position,
    )
    rows.put(refusal_rows, row)


limit_refusals = Projection(
    name="limit_refusals",
    version=1,
    fold=_fold,
    tables=(refusal_rows,),
    types=frozenset({LimitRefused.type}),
    category=orchestrator_category,
    per_stream=True,
    description="a row an attempt at a step that a limit of an agent made wait",
)

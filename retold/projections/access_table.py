"""The table of accesses to the log, and its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment
from retold.projections.read_table import ReadTable
from retold.store.tables import name_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who did what with the log, or a part of it. Unknown is None.

    Attributes:
        stream: the stream that tells.
        version: version of the event that tells.
        actor: who.
        action: what was done, such as ``export``.
        target: what it was done to, such as the id of a session.
        door: what it came in by, such as the command line.
        at: when, by the clock of who did it, UTC.
        recorded_at: when the log took it, UTC.
        details: the rest, as JSON.
    """

    stream: str
    version: int
    actor: str | None
    action: str | None
    target: str | None
    door: str | None
    at: datetime | None
    recorded_at: datetime
    details: str | None


class AccessRow(SQLModel, table=True):
    """One access; the columns mean what :class:`Access` says of its attributes."""

    __tablename__: ClassVar[Any] = "accesses"
    __table_args__ = (
        Index("ix_accesses_recorded", "tenant", "recorded_at", "stream", "version"),
        Index("ix_accesses_actor", "tenant", "actor", "recorded_at", "stream", "version"),
        Index("ix_accesses_action", "tenant", "action", "recorded_at", "stream", "version"),
        Index("ix_accesses_target", "tenant", "target", "recorded_at", "stream", "version"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    stream: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    actor: str | None = Field(sa_column=Column(Text))
    action: str | None = Field(sa_column=Column(Text))
    target: str | None = Field(sa_column=Column(Text))
    door: str | None = Field(sa_column=Column(Text))
    at: datetime | None = Field(sa_column=Column(Moment))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    details: str | None = Field(sa_column=Column(Text))


access_rows = ReadTable(AccessRow, Access)

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
class AccessEntry:
    """Who was given what out of the log, or had what done to it. Unknown is None.

    Attributes:
        stream: the stream that tells.
        version: version of the event that tells.
        actor: who, as the caller said.
        action: what was done, such as ``export``.
        target: with what, such as the id of a session; None for the whole log.
        door: through what: ``cli``, ``library`` or ``service``.
        at: when, by the reader's clock, UTC.
        recorded_at: when the log took it, UTC.
        parameters: of the query, as JSON; None without any.
        rows: how many rows, entries or events were given.
    """

    stream: str
    version: int
    actor: str | None
    action: str | None
    target: str | None
    door: str | None
    at: datetime | None
    recorded_at: datetime
    parameters: str | None
    rows: int | None


class AccessRow(SQLModel, table=True):
    """One access; the columns mean what :class:`AccessEntry` says of its attributes."""

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
    parameters: str | None = Field(sa_column=Column(Text))
    rows: int | None = Field(sa_column=Column(BigInteger))


access_rows = ReadTable(AccessRow, AccessEntry)

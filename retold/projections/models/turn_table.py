"""The table of turns."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment
from retold.store.tables import name_text


class TurnRow(SQLModel, table=True):
    """One turn; the columns mean what :class:`~retold.projections.models.turns.Turn` says."""

    __tablename__: ClassVar[Any] = "turns"  # a plain str contradicts what SQLModel declares
    __table_args__ = (
        Index("ix_turns_recorded_at", "tenant", "recorded_at", "session", "turn"),
        Index("ix_turns_status", "tenant", "status", "recorded_at", "session", "turn"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    turn: str = Field(sa_column=Column(name_text, primary_key=True))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    agent: str | None = Field(sa_column=Column(name_text))
    status: str = Field(sa_column=Column(name_text, nullable=False))
    error_type: str | None = Field(sa_column=Column(name_text))
    error: str | None = Field(sa_column=Column(Text))
    stage: str | None = Field(sa_column=Column(Text))
    abandoned: bool = Field(sa_column=Column(Boolean, nullable=False))
    started_version: int | None = Field(sa_column=Column(BigInteger))
    ended_version: int | None = Field(sa_column=Column(BigInteger))
    started_at: datetime | None = Field(sa_column=Column(Moment))
    ended_at: datetime | None = Field(sa_column=Column(Moment))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    seconds: float | None = Field(sa_column=Column(Float(53)))

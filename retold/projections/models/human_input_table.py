"""The tables of what agents asked humans."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Double, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment
from retold.store.tables import name_text


class HumanInputRow(SQLModel, table=True):
    """One question; the columns mean what
    :class:`~retold.projections.models.human_inputs.HumanInput` says of its attributes."""

    __tablename__: ClassVar[Any] = "human_inputs"  # a plain str contradicts what SQLModel declares
    __table_args__ = (
        Index("ix_human_inputs_recorded_at", "tenant", "recorded_at", "session", "version"),
        Index(
            "ix_human_inputs_session", "tenant", "root_session", "recorded_at", "session", "version"
        ),
        Index("ix_human_inputs_agent", "tenant", "agent", "recorded_at", "session", "version"),
        Index("ix_human_inputs_outcome", "tenant", "outcome", "recorded_at", "session", "version"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    agent: str | None = Field(sa_column=Column(Text))
    question: str = Field(sa_column=Column(Text, nullable=False))
    asked_at: datetime | None = Field(sa_column=Column(Moment))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    outcome: str = Field(sa_column=Column(Text, nullable=False))
    answered_version: int | None = Field(sa_column=Column(BigInteger))
    answer: str | None = Field(sa_column=Column(Text))
    answered_at: datetime | None = Field(sa_column=Column(Moment))
    answered_recorded_at: datetime | None = Field(sa_column=Column(Moment))
    wait_seconds: float | None = Field(sa_column=Column(Double))


class OpenQuestionRow(SQLModel, table=True):
    """See :class:`~retold.projections.models.human_inputs.OpenQuestion`."""

    __tablename__: ClassVar[Any] = "human_inputs_state"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    request: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    agent: str | None = Field(sa_column=Column(Text))
    question: str = Field(sa_column=Column(Text, nullable=False))
    asked_at: datetime | None = Field(sa_column=Column(Moment))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))

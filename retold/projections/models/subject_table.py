"""The table of whom sessions concern."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Boolean, Column, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment
from retold.store.tables import name_text


class SubjectRow(SQLModel, table=True):
    """One session of a subject; the columns mean what
    :class:`~retold.projections.models.subjects.SubjectSession` says of its attributes."""

    __tablename__: ClassVar[Any] = "subjects"  # a plain str contradicts what SQLModel declares
    __table_args__ = (
        Index("ix_subjects_subject", "tenant", "subject", "recorded_from", "session"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    subject: str = Field(sa_column=Column(name_text, nullable=False))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    source: str | None = Field(sa_column=Column(Text))
    started_at: datetime | None = Field(sa_column=Column(Moment))
    recorded_from: datetime = Field(sa_column=Column(Moment, nullable=False))
    ended: bool = Field(sa_column=Column(Boolean, nullable=False))

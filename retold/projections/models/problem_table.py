"""The table of problems that are split and solved."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, Integer, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment
from retold.store.tables import name_text


class ProblemRow(SQLModel, table=True):
    """One problem of a tree; the columns mean what
    :class:`~retold.projections.models.problems.Problem` says."""

    __tablename__: ClassVar[Any] = "problems"  # a plain str contradicts what SQLModel declares
    __table_args__ = (
        Index("ix_problems_status", "tenant", "status", "recorded_at", "session", "solve", "node"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    solve: str = Field(sa_column=Column(name_text, primary_key=True))
    node: str = Field(sa_column=Column(name_text, primary_key=True))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    parent: str | None = Field(sa_column=Column(name_text))
    depth: int = Field(sa_column=Column(Integer, nullable=False))
    problem: str = Field(sa_column=Column(Text, nullable=False))
    status: str = Field(sa_column=Column(name_text, nullable=False))
    reached: str = Field(sa_column=Column(Text, nullable=False))
    complexity: str | None = Field(sa_column=Column(Text))
    subproblems: int = Field(sa_column=Column(Integer, nullable=False))
    answer: str | None = Field(sa_column=Column(Text))
    how: str | None = Field(sa_column=Column(Text))
    equal_to: str | None = Field(sa_column=Column(Text))
    missing: int = Field(sa_column=Column(Integer, nullable=False))
    failures: int = Field(sa_column=Column(Integer, nullable=False))
    error_type: str | None = Field(sa_column=Column(Text))
    error: str | None = Field(sa_column=Column(Text))
    model_calls: int = Field(sa_column=Column(BigInteger, nullable=False))
    prompt_tokens: int | None = Field(sa_column=Column(BigInteger))
    completion_tokens: int | None = Field(sa_column=Column(BigInteger))
    posed_version: int = Field(sa_column=Column(BigInteger, nullable=False))
    ended_version: int | None = Field(sa_column=Column(BigInteger))
    posed_at: datetime | None = Field(sa_column=Column(Moment))
    ended_at: datetime | None = Field(sa_column=Column(Moment))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    recorded_to: datetime = Field(sa_column=Column(Moment, nullable=False))

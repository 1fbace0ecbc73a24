"""The tables of the lineage: conversations, and the tasks they delegated."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Column, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import ExactDecimal, Moment, TextList
from retold.store.tables import name_text


class LineageRow(SQLModel, table=True):
    """One conversation; the columns mean what
    :class:`~retold.projections.models.lineage.ConversationNode` says of its attributes."""

    __tablename__: ClassVar[Any] = "lineage"  # a plain str contradicts what SQLModel declares
    __table_args__ = (
        Index("ix_lineage_root_session", "tenant", "root_session", "recorded_from", "session"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    parent_session: str | None = Field(sa_column=Column(name_text))
    parent_stream: str | None = Field(sa_column=Column(name_text))
    task_id: str | None = Field(sa_column=Column(Text))
    tool_call_id: str | None = Field(sa_column=Column(Text))
    objective: str | None = Field(sa_column=Column(Text))
    agent: str | None = Field(sa_column=Column(Text))
    status: str = Field(sa_column=Column(Text, nullable=False))
    error: str | None = Field(sa_column=Column(Text))
    started_at: datetime | None = Field(sa_column=Column(Moment))
    ended_at: datetime | None = Field(sa_column=Column(Moment))
    turn: str | None = Field(sa_column=Column(Text))
    fencing_token: int | None = Field(sa_column=Column(BigInteger))
    recorded_from: datetime = Field(sa_column=Column(Moment, nullable=False))
    recorded_to: datetime = Field(sa_column=Column(Moment, nullable=False))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    ended: bool = Field(sa_column=Column(Boolean, nullable=False))
    messages: int = Field(sa_column=Column(BigInteger, nullable=False))
    tool_calls: int = Field(sa_column=Column(BigInteger, nullable=False))
    prompt_tokens: int | None = Field(sa_column=Column(BigInteger))
    completion_tokens: int | None = Field(sa_column=Column(BigInteger))
    cost_usd: Decimal | None = Field(sa_column=Column(ExactDecimal))
    open_calls: tuple[str, ...] = Field(sa_column=Column(TextList, nullable=False))


class LineageTaskRow(SQLModel, table=True):
    """One task; the columns mean what
    :class:`~retold.projections.models.lineage.DelegatedTask` says of its attributes."""

    __tablename__: ClassVar[Any] = "lineage_tasks"
    __table_args__ = (
        Index("ix_lineage_tasks_root_session", "tenant", "root_session", "session", "version"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    task_id: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    tool_call_id: str | None = Field(sa_column=Column(Text))
    objective: str | None = Field(sa_column=Column(Text))
    agent: str | None = Field(sa_column=Column(Text))
    status: str = Field(sa_column=Column(Text, nullable=False))
    result: str | None = Field(sa_column=Column(Text))
    error: str | None = Field(sa_column=Column(Text))
    turn: str | None = Field(sa_column=Column(Text))
    started_at: datetime | None = Field(sa_column=Column(Moment))
    ended_at: datetime | None = Field(sa_column=Column(Moment))
    recorded_from: datetime = Field(sa_column=Column(Moment, nullable=False))
    recorded_to: datetime = Field(sa_column=Column(Moment, nullable=False))

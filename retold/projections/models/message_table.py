"""The tables of the messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Column, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment
from retold.projections.models.open_calls import CallList
from retold.store.tables import name_text


class MessageRow(SQLModel, table=True):
    """One entry of a transcript; the columns mean what
    :class:`~retold.projections.models.messages.Message` says of its attributes."""

    __tablename__: ClassVar[Any] = "messages"  # a plain str contradicts what SQLModel declares
    __table_args__ = (
        Index("ix_messages_recorded_at", "tenant", "recorded_at", "session", "version", "item"),
        Index("ix_messages_occurred_at", "tenant", "occurred_at", "session", "version", "item"),
        Index("ix_messages_agent", "tenant", "agent", "recorded_at", "session", "version", "item"),
        Index("ix_messages_said", "tenant", "agent", "occurred_at", "session", "version", "item"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True))
    item: int = Field(sa_column=Column(BigInteger, primary_key=True))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    role: str = Field(sa_column=Column(Text, nullable=False))
    name: str | None = Field(sa_column=Column(Text))
    agent: str | None = Field(sa_column=Column(Text))
    turn: str | None = Field(sa_column=Column(Text))
    text: str = Field(sa_column=Column(Text, nullable=False))
    calls: str = Field(sa_column=Column(Text, nullable=False))
    answers: int | None = Field(sa_column=Column(BigInteger))
    error: bool | None = Field(sa_column=Column(Boolean))
    derived: bool = Field(sa_column=Column(Boolean, nullable=False))
    occurred_at: datetime | None = Field(sa_column=Column(Moment))
    time_text: str | None = Field(sa_column=Column(Text))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class MessagesStateRow(SQLModel, table=True):
    """See :class:`~retold.projections.models.open_calls.OpenCalls`."""

    __tablename__: ClassVar[Any] = "messages_state"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    calls: int = Field(sa_column=Column(BigInteger, nullable=False))
    open_calls: str = Field(sa_column=Column(CallList, nullable=False))

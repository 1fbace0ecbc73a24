"""The table of the session list."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Column, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import ExactDecimal, Moment, TextList, TextMap
from retold.store.tables import name_text


class SessionRow(SQLModel, table=True):
    """One conversation; the columns mean what
    :class:`~retold.projections.models.session_summary.SessionSummary` says of its attributes."""

    __tablename__: ClassVar[Any] = "sessions"  # a plain str contradicts what SQLModel declares
    __table_args__ = (
        Index("ix_sessions_recorded_from", "tenant", "recorded_from", "session"),
        Index("ix_sessions_root_session", "tenant", "root_session"),
        Index("ix_sessions_ag2_stream_id", "tenant", "ag2_stream_id"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    stream: str = Field(sa_column=Column(name_text, nullable=False))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    parent_stream: str | None = Field(sa_column=Column(name_text))
    source: str | None = Field(sa_column=Column(Text))
    subject: str | None = Field(sa_column=Column(Text))
    tags: Mapping[str, str] = Field(sa_column=Column(TextMap, nullable=False))
    agent: str | None = Field(sa_column=Column(Text))
    ag2_stream_id: str | None = Field(sa_column=Column(Text))
    started_at: datetime | None = Field(sa_column=Column(Moment))
    started_text: str | None = Field(sa_column=Column(Text))
    ended_at: datetime | None = Field(sa_column=Column(Moment))
    ended_text: str | None = Field(sa_column=Column(Text))
    recorded_from: datetime = Field(sa_column=Column(Moment, nullable=False))
    recorded_to: datetime = Field(sa_column=Column(Moment, nullable=False))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    ended: bool = Field(sa_column=Column(Boolean, nullable=False))
    end_reason: str | None = Field(sa_column=Column(Text))
    messages: int = Field(sa_column=Column(BigInteger, nullable=False))
    tool_calls: int = Field(sa_column=Column(BigInteger, nullable=False))
    tool_results: int = Field(sa_column=Column(BigInteger, nullable=False))
    tool_errors: int = Field(sa_column=Column(BigInteger, nullable=False))
    parallel_call_messages: int = Field(sa_column=Column(BigInteger, nullable=False))
    prompt_tokens: int | None = Field(sa_column=Column(BigInteger))
    completion_tokens: int | None = Field(sa_column=Column(BigInteger))
    cost_usd: Decimal | None = Field(sa_column=Column(ExactDecimal))
    turns: int = Field(sa_column=Column(BigInteger, nullable=False))
    turns_failed: int = Field(sa_column=Column(BigInteger, nullable=False))
    open_calls: tuple[str, ...] = Field(sa_column=Column(TextList, nullable=False))
    search_text: str = Field(sa_column=Column(Text, nullable=False))

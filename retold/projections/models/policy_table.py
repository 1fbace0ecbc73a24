"""The table of what policies decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Column, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment
from retold.store.tables import name_text


class PolicyDecisionRow(SQLModel, table=True):
    """One decision; the columns mean what ``PolicyDecision`` says of its attributes."""

    __tablename__: ClassVar[Any] = "policy_decisions"
    __table_args__ = (
        Index("ix_policy_decisions_recorded_at", "tenant", "recorded_at", "session", "version"),
        Index(
            "ix_policy_decisions_policy", "tenant", "policy", "recorded_at", "session", "version"
        ),
        Index("ix_policy_decisions_agent", "tenant", "agent", "recorded_at", "session", "version"),
        Index(
            "ix_policy_decisions_root_session",
            "tenant",
            "root_session",
            "recorded_at",
            "session",
            "version",
        ),
        Index("ix_policy_decisions_what", "tenant", "what", "recorded_at", "session", "version"),
        Index("ix_policy_decisions_refused", "tenant", "refused", "recorded_at"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    turn: str | None = Field(sa_column=Column(name_text))
    agent: str | None = Field(sa_column=Column(name_text))
    policy: str = Field(sa_column=Column(name_text, nullable=False))
    what: str = Field(sa_column=Column(name_text, nullable=False))
    refused: bool = Field(sa_column=Column(Boolean, nullable=False))
    told: bool = Field(sa_column=Column(Boolean, nullable=False))
    stage: str | None = Field(sa_column=Column(Text))
    point: str | None = Field(sa_column=Column(Text))
    tool: str | None = Field(sa_column=Column(Text))
    reason: str | None = Field(sa_column=Column(Text))
    error_type: str | None = Field(sa_column=Column(name_text))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))

"""The table of where conversations stand."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment
from retold.store.tables import name_text


class ConversationStateRow(SQLModel, table=True):
    """A conversation; the columns mean what
    :class:`~retold.projections.models.conversation_states.ConversationStanding` says.
    """

    __tablename__: ClassVar[Any] = "conversation_states"
    __table_args__ = (
        Index("ix_conversation_states_topic", "tenant", "current_topic", "recorded_at", "session"),
        Index("ix_conversation_states_mood", "tenant", "emotional_state", "recorded_at", "session"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    current_topic: str | None = Field(sa_column=Column(name_text))
    emotional_state: str = Field(sa_column=Column(name_text, nullable=False))
    message_class: str | None = Field(sa_column=Column(name_text))
    sentiment: str | None = Field(sa_column=Column(name_text))
    messages: int = Field(sa_column=Column(BigInteger, nullable=False))
    transitions: int = Field(sa_column=Column(BigInteger, nullable=False))
    off_flow: int = Field(sa_column=Column(BigInteger, nullable=False))
    refusals: int = Field(sa_column=Column(BigInteger, nullable=False))
    topic_version: int | None = Field(sa_column=Column(BigInteger))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))

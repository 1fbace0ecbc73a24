"""The tables of how messages moved conversations through their topics, and their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Column, Double, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment, TextList
from retold.projections.read_table import ReadTable
from retold.store.tables import name_text

_newest = ("recorded_at", "session", "version")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicTransition:
    """A message that led a conversation from topic to topic, or was refused. Unknown is None.

    Attributes:
        session: id of the conversation.
        version: version of the event that says so.
        root_session: id of the session the conversation belongs to; its own unless it is nested.
        agent: name of the agent whose conversation it is, when known.
        message: version of the message's event in the same stream.
        from_topic: where the conversation was.
        to_topic: where it went; None when it was refused.
        trigger: class of the message.
        classifier: who chose the class.
        score: how sure it was, 0 to 1.
        sentiment: of the message.
        off_flow: it went there although the transition table has no such way.
        refused: it led nowhere, because the transition table has no way for it.
        possible: triggers there was a way for; known of what is off the flow or refused.
        said_at: when the message was said by the source's clock, UTC.
        occurred_at: when it was decided by the source's clock, UTC.
        recorded_at: when the log took it, UTC.
    """

    session: str
    version: int
    root_session: str
    agent: str | None
    message: int | None
    from_topic: str | None
    to_topic: str | None
    trigger: str | None
    classifier: str | None
    score: float | None
    sentiment: str | None
    off_flow: bool
    refused: bool
    possible: tuple[str, ...] | None
    said_at: datetime | None
    occurred_at: datetime | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMessage:
    """The message of a conversation that was classified, and did not lead anywhere yet.

    Attributes:
        session, message, classifier, score, sentiment, said_at: as of :class:`TopicTransition`.
    """

    session: str
    message: int
    classifier: str | None
    score: float | None
    sentiment: str | None
    said_at: datetime | None


class TopicTransitionRow(SQLModel, table=True):
    """One transition or refusal; the columns mean what :class:`TopicTransition` says."""

    __tablename__: ClassVar[Any] = "topic_transitions"  # a plain str contradicts SQLModel's own
    __table_args__ = (
        Index("ix_topic_transitions_recorded_at", "tenant", *_newest),
        Index("ix_topic_transitions_session", "tenant", "root_session", *_newest),
        Index("ix_topic_transitions_agent", "tenant", "agent", *_newest),
        Index("ix_topic_transitions_off_flow", "tenant", "off_flow", *_newest),
        Index("ix_topic_transitions_refused", "tenant", "refused", *_newest),
        Index("ix_topic_transitions_from_topic", "tenant", "from_topic", *_newest),
        Index("ix_topic_transitions_to_topic", "tenant", "to_topic", *_newest),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    agent: str | None = Field(sa_column=Column(Text))
    message: int | None = Field(sa_column=Column(BigInteger))
    from_topic: str | None = Field(sa_column=Column(Text))
    to_topic: str | None = Field(sa_column=Column(Text))
    trigger: str | None = Field(sa_column=Column(Text))
    classifier: str | None = Field(sa_column=Column(Text))
    score: float | None = Field(sa_column=Column(Double))
    sentiment: str | None = Field(sa_column=Column(Text))
    off_flow: bool = Field(sa_column=Column(Boolean, nullable=False))
    refused: bool = Field(sa_column=Column(Boolean, nullable=False))
    possible: tuple[str, ...] | None = Field(sa_column=Column(TextList))
    said_at: datetime | None = Field(sa_column=Column(Moment))
    occurred_at: datetime | None = Field(sa_column=Column(Moment))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class OpenMessageRow(SQLModel, table=True):
    """See :class:`OpenMessage`."""

    __tablename__: ClassVar[Any] = "topic_transitions_state"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    message: int = Field(sa_column=Column(BigInteger, nullable=False))
    classifier: str | None = Field(sa_column=Column(Text))
    score: float | None = Field(sa_column=Column(Double))
    sentiment: str | None = Field(sa_column=Column(Text))
    said_at: datetime | None = Field(sa_column=Column(Moment))


topic_transition_rows = ReadTable(TopicTransitionRow, TopicTransition)
open_messages = ReadTable(OpenMessageRow, OpenMessage)

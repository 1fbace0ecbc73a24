"""The tables of model calls, and their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Float, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import ExactDecimal, Moment
from retold.projections.read_table import ReadTable
from retold.store.tables import name_text

_by_time = ("recorded_at", "session", "call")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCall:
    """One attempt to call a model, and what came of it. Unknown is None.

    Attributes:
        session: id of the conversation.
        call: id of the attempt; ``message-<index>`` of an imported message.
        version: version of the event that began it.
        root_session: id of the session it belongs to.
        agent: name of the agent.
        model: its name as the response gives it, otherwise as the client was set up.
        provider: as ``model``.
        status: ``started`` while there is no outcome, ``completed`` or ``failed``.
        error_type: name of the exception's class, without its module.
        error: its message.
        attempt: from 1; greater when an equal request failed before in the same turn.
        started_at: when, by the source's clock, UTC. A source that is imported tells only when
            it had the response.
        recorded_at: when the log took the first event of it, UTC.
        seconds: from call to outcome, by a monotonic clock.
        prompt_tokens: tokens sent.
        completion_tokens: tokens produced.
        total_tokens: tokens as the provider sums them.
        cached_tokens: those of the tokens sent that the provider had in its cache.
        cost_usd: dollars, where the source says.
        finish_reason: why the model stopped.
        request_hash: hash of the whole request; equal requests have equal ones.
        prompt_hash: hash of the system prompt; the content is in stream ``content-<hash>``.
        tools_hash: of the tools' schemas, likewise.
        schema_hash: of the response's schema, likewise; None when there is none.
        turn: id of the turn.
    """

    session: str
    call: str
    version: int
    root_session: str
    agent: str | None
    model: str | None
    provider: str | None
    status: str
    recorded_at: datetime
    started_at: datetime | None
    error_type: str | None = None
    error: str | None = None
    attempt: int | None = None
    seconds: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    total_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: Decimal | None = None
    finish_reason: str | None = None
    request_hash: str | None = None
    prompt_hash: str | None = None
    tools_hash: str | None = None
    schema_hash: str | None = None
    turn: str | None = None


@dataclass(frozen=True, slots=True)
class ImportedAgent:
    """The agent of an imported conversation.

    Attributes:
        session: id of the conversation.
        agent: the agent's name.
    """

    session: str
    agent: str


class ModelCallRow(SQLModel, table=True):
    """One attempt; the columns mean what :class:`ModelCall` says of its attributes."""

    __tablename__: ClassVar[Any] = "model_calls"
    __table_args__ = (
        Index("ix_model_calls_recorded", "tenant", *_by_time),
        Index("ix_model_calls_session", "tenant", "session", "version"),
        Index("ix_model_calls_root", "tenant", "root_session", *_by_time),
        Index("ix_model_calls_agent", "tenant", "agent", *_by_time),
        Index("ix_model_calls_model", "tenant", "model", *_by_time),
        Index("ix_model_calls_status", "tenant", "status", "agent", "error_type"),
        Index("ix_model_calls_request", "tenant", "request_hash"),
        Index("ix_model_calls_prompt", "tenant", "prompt_hash", *_by_time),
        Index("ix_model_calls_tools", "tenant", "tools_hash", *_by_time),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    call: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    agent: str | None = Field(sa_column=Column(Text))
    model: str | None = Field(sa_column=Column(Text))
    provider: str | None = Field(sa_column=Column(Text))
    status: str = Field(sa_column=Column(Text, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    started_at: datetime | None = Field(sa_column=Column(Moment))
    error_type: str | None = Field(sa_column=Column(Text))
    error: str | None = Field(sa_column=Column(Text))
    attempt: int | None = Field(sa_column=Column(BigInteger))
    seconds: float | None = Field(sa_column=Column(Float(53)))
    prompt_tokens: int | None = Field(sa_column=Column(BigInteger))
    completion_tokens: int | None = Field(sa_column=Column(BigInteger))
    total_tokens: int | None = Field(sa_column=Column(BigInteger))
    cached_tokens: int | None = Field(sa_column=Column(BigInteger))
    cost_usd: Decimal | None = Field(sa_column=Column(ExactDecimal))
    finish_reason: str | None = Field(sa_column=Column(Text))
    request_hash: str | None = Field(sa_column=Column(Text))
    prompt_hash: str | None = Field(sa_column=Column(Text))
    tools_hash: str | None = Field(sa_column=Column(Text))
    schema_hash: str | None = Field(sa_column=Column(Text))
    turn: str | None = Field(sa_column=Column(Text))


class ImportedAgentRow(SQLModel, table=True):
    """A conversation; the columns mean what :class:`ImportedAgent` says of its attributes."""

    __tablename__: ClassVar[Any] = "model_calls_state"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    agent: str = Field(sa_column=Column(Text, nullable=False))


model_call_rows = ReadTable(ModelCallRow, ModelCall)
imported_agent_rows = ReadTable(ImportedAgentRow, ImportedAgent)

"""The tables of usage, and their rows."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Column, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import ExactDecimal, ObjectList
from retold.projections.read_table import ReadTable
from retold.store.tables import name_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one agent used of one model on one day in one conversation.

    A figure that is None is unknown. In the key, which has no None, unknown is the empty text.

    Attributes:
        day: UTC date, ``YYYY-MM-DD``.
        day_of: whose clock says so: ``source``, or ``recorded`` where the source gave no time.
        session: id of the conversation.
        agent: name of the agent; empty when unknown.
        model: name of the model; empty when unknown.
        root_session: id of the session it belongs to.
        prompt_tokens: tokens sent, as far as known.
        completion_tokens: tokens produced, as far as known.
        cost_usd: dollars, as far as the source gives them; the exact sum.
        model_calls: calls of the model that ended, failed ones included.
        failed_calls: those of them that failed or were cancelled.
    """

    day: str
    day_of: str
    session: str
    agent: str
    model: str
    root_session: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: Decimal | None = None
    model_calls: int = 0
    failed_calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageState:
    """What later events of a conversation need.

    Attributes:
        session: id of the conversation.
        nested: another conversation delegated to it, and has its tokens.
        agent: name of an imported conversation's agent.
        calls: model calls that are not settled, the oldest first.
        entries: the conversation's rows. An event does not name the row it changes: of a failure,
            the model is known from its start only.
    """

    session: str
    nested: bool = False
    agent: str | None = None
    calls: tuple[dict[str, Any], ...] = ()
    entries: tuple[dict[str, Any], ...] = ()


_figures = ("model_calls", "failed_calls", "prompt_tokens", "completion_tokens", "cost_usd")


class UsageRow(SQLModel, table=True):
    """The columns mean what :class:`Usage` says of its attributes."""

    __tablename__: ClassVar[Any] = "usage"
    __table_args__ = (
        # With all that is summed up: to fetch each row besides would take three times as long. If
        # only some had it, SQLite would rather go through one of those than look up in another.
        Index("ix_usage_session", "tenant", "session", *_figures),
        Index("ix_usage_root", "tenant", "root_session", "session", "day", *_figures),
        Index("ix_usage_agent", "tenant", "agent", "day", "session", *_figures),
        Index("ix_usage_model", "tenant", "model", "day", "session", *_figures),
        Index("ix_usage_day", "tenant", "day", "day_of", "session", *_figures),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    day: str = Field(sa_column=Column(name_text, primary_key=True))
    day_of: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    agent: str = Field(sa_column=Column(name_text, primary_key=True))
    model: str = Field(sa_column=Column(name_text, primary_key=True))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    prompt_tokens: int | None = Field(sa_column=Column(BigInteger))
    completion_tokens: int | None = Field(sa_column=Column(BigInteger))
    cost_usd: Decimal | None = Field(sa_column=Column(ExactDecimal))
    model_calls: int = Field(sa_column=Column(BigInteger, nullable=False))
    failed_calls: int = Field(sa_column=Column(BigInteger, nullable=False))


class UsageStateRow(SQLModel, table=True):
    """A conversation; the columns mean what :class:`UsageState` says of its attributes."""

    __tablename__: ClassVar[Any] = "usage_state"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    nested: bool = Field(sa_column=Column(Boolean, nullable=False))
    agent: str | None = Field(sa_column=Column(Text))
    calls: tuple[dict[str, Any], ...] = Field(sa_column=Column(ObjectList, nullable=False))
    entries: tuple[dict[str, Any], ...] = Field(sa_column=Column(ObjectList, nullable=False))


usage_rows = ReadTable(UsageRow, Usage)
usage_state_rows = ReadTable(UsageStateRow, UsageState)

"""The tables of tool calls, and their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Column, Float, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment, ObjectList
from retold.projections.read_table import ReadTable
from retold.store.tables import name_text

_by_time = ("asked_recorded_at", "session", "number")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """One call a model asked for, and its answer. Unknown is None.

    Attributes:
        session: id of the conversation.
        number: ordinal among all calls of the conversation, from 0.
        root_session: id of the session it belongs to.
        agent: name of the agent whose model asked.
        actor: who asked, where an importer's source says so, such as ``assistant`` or ``user``.
        name: name of the tool.
        call_id: the provider's id, which may occur more than once in a conversation.
        arguments: as compact JSON, or the text that stands for it.
        asked_version: version of the event that asked.
        asked_at: when, by the source's clock, UTC.
        asked_recorded_at: when the log took it, UTC.
        answered_version: version of the event with the answer; None while there is none.
        answered_at: as ``asked_at``.
        answered_recorded_at: as ``asked_recorded_at``.
        result: text of the answer, its first :data:`longest_result` characters.
        result_cut: True when the answer is longer.
        error: whether the answer is a failure; None without an answer, or where the source has
            no flag and the importer derived none.
        derived: True when ``error`` was read from the text, because the source has no flag.
        error_type: name of the exception's class, without its module.
        seconds: from asking to answer, by the source's clock.
    """

    session: str
    number: int
    root_session: str
    agent: str | None
    actor: str | None
    name: str
    call_id: str | None
    arguments: str
    asked_version: int
    asked_at: datetime | None
    asked_recorded_at: datetime
    answered_version: int | None = None
    answered_at: datetime | None = None
    answered_recorded_at: datetime | None = None
    result: str | None = None
    result_cut: bool = False
    error: bool | None = None
    derived: bool = False
    error_type: str | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """What later events of a conversation need: how many calls there were, and who asks.

    Attributes:
        session: id of the conversation.
        calls: number of calls so far.
        agent: name of an imported conversation's agent.
    """

    session: str
    calls: int = 0
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class OpenCalls:
    """The unanswered calls of one id, the first asked first; there is no row without any.

    Attributes:
        session: id of the conversation.
        answer_id: the id an answer will give.
        calls: what is kept of each call until then: the columns of its row.
    """

    session: str
    answer_id: str
    calls: tuple[dict[str, Any], ...]


class ToolCallRow(SQLModel, table=True):
    """One call; the columns mean what :class:`ToolCall` says of its attributes."""

    __tablename__: ClassVar[Any] = "tool_calls"
    __table_args__ = (
        Index("ix_tool_calls_asked", "tenant", *_by_time),
        Index("ix_tool_calls_root", "tenant", "root_session", "session", "number"),
        Index("ix_tool_calls_agent", "tenant", "agent", *_by_time),
        Index("ix_tool_calls_name", "tenant", "name", *_by_time),
        Index("ix_tool_calls_error", "tenant", "error", *_by_time),
        # To count failures without reading their rows.
        Index(
            "ix_tool_calls_failures",
            *("tenant", "error", "agent", "name", "error_type", "session", "asked_recorded_at"),
        ),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    agent: str | None = Field(sa_column=Column(Text))
    actor: str | None = Field(sa_column=Column(Text))
    name: str = Field(sa_column=Column(Text, nullable=False))
    call_id: str | None = Field(sa_column=Column(Text))
    arguments: str = Field(sa_column=Column(Text, nullable=False))
    asked_version: int = Field(sa_column=Column(BigInteger, nullable=False))
    asked_at: datetime | None = Field(sa_column=Column(Moment))
    asked_recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    answered_version: int | None = Field(sa_column=Column(BigInteger))
    answered_at: datetime | None = Field(sa_column=Column(Moment))
    answered_recorded_at: datetime | None = Field(sa_column=Column(Moment))
    result: str | None = Field(sa_column=Column(Text))
    result_cut: bool = Field(sa_column=Column(Boolean, nullable=False))
    error: bool | None = Field(sa_column=Column(Boolean))
    derived: bool = Field(sa_column=Column(Boolean, nullable=False))
    error_type: str | None = Field(sa_column=Column(Text))
    seconds: float | None = Field(sa_column=Column(Float(53)))


class CallerRow(SQLModel, table=True):
    """A conversation; the columns mean what :class:`Caller` says of its attributes."""

    __tablename__: ClassVar[Any] = "tool_calls_state"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    calls: int = Field(sa_column=Column(BigInteger, nullable=False))
    agent: str | None = Field(sa_column=Column(Text))


class OpenCallsRow(SQLModel, table=True):
    """Calls of one id; the columns mean what :class:`OpenCalls` says of its attributes."""

    __tablename__: ClassVar[Any] = "tool_calls_open"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    answer_id: str = Field(sa_column=Column(name_text, primary_key=True))
    calls: tuple[dict[str, Any], ...] = Field(sa_column=Column(ObjectList, nullable=False))


tool_call_rows = ReadTable(ToolCallRow, ToolCall)
caller_rows = ReadTable(CallerRow, Caller)
open_call_rows = ReadTable(OpenCallsRow, OpenCalls)

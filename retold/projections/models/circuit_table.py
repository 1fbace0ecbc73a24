"""The tables of circuits and of their history, and their rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Boolean, Column, Index, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment
from retold.projections.read_table import ReadTable
from retold.store.tables import name_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A circuit as it is now. Unknown is None.

    Attributes:
        circuit: its name.
        status: ``closed``, ``open`` or ``half_open``.
        since: since when, by the clock of the process that changed it; None when it never was
            anything but closed.
        failures: in a row, since it was closed or a call succeeded.
        failures_total: all that counted.
        openings: how often it opened.
        refused: calls it refused.
        retry_at: when an open circuit lets probes through.
        error_type: class of the newest failure's error.
        error: its message.
        failed_at: when, by the clock of the process that called.
        version: its newest event.
        recorded_at: when the log took that.
    """

    circuit: str
    status: str = "closed"
    since: datetime | None = None
    failures: int = 0
    failures_total: int = 0
    openings: int = 0
    refused: int = 0
    retry_at: datetime | None = None
    error_type: str | None = None
    error: str | None = None
    failed_at: datetime | None = None
    version: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CircuitChange:
    """Something that happened to a circuit. Unknown is None.

    Attributes:
        circuit: its name.
        version: of the event.
        what: ``call_failed``, ``recovered``, ``opened``, ``half_opened``, ``probe_started``,
            ``probe_released``, ``closed`` or ``call_refused``.
        failed: whether it kept calls from the model: it opened, or a call was refused.
        call: id of the call that led to it.
        session: id of the session that call was part of.
        agent: name of the agent that called.
        error_type: class of the error; ``CircuitOpen`` of a refused call.
        error: its message.
        failures: in a row, with a failure.
        retry_at: when probes are let through, once it opened.
        occurred_at: when, by the clock of the process.
        recorded_at: when the log took it.
    """

    circuit: str
    version: int
    what: str
    failed: bool
    call: str | None
    session: str | None
    agent: str | None
    error_type: str | None
    error: str | None
    failures: int | None
    retry_at: datetime | None
    occurred_at: datetime | None
    recorded_at: datetime


class CircuitRow(SQLModel, table=True):
    """One circuit; the columns mean what :class:`Circuit` says of its attributes."""

    __tablename__: ClassVar[Any] = "circuits"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    circuit: str = Field(sa_column=Column(name_text, primary_key=True))
    status: str = Field(sa_column=Column(name_text, nullable=False))
    since: datetime | None = Field(sa_column=Column(Moment))
    failures: int = Field(sa_column=Column(BigInteger, nullable=False))
    failures_total: int = Field(sa_column=Column(BigInteger, nullable=False))
    openings: int = Field(sa_column=Column(BigInteger, nullable=False))
    refused: int = Field(sa_column=Column(BigInteger, nullable=False))
    retry_at: datetime | None = Field(sa_column=Column(Moment))
    error_type: str | None = Field(sa_column=Column(Text))
    error: str | None = Field(sa_column=Column(Text))
    failed_at: datetime | None = Field(sa_column=Column(Moment))
    version: int = Field(sa_column=Column(BigInteger, nullable=False))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class CircuitChangeRow(SQLModel, table=True):
    """One change; the columns mean what :class:`CircuitChange` says of its attributes."""

    __tablename__: ClassVar[Any] = "circuit_history"
    __table_args__ = (
        Index("ix_circuit_history_recorded_at", "tenant", "recorded_at", "circuit", "version"),
        Index("ix_circuit_history_failed", "tenant", "failed", "recorded_at"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    circuit: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    what: str = Field(sa_column=Column(name_text, nullable=False))
    failed: bool = Field(sa_column=Column(Boolean, nullable=False))
    call: str | None = Field(sa_column=Column(Text))
    session: str | None = Field(sa_column=Column(Text))
    agent: str | None = Field(sa_column=Column(Text))
    error_type: str | None = Field(sa_column=Column(Text))
    error: str | None = Field(sa_column=Column(Text))
    failures: int | None = Field(sa_column=Column(BigInteger))
    retry_at: datetime | None = Field(sa_column=Column(Moment))
    occurred_at: datetime | None = Field(sa_column=Column(Moment))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))


circuit_rows = ReadTable(CircuitRow, Circuit)
circuit_change_rows = ReadTable(CircuitChangeRow, CircuitChange)

"""Alerts: a row for each time one was raised, with what it was cleared by and who was told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Float, Index, Text
from sqlmodel import Field, SQLModel

from retold.domain.alerts.alert import (
    AlertCleared,
    AlertHookCalled,
    AlertHookFailed,
    AlertRaised,
    alert_category,
)
from retold.domain.event import RecordedEvent
from retold.projections.columns import Moment
from retold.projections.event_facts import seconds_between, short_text
from retold.projections.keys import key_text
from retold.projections.payload import mapping_of, moment_of, number_of, printable, whole_number
from retold.projections.projection import Projection
from retold.projections.read_table import ReadTable
from retold.store.tables import name_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An alert that was raised. Unknown is None.

    Attributes:
        rule: name of its rule.
        number: how often the rule raised one, this time included.
        status: ``raised`` or ``cleared``.
        measure: which figure.
        agent, workflow, step, circuit: of whom; None for all.
        value: the figure.
        threshold: what it was greater than.
        cause: what the figure was made of.
        since: when it was first measured to be greater.
        raised_at: when it was raised, by the clock of the process that measured.
        cleared_at: when it was cleared, likewise.
        cleared_value: the figure then.
        seconds: it was raised.
        hooks: calls of hooks for it.
        hooks_failed: those of them that raised an error.
        hook_error: the newest of these.
        recorded_at: when the log took its raising.
        position: of that event.
        ended_at: when the log took its clearing.
        ended_position: of that event.
    """

    rule: str
    number: int
    status: str = "raised"
    measure: str | None = None
    agent: str | None = None
    workflow: str | None = None
    step: str | None = None
    circuit: str | None = None
    value: float | None = None
    threshold: float | None = None
    cause: str | None = None
    since: datetime | None = None
    raised_at: datetime | None = None
    cleared_at: datetime | None = None
    cleared_value: float | None = None
    seconds: float | None = None
    hooks: int = 0
    hooks_failed: int = 0
    hook_error: str | None = None
    recorded_at: datetime
    position: int
    ended_at: datetime | None = None
    ended_position: int | None = None


class AlertRow(SQLModel, table=True):
    """One alert; the columns mean what :class:`Alert` says of its attributes."""

    __tablename__: ClassVar[Any] = "alerts"
    __table_args__ = (
        Index("ix_alerts_recorded", "tenant", "recorded_at", "rule", "number"),
        Index("ix_alerts_status", "tenant", "status", "recorded_at", "rule", "number"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    rule: str = Field(sa_column=Column(name_text, primary_key=True))
    number: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    status: str = Field(sa_column=Column(name_text, nullable=False))
    measure: str | None = Field(sa_column=Column(Text))
    agent: str | None = Field(sa_column=Column(Text))
    workflow: str | None = Field(sa_column=Column(Text))
    step: str | None = Field(sa_column=Column(Text))
    circuit: str | None = Field(sa_column=Column(Text))
    value: float | None = Field(sa_column=Column(Float(53)))
    threshold: float | None = Field(sa_column=Column(Float(53)))
    cause: str | None = Field(sa_column=Column(Text))
    since: datetime | None = Field(sa_column=Column(Moment))
    raised_at: datetime | None = Field(sa_column=Column(Moment))
    cleared_at: datetime | None = Field(sa_column=Column(Moment))
    cleared_value: float | None = Field(sa_column=Column(Float(53)))
    seconds: float | None = Field(sa_column=Column(Float(53)))
    hooks: int = Field(sa_column=Column(BigInteger, nullable=False))
    hooks_failed: int = Field(sa_column=Column(BigInteger, nullable=False))
    hook_error: str | None = Field(sa_column=Column(Text))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    position: int = Field(sa_column=Column(BigInteger, nullable=False))
    ended_at: datetime | None = Field(sa_column=Column(Moment))
    ended_position: int | None = Field(sa_column=Column(BigInteger))


alert_rows = ReadTable(AlertRow, Alert)


def _key(event: RecordedEvent) -> tuple[str, int] | None:
    number = whole_number(event.data.get("number"))
    return None if number is None else (key_text(event.stream.partition("-")[2]), number)


def _evolve(row: Alert | None, event: RecordedEvent) -> Alert | None:
    data = event.data
    if event.type == AlertRaised.type:
        return _raised(event)
    if row is None:
        return None
    match event.type:
        case AlertCleared.type:
            cleared_at = moment_of(data.get("at"))
            return replace(
                row,
                status="cleared",
                cleared_at=cleared_at,
                cleared_value=number_of(data.get("value")),
                seconds=seconds_between(row.raised_at, cleared_at),
                ended_at=event.recorded_at,
                ended_position=event.position,
            )
        case AlertHookCalled.type:
            return replace(row, hooks=row.hooks + 1)
        case AlertHookFailed.type:
            error = mapping_of(data.get("error"))
            text = f"{printable(error.get('type'))}: {printable(error.get('message'))}"
            return replace(row, hooks_failed=row.hooks_failed + 1, hook_error=text)
        case _:
            return row


def _raised(event: RecordedEvent) -> Alert:
    data, rule = event.data, mapping_of(event.data.get("rule"))
    name, number = _key(event) or ("", 0)
    return Alert(
        rule=name,
        number=number,
        measure=short_text(printable(rule.get("measure"))),
        agent=short_text(printable(rule.get("agent"))),
        workflow=short_text(printable(rule.get("workflow"))),
        step=short_text(printable(rule.get("step"))),
        circuit=short_text(printable(rule.get("circuit"))),
        value=number_of(data.get("value")),
        threshold=number_of(data.get("threshold")),
        cause=printable(data.get("cause")),
        since=moment_of(data.get("since")),
        raised_at=moment_of(data.get("at")),
        recorded_at=event.recorded_at,
        position=event.position,
    )


alerts = Projection.of_rows(
    "alerts",
    version=1,
    row=alert_rows,
    key=_key,
    evolve=_evolve,
    types=frozenset(
        {AlertRaised.type, AlertCleared.type, AlertHookCalled.type, AlertHookFailed.type}
    ),
    category=alert_category,
    per_stream=True,
    code=(_raised,),
    description="a row each time an alert was raised: figure, cause, when it was cleared",
)

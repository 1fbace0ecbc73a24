"""Tokens that attempts at steps of workflows took: a row each time AG2 accounts for some.

An agent is asked for a step in a conversation of its own, ``<run>/<step>/<attempt>``, in a fan-out
``<run>/<step>/<item>/<attempt>``, whose first event says which run it is part of. AG2 accounts
there for each model call, and for the sum of each task that was delegated from there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Index, Text
from sqlmodel import Field, SQLModel

from retold.domain.event import RecordedEvent
from retold.domain.recording import (
    ConversationStarted,
    EventRecorded,
    conversation_category,
    conversation_of,
)
from retold.domain.workflow.events import run_stream
from retold.projections.columns import Moment
from retold.projections.event_facts import short_text
from retold.projections.keys import key_text
from retold.projections.models.workflow_runs import run_of
from retold.projections.payload import mapping_of, printable, token_count, type_of
from retold.projections.projection import Need, Projection
from retold.projections.read_table import ReadTable
from retold.projections.rows import Rows
from retold.store.tables import name_text


@dataclass(frozen=True, slots=True, kw_only=True)
class StepConversation:
    """A conversation in which an agent is asked for a step.

    Attributes:
        session: id of the conversation.
        run: id of the run.
        step: name of the step.
        item: place in a fan-out; None for a step without one.
        attempt: number of the attempt.
        agent: name of the agent as AG2 has it; None when unknown.
    """

    session: str
    run: str
    step: str
    item: int | None
    attempt: int
    agent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUsage:
    """Tokens of a model call, or of a delegated task. Unknown is None.

    Attributes:
        session: id of the conversation.
        version: of the event that accounts for them.
        run, step, item, attempt: what they were taken for.
        prompt_tokens: sent.
        completion_tokens: produced.
        recorded_at: when the log took the event.
        position: of the event.
    """

    session: str
    version: int
    run: str
    step: str
    item: int | None
    attempt: int
    prompt_tokens: int | None
    completion_tokens: int | None
    recorded_at: datetime
    position: int


class StepConversationRow(SQLModel, table=True):
    """One conversation; the columns mean what :class:`StepConversation` says of its attributes."""

    __tablename__: ClassVar[Any] = "step_usage_state"
    __table_args__ = (Index("ix_step_usage_state_run", "tenant", "run"),)

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    run: str = Field(sa_column=Column(name_text, nullable=False))
    step: str = Field(sa_column=Column(Text, nullable=False))
    item: int | None = Field(sa_column=Column(BigInteger))
    attempt: int = Field(sa_column=Column(BigInteger, nullable=False))
    agent: str | None = Field(sa_column=Column(Text))


class StepUsageRow(SQLModel, table=True):
    """One account; the columns mean what :class:`StepUsage` says of its attributes."""

    __tablename__: ClassVar[Any] = "step_usage"
    __table_args__ = (
        Index("ix_step_usage_recorded", "tenant", "recorded_at"),
        Index("ix_step_usage_run", "tenant", "run", "step", "attempt"),
    )

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    run: str = Field(sa_column=Column(name_text, nullable=False))
    step: str = Field(sa_column=Column(Text, nullable=False))
    item: int | None = Field(sa_column=Column(BigInteger))
    attempt: int = Field(sa_column=Column(BigInteger, nullable=False))
    prompt_tokens: int | None = Field(sa_column=Column(BigInteger))
    completion_tokens: int | None = Field(sa_column=Column(BigInteger))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    position: int = Field(sa_column=Column(BigInteger, nullable=False))


step_usage_rows = ReadTable(StepUsageRow, StepUsage)
step_conversation_rows = ReadTable(StepConversationRow, StepConversation)


def _needs(event: RecordedEvent) -> Iterator[Need]:
    if _usage_in(event) is not None:
        yield step_conversation_rows, key_text(conversation_of(event.stream))


def _usage_in(event: RecordedEvent) -> tuple[int | None, int | None] | None:
    """Return the tokens that AG2 accounts for in an event; None when it does not."""
    payload = mapping_of(event.data.get("event"))
    if type_of(payload) != "ag2.UsageEvent" or event.data.get("detached") is True:
        return None
    usage = mapping_of(payload.get("usage"))
    return token_count(usage.get("prompt_tokens")), token_count(usage.get("completion_tokens"))


def _fold(rows: Rows, event: RecordedEvent) -> None:
    if event.type == ConversationStarted.type:
        begun = _conversation(event)
        if begun is not None:
            rows.put(step_conversation_rows, begun)
        return
    tokens = _usage_in(event)
    session = key_text(conversation_of(event.stream))
    found = None if tokens is None else rows.get(step_conversation_rows, session)
    if tokens is None or found is None:
        return
    row = StepUsage(
        session=session,
        version=event.version,
        run=found.run,
        step=found.step,
        item=found.item,
        attempt=found.attempt,
        prompt_tokens=tokens[0],
        completion_tokens=tokens[1],
        recorded_at=event.recorded_at,
        position=event.position,
    )
    rows.put(step_usage_rows, row)


def _conversation(event: RecordedEvent) -> StepConversation | None:
    """Return what step a conversation that begins is for; None when it is for none."""
    parent = printable(mapping_of(event.data.get("parent")).get("stream")) or ""
    session = conversation_of(event.stream)
    run = parent.partition("-")[2]
    if parent != run_stream(run) or not session.startswith(f"{run}/"):
        return None
    step, *numbers = session.removeprefix(f"{run}/").split("/")
    if len(numbers) not in {1, 2} or not all(map(_is_number, numbers)):
        return None
    return StepConversation(
        session=key_text(session),
        run=run_of(parent),
        step=short_text(step) or "",
        item=int(numbers[0]) if len(numbers) > 1 else None,
        attempt=int(numbers[-1]),
        agent=short_text(printable(event.data.get("agent"))),
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


step_usage = Projection(
    name="step_usage",
    version=1,
    fold=_fold,
    needs=_needs,
    tables=(step_usage_rows, step_conversation_rows),
    types=frozenset({ConversationStarted.type, EventRecorded.type}),
    category=conversation_category,
    per_stream=True,
    code=(_usage_in, _conversation, _is_number),
    description="tokens that attempts at steps of workflows took, as AG2 accounts for them",
)

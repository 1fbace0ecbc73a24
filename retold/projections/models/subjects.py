"""Whom sessions concern: a row a conversation that was started for somebody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from retold.domain.event import RecordedEvent
from retold.domain.recording import (
    ConversationClosed,
    ConversationStarted,
    conversation_category,
    conversation_of,
)
from retold.projections.columns import Moment
from retold.projections.keeping.readable import readable
from retold.projections.keys import key_text
from retold.projections.models.subject_table import SubjectRow
from retold.projections.paging import Page, page_of
from retold.projections.payload import printable
from retold.projections.projection import Projection
from retold.projections.read_table import Key, ReadTable
from retold.store.log import EventStore


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectSession:
    """One conversation of a subject. Unknown is None.

    Attributes:
        session: id of the conversation.
        subject: whom it concerns, such as ``user:7``; a very long one as
            :func:`~retold.projections.keys.key_text` keeps it.
        root_session: id of the session the conversation belongs to; its own unless it is nested.
        source: who recorded it, ``ag2`` or the name of an importer.
        started_at: when it started by the source's clock, UTC.
        recorded_from: when the log took its start, UTC.
        ended: True once it was closed.
    """

    session: str
    subject: str
    root_session: str
    source: str | None
    started_at: datetime | None
    recorded_from: datetime
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A subject with counts of its conversations.

    Attributes:
        subject: whom they concern.
        sessions: how many there are.
        ended: how many of them were closed.
        recorded_from: when the log took the start of the first, UTC.
        recorded_to: when the log took the start of the newest, UTC.
    """

    subject: str
    sessions: int
    ended: int
    recorded_from: datetime
    recorded_to: datetime


def _key(event: RecordedEvent) -> str:
    return conversation_of(event.stream)


def _evolve(row: SubjectSession | None, event: RecordedEvent) -> SubjectSession | None:
    if event.type == ConversationClosed.type:
        return None if row is None else replace(row, ended=True)
    subject = printable(event.data.get("subject"))
    # Started again, a conversation concerns whom it concerned.
    if subject is None or row is not None:
        return row
    session = conversation_of(event.stream)
    return SubjectSession(
        session=session,
        subject=key_text(subject),
        root_session=printable(event.metadata.get("session")) or session,
        source=printable(event.data.get("source")),
        started_at=event.occurred_at,
        recorded_from=event.recorded_at,
    )


subject_rows = ReadTable(SubjectRow, SubjectSession)
subjects = Projection.of_rows(
    "subjects",
    version=1,
    row=subject_rows,
    key=_key,
    evolve=_evolve,
    types={ConversationStarted.type, ConversationClosed.type},
    category=conversation_category,
    per_stream=True,
    description="a row a conversation that concerns somebody: whom, from when, whether it ended",
)


async def list_subjects(
    store: EventStore, *, after: str | None = None, limit: int = 100
) -> Page[Subject]:
    """Bring the subjects up to date and return a page of them, sorted.

    Args:
        store: the log.
        after: the ``next`` of the page before, or any subject; None for the first page.
        limit: subjects on a page.

    Raises:
        ValueError: when the limit is below 1.
        ProjectionError: when the projection cannot be brought up to date.
    """
    table = (await readable(store, subjects))[subject_rows]
    statement = subjects_statement(store.tenant, table, after=after, limit=limit)
    async with store.connection() as connection:
        found = (await connection.execute(statement)).mappings().all()
    rows = tuple(Subject(**row) for row in found[:limit])
    return Page(rows, (rows[-1].subject,) if len(found) > limit else None)


def subjects_statement(
    tenant: str, table: sa.Table, *, after: str | None, limit: int
) -> sa.Executable:
    """Return what reads a page of subjects, and one more; arguments and errors as its caller's."""
    if limit < 1:
        raise ValueError(f"A page has at least one subject, not {limit}.")
    ended = sa.case((table.c.ended, 1), else_=0)
    statement = (
        sa.select(
            table.c.subject,
            sa.func.count().label("sessions"),
            sa.func.sum(ended).label("ended"),
            sa.func.min(table.c.recorded_from, type_=Moment).label("recorded_from"),
            sa.func.max(table.c.recorded_from, type_=Moment).label("recorded_to"),
        )
        .where(table.c.tenant == tenant)
        .group_by(table.c.subject)
        .order_by(table.c.subject)
        .limit(limit + 1)
    )
    return statement if after is None else statement.where(table.c.subject > key_text(after))


async def sessions_of_subject(
    store: EventStore, subject: str, *, after: Key | None = None, limit: int = 100
) -> Page[SubjectSession]:
    """Bring the subjects up to date and return a page of one's conversations, as recorded.

    Args:
        store: the log.
        subject: whom they concern.
        after: the ``next`` of the page before; None for the first page.
        limit: conversations on a page.

    Raises:
        ValueError: when the limit is below 1, or ``after`` is of another list.
        ProjectionError: when the projection cannot be brought up to date.
    """
    table = (await readable(store, subjects))[subject_rows]
    return await page_of(
        store,
        subject_rows,
        table,
        ("recorded_from", "session"),
        where=(table.c.subject == key_text(subject),),
        after=after,
        limit=limit,
    )

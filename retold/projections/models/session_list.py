"""The session list: a row a conversation, kept up to date, searched and paged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from retold.domain.event import RecordedEvent
from retold.domain.recorded import to_microseconds
from retold.domain.recording import (
    conversation_category,
    conversation_of,
    conversation_stream,
)
from retold.errors import InvalidStreamName, SessionNotFound
from retold.projections.columns import TextMap
from retold.projections.keeping.readable import readable
from retold.projections.models.session_summary import SessionSummary, event_types, evolve
from retold.projections.models.session_table import SessionRow
from retold.projections.projection import Projection
from retold.projections.read_table import ReadTable
from retold.store.codec import made_plain
from retold.store.log import EventStore

# Before every time there is: conversations whose start is unknown come last.
_long_ago = -(2**62)


def _summary(*, search_text: str, **values: Any) -> SessionSummary:
    del search_text  # follows from the rest
    return SessionSummary(**values)


def _key(event: RecordedEvent) -> str:
    return conversation_of(event.stream)


session_rows = ReadTable(SessionRow, _summary)
session_list = Projection.of_rows(
    "session_list",
    version=1,
    row=session_rows,
    key=_key,
    evolve=evolve,
    types=event_types,
    category=conversation_category,
    per_stream=True,
    description="a row a conversation: counts, tokens, cost, errors, times",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionQuery:
    """Which conversations to list.

    Attributes:
        source: recorded by this one only, such as ``ag2`` or ``tau2``.
        subject: of this subject only.
        tags: having all these values only.
        ended: only closed ones, or only open ones; None for both.
        search: having this text in id, subject or a tag, whatever the case.
        since: started at this time by the source's clock or later; a time without a zone is
            taken as UTC digits. Conversations without a start time are left out.
        until: started before this time, likewise.
        root_session: only this session and the conversations nested in it.
        nested: list nested conversations too.
        order: newest first by the time of recording, or by the source's start time.
        limit: conversations on a page.
        after: the ``next`` of the page before; None for the first page.
    """

    source: str | None = None
    subject: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    ended: bool | None = None
    search: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    root_session: str | None = None
    nested: bool = False
    order: Literal["recorded", "started"] = "recorded"
    limit: int = 500
    after: PageKey | None = None


@dataclass(frozen=True, slots=True)
class PageKey:
    """Where the next page of a list begins: after this moment and, of that moment, this session.

    Attributes:
        moment: microseconds since 1970-01-01 UTC.
        session: id of the last session shown.
    """

    moment: int
    session: str


@dataclass(frozen=True, slots=True)
class SessionPage:
    """A page of the session list.

    Attributes:
        sessions: in the order asked for.
        next: for :attr:`SessionQuery.after`; None on the last page.
    """

    sessions: tuple[SessionSummary, ...]
    next: PageKey | None


async def list_sessions(store: EventStore, query: SessionQuery | None = None) -> SessionPage:
    """Bring the session list up to date and return a page of it.

    Args:
        store: the log.
        query: which conversations; all sessions by default.

    Raises:
        ValueError: when the limit is below 1.
    """
    query = _checked(query)
    return await _page(store, await _table(store), query)


async def each_session(
    store: EventStore, query: SessionQuery | None = None
) -> AsyncIterator[SessionSummary]:
    """Bring the session list up to date and yield all of it, page by page.

    Args:
        store: the log.
        query: which conversations; its limit is the size of the pages.

    Raises:
        ValueError: when the limit is below 1.
    """
    query = _checked(query)
    sessions = await _table(store)
    page = await _page(store, sessions, query)
    while True:
        for session in page.sessions:
            yield session
        if page.next is None:
            return
        page = await _page(store, sessions, replace(query, after=page.next))


async def find_session(store: EventStore, session: str) -> SessionSummary | None:
    """Bring the session list up to date and return one conversation, nested or not.

    Args:
        store: the log.
        session: id of the conversation, or the UUID AG2 knows it by.

    Returns:
        None when there is none of that id.
    """
    sessions = await _table(store)
    for column in (sessions.c.session, sessions.c.ag2_stream_id):
        statement = sa.select(sessions).where(
            sessions.c.tenant == store.tenant, column == made_plain(session)
        )
        async with store.connection() as connection:
            found = (await connection.execute(statement.limit(1))).mappings().first()
        if found is not None:
            return session_rows.row_of(found)
    return None


def _checked(query: SessionQuery | None) -> SessionQuery:
    query = query or SessionQuery()
    if query.limit < 1:
        raise ValueError(f"A page has at least one session, not {query.limit}.")
    return query


async def _table(store: EventStore) -> sa.Table:
    return (await readable(store, session_list))[session_rows]


async def stream_of_session(store: EventStore, session: str) -> str:
    """Return the stream of a conversation, nested or not.

    Args:
        store: the log.
        session: id of the conversation, or the UUID AG2 knows it by.

    Raises:
        SessionNotFound: when the log does not hold it.
    """
    try:
        if await store.head(conversation_stream(session)) is not None:
            return conversation_stream(session)
    except InvalidStreamName as error:
        raise SessionNotFound(session) from error
    found = await find_session(store, session)
    if found is None:
        raise SessionNotFound(session)
    return found.stream


async def _page(store: EventStore, sessions: sa.Table, query: SessionQuery) -> SessionPage:
    moment = _sort_column(sessions, query)
    statement = (
        sa.select(sessions)
        .where(sessions.c.tenant == store.tenant, *_conditions(store, sessions, query))
        .order_by(moment.desc(), sessions.c.session.desc())
        .limit(query.limit + 1)
    )
    if query.after is not None:
        statement = statement.where(
            sa.tuple_(moment, sessions.c.session)
            < sa.tuple_(sa.literal(query.after.moment), sa.literal(query.after.session))
        )
    async with store.connection() as connection:
        found = (await connection.execute(statement)).mappings().all()
    page = tuple(session_rows.row_of(row) for row in found[: query.limit])
    more = len(found) > query.limit
    return SessionPage(page, _key_of(page[-1], query) if more else None)


def _sort_column(sessions: sa.Table, query: SessionQuery) -> ColumnElement[int]:
    if query.order == "recorded":
        return sa.type_coerce(sessions.c.recorded_from, sa.BigInteger)
    started = sa.type_coerce(sessions.c.started_at, sa.BigInteger)
    return sa.func.coalesce(started, sa.literal(_long_ago, sa.BigInteger))


def _key_of(session: SessionSummary, query: SessionQuery) -> PageKey:
    moment = session.recorded_from if query.order == "recorded" else session.started_at
    return PageKey(_long_ago if moment is None else to_microseconds(moment), session.session)


def is_no_nested(parent_stream: ColumnElement[str | None]) -> ColumnElement[bool]:
    """Return the condition by which no other conversation delegated to one, by its column."""
    of_conversation = parent_stream.startswith(conversation_stream(""), autoescape=True)
    return parent_stream.is_(None) | ~of_conversation


def _conditions(
    store: EventStore, sessions: sa.Table, query: SessionQuery
) -> list[ColumnElement[bool]]:
    # LIKE ignores case on SQLite only, and has wildcards to escape.
    position = sa.func.instr if store.kind == "sqlite" else sa.func.strpos
    conditions: list[ColumnElement[bool]] = [
        position(
            sessions.c.tags,
            sa.literal(TextMap.line_of(made_plain(name), made_plain(value)), sa.Text),
        )
        > 0
        for name, value in query.tags.items()
    ]
    if query.search is not None:
        conditions.append(position(sessions.c.search_text, made_plain(query.search).casefold()) > 0)
    if query.source is not None:
        conditions.append(sessions.c.source == made_plain(query.source))
    if query.subject is not None:
        conditions.append(sessions.c.subject == made_plain(query.subject))
    if query.ended is not None:
        conditions.append(sessions.c.ended == sa.literal(query.ended))
    if query.since is not None:
        conditions.append(sessions.c.started_at >= query.since)
    if query.until is not None:
        conditions.append(sessions.c.started_at < query.until)
    if query.root_session is not None:
        conditions.append(sessions.c.root_session == made_plain(query.root_session))
    if not query.nested and query.root_session is None:
        conditions.append(is_no_nested(sessions.c.parent_stream))
    return conditions

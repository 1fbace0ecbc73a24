"""What agents asked humans, and what came back: a row a question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from retold.domain.event import RecordedEvent
from retold.domain.recording import (
    EventRecorded,
    HumanInputRequested,
    conversation_category,
    conversation_of,
)
from retold.projections.event_facts import short_text
from retold.projections.keeping.readable import readable
from retold.projections.keys import key_text
from retold.projections.models.human_input_table import HumanInputRow, OpenQuestionRow
from retold.projections.paging import Page, page_of
from retold.projections.payload import mapping_of, plain_text, printable, type_of
from retold.projections.projection import Need, Projection
from retold.projections.read_table import Key, ReadTable
from retold.projections.rows import Rows
from retold.store.codec import made_plain
from retold.store.log import EventStore

Outcome: TypeAlias = Literal["answered", "unanswered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanInput:
    """One question to a human. Unknown is None.

    Attributes:
        session: id of the conversation.
        version: version of the event that asked.
        root_session: id of the session the conversation belongs to; its own unless it is nested.
        agent: name of the agent that asked, when known.
        question: its text.
        asked_at: when it was asked by the source's clock, UTC.
        recorded_at: when the log took the question, UTC.
        outcome: ``answered`` or ``unanswered``, whether or not an answer may still come.
        answered_version: version of the event that answers.
        answer: its text.
        answered_at: when it was answered by the source's clock, UTC.
        answered_recorded_at: when the log took the answer, UTC.
        wait_seconds: from ``asked_at`` to ``answered_at``; None unless both are known.
    """

    session: str
    version: int
    root_session: str
    agent: str | None
    question: str
    asked_at: datetime | None
    recorded_at: datetime
    outcome: Outcome = "unanswered"
    answered_version: int | None = None
    answer: str | None = None
    answered_at: datetime | None = None
    answered_recorded_at: datetime | None = None
    wait_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenQuestion:
    """A question without an answer so far, by the id the answer will name.

    Attributes:
        request: AG2's id of the question.
        session, version, root_session, agent, question, asked_at, recorded_at: as of
            :class:`HumanInput`.
    """

    session: str
    request: str
    version: int
    root_session: str
    agent: str | None
    question: str
    asked_at: datetime | None
    recorded_at: datetime


human_input_rows = ReadTable(HumanInputRow, HumanInput)
open_questions = ReadTable(OpenQuestionRow, OpenQuestion)


def _answered(event: RecordedEvent) -> str | None:
    """Return the id of the question an event answers; None when it is no answer."""
    payload = mapping_of(event.data.get("event"))
    if type_of(payload) != "ag2.HumanMessage" or event.data.get("detached") is True:
        return None
    return key_text(plain_text(payload.get("parent_id")))


def _needs(event: RecordedEvent) -> Iterable[Need]:
    request = _answered(event) if event.type == EventRecorded.type else None
    if request is not None:
        yield open_questions, (conversation_of(event.stream), request)


def _fold(rows: Rows, event: RecordedEvent) -> None:
    if event.type == HumanInputRequested.type:
        _ask(rows, event)
        return
    request = _answered(event)
    if request is None:
        return
    session = conversation_of(event.stream)
    asked = rows.get(open_questions, (session, request))
    if asked is None:
        return
    rows.delete(open_questions, (session, request))
    wait = None
    if asked.asked_at is not None and event.occurred_at is not None:
        wait = (event.occurred_at - asked.asked_at).total_seconds()
    payload = mapping_of(event.data.get("event"))
    answer = made_plain(plain_text(payload.get("content")))
    rows.put(
        human_input_rows,
        HumanInput(
            session=session,
            version=asked.version,
            root_session=asked.root_session,
            agent=asked.agent,
            question=asked.question,
            asked_at=asked.asked_at,
            recorded_at=asked.recorded_at,
            outcome="answered",
            answered_version=event.version,
            answer=answer,
            answered_at=event.occurred_at,
            answered_recorded_at=event.recorded_at,
            wait_seconds=wait,
        ),
    )


def _ask(rows: Rows, event: RecordedEvent) -> None:
    payload = mapping_of(event.data.get("event"))
    session = conversation_of(event.stream)
    question = OpenQuestion(
        session=session,
        request=key_text(plain_text(payload.get("id"))),
        version=event.version,
        root_session=printable(event.metadata.get("session")) or session,
        agent=short_text(printable(event.metadata.get("agent"))),
        question=made_plain(plain_text(payload.get("content"))),
        asked_at=event.occurred_at,
        recorded_at=event.recorded_at,
    )
    rows.put(open_questions, question)
    rows.put(
        human_input_rows,
        HumanInput(
            session=session,
            version=question.version,
            root_session=question.root_session,
            agent=question.agent,
            question=question.question,
            asked_at=question.asked_at,
            recorded_at=question.recorded_at,
        ),
    )


human_inputs = Projection(
    name="human_inputs",
    version=1,
    fold=_fold,
    needs=_needs,
    tables=(human_input_rows, open_questions),
    types={HumanInputRequested.type, EventRecorded.type},
    category=conversation_category,
    per_stream=True,
    code=(_ask, _answered),
    description="a row a question to a human: who asked what, the answer, and how long it took",
)


async def list_human_inputs(
    store: EventStore,
    *,
    session: str | None = None,
    outcome: Outcome | None = None,
    after: Key | None = None,
    limit: int = 100,
) -> Page[HumanInput]:
    """Bring the questions to humans up to date and return a page of them, as they were recorded.

    Args:
        store: the log.
        session: of this conversation only.
        outcome: of this outcome only.
        after: the ``next`` of the page before; None for the first page.
        limit: questions on a page.

    Raises:
        ValueError: when the limit is below 1, or ``after`` is of another list.
        ProjectionError: when the projection cannot be brought up to date.
    """
    table = (await readable(store, human_inputs))[human_input_rows]
    where = [] if outcome is None else [table.c.outcome == outcome]
    order: tuple[str, ...] = ("recorded_at", "session", "version")
    if session is not None:
        where.append(table.c.session == made_plain(session))
        order = ("version",)
    return await page_of(
        store, human_input_rows, table, order, where=where, after=after, limit=limit
    )

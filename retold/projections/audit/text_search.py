"""Full-text search as a named query: which texts hold these words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from retold.projections.audit.page import Key
from retold.projections.audit.parameter import Kind, Parameter, Values
from retold.projections.audit.query import FoldQuery
from retold.projections.models import full_text
from retold.projections.models.search import Hit, HitKey, search
from retold.store.log import EventStore


@dataclass(frozen=True, slots=True, kw_only=True)
class HitRow:
    """A text that holds all the words.

    Attributes:
        session: id of the conversation.
        version: of the event it is from, as in the transcript.
        item: place of its message among those of that event, from 0.
        part: 0 for the text of the message itself, from 1 on for the arguments of its calls.
        kind: what it is: a message, the arguments of a call, its result, a summary or a note.
        role: of the message.
        name: of the agent or the tool; None when unknown.
        snippet: some of the text around the first word found.
        marks: where words are in the snippet: start and end, in characters.
        rank: lower fits better, and of one database only; None in the order of the newest.
        number: of the text in the log; greater is newer.
        root_session: id of the session it belongs to.
        occurred_at: when it happened, by the source's clock.
        recorded_at: when the log took it.
    """

    session: str
    version: int
    item: int
    part: int
    kind: str
    role: str
    name: str | None
    snippet: str
    marks: tuple[tuple[int, int], ...]
    rank: float | None
    number: int
    root_session: str
    occurred_at: datetime | None
    recorded_at: datetime


async def _answer(
    store: EventStore, values: Values, after: Key | None, count: int
) -> Sequence[HitRow]:
    newest = values["order"] == "newest"
    page = await search(
        store,
        values["text"],
        session=values.get("session"),
        kind=values.get("kind"),
        order=values["order"],
        limit=count,
        after=None if after is None else _place(after),
    )
    return [_row(hit, ranked=not newest) for hit in page.hits]


def _place(after: Key) -> HitKey:
    *rank, number = map(str, after)
    return HitKey(float(rank[0]) if rank else 0.0, int(number))


def _row(hit: Hit, *, ranked: bool) -> HitRow:
    found = hit.found
    return HitRow(
        session=found.session,
        version=found.version,
        item=found.item,
        part=found.part,
        kind=found.kind,
        role=found.role,
        name=found.name,
        snippet=hit.snippet,
        marks=hit.marks,
        rank=hit.rank if ranked else None,
        number=found.number,
        root_session=found.root_session,
        occurred_at=found.occurred_at,
        recorded_at=found.recorded_at,
    )


_orders = {"rank": ("rank", "number"), "newest": ("number",)}

text_search = FoldQuery(
    name="search",
    description="which texts hold all these words: messages, arguments and results of tool calls",
    row=HitRow,
    order=lambda values: _orders[values["order"]],
    answer=_answer,
    parameters=(
        Parameter(
            name="text",
            description='words and "quoted phrases"; neither case nor accents matter',
            required=True,
        ),
        Parameter(name="session", description="in this session, nested conversations included"),
        Parameter(
            name="kind",
            description="texts of this kind only",
            kind=Kind.CHOICE,
            choices=get_args(full_text.Kind),
        ),
        Parameter(
            name="order",
            description="those that fit best first, of the newest 5,000; or the newest first",
            kind=Kind.CHOICE,
            choices=tuple(_orders),
            default="rank",
        ),
    ),
)

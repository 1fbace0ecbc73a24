"""Searching the texts of all conversations for words and phrases."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR

from retold.errors import EmptySearch
from retold.projections.keeping.catch_up import ensure_build, tables_of
from retold.projections.keeping.readable import readable
from retold.projections.models.full_text import (
    Kind,
    SearchText,
    full_text,
    search_index,
    search_rows,
)
from retold.projections.models.full_text_table import without_accents
from retold.store.codec import made_plain
from retold.store.log import EventStore

Order: TypeAlias = Literal["rank", "newest"]

_terms = re.compile(r'"([^"]*)"|([^\s"]+)')
# To rank is to look at every text: of a million texts with a word, that takes seconds.
most_ranked = 5_000
# Either side of the first word found.
_around = 80


@dataclass(frozen=True, slots=True)
class HitKey:
    """Where the next page of hits begins.

    Attributes:
        rank: of the last hit shown.
        number: of its text.
    """

    rank: float
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A text that holds all the words asked for.

    Attributes:
        found: the text, and where it is from.
        rank: lower fits better; no unit, and of one database only.
        snippet: some of the text around the first word found.
        marks: where words are in the snippet: start and end, in characters.
    """

    found: SearchText
    rank: float
    snippet: str
    marks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class HitPage:
    """A page of hits.

    Attributes:
        hits: in the order asked for.
        next: for ``after``; None on the last page.
    """

    hits: tuple[Hit, ...]
    next: HitKey | None


async def search(
    store: EventStore,
    text: str,
    *,
    session: str | None = None,
    kind: Kind | None = None,
    order: Order = "rank",
    limit: int = 20,
    after: HitKey | None = None,
) -> HitPage:
    """Return a page of the texts that hold all words and phrases of ``text``.

    Neither case nor accents matter. Anything but letters and digits separates words, so no
    character has a meaning of its own but ``"``, around words that must follow each other.

    Args:
        store: the log. Its texts are brought up to date for the first page only, so that later
            pages go on with the same list.
        text: words and quoted phrases.
        session: only of this session and the conversations nested in it.
        kind: only texts of this kind.
        order: those that fit best first, of the newest :data:`most_ranked` that have the words;
            or the newest first, without an end.
        limit: hits on a page.
        after: the ``next`` of the page before; None for the first page.

    Raises:
        EmptySearch: when there is no word in ``text``.
        ValueError: when the limit is below 1.
        ProjectionError: when the projection cannot be brought up to date.
    """
    terms = terms_of(text)
    if not terms:
        raise EmptySearch(text)
    if limit < 1:
        raise ValueError(f"A page has at least one hit, not {limit}.")
    if after is None:
        tables = await readable(store, full_text)
    else:
        _, build = await ensure_build(store, full_text)
        tables = tables_of(full_text, build)
    table = tables[search_rows]
    statement = search_statement(
        store,
        table,
        terms,
        session=session,
        kind=kind,
        order=order,
        limit=limit,
        after=after,
    )
    async with store.connection() as connection:
        found = (await connection.execute(statement)).mappings().all()
    hits = []
    for row in found[:limit]:
        snippet, marks = snippet_of(row["text"], terms)
        hits.append(
            Hit(found=search_rows.row_of(row), rank=float(row["fit"]), snippet=snippet, marks=marks)
        )
    more = len(found) > limit
    return HitPage(tuple(hits), HitKey(hits[-1].rank, hits[-1].found.number) if more else None)


def terms_of(text: str) -> tuple[str, ...]:
    """Return the words and phrases of a search, each with a letter or a digit at least."""
    plain = unicodedata.normalize("NFC", made_plain(text))
    found = (quoted or word for quoted, word in _terms.findall(plain))
    return tuple(term for term in found if any(c.isalnum() for c in term))


def search_statement(
    store: EventStore,
    table: sa.Table,
    terms: Sequence[str],
    *,
    session: str | None = None,
    kind: Kind | None = None,
    order: Order = "rank",
    limit: int,
    after: HitKey | None = None,
) -> sa.Select[tuple[object, ...]]:
    """Return what reads a page of hits, and one more; arguments as of :func:`search`."""
    parts = _sqlite(table, terms) if store.kind == "sqlite" else _postgresql(table, terms)
    newest = order == "newest"
    rank = sa.literal(0.0, sa.Double) if newest else parts.rank
    found = (
        sa.select(table, rank.label("fit"))
        .select_from(parts.source)
        .where(parts.found, table.c.tenant == store.tenant)
        .order_by(parts.number.desc())
    )
    if session is not None:
        found = found.where(table.c.root_session == made_plain(session))
    if kind is not None:
        found = found.where(table.c.kind == kind)
    if newest:
        if after is not None:
            found = found.where(parts.number < after.number)
        return found.limit(limit + 1)
    ranked = found.limit(most_ranked).subquery("ranked")
    statement = sa.select(ranked).order_by(ranked.c.fit, ranked.c.number).limit(limit + 1)
    if after is not None:
        place = (sa.literal(after.rank, sa.Double), sa.literal(after.number, sa.BigInteger))
        fit = sa.tuple_(ranked.c.fit, ranked.c.number)
        statement = statement.where(fit > sa.tuple_(*place))
    return statement


@dataclass(frozen=True, slots=True)
class _Parts:
    """What differs between the databases: tables, condition, rank and number of a text."""

    source: sa.FromClause
    found: sa.ColumnElement[bool]
    rank: sa.ColumnElement[float]
    number: sa.ColumnElement[int]


def _sqlite(table: sa.Table, terms: Sequence[str]) -> _Parts:
    words = sa.table(
        search_index.words(table),
        sa.column("rowid", sa.BigInteger),
        sa.column("rank", sa.Double),
    )
    # Strings in FTS5's language, in which nothing but a quote has a meaning.
    asked = " AND ".join(f'"{term}"' for term in terms)
    return _Parts(
        source=words.join(table, table.c.number == words.c.rowid),
        found=sa.literal_column(words.name).op("MATCH")(asked),
        rank=words.c.rank,
        # FTS5 gives its rows in this order without sorting them.
        number=words.c.rowid,
    )


def _postgresql(table: sa.Table, terms: Sequence[str]) -> _Parts:
    # No column the table declares: what a fold makes is the text only.
    words = sa.literal_column(f"{table.name}.words", TSVECTOR)
    simple: sa.ColumnElement[str] = sa.literal_column("'simple'")
    asked: sa.ColumnElement[Any]
    asked, *others = [sa.func.phraseto_tsquery(simple, without_accents(term)) for term in terms]
    for other in others:
        asked = asked.op("&&")(other)
    return _Parts(
        source=table,
        found=words.op("@@")(asked),
        rank=-sa.cast(sa.func.ts_rank(words, asked), sa.Double),
        number=table.c.number,
    )


def snippet_of(text: str, terms: Sequence[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return some of a text around the first word found, and where words are in it.

    Args:
        text: that was found.
        terms: what was looked for.
    """
    wanted = {word for term in terms for word in _words_of(_folded(term))}
    marks = [m.span() for m in _word.finditer(_folded(text)) if m.group() in wanted]
    first = marks[0][0] if marks else 0
    start, end = max(0, first - _around), min(len(text), first + _around)
    snippet = text[start:end]
    before, behind = "\u2026" if start else "", "\u2026" if end < len(text) else ""
    moved = tuple(
        (low - start + len(before), high - start + len(before))
        for low, high in marks
        if low >= start and high <= end
    )
    return f"{before}{snippet}{behind}", moved


_word = re.compile(r"[^\W_]+")


def _words_of(text: str) -> Iterator[str]:
    yield from _word.findall(text)


def _folded(text: str) -> str:
    """Return a text without case and accents, each character in its place."""
    if text.isascii():
        return text.lower()
    return "".join(map(_plain_character, text))


def _plain_character(character: str) -> str:
    first = unicodedata.normalize("NFD", character)[0].lower()
    return first if len(first) == 1 else character

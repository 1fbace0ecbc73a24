"""A projection to test the engine with: how often notes say each word, and where last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from retold.domain.event import NewEvent, RecordedEvent
from retold.projections.keeping.catch_up import ensure_build, tables_of
from retold.projections.projection import Need, Projection
from retold.projections.read_table import ReadTable
from retold.projections.rows import Rows
from retold.store import EventStore
from retold.store.append import Append, ExpectedVersion

said_type = "note.said"


class WordTable(SQLModel, table=True):
    """A word."""

    __tablename__: ClassVar[Any] = "words"
    __table_args__ = (sa.Index("ix_words_times", "times"),)

    word: str = Field(primary_key=True)
    times: int
    last: str | None = None


class NoteTable(SQLModel, table=True):
    """What a stream said last, and how many words in all."""

    __tablename__: ClassVar[Any] = "notes"

    stream: str = Field(primary_key=True)
    text: str
    words: int


class LastNoteTable(SQLModel, table=True):
    """The same, kept by a projection that reads one stream at a time."""

    __tablename__: ClassVar[Any] = "last_notes"

    stream: str = Field(primary_key=True)
    text: str
    words: int


@dataclass(frozen=True, slots=True)
class Word:
    """A row of :class:`WordTable`."""

    word: str
    times: int = 0
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A row of :class:`NoteTable`."""

    stream: str
    text: str
    words: int


words_table = ReadTable(WordTable, Word)
notes_table = ReadTable(NoteTable, Note)
last_notes_table = ReadTable(LastNoteTable, Note)


def words_in(event: RecordedEvent) -> list[str]:
    """Return the words of a note; a note that says "!" is one nobody can fold."""
    words = str(event.data["text"]).split()
    if "!" in words:
        raise ValueError("nobody says that")
    return words


def needs(event: RecordedEvent) -> Iterable[Need]:
    """Name the rows of an event."""
    yield notes_table, event.stream
    for word in str(event.data["text"]).split():
        yield words_table, word


def count(rows: Rows, event: RecordedEvent) -> None:
    """Count each word; "forget" removes the words it is said with."""
    found = words_in(event)
    for word in found:
        row = rows.get(words_table, word) or Word(word)
        rows.put(words_table, replace(row, times=row.times + 1, last=event.stream))
    if "forget" in found:
        for word in found:
            rows.delete(words_table, word)
    before = rows.get(notes_table, event.stream)
    so_far = 0 if before is None else before.words
    rows.put(notes_table, Note(event.stream, str(event.data["text"]), so_far + len(found)))


def fold_notes(rows: Rows, event: RecordedEvent) -> None:
    """Count the words of a stream only."""
    before = rows.get(last_notes_table, event.stream)
    so_far = 0 if before is None else before.words
    text = str(event.data["text"])
    rows.put(last_notes_table, Note(event.stream, text, so_far + len(words_in(event))))


def note_needs(event: RecordedEvent) -> Iterable[Need]:
    """Name the row of an event."""
    return ((last_notes_table, event.stream),)


words = Projection(
    name="words",
    version=1,
    types=(said_type,),
    tables=(words_table, notes_table),
    needs=needs,
    fold=count,
    code=(words_in,),
)
notes = Projection(
    name="notes",
    version=1,
    types=(said_type,),
    tables=(last_notes_table,),
    needs=note_needs,
    fold=fold_notes,
    per_stream=True,
)


def said(text: str) -> NewEvent:
    """Return a note."""
    return NewEvent(type=said_type, data={"text": text})


async def say(store: EventStore, *texts: str, streams: int = 3) -> None:
    """Append notes, each to one of some streams, with other events between them."""
    other = NewEvent(type="note.other", data={"text": "not read"})
    for number, text in enumerate(texts):
        append = Append(f"note-{number % streams}", [said(text), other], ExpectedVersion.ANY)
        await store.append_many([append])


async def rows_of(
    store: EventStore, projection: Projection, build_number: int | None = None
) -> dict[str, list[tuple[Any, ...]]]:
    """Return all rows of a build, by table, in order."""
    known, build = await ensure_build(store, projection)
    if build_number is not None:
        build = known.builds[build_number]
    found = {}
    for read_table, table in tables_of(projection, build).items():
        statement = sa.select(table).where(table.c.tenant == store.tenant)
        async with store.connection() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        values = [read_table.values_of(read_table.row_of(row)) for row in rows]
        found[read_table.name] = sorted(values)
    return found


async def folded(store: EventStore, projection: Projection) -> dict[str, list[tuple[Any, ...]]]:
    """Return what the log folds to in memory, by table, in order."""
    events = [event async for event in store.read_all()]
    return rows_in(projection, events)


def rows_in(
    projection: Projection, events: Sequence[RecordedEvent]
) -> dict[str, list[tuple[Any, ...]]]:
    """Return what events fold to in memory, by table, in order."""
    rows = projection.folded(events)
    return {
        table.name: sorted(table.values_of(row) for row in rows.of(table).values())
        for table in projection.tables
    }

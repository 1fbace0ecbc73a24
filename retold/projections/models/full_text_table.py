"""The tables of the full-text search, and the index each database keeps of its texts."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Column, Table, Text
from sqlmodel import Field, SQLModel

from retold.projections.columns import Moment
from retold.projections.models.open_calls import CallList
from retold.store.tables import name_text

# Characters that end a word on PostgreSQL, as they do on SQLite; its parser would take what they
# join, such as a path or an address, for one word.
_separators = (
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\u00ab\u00bb\u2013\u2014\u2018\u2019\u201c\u201d\u2026"
)
_blanks = str.maketrans(dict.fromkeys(_separators, " "))
_tokenizer = "unicode61 remove_diacritics 2"
# Of more text than this the words would not fit in a tsvector, which holds a megabyte.
_most_characters = 200_000


class SearchRow(SQLModel, table=True):
    """One text; the columns mean what
    :class:`~retold.projections.models.full_text.SearchText` says of its attributes."""

    __tablename__: ClassVar[Any] = "search"  # a plain str contradicts what SQLModel declares

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    version: int = Field(sa_column=Column(BigInteger, primary_key=True))
    item: int = Field(sa_column=Column(BigInteger, primary_key=True))
    part: int = Field(sa_column=Column(BigInteger, primary_key=True))
    number: int = Field(sa_column=Column(BigInteger, nullable=False))
    root_session: str = Field(sa_column=Column(name_text, nullable=False))
    kind: str = Field(sa_column=Column(Text, nullable=False))
    role: str = Field(sa_column=Column(Text, nullable=False))
    name: str | None = Field(sa_column=Column(Text))
    text: str = Field(sa_column=Column(Text, nullable=False))
    occurred_at: datetime | None = Field(sa_column=Column(Moment))
    recorded_at: datetime = Field(sa_column=Column(Moment, nullable=False))


class SearchStateRow(SQLModel, table=True):
    """See :class:`~retold.projections.models.open_calls.OpenCalls`."""

    __tablename__: ClassVar[Any] = "search_state"

    tenant: str = Field(sa_column=Column(name_text, primary_key=True))
    session: str = Field(sa_column=Column(name_text, primary_key=True))
    calls: int = Field(sa_column=Column(BigInteger, nullable=False))
    open_calls: str = Field(sa_column=Column(CallList, nullable=False))


def without_accents(text: str) -> str:
    """Return a text as PostgreSQL's index takes it: words without accents, blanks between."""
    plain = "".join(c for c in unicodedata.normalize("NFD", text) if not "\u0300" <= c <= "\u036f")
    return plain.translate(_blanks)


def _words_sql() -> str:
    """Return PostgreSQL's expression for :func:`without_accents` of a row's text."""
    separators = _separators.replace("'", "''")
    plain = r"regexp_replace(normalize(text, NFD), '[\u0300-\u036f]', '', 'g')"
    words = f"translate({plain}, '{separators}', '{' ' * len(_separators)}')"
    return f"to_tsvector('simple', left({words}, {_most_characters}))"


class SearchIndex:
    """What finds words in the texts: an FTS5 table on SQLite, a tsvector on PostgreSQL.

    The FTS5 table holds no text of its own: it takes that from the table, by a number a row keeps
    for good. SQLite's own row numbers would not do, because VACUUM may change them.
    """

    def create(self, table: Table, dialect: str) -> Sequence[str]:
        """Return the statements that make it."""
        name = table.name
        if dialect == "postgresql":
            words = f"tsvector GENERATED ALWAYS AS ({_words_sql()}) STORED"
            return (
                f"ALTER TABLE {name} ADD COLUMN words {words}",
                f"CREATE INDEX ix_words_{name} ON {name} USING gin (words)",
                f"CREATE UNIQUE INDEX ix_number_{name} ON {name} (number)",
            )
        words = self.words(table)
        add = f"INSERT INTO {words} (rowid, text) VALUES (new.number, new.text);"  # noqa: S608 - names of a declared table
        remove = (
            f"INSERT INTO {words} ({words}, rowid, text) "  # noqa: S608 - likewise
            "VALUES ('delete', old.number, old.text);"
        )
        options = f"content='{name}', content_rowid='number', tokenize='{_tokenizer}'"
        return (
            f"CREATE UNIQUE INDEX ix_number_{name} ON {name} (number)",
            f"CREATE VIRTUAL TABLE {words} USING fts5(text, {options})",
            f"CREATE TRIGGER {words}_i AFTER INSERT ON {name} BEGIN {add} END",
            f"CREATE TRIGGER {words}_d AFTER DELETE ON {name} BEGIN {remove} END",
            f"CREATE TRIGGER {words}_u AFTER UPDATE ON {name} BEGIN {remove} {add} END",
        )

    def drop(self, table: Table, dialect: str) -> Sequence[str]:
        """Return the statements that remove what does not go with the table."""
        return () if dialect == "postgresql" else (f"DROP TABLE {self.words(table)}",)

    @staticmethod
    def words(table: Table) -> str:
        """Return the name of the FTS5 table of a build."""
        return f"words_{table.name}"

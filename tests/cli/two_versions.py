"""Two versions of one projection, for commands that compare them."""

from __future__ import annotations

import dataclasses

from retold.domain.event import RecordedEvent
from retold.projections.registry import Registry
from retold.projections.rows import Rows
from tests.projections.words import Word, count, words, words_table


def shout(rows: Rows, event: RecordedEvent) -> None:
    """Count the words, and the first time each twice."""
    known = {word: rows.get(words_table, word) for word in str(event.data["text"]).split()}
    count(rows, event)
    for word, before in known.items():
        row = rows.get(words_table, word)
        if before is None and row is not None:
            rows.put(words_table, Word(word, row.times + 1, row.last))


registry = Registry(words, dataclasses.replace(words, version=2, fold=shout))

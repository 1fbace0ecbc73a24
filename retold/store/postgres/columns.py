"""Rows of events as PostgreSQL is given them: column by column, so many bytes at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from asyncpg.pgproto.pgproto import UUID

from retold.store.row import EventRow


def batches(rows: Sequence[EventRow], most_bytes: int) -> Iterator[list[EventRow]]:
    """Yield rows in order, as many at once as a message takes."""
    batch: list[EventRow] = []
    free = most_bytes
    for row in rows:
        # A character takes four bytes at the most.
        size = 4 * (len(row.data) + len(row.metadata))
        if batch and size > free:
            yield batch
            batch, free = [], most_bytes
        batch.append(row)
        free -= size
    if batch:
        yield batch


def to_columns(rows: Sequence[EventRow]) -> list[list[Any]]:
    """Return the columns of rows, of which there is at least one."""
    columns: list[list[Any]] = [list(column) for column in zip(*rows, strict=True)]
    columns[3] = [UUID(event_id) for event_id in columns[3]]
    columns[9] = [None if cause is None else UUID(cause) for cause in columns[9]]
    return columns

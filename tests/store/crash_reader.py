"""A process that follows the log, and keeps durably what it saw and then how far it is.

``seen`` grows by the ids of a page; when they are on disk, ``cursor`` is replaced. Killed in
between, the page is seen again: at least once, never lost.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from retold.domain.event import RecordedEvent
from retold.errors import StoreUnavailable
from retold.store import EventStore, open_store
from retold.store.cursor import Cursor

page_size = 40
pause_seconds = 0.003
_line = 33  # an id in hexadecimal, and the end of the line


async def follow(
    store: EventStore, after: str | None
) -> AsyncIterator[tuple[Sequence[RecordedEvent], str]]:
    """Yield what comes after a cursor, and the cursor to go on from; for ever."""
    async with store.subscribe(after=after, batch_size=page_size) as subscription:
        async for page in subscription.pages():
            if subscription.cursor is not None:
                yield page, subscription.cursor


@dataclass(frozen=True, slots=True)
class State:
    """How far a reader is.

    Attributes:
        seen: ids, each time one was seen.
        cursor: None when it has none yet.
    """

    seen: tuple[UUID, ...]
    cursor: str | None


class Shelf:
    """The folder where a reader keeps its state."""

    def __init__(self, folder: Path) -> None:
        """Store where."""
        self._seen = folder / "seen"
        self._cursor = folder / "cursor"

    def state(self) -> State:
        """Return what is on disk."""
        cursor = self._cursor.read_text() if self._cursor.exists() else None
        lines = self._seen.read_bytes() if self._seen.exists() else b""
        # Without a last line that a kill cut off.
        whole = lines[: len(lines) // _line * _line].decode().split()
        return State(tuple(UUID(line) for line in whole), cursor)

    def add(self, events: Sequence[RecordedEvent]) -> None:
        """Add ids, after removing what a kill cut off, and force them to disk."""
        with self._seen.open("ab") as file:
            file.truncate(file.tell() // _line * _line)
            file.write(b"".join(f"{event.event_id.hex}\n".encode() for event in events))
            file.flush()
            os.fsync(file.fileno())

    def go_on_from(self, cursor: str) -> None:
        """Replace the cursor."""
        new = self._cursor.with_suffix(".new")
        with new.open("w") as file:
            file.write(cursor)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._cursor)


async def consume(store: EventStore, shelf: Shelf, *, until: str | None = None) -> None:
    """Follow the log from where the shelf says, through outages, until a cursor is reached."""
    while True:
        try:
            cursor = shelf.state().cursor
            if reached(cursor, until):
                return
            async for events, after in follow(store, cursor):
                shelf.add(events)
                shelf.go_on_from(after)
                if reached(after, until):
                    return
        except StoreUnavailable:
            await asyncio.sleep(pause_seconds)


def reached(cursor: str | None, until: str | None) -> bool:
    """Return whether a cursor is at another or beyond it."""
    if cursor is None or until is None:
        return False
    return Cursor.parse(cursor) >= Cursor.parse(until)


async def main(url: str, folder: str) -> None:
    """Follow until killed."""
    async with await opened(url) as store:
        await consume(store, Shelf(Path(folder)))


async def opened(url: str) -> EventStore:
    """Open the log, through outages."""
    while True:
        try:
            return await open_store(url)
        except StoreUnavailable:
            await asyncio.sleep(pause_seconds)

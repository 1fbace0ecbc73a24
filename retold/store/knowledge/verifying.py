"""Whether files are what the events of the log say they are."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from retold.domain.knowledge import KnowledgeAppended, KnowledgeDeleted, KnowledgeWritten
from retold.domain.recorded import RecordedEvent
from retold.store.knowledge.table import KnowledgeTable, StoredFile


class FileFault(NamedTuple):
    """What is wrong with a file.

    Attributes:
        path: of the file.
        reason: what was found.
    """

    path: str
    reason: str


class _Piece(NamedTuple):
    start: int
    size: int
    sha256: str
    change: int


@dataclass(slots=True)
class _Recorded:
    """What the events add up to.

    Attributes:
        pieces: of each file, in order.
        last_change: of each file that is or was there.
        changes: how many there are.
        missing: number of a change that has no event.
    """

    pieces: dict[str, list[_Piece]] = field(default_factory=dict)
    last_change: dict[str, int] = field(default_factory=dict)
    changes: int = 0
    missing: int | None = None

    def take(self, event: RecordedEvent) -> None:
        """Take in an event; what is of no type of a file's changes says nothing of files."""
        match event.type:
            case KnowledgeWritten.type:
                written = KnowledgeWritten.from_recorded(event)
                self._count(written.path, written.change)
                piece = _Piece(0, written.size, written.sha256, written.change)
                self.pieces[written.path] = [piece]
            case KnowledgeAppended.type:
                added = KnowledgeAppended.from_recorded(event)
                self._count(added.path, added.change)
                piece = _Piece(added.offset, added.size, added.sha256, added.change)
                self.pieces.setdefault(added.path, []).append(piece)
            case KnowledgeDeleted.type:
                deleted = KnowledgeDeleted.from_recorded(event)
                self._count(deleted.path, deleted.change)
                self.pieces.pop(deleted.path, None)

    def _count(self, path: str, change: int) -> None:
        self.last_change[path] = change
        self.changes += 1
        if change != self.changes and self.missing is None:
            self.missing = self.changes


class _Reads(Protocol):
    def read_stream(self, stream: str, *, missing_ok: bool = False) -> AsyncIterator[RecordedEvent]:
        """Read a stream in version order."""
        ...


async def verify_files(store: _Reads, stream: str, table: KnowledgeTable) -> list[FileFault]:
    """Compare files with the events of their changes.

    A file that is changed meanwhile is passed over.

    Args:
        store: the log.
        stream: that the changes are recorded in.
        table: where the files are kept.

    Returns:
        What is wrong, by path; nothing when all files are what the events say.

    Raises:
        CorruptEvent: when a stored payload is not what was written.
        StoreUnavailable: when the database does not do its work.
    """
    stored = {file.path: file for file in await table.files("/")}
    recorded = _Recorded()
    async for event in store.read_stream(stream, missing_ok=True):
        recorded.take(event)
    faults = []
    if recorded.missing is not None:
        what = f"change {recorded.missing} of the store has no event in its place"
        faults.append(FileFault("/", what))
    for path in sorted(stored.keys() | recorded.pieces.keys()):
        reason = await _fault(path, stored, recorded, table)
        if reason is not None and not await _is_changing(path, stored, table):
            faults.append(FileFault(path, reason))
    return faults


async def _fault(
    path: str, stored: Mapping[str, StoredFile], recorded: _Recorded, table: KnowledgeTable
) -> str | None:
    file, pieces = stored.get(path), recorded.pieces.get(path)
    if pieces is None:
        return "no event says that it was written"
    if file is None:
        return "it is gone, and no event says that it was deleted"
    if file.changed_by != recorded.last_change[path]:
        return f"change {file.changed_by} was its last, and has no event"
    size = sum(piece.size for piece in pieces)
    content = await table.read(path, 0, None)
    if content is None or not file.size == size == len(content):
        found = 0 if content is None else len(content)
        return f"it has {found:,} bytes, and {file.size:,} were kept; the events say {size:,}"
    for piece in pieces:
        part = content[piece.start : piece.start + piece.size]
        if hashlib.sha256(part).hexdigest() != piece.sha256:
            return f"what change {piece.change} wrote at byte {piece.start:,} was altered"
    return None


async def _is_changing(path: str, stored: Mapping[str, StoredFile], table: KnowledgeTable) -> bool:
    now = {file.path: file for file in await table.files(path)}
    return now.get(path) != stored.get(path)

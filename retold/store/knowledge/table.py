"""Where the files of a knowledge store are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from retold.domain.recorded import JsonObject


class StoredFile(NamedTuple):
    """A file.

    Attributes:
        path: of the file.
        size: bytes it has.
        changed_by: number of its last change.
    """

    path: str
    size: int
    changed_by: int


class Change(NamedTuple):
    """A change whose event may not be in the log yet.

    Attributes:
        number: within the store, from 1.
        type: of the event.
        data: of the event.
        changed_at: microseconds since 1970-01-01 UTC.
    """

    number: int
    type: str
    data: JsonObject
    changed_at: int


@dataclass(frozen=True, slots=True)
class Changed:
    """What came of a change.

    Attributes:
        offset: byte at which the new content begins in the file.
        pending: changes to be recorded, the oldest first; that of others included.
    """

    offset: int
    pending: Sequence[Change]


class KnowledgeTable(Protocol):
    """Keeps the files of one store of one tenant; each method is one transaction.

    A change of a file and the note that its event is to be recorded are one transaction. Changes
    of one store follow each other, and so do their numbers: who sees one sees all before it.
    """

    async def read(self, path: str, start: int, end: int | None) -> bytes | None:
        """Return bytes ``start`` to ``end`` of a file, as far as there are; None without it."""
        ...

    async def write(self, path: str, content: bytes, *, recorded: int) -> Changed:
        """Write a file in place of what was there; changes up to ``recorded`` are recorded."""
        ...

    async def append(self, path: str, content: bytes, *, recorded: int) -> Changed:
        """Append to a file, likewise."""
        ...

    async def delete(self, path: str, *, recorded: int) -> Changed:
        """Delete a file and all files beneath it, likewise."""
        ...

    async def files(self, path: str) -> Sequence[StoredFile]:
        """Return the file of a path and all files beneath it, by path."""
        ...

    async def children(self, path: str) -> Sequence[str]:
        """Return the names beneath a path: of files, and of folders with a ``/``."""
        ...

    async def exists(self, path: str) -> bool:
        """Return whether there is a file of a path, or one beneath it."""
        ...

    async def pending(self) -> Sequence[Change]:
        """Return the changes to be recorded, the oldest first."""
        ...

    async def settled(self, recorded: int) -> None:
        """Say that changes up to a number are recorded."""
        ...


@runtime_checkable
class KeepsKnowledge(Protocol):
    """A backend without SQL that keeps the files of knowledge stores itself."""

    def knowledge_table(self, name: str) -> KnowledgeTable:
        """Return where those of a store are kept."""
        ...

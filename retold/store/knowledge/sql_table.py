"""The files of a knowledge store in SQL: rows of chunks."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from sqlalchemy import CursorResult
from sqlalchemy.ext.asyncio import AsyncConnection

from retold.domain.event import DomainEvent
from retold.domain.knowledge import KnowledgeAppended, KnowledgeDeleted, KnowledgeWritten
from retold.store.clock import Values, timed
from retold.store.knowledge import sql
from retold.store.knowledge.table import Change, Changed, StoredFile
from retold.store.log import EventStore

# What is appended joins the last chunk up to here, so that lines do not become a row each; and
# that is all an append rewrites, however long the file.
joined_bytes = 4 * 1024
largest_chunk = 64 * 1024
_end = 2**62


class SqlKnowledgeTable:
    """Keeps files in the log's database; see
    :class:`~retold.store.knowledge.table.KnowledgeTable`.
    """

    def __init__(self, store: EventStore, name: str) -> None:
        """Store the log whose database it is, and the name of the store of files."""
        self._store = store
        self._name = name

    async def read(self, path: str, start: int, end: int | None) -> bytes | None:
        """Return bytes ``start`` to ``end`` of a file, as far as there are; None without it."""
        values: Values = {"path": path, "start": start, "end": _end if end is None else end}
        async with self._store.connection() as connection:
            if (await self._execute(connection, sql.size, values)).scalar() is None:
                return None
            rows: Sequence[Any] = (await self._execute(connection, sql.chunks, values)).all()
        if not rows:
            return b""
        first = rows[0][0]
        found = b"".join(bytes(content) for _, content in rows)
        return found[max(start - first, 0) : None if end is None else max(end - first, 0)]

    async def write(self, path: str, content: bytes, *, recorded: int) -> Changed:
        """Write a file in place of what was there."""
        async with self._changing(recorded, changes=1) as (connection, number):
            await self._execute(connection, sql.delete_chunks, {"path": path})
            await self._put(connection, path, 0, content)
            values: Values = {"path": path, "size": len(content), "number": number}
            await self._execute(connection, sql.put_file, values)
            event = KnowledgeWritten(
                change=number, path=path, size=len(content), sha256=_sha256(content)
            )
            await self._note(connection, number, event)
            return Changed(0, await self._pending(connection))

    async def append(self, path: str, content: bytes, *, recorded: int) -> Changed:
        """Append to a file."""
        async with self._changing(recorded, changes=1) as (connection, number):
            size = (await self._execute(connection, sql.size, {"path": path})).scalar() or 0
            start, joined = size, content
            last: Any = (await self._execute(connection, sql.last_chunk, {"path": path})).first()
            if last is not None and len(last[1]) + len(content) <= joined_bytes:
                start, joined = last[0], bytes(last[1]) + content
            await self._put(connection, path, start, joined)
            values: Values = {"path": path, "size": size + len(content), "number": number}
            await self._execute(connection, sql.put_file, values)
            event = KnowledgeAppended(
                change=number, path=path, offset=size, size=len(content), sha256=_sha256(content)
            )
            await self._note(connection, number, event)
            return Changed(size, await self._pending(connection))

    async def delete(self, path: str, *, recorded: int) -> Changed:
        """Delete a file and all files beneath it."""
        async with self._changing(recorded) as (connection, number):
            found = await self._files(connection, path)
            for change, file in enumerate(found, number + 1):
                await self._execute(connection, sql.delete_chunks, {"path": file.path})
                await self._execute(connection, sql.delete_file, {"path": file.path})
                event = KnowledgeDeleted(change=change, path=file.path, size=file.size)
                await self._note(connection, change, event)
            await self._number(connection, len(found))
            return Changed(0, await self._pending(connection))

    async def files(self, path: str) -> list[StoredFile]:
        """Return the file of a path and all files beneath it, by path."""
        async with self._store.connection() as connection:
            return await self._files(connection, path)

    async def children(self, path: str) -> list[str]:
        """Return the names beneath a path: of files, and of folders with a ``/``."""
        folder = _folder(path)
        async with self._store.connection() as connection:
            rows = await self._execute(connection, sql.paths, _beneath(path))
            names = {_first_name(found[len(folder) :]) for found in rows.scalars()}
        return sorted(names)

    async def exists(self, path: str) -> bool:
        """Return whether there is a file of a path, or one beneath it."""
        async with self._store.connection() as connection:
            found = await self._execute(connection, sql.exists, _beneath(path))
            return found.first() is not None

    async def pending(self) -> list[Change]:
        """Return the changes to be recorded, the oldest first."""
        async with self._store.connection() as connection:
            return await self._pending(connection)

    async def settled(self, recorded: int) -> None:
        """Say that changes up to a number are recorded."""
        async with self._changing(recorded):
            pass

    @asynccontextmanager
    async def _changing(
        self, recorded: int, *, changes: int = 0
    ) -> AsyncIterator[tuple[AsyncConnection, int]]:
        async with self._store.transaction() as connection:
            # First the row that all wait for, then what only its holder touches.
            number = await self._number(connection, changes)
            await self._execute(connection, sql.settled, {"recorded": recorded})
            yield connection, number

    async def _number(self, connection: AsyncConnection, changes: int) -> int:
        """Return the number of the last change, after so many more."""
        done = await self._execute(connection, sql.number, {"changes": changes})
        return int(done.scalar_one())

    async def _files(self, connection: AsyncConnection, path: str) -> list[StoredFile]:
        rows = await self._rows(connection, sql.files, _beneath(path))
        return [StoredFile(*row) for row in rows]

    async def _put(
        self, connection: AsyncConnection, path: str, start: int, content: bytes
    ) -> None:
        for offset in range(0, len(content), largest_chunk):
            values: Values = {"path": path, "start": start + offset}
            chunk = content[offset : offset + largest_chunk]
            await self._execute(connection, sql.put_chunk, values, content=chunk)

    async def _note(self, connection: AsyncConnection, number: int, event: DomainEvent) -> None:
        data = orjson.dumps(event.model_dump(mode="json")).decode()
        values: Values = {"number": number, "type": event.type, "data": data}
        await self._execute(connection, sql.put_change, values)

    async def _pending(self, connection: AsyncConnection) -> list[Change]:
        rows = await self._rows(connection, sql.pending, {})
        return [Change(row[0], row[1], orjson.loads(row[2]), row[3]) for row in rows]

    async def _rows(self, connection: AsyncConnection, statement: str, values: Values) -> list[Any]:
        return list(await self._execute(connection, statement, values))

    async def _execute(
        self,
        connection: AsyncConnection,
        statement: str,
        values: Values,
        *,
        content: bytes | None = None,
    ) -> CursorResult[Any]:
        given: Values = {"tenant": self._store.tenant, "name": self._name, **values}
        clause, named = timed(self._store.kind, statement, given)
        if content is None:
            return await connection.execute(clause, named)
        return await connection.execute(clause, {**named, "content": content})


def _folder(path: str) -> str:
    return path.rstrip("/") + "/"


def _beneath(path: str) -> Values:
    folder = _folder(path)
    # In byte order, "0" follows "/".
    return {"path": path, "low": folder, "high": folder[:-1] + "0"}


def _first_name(below: str) -> str:
    name, separator, _ = below.partition("/")
    return name + separator


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

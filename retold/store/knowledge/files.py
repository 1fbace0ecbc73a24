"""Files beside the log whose every change is an event of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from retold.domain.event import NewEvent
from retold.domain.knowledge import knowledge_stream
from retold.domain.recorded import to_datetime
from retold.errors import InvalidKnowledgeStore, StoreError
from retold.logs import get_logger
from retold.store.append import ExpectedVersion
from retold.store.knowledge.sql_table import SqlKnowledgeTable
from retold.store.knowledge.table import Change, Changed, KeepsKnowledge, KnowledgeTable, StoredFile
from retold.store.knowledge.verifying import FileFault, verify_files
from retold.store.log import EventStore
from retold.store.row import derived_event_id

log = get_logger("retold.knowledge")

_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


class KnowledgeFiles:
    """The files of one knowledge store; their changes are recorded in ``knowledge-<name>``.

    Events are appended by the log's one writer, so not in the transaction that changes a file.
    That one also notes the event to come, in the same transaction: a change without its note does
    not exist. The event is appended next, under an id made of the change, and the note removed
    after that. Whoever dies in between leaves the note to whoever comes next, and an event that
    is appended twice counts once: none is lost, and none is doubled. Events are in the order of
    the changes.

    Attributes:
        name: of the store.
        stream: name of the stream that its changes are recorded in.
    """

    def __init__(self, store: EventStore, name: str) -> None:
        """Store the log whose database keeps the files, and the name of the store.

        Raises:
            InvalidKnowledgeStore: when the name is not 1 to 100 letters, digits, dots, hyphens
                and underscores.
        """
        if not isinstance(name, str) or not _name.fullmatch(name):
            raise InvalidKnowledgeStore(name)
        self.name = name
        self.stream = knowledge_stream(name)
        self._store = store
        backend = store.backend
        self._table: KnowledgeTable = (
            backend.knowledge_table(name)
            if isinstance(backend, KeepsKnowledge)
            else SqlKnowledgeTable(store, name)
        )
        self._turn = asyncio.Lock()
        # Whether there may be changes to be recorded, and up to which one they were.
        self._unsettled = True
        self._recorded = 0

    async def read(self, path: str, start: int = 0, end: int | None = None) -> bytes | None:
        """Return bytes of a file, as far as there are; None when there is no such file.

        Raises:
            StoreUnavailable: when the database does not do its work.
        """
        return await self._table.read(path, start, end)

    async def write(self, path: str, content: bytes) -> None:
        """Write a file in place of what was there.

        When it returns, the file is durable, and so is that its event is to be recorded.

        Raises:
            StoreError: when changes before this one cannot be recorded; nothing was changed.
            StoreUnavailable: when the database does not do its work.
        """
        async with self._turn:
            await self._settle()
            await self._record(await self._table.write(path, content, recorded=self._recorded))

    async def append(self, path: str, content: bytes) -> int:
        """Append to a file, which is begun when there is none; return the offset in bytes.

        Errors as of :meth:`write`.
        """
        async with self._turn:
            await self._settle()
            changed = await self._table.append(path, content, recorded=self._recorded)
            await self._record(changed)
            return changed.offset

    async def delete(self, path: str) -> None:
        """Delete a file and all files beneath it; a no-op when there are none.

        Errors as of :meth:`write`.
        """
        async with self._turn:
            await self._settle()
            await self._record(await self._table.delete(path, recorded=self._recorded))

    async def files(self, path: str = "/") -> Sequence[StoredFile]:
        """Return the file of a path and all files beneath it, by path.

        Raises:
            StoreUnavailable: when the database does not do its work.
        """
        return await self._table.files(path)

    async def children(self, path: str) -> list[str]:
        """Return the names right beneath a path, sorted; those of folders end with ``/``."""
        return list(await self._table.children(path))

    async def exists(self, path: str) -> bool:
        """Return whether there is a file of a path, or one beneath it."""
        return await self._table.exists(path)

    async def settle(self) -> None:
        """Record what a process that died, or a database that was away, left unrecorded.

        Raises:
            StoreError: when it cannot be recorded.
        """
        async with self._turn:
            self._unsettled = True
            await self._settle()

    async def verify(self) -> list[FileFault]:
        """Compare the files with the events of their changes; see :func:`verify_files`.

        Raises:
            StoreError: when changes that are not recorded yet cannot be.
            CorruptEvent: when a stored payload is not what was written.
        """
        await self.settle()
        return await verify_files(self._store, self.stream, self._table)

    async def _settle(self) -> None:
        if self._unsettled:
            pending = await self._table.pending()
            await self._append(pending)
            if pending:
                await self._table.settled(self._recorded)
            self._unsettled = False

    async def _record(self, changed: Changed) -> None:
        """Record what changed; what cannot be is noted, and recorded before the next change."""
        self._unsettled = True
        try:
            await self._append(changed.pending)
        except StoreError as error:
            log.warning("changes of files not recorded yet", store=self.name, error=error.code)
        else:
            self._unsettled = False

    async def _append(self, pending: Sequence[Change]) -> None:
        for change in pending:
            identity = f"{self.stream}:{change.number}:{change.changed_at}"
            event = NewEvent(
                type=change.type,
                data=change.data,
                event_id=derived_event_id(identity, change.changed_at // 1_000),
                occurred_at=to_datetime(change.changed_at),
            )
            # One by one: another process may be appending the first of them just now.
            await self._store.append(self.stream, [event], expected_version=ExpectedVersion.ANY)
            self._recorded = change.number

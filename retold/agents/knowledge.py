"""AG2's ``KnowledgeStore`` on the log's database."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TypeGuard

from ag2.knowledge import ChangeCallback, ChangeSubscription

from retold.errors import (
    InvalidKnowledgeContent,
    InvalidKnowledgePath,
    InvalidKnowledgeRange,
    StoreClosed,
)
from retold.logs import get_logger
from retold.store import EventStore
from retold.store.knowledge import FileFault, KnowledgeFiles
from retold.store.subscription import Subscription
from retold.store.uninterrupted import uninterrupted

log = get_logger("retold.knowledge")

longest_path_bytes = 1_024
largest_content_bytes = 256 * 1024 * 1024


class KnowledgeStore:
    """An AG2 ``KnowledgeStore``: a virtual file system, durable and audited.

    Give it wherever AG2 takes one: to ``Hub.open``, to ``KnowledgeConfig``. Made by
    ``log.knowledge(name)``. Every change of a file is an event of the stream ``knowledge-<name>``:
    ``knowledge.written``, ``knowledge.appended`` and ``knowledge.deleted``, with path, size and
    content hash; see :class:`~retold.store.knowledge.files.KnowledgeFiles` for what is promised.

    Paths begin with ``/``; a missing first, a doubled and a last one are mended. Folders are
    there as long as a file beneath them is. Any number of processes may use one store. A change
    that was begun is made and recorded also when its caller is cancelled, as by a hub that closes.

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
        self._files = KnowledgeFiles(store, name)
        self._store = store
        self.name = name
        self.stream = self._files.stream

    async def read(self, path: str) -> str | None:
        """Return the content of a file; None when there is none.

        Raises:
            InvalidKnowledgePath: when it is no path.
            StoreUnavailable: when the database does not do its work.
        """
        content = await self._files.read(normal_path(path))
        return None if content is None else content.decode()

    async def write(self, path: str, content: str) -> None:
        """Write a file in place of what was there.

        Raises:
            InvalidKnowledgePath: when it is no path, or that of the root.
            InvalidKnowledgeContent: when the content is no Unicode text, or too large.
            StoreError: when changes before this one cannot be recorded in the log; nothing was
                changed.
            StoreUnavailable: when the database does not do its work.
        """
        name = _file_path(path)
        await uninterrupted(self._files.write(name, _encoded(name, content)))

    async def list(self, path: str = "/") -> list[str]:
        """Return the names right beneath a path, sorted; those of folders end with ``/``.

        Errors as of :meth:`read`.
        """
        return await self._files.children(normal_path(path))

    async def delete(self, path: str) -> None:
        """Delete a file and all files beneath it; a no-op when there are none.

        Raises:
            InvalidKnowledgePath: when it is no path.
            StoreError, StoreUnavailable: as of :meth:`write`.
        """
        await uninterrupted(self._files.delete(normal_path(path)))

    async def exists(self, path: str) -> bool:
        """Return whether there is a file of a path, or one beneath it.

        Errors as of :meth:`read`.
        """
        return await self._files.exists(normal_path(path))

    async def append(self, path: str, content: str) -> int:
        """Append to a file, which is begun when there is none; it takes no longer for a long one.

        Returns:
            The offset in bytes at which the content begins; errors as of :meth:`write`.
        """
        name = _file_path(path)
        return await uninterrupted(self._files.append(name, _encoded(name, content)))

    async def read_range(self, path: str, start: int, end: int | None = None) -> str:
        """Return bytes ``start`` to ``end`` of a file as text, as far as there are.

        Args:
            path: of the file; an empty text is returned when there is none.
            start: first byte, from 0.
            end: the byte after the last one; None for the end of the file.

        Raises:
            InvalidKnowledgeRange: when a number is negative, or within a character.
            InvalidKnowledgePath, StoreUnavailable: as of :meth:`read`.
        """
        name = normal_path(path)
        if start < 0 or (end is not None and end < 0):
            raise InvalidKnowledgeRange(name, start, end, "give bytes from 0 on")
        try:
            return (await self._files.read(name, start, end) or b"").decode()
        except UnicodeDecodeError as error:
            what = "it begins or ends within a character; use the offsets that append returned"
            raise InvalidKnowledgeRange(name, start, end, what) from error

    async def on_change(self, path: str, callback: ChangeCallback) -> ChangeSubscription:
        """Call back with the path of each file at or beneath ``path`` that changes from now on.

        It follows the log, so it hears of every change, by whatever process, in order. What the
        callback raises is logged and stops nothing.

        Args:
            path: of a file or a folder.
            callback: called with the path, one change at a time.

        Returns:
            The subscription, to be closed. It also ends when the log is closed.

        Raises:
            InvalidKnowledgePath, StoreUnavailable: as of :meth:`read`.
        """
        watched = normal_path(path)
        subscription = self._store.subscribe(
            after=await self._store.end(), stream_prefix=self.stream
        )
        await subscription.__aenter__()
        return _ChangeSubscription(subscription, self.stream, watched, callback)

    async def settle(self) -> None:
        """Record in the log what a process that died left unrecorded; the next change would, too.

        Raises:
            StoreError: when it cannot be recorded.
        """
        await uninterrupted(self._files.settle())

    async def verify(self) -> tuple[FileFault, ...]:
        """Compare every file with the events of its changes, whose chain ``log.verify`` checks.

        Returns:
            What was altered, lost or added by somebody who went round the store, by path.

        Raises:
            StoreError: when changes that are not recorded yet cannot be.
            CorruptEvent: when a stored payload is not what was written.
        """
        return tuple(await self._files.verify())


class _ChangeSubscription:
    """Calls back until it is closed."""

    def __init__(
        self, subscription: Subscription, stream: str, path: str, callback: ChangeCallback
    ) -> None:
        self._subscription = subscription
        self._stream = stream
        self._path = path
        self._folder = path.rstrip("/") + "/"
        self._callback = callback
        self._task = asyncio.create_task(self._run(), name=f"retold-watch-{stream}")

    async def close(self) -> None:
        """Stop calling back; a callback may close its own subscription."""
        if self._task is asyncio.current_task():
            # It ends when the callback has returned.
            self._task.cancel()
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            async for event in self._subscription:
                changed = event.data.get("path")
                # A prefix of names: other stores begin so, too.
                if event.stream == self._stream and self._is_watched(changed):
                    await self._tell(changed)
        except StoreClosed:
            return
        except Exception as error:
            # It cannot be read: whoever uses the store finds out by itself.
            log.warning("changes not followed", stream=self._stream, error=type(error).__name__)
        finally:
            with contextlib.suppress(Exception):
                await self._subscription.__aexit__(None, None, None)

    def _is_watched(self, path: object) -> TypeGuard[str]:
        return isinstance(path, str) and (path == self._path or path.startswith(self._folder))

    async def _tell(self, path: str) -> None:
        try:
            await self._callback(path)
        except Exception as error:
            log.warning("a callback failed", path=path, error=type(error).__name__)


def normal_path(path: str) -> str:
    """Return a path as files are kept: with a first slash, none doubled, and none at the end.

    Raises:
        InvalidKnowledgePath: when it is no text that a database can store, or too long.
    """
    if not isinstance(path, str) or "\0" in path:
        raise InvalidKnowledgePath(path, "a path is text without NUL")
    normal = "/" + "/".join(part for part in path.split("/") if part)
    try:
        length = len(normal.encode())
    except UnicodeEncodeError as error:
        raise InvalidKnowledgePath(path, "it holds half a surrogate pair") from error
    if length > longest_path_bytes:
        what = f"it has {length:,} bytes in UTF-8, {longest_path_bytes:,} is the most"
        raise InvalidKnowledgePath(path, what)
    return normal


def _file_path(path: str) -> str:
    name = normal_path(path)
    if name == "/":
        raise InvalidKnowledgePath(path, "it is that of the root, which holds all files")
    return name


def _encoded(path: str, content: str) -> bytes:
    if not isinstance(content, str):
        raise InvalidKnowledgeContent(path, f"it is no text but {type(content).__name__}")
    try:
        encoded = content.encode()
    except UnicodeEncodeError as error:
        raise InvalidKnowledgeContent(path, "it holds half a surrogate pair") from error
    if len(encoded) > largest_content_bytes:
        what = f"it has {len(encoded):,} bytes, {largest_content_bytes:,} at once is the most"
        raise InvalidKnowledgeContent(path, what)
    return encoded

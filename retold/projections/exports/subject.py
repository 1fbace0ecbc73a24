"""All sessions of a person out of the log: a folder of files, there as a whole or not at all."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar, get_args
from uuid import uuid4

from retold.domain.access import AccessAction
from retold.errors import ExportFormatUnavailable, ExportNotWritten, SubjectNotFound
from retold.projections.access_log import AccessLog
from retold.projections.audit.people import SubjectSessionRow, subject_access
from retold.projections.exports.rows import plain
from retold.projections.exports.session import Exported, canonical_format, export_session
from retold.store.log import EventStore

SubjectFormat: TypeAlias = Literal[
    "events", "jsonl", "messages", "markdown", "html", "spans", "otlp"
]
subject_formats: tuple[str, ...] = get_args(SubjectFormat)
index_name = "index.json"

_suffixes = {"events": "jsonl", "messages": "json", "markdown": "md", "html": "html"}
_longest_name = 80
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedConversation:
    """A conversation of the person, and where it was written.

    Attributes:
        session: id of the conversation.
        root_session: id of the session it belongs to; its own unless it is nested.
        file: name of the file in the folder; that of its session where the format has nested
            conversations with it.
        source: who recorded it.
        started_at: when it started, by the source's clock.
        recorded_from, recorded_to: when the log took its first and its newest event.
        messages: how many.
    """

    session: str
    root_session: str
    file: str
    source: str | None
    started_at: datetime | None
    recorded_from: datetime
    recorded_to: datetime
    messages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectExport:
    """What was exported of a person; the file ``index.json`` says the same.

    Attributes:
        subject: the person.
        exported_at: when, UTC.
        format: of the files.
        tenant: whose log.
        directory: where they are.
        conversations: in the order of their sessions.
    """

    subject: str
    exported_at: datetime
    format: str
    tenant: str
    directory: Path
    conversations: tuple[ExportedConversation, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files in the folder, but for the index."""
        return tuple(dict.fromkeys(one.file for one in self.conversations))


async def export_subject(
    store: EventStore,
    subject: str,
    directory: str | os.PathLike[str],
    *,
    export_format: str = "events",
    access: AccessLog | None = None,
) -> SubjectExport:
    """Write all conversations of a person to a folder, with an index.

    The folder is made beside its place and moved there when it is whole, so that what fails or is
    killed leaves nothing in that place. Memory holds one session at a time.

    Args:
        store: the log.
        subject: the person, such as ``user:7``.
        directory: where; it is made, and must not be there, or be empty. Its parent must be there.
        export_format: as of :func:`~retold.projections.exports.session.export_session`, but for
            ``source``. ``messages`` is a file a conversation, the others are a file a session,
            with what is nested in it.
        access: where it is recorded that the person, and each of their sessions, was exported.

    Raises:
        ExportFormatUnavailable: when there is no such format.
        SubjectNotFound: when no conversation in this log concerns the person.
        ExportNotWritten: when the folder cannot be made, or is in use.
        ProjectionError, StoreError: when the log cannot be read.
    """
    if export_format not in subject_formats:
        reason = f"the formats are {', '.join(subject_formats)}"
        raise ExportFormatUnavailable(subject, export_format, reason, of="Subject")
    form = canonical_format(export_format)
    target = _place(directory)
    rows = await _conversations(store, subject)
    if not rows:
        raise SubjectNotFound(subject)
    placed = _placed(rows, form)
    found = SubjectExport(
        subject=subject,
        exported_at=datetime.now(UTC),
        format=form,
        tenant=store.tenant,
        directory=target,
        conversations=placed,
    )
    folder = target.parent / f".{target.name}.{uuid4().hex}.partial"
    try:
        try:
            await _in_thread(partial(_begin, target, folder))
            await _write_files(store, found, folder)
            await _note(access, found)
            await _in_thread(partial(_publish, folder, target))
        finally:
            # Moved away when all went well.
            await _in_thread(partial(shutil.rmtree, folder, ignore_errors=True))
    except OSError as error:
        raise ExportNotWritten(target, error.strerror or str(error)) from error
    return found


async def _conversations(store: EventStore, subject: str) -> list[SubjectSessionRow]:
    rows: list[SubjectSessionRow] = []
    after = None
    while True:
        page = await subject_access.page(store, {"subject": subject}, limit=1_000, after=after)
        rows += page.rows
        after = page.next
        if after is None:
            return rows


def _placed(rows: Sequence[SubjectSessionRow], form: str) -> tuple[ExportedConversation, ...]:
    """Return which file each conversation is in."""
    sessions = {row.session for row in rows}
    files: dict[str, str] = {}
    placed = []
    for row in rows:
        # One nested in the session of somebody else is exported by itself.
        with_root = form != "messages" and row.root_session in sessions
        of = row.root_session if with_root else row.session
        if of not in files:
            files[of] = _file_name(len(files) + 1, of, form)
        placed.append(
            ExportedConversation(
                session=row.session,
                root_session=row.root_session,
                file=files[of],
                source=row.source,
                started_at=row.started_at,
                recorded_from=row.recorded_from,
                recorded_to=row.recorded_to,
                messages=row.messages,
            )
        )
    return tuple(placed)


def _file_name(number: int, session: str, form: str) -> str:
    # Ids have any printable characters, and a file system may ignore case: the number tells apart.
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", session)[:_longest_name]
    return f"{number:04}-{safe}.{_suffixes.get(form, 'json')}"


async def _write_files(store: EventStore, found: SubjectExport, folder: Path) -> None:
    for name, of in _owners(found, with_root=found.format != "messages").items():
        content = _content(await export_session(store, of, found.format), found.format)
        await _in_thread(partial(_write, folder / name, content))
    index = {
        "subject": found.subject,
        "exported_at": found.exported_at,
        "format": found.format,
        "tenant": found.tenant,
        "conversations": found.conversations,
    }
    await _in_thread(partial(_write, folder / index_name, _json(plain(index), indent=2)))


def _owners(found: SubjectExport, *, with_root: bool) -> dict[str, str]:
    """Return by file the conversation whose export it is, or the session it belongs to."""
    sessions = {one.session for one in found.conversations}
    return {
        one.file: one.root_session if with_root and one.root_session in sessions else one.session
        for one in found.conversations
    }


def _content(exported: Exported, form: str) -> bytes:
    if isinstance(exported, str):
        return exported.encode("utf-8", "backslashreplace")
    if form == "events":
        return b"".join(_json(event, indent=None) for event in exported)
    return _json(exported, indent=2)


def _json(value: object, *, indent: int | None) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, indent=indent)
        return f"{text}\n".encode()
    except UnicodeEncodeError:
        return f"{json.dumps(value, indent=indent)}\n".encode()


async def _note(access: AccessLog | None, found: SubjectExport) -> None:
    if access is None:
        return
    asked = {"format": found.format, "subject": found.subject}
    for session in sorted(set(_owners(found, with_root=True).values())):
        await access.record(AccessAction.EXPORT, session, parameters=asked)
    await access.record(
        AccessAction.EXPORT,
        found.subject,
        parameters={"what": "subject", "format": found.format},
        rows=len(found.conversations),
    )


def _place(directory: str | os.PathLike[str]) -> Path:
    # Where it is now, also when the process moves to another folder meanwhile.
    return Path(directory).absolute()


def _begin(target: Path, folder: Path) -> None:
    # An early word, before anything is read; the last one is that of the rename.
    if os.path.lexists(target) and not (target.is_dir() and not any(target.iterdir())):
        raise OSError(0, "it is there already, and no empty folder; name one that is not there")
    # What is in it concerns nobody else on this machine.
    folder.mkdir(mode=0o700)


def _write(file: Path, content: bytes) -> None:
    with file.open("xb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())


def _publish(folder: Path, target: Path) -> None:
    _sync(folder)
    # Replaces an empty folder, and nothing else.
    folder.rename(target)
    _sync(target.parent)


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


async def _in_thread(work: Callable[[], T]) -> T:
    """Run it in a thread, and to its end: what is cancelled leaves no thread that still writes."""
    running = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise

"""Recorded conversations into the log: each as one session, whole or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from retold.errors import (
    CorruptEvent,
    DuplicateEventId,
    EventTooLarge,
    ImportFailed,
    InlineProjectionFailed,
    InvalidEvent,
    InvalidEventData,
    MalformedRecord,
    UnreadableFile,
    UnrecognisedFile,
    WrongExpectedVersion,
)
from retold.importers.conversation import to_events
from retold.importers.files import Candidate, find_files, is_folder, is_in
from retold.importers.formats.importer import Importer, all_importers, recognise, seems_damaged
from retold.importers.landing import land
from retold.importers.reading.document import parse, read_bytes
from retold.importers.report import (
    FailedSession,
    FileReport,
    ImportProgress,
    ImportReport,
    ReportProgress,
    SessionNotes,
    SkippedFile,
)
from retold.importers.source import SourceConversation
from retold.store import EventStore

# One session is to blame for these; any other error of the store ends the import.
_errors_of_a_session = (
    ImportFailed,
    CorruptEvent,
    DuplicateEventId,
    EventTooLarge,
    InlineProjectionFailed,
    InvalidEvent,
    InvalidEventData,
    WrongExpectedVersion,
)


async def import_paths(
    store: EventStore,
    paths: Sequence[Path],
    *,
    prefix: str = "",
    importers: Sequence[Importer] = all_importers,
    progress: ReportProgress | None = None,
) -> ImportReport:
    """Import recorded conversations, each as a session of its own.

    A session is appended whole or not at all. Importing it again changes nothing; a session of
    the same id with other content is left as it is, and reported. A file that is named must be of
    a known form; in a folder, files of no known form are skipped, and said to be.

    Args:
        store: the log.
        paths: files, and folders to look into.
        prefix: put before each conversation's id to make its session's id.
        importers: the forms to look for.
        progress: called after each conversation and each file.

    Returns:
        What came of each file. What could not be imported is in the report, not raised.

    Raises:
        StoreError: when the log itself does not do its work. What was imported stays, and the
            import can be repeated.
    """
    found = await asyncio.to_thread(find_files, paths)
    total = sum(isinstance(entry, Candidate) for entry in found)
    finished = 0
    files: list[FileReport] = []
    skipped: list[SkippedFile] = []
    for entry in found:
        match entry:
            case SkippedFile():
                skipped.append(entry)
            case UnreadableFile():
                files.append(FileReport(entry.path, error=entry))
            case Candidate():
                place = ImportProgress(entry.path, finished, total)
                outcome = await _FileImport(store, prefix, place, progress).run(entry, importers)
                finished += 1
                if isinstance(outcome, SkippedFile):
                    skipped.append(outcome)
                else:
                    files.append(outcome)
                if progress is not None:
                    progress(ImportProgress(entry.path, finished, total))
    files += [
        FileReport(path, error=UnrecognisedFile(path, _why_barren(path, skipped)))
        for path in paths
        if is_folder(path) and not any(is_in(file.path, path) for file in files)
    ]
    return ImportReport(tuple(files), tuple(skipped))


class _FileImport:
    """The import of one file, and its tally."""

    def __init__(
        self,
        store: EventStore,
        prefix: str,
        place: ImportProgress,
        progress: ReportProgress | None,
    ) -> None:
        self._store = store
        self._prefix = prefix
        self._place = place
        self._progress = progress
        self._imported: list[str] = []
        self._unchanged: list[str] = []
        self._failed: list[FailedSession] = []
        self._notes: list[SessionNotes] = []
        self._record_of: dict[str, str] = {}

    async def run(
        self, candidate: Candidate, importers: Sequence[Importer]
    ) -> FileReport | SkippedFile:
        """Import the file, or say why not."""
        path = candidate.path
        try:
            content = await asyncio.to_thread(read_bytes, path)
        except UnreadableFile as error:
            return FileReport(path, error=error)
        try:
            document = await asyncio.to_thread(parse, content, path)
            importer = recognise(document, path, importers)
        except (UnreadableFile, UnrecognisedFile) as error:
            broken = isinstance(error, UnreadableFile) and seems_damaged(content, importers)
            if candidate.folder is None or broken:
                return FileReport(path, error=error)
            return SkippedFile(path, error.reason)
        return await self._import_sessions(importer, document, path)

    async def _import_sessions(
        self, importer: Importer, document: object, path: Path
    ) -> FileReport:
        error: ImportFailed | None = None
        total = importer.count(document)
        try:
            for done, read in enumerate(importer.read(document, path), start=1):
                if isinstance(read, ImportFailed):
                    self._failed.append(FailedSession(None, read))
                else:
                    await self._import_session(read)
                self._report(done, total)
        except ImportFailed as of_file:
            error = of_file
        return FileReport(
            path,
            importer.name,
            tuple(self._imported),
            tuple(self._unchanged),
            tuple(self._failed),
            error,
            tuple(self._notes),
        )

    async def _import_session(self, source: SourceConversation) -> None:
        session = self._prefix + source.session
        try:
            first = self._record_of.setdefault(session, source.where)
            if first != source.where:
                raise MalformedRecord(
                    source.path,
                    source.where,
                    source.session_field,
                    f"another conversation of this file, {first}, has the id {session!r} too",
                )
            added = await land(self._store, to_events(source, self._prefix))
        except _errors_of_a_session as error:
            self._failed.append(FailedSession(session, error))
        else:
            (self._imported if added else self._unchanged).append(session)
            if source.notes:
                self._notes.append(SessionNotes(session, source.notes))

    def _report(self, done: int, total: int) -> None:
        if self._progress is not None:
            place = self._place
            self._progress(
                ImportProgress(place.path, place.files_done, place.files, done, max(done, total))
            )


def _why_barren(folder: Path, skipped: Sequence[SkippedFile]) -> str:
    here = [entry for entry in skipped if is_in(entry.path, folder)]
    if not here:
        return "the folder is empty"
    return f"nothing in the folder can be imported, {len(here)} skipped; name a file to learn why"

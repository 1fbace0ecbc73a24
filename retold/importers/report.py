"""What came of an import, file by file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from retold.errors import RetoldError


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is; given to the caller after each conversation and each file.

    Attributes:
        path: the file being imported.
        files_done: files finished.
        files: files to import.
        sessions_done: conversations of this file finished, whatever came of them.
        sessions: conversations of this file; 0 while unknown.
    """

    path: Path
    files_done: int
    files: int
    sessions_done: int = 0
    sessions: int = 0


ReportProgress = Callable[[ImportProgress], None]


@dataclass(frozen=True, slots=True)
class FailedSession:
    """A conversation that was not imported.

    Attributes:
        session: the session's id; None when it could not be read.
        error: why.
    """

    session: str | None
    error: RetoldError


@dataclass(frozen=True, slots=True)
class SessionNotes:
    """What a reader should know of a session, though it was imported, such as a lost parent."""

    session: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileReport:
    """What came of one file that was named, or recognised in a folder.

    Attributes:
        path: the file; the folder, when nothing in it could be imported.
        format: name of the importer; None when none took it.
        imported: ids of the sessions added.
        unchanged: ids of the sessions that were in the log already.
        failed: conversations that were not imported; the others were.
        error: set when the file as a whole could not be imported.
        notes: what is odd about sessions that are in the log all the same.
    """

    path: Path
    format: str | None = None
    imported: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    failed: tuple[FailedSession, ...] = ()
    error: RetoldError | None = None
    notes: tuple[SessionNotes, ...] = ()

    @property
    def ok(self) -> bool:
        """True when every conversation of the file is in the log."""
        return self.error is None and not self.failed

    @property
    def errors(self) -> tuple[RetoldError, ...]:
        """Every error of this file."""
        of_file = () if self.error is None else (self.error,)
        return of_file + tuple(failed.error for failed in self.failed)


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """Something in a folder that is no recording, and why it was passed over."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of an import.

    Attributes:
        files: those that were named, or recognised in a folder, in the order of the import.
        skipped: what else the folders held.
    """

    files: tuple[FileReport, ...] = ()
    skipped: tuple[SkippedFile, ...] = ()

    @property
    def ok(self) -> bool:
        """True when everything that had to be imported is in the log."""
        return all(file.ok for file in self.files)

    @property
    def errors(self) -> tuple[RetoldError, ...]:
        """Every error, in the order of the files."""
        return tuple(error for file in self.files for error in file.errors)

    @property
    def imported(self) -> int:
        """Sessions added."""
        return sum(len(file.imported) for file in self.files)

    @property
    def unchanged(self) -> int:
        """Sessions that were in the log already."""
        return sum(len(file.unchanged) for file in self.files)

    @property
    def failed(self) -> int:
        """Conversations that were not imported, as far as they could be told apart."""
        return sum(len(file.failed) for file in self.files)

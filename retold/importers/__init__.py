"""Conversations recorded by other systems, into the log and out again."""

from __future__ import annotations

from retold.importers.loader import import_paths
from retold.importers.report import (
    FailedSession,
    FileReport,
    ImportProgress,
    ImportReport,
    SessionNotes,
    SkippedFile,
)
from retold.projections.exports.session import export_formats, export_session

__all__ = [
    "FailedSession",
    "FileReport",
    "ImportProgress",
    "ImportReport",
    "SessionNotes",
    "SkippedFile",
    "export_formats",
    "export_session",
    "import_paths",
]

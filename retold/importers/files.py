"""Which files an import reads: those that are named, and those in the folders that are."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from retold.errors import UnreadableFile
from retold.importers.reading.document import line_suffixes
from retold.importers.report import SkippedFile

file_suffixes = frozenset({".json", ".ipynb", *line_suffixes})


_suffixes_shown = sorted(file_suffixes)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to import.

    Attributes:
        path: the file.
        folder: the folder it was found in; None when the file itself was named, which obliges
            it to be recognised.
    """

    path: Path
    folder: Path | None = None


Found = Candidate | SkippedFile | UnreadableFile


def find_files(paths: Iterable[Path]) -> list[Found]:
    """Return the files to import, in order, each once.

    Folders are walked with everything below them, by name; hidden folders and links to folders
    are passed over. A file that is both named and in a folder counts as named.

    Args:
        paths: files and folders.

    Returns:
        Files, what was passed over, and the errors of folders that cannot be listed.
    """
    paths = list(paths)
    named = {real_path(path) for path in paths if not is_folder(path)}
    found: list[Found] = []
    seen: set[Path] = set()
    for path in paths:
        entries = _walk(path) if is_folder(path) else [Candidate(path)]
        for entry in entries:
            if isinstance(entry, Candidate):
                real = real_path(entry.path)
                if real in seen or (entry.folder is not None and real in named):
                    continue
                seen.add(real)
            found.append(entry)
    return found


def is_folder(path: Path) -> bool:
    """Tell whether a path is a folder; one that cannot be looked at is taken for a file."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_in(path: Path, folder: Path) -> bool:
    """Tell whether a file lies in a folder, or is linked to from there."""
    return real_path(path).is_relative_to(real_path(folder)) or path.is_relative_to(folder)


def real_path(path: Path) -> Path:
    """Return the path without links, as far as they can be followed."""
    # Path.resolve() raises on a loop of links.
    return Path(os.path.realpath(path))


def _walk(folder: Path) -> Iterator[Found]:
    failed: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=failed.append):
        here = Path(parent)
        folders.sort()
        for name in list(folders):
            if name.startswith("."):
                reason = "it is a hidden folder"
            elif (here / name).is_symlink():
                reason = "it is a link to a folder"
            else:
                continue
            folders.remove(name)
            yield SkippedFile(here / name, reason)
        for name in sorted(files):
            path = here / name
            if path.suffix.lower() not in file_suffixes:
                yield SkippedFile(path, f"its name ends in none of {', '.join(_suffixes_shown)}")
            elif not path.is_file():
                yield SkippedFile(path, "it is not a file")
            else:
                yield Candidate(path, folder)
    for error in failed:
        where = Path(error.filename or folder)
        yield UnreadableFile(where, f"the folder cannot be listed ({error.strerror})")

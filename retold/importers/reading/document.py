"""An import file as a JSON document, and the checks that none of it would be lost.

A file of JSON lines reads as the list of its documents; a line that is no JSON stands in the list
as a :class:`BrokenLine`, so that the other lines can be imported.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from retold.errors import MalformedRecord, UnreadableFile
from retold.importers.reading.json_path import item, member, path_at

# The log holds some 200 levels; an event wraps a record in a few of its own.
deepest_nesting = 150


line_suffixes = frozenset({".jsonl", ".ndjson"})


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line of a file of JSON lines that is no JSON, and why."""

    reason: str


class RepeatedName(dict[str, object]):
    """A JSON object that gives one name twice; keeping one of the values would lose the other."""

    def __init__(self, fields: list[tuple[str, object]]) -> None:
        super().__init__(fields)
        names = [name for name, _ in fields]
        self.name = next(name for name in names if names.count(name) > 1)


def read_bytes(path: Path) -> bytes:
    """Return what a file holds.

    Raises:
        UnreadableFile: when it is missing or cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableFile(path, "there is no such file or folder; check the path") from error
    except OSError as error:
        raise UnreadableFile(path, f"it cannot be read ({error.strerror})") from error


def parse(content: bytes, path: Path) -> object:
    """Return the JSON document in a file, or the list of those in its lines.

    A file is taken line by line when its name says so, or when its first line is a document and
    more follow.

    Args:
        content: of the file; UTF-8, with or without a byte order mark.
        path: the file, for the error message.

    Raises:
        UnreadableFile: when it is empty, not UTF-8, or not valid JSON; says line, column and the
            place in the document.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            path,
            f"it is not UTF-8 text: byte {content[error.start]:#04x} at offset {error.start}; "
            "save it as UTF-8",
        ) from error
    if not text.strip():
        raise UnreadableFile(path, "it is empty")
    if path.suffix.lower() in line_suffixes:
        return _parse_lines(text, path)
    try:
        return _parse_text(text, path)
    except UnreadableFile:
        if _first_line_is_document(text):
            return _parse_lines(text, path)
        raise


def _parse_text(text: str, path: Path) -> object:
    try:
        document: object = json.loads(text, object_pairs_hook=_to_object)
    except json.JSONDecodeError as error:
        ended = error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated")
        how = "is cut off" if ended else "is not valid JSON"
        raise UnreadableFile(
            path,
            f"it {how} at line {error.lineno}, column {error.colno}, in "
            f"{path_at(text, error.pos)}: {error.msg}",
            line=error.lineno,
            column=error.colno,
        ) from error
    except RecursionError as error:
        raise UnreadableFile(path, "its JSON is nested too deeply to be read") from error
    except ValueError as error:
        # Python refuses to convert integers of thousands of digits.
        raise UnreadableFile(path, f"it holds a number that cannot be read ({error})") from error
    return document


def _parse_lines(text: str, path: Path) -> list[object]:
    # Not splitlines(): JSON texts may hold other separators of lines as they are.
    lines = [line for line in text.split("\n") if line.strip()]
    documents = [_parse_line(line, path) for line in lines]
    if all(isinstance(document, BrokenLine) for document in documents):
        # It is no file of JSON lines at all; say where it breaks.
        _parse_text(text, path)
    return documents


def _parse_line(line: str, path: Path) -> object:
    try:
        return _parse_text(line, path)
    except UnreadableFile as error:
        return BrokenLine(error.reason)


def _first_line_is_document(text: str) -> bool:
    first, separator, rest = text.lstrip().partition("\n")
    if not separator or not rest.strip() or first[:1] not in ("{", "["):
        return False
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return False
    return True


def check_keepable(path: Path, where: str, value: object) -> None:
    """Refuse a value that could not be given back as it came.

    Args:
        path: the file.
        where: JSON path of ``value`` in it.
        value: part of a document from :func:`parse`.

    Raises:
        MalformedRecord: on a name given twice in one object, or extreme nesting.
    """
    for place, part, depth in _walk(where, value):
        if isinstance(part, RepeatedName):
            raise MalformedRecord(path, place, part.name, "the field is given twice in one object")
        if depth > deepest_nesting:
            raise MalformedRecord(
                path, place, "", f"it is nested deeper than {deepest_nesting} levels"
            )


def _to_object(fields: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(fields)
    return made if len(made) == len(fields) else RepeatedName(fields)


def _walk(where: str, value: object) -> Iterator[tuple[str, object, int]]:
    waiting = [(where, value, 0)]
    while waiting:
        place, part, depth = waiting.pop()
        yield place, part, depth
        if isinstance(part, dict):
            waiting += [(member(place, name), v, depth + 1) for name, v in part.items()]
        elif isinstance(part, list):
            waiting += [(item(place, i), v, depth + 1) for i, v in enumerate(part)]

"""A JSON object of an import file, read field by field; a wrong field says where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from retold.errors import MalformedRecord
from retold.importers.reading.document import BrokenLine, RepeatedName
from retold.importers.reading.json_path import item, member

# Beyond these, numbers are no counts and no amounts; a float or a database column would not hold
# them.
_too_many = 2**63
_too_much = 1e15


def describe(value: object) -> str:
    """Return what kind of JSON value this is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {value[:40]!r}" if value else "an empty text"
        case list():
            return f"a list of {len(value)}"
        case dict():
            return "an object"
        case BrokenLine(reason):
            return f"a line that is no JSON ({reason})"
        case _:
            return type(value).__name__


@dataclass(frozen=True, slots=True)
class Record:
    """An object in an import file.

    Attributes:
        path: the file.
        where: JSON path of the object in the file.
        value: the object as it came.
    """

    path: Path
    where: str
    value: dict[str, Any]

    @classmethod
    def of(cls, path: Path, where: str, value: object) -> Record:
        """Return ``value`` as a record.

        Raises:
            MalformedRecord: when it is no object, or gives one of its fields twice.
        """
        if not isinstance(value, dict):
            raise MalformedRecord(path, where, "", f"expected an object, found {describe(value)}")
        if isinstance(value, RepeatedName):
            raise MalformedRecord(path, where, value.name, "the field is given twice in one object")
        return cls(path, where, value)

    def malformed(self, field: str, reason: str) -> MalformedRecord:
        """Return the error that ``field`` of this record is wrong."""
        return MalformedRecord(self.path, self.where, field, reason)

    def expected(self, field: str, wanted: str) -> MalformedRecord:
        """Return the error that ``field`` is something else than ``wanted``, or missing."""
        if field not in self.value:
            return self.malformed(field, f"the field is missing, expected {wanted}")
        return self.malformed(field, f"expected {wanted}, found {describe(self.value[field])}")

    def text(self, field: str) -> str:
        """Return a text that must be there and not be empty.

        Raises:
            MalformedRecord: otherwise.
        """
        value = self.value.get(field)
        if not isinstance(value, str) or not value:
            raise self.expected(field, "a text")
        return value

    def optional_text(self, field: str) -> str | None:
        """Return a text, or None when it is null or missing.

        Raises:
            MalformedRecord: when it is something else.
        """
        value = self.value.get(field)
        if value is not None and not isinstance(value, str):
            raise self.expected(field, "a text or null")
        return value

    def optional_flag(self, field: str) -> bool | None:
        """Return true or false, or None when it is null or missing.

        Raises:
            MalformedRecord: when it is something else.
        """
        value = self.value.get(field)
        if value is not None and not isinstance(value, bool):
            raise self.expected(field, "true, false or null")
        return value

    def optional_count(self, field: str) -> int | None:
        """Return a whole number >= 0, or None when it is null or missing.

        Raises:
            MalformedRecord: when it is something else.
        """
        value = self.value.get(field)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _too_many:
            raise self.expected(field, "a whole number >= 0 or null")
        return value

    def optional_amount(self, field: str) -> float | None:
        """Return a number, or None when it is null or missing.

        Raises:
            MalformedRecord: when it is something else.
        """
        value = self.value.get(field)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.expected(field, "a number or null")
        if not -_too_much < value < _too_much:
            raise self.expected(field, "a plausible number or null")
        return float(value)

    def key(self, field: str) -> str:
        """Return an identifying text or whole number that must be there, as text.

        Raises:
            MalformedRecord: otherwise.
        """
        value = self.value.get(field)
        if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
            raise self.expected(field, "a text or a whole number")
        return str(value)

    def optional_object(self, field: str) -> Record | None:
        """Return an object, or None when it is null or missing.

        Raises:
            MalformedRecord: when it is something else.
        """
        value = self.value.get(field)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.expected(field, "an object or null")
        return Record.of(self.path, member(self.where, field), value)

    def items(self, field: str) -> list[tuple[str, object]]:
        """Return the entries of a list that must be there, each with its JSON path.

        Raises:
            MalformedRecord: when it is no list.
        """
        value = self.value.get(field)
        if not isinstance(value, list):
            raise self.expected(field, "a list")
        where = member(self.where, field)
        return [(item(where, index), entry) for index, entry in enumerate(value)]

    def objects(self, field: str) -> Iterator[Record]:
        """Yield the entries of a list of objects that must be there.

        Raises:
            MalformedRecord: when it is no list, or an entry is no object.
        """
        for where, entry in self.items(field):
            yield Record.of(self.path, where, entry)

    def optional_objects(self, field: str) -> Iterator[Record]:
        """Yield the entries of a list of objects; none when it is null or missing.

        Raises:
            MalformedRecord: when it is something else.
        """
        if self.value.get(field) is not None:
            yield from self.objects(field)

"""Parameters of named queries: what they take, and how what is given is checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeAlias

from retold.errors import InvalidParameter, UnknownParameter
from retold.store.codec.values import made_plain

# What was given, checked, by name; what was left out is not there.
Values: TypeAlias = Mapping[str, Any]

largest = 2**63 - 1


class Kind(StrEnum):
    """What a parameter takes."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    FLAG = "flag"
    MOMENT = "moment"
    DAY = "day"
    TAG = "tag"
    CHOICE = "choice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a query.

    Attributes:
        name: lower case with underscores; the option of the command line has hyphens.
        description: one line for people.
        kind: what it takes. A moment or a day is given as such, or as text in ISO 8601; a moment
            without a zone is taken as UTC digits. A tag is text of the form ``NAME=VALUE``.
        required: the query cannot do without.
        default: the value when it is left out; None for none.
        choices: all values of a ``CHOICE``.
    """

    name: str
    description: str
    kind: Kind = Kind.TEXT
    required: bool = False
    default: str | int | float | None = None
    choices: tuple[str, ...] = ()

    def checked(self, query: str, value: object) -> object:
        """Return a value as the query takes it.

        Args:
            query: name of the query, for the error.
            value: of the type of the kind, or its text.

        Raises:
            InvalidParameter: when it is none of these.
        """
        try:
            return _readers[self.kind](self, value)
        except (ValueError, OverflowError) as error:
            raise InvalidParameter(query, self.name, str(error)) from error


def checked_values(
    query: str, parameters: Sequence[Parameter], given: Mapping[str, object]
) -> dict[str, Any]:
    """Return what a query is given, checked; None counts as left out.

    Raises:
        UnknownParameter: when the query has no such parameter.
        InvalidParameter: when a value is missing, or none that it takes.
    """
    known = {parameter.name: parameter for parameter in parameters}
    for name in given:
        if name not in known:
            raise UnknownParameter(query, name, known)
    values = {}
    for parameter in parameters:
        value = given.get(parameter.name)
        value = parameter.default if value is None else value
        if value is not None:
            values[parameter.name] = parameter.checked(query, value)
        elif parameter.required:
            raise InvalidParameter(query, parameter.name, "it must be given")
    return values


def _text(_: Parameter, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return made_plain(value)


def _integer(_: Parameter, value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdecimal():
        value = int(value[:20])
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{value!r} is no whole number")
    return max(-largest, min(value, largest))


def _number(_: Parameter, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is no number")
    found = float(value)
    if not math.isfinite(found):
        raise ValueError(f"{value!r} is no finite number")
    return found


def _flag(_: Parameter, value: object) -> bool:
    found = {"true": True, "yes": True, "false": False, "no": False}.get(str(value).lower())
    if found is None:
        raise ValueError(f"{value!r} is neither true nor false")
    return found


def _moment(_: Parameter, value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise ValueError(f"{value!r} is no time; write it as 2025-08-01T16:18:00, with Z for UTC")


def _day(_: Parameter, value: object) -> str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise ValueError(f"{value!r} is no day; write it as 2025-08-01")


def _tag(parameter: Parameter, value: object) -> str:
    text = _text(parameter, value)
    name, separator, _ = text.partition("=")
    if not (name and separator):
        raise ValueError(f"{value!r} is no tag; write it as NAME=VALUE")
    return text


def _choice(parameter: Parameter, value: object) -> str:
    if value not in parameter.choices:
        raise ValueError(f"{value!r} is none of {', '.join(parameter.choices)}")
    return str(value)


_readers = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.NUMBER: _number,
    Kind.FLAG: _flag,
    Kind.MOMENT: _moment,
    Kind.DAY: _day,
    Kind.TAG: _tag,
    Kind.CHOICE: _choice,
}

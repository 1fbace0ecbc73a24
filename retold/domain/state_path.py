"""A path to a piece of a state: through fields, the keys of mappings and the places of lists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Final

from pydantic import BaseModel

from retold.errors.explaining import InvalidPath

Step = str | int

_bare = re.compile(r"[^.\[\]\"]+")
_place = re.compile(r"\[(-?[0-9]{1,18})\]")
_key = re.compile(r'\[("(?:[^"\\]|\\.)*")\]')


class _Missing(Enum):
    MISSING = "missing"


missing: Final = _Missing.MISSING
"""Stands for nothing being there, which is something else than a null."""


@dataclass(frozen=True, slots=True)
class StatePath:
    """A path, one step after the other.

    Attributes:
        steps: names and keys as text, places of lists as numbers; a negative one counts from
            the end.
    """

    steps: tuple[Step, ...]

    @classmethod
    def parse(cls, text: str) -> StatePath:
        """Return the path in a text such as ``variables.topic``, ``history[-1]``, ``tags["a.b"]``.

        Raises:
            InvalidPath: when it is none.
        """
        return cls(tuple(_steps(text)))

    def find(self, state: object) -> object:
        """Return what is there; :data:`missing` when nothing is."""
        found = state
        for step in self.steps:
            found = child(found, step)
            if found is missing:
                break
        return found

    def __str__(self) -> str:
        text = ""
        for step in self.steps:
            if isinstance(step, int):
                text += f"[{step}]"
            elif _bare.fullmatch(step):
                text += f".{step}" if text else step
            else:
                text += f"[{json.dumps(step, ensure_ascii=False)}]"
        return text


def _steps(text: str) -> Iterator[Step]:
    place = 0
    while place < len(text):
        if found := _place.match(text, place):
            yield int(found[1])
        elif found := _key.match(text, place):
            try:
                yield json.loads(found[1])
            except ValueError as error:
                raise InvalidPath(text, f"{found[1]} is no quoted key") from error
        else:
            # A dot stands before every bare name but the first.
            start = place + 1 if place and text[place] == "." else place
            found = _bare.match(text, start) if not place or start > place else None
            if found is None:
                raise InvalidPath(text, f"it cannot be read on from {text[place:]!r}")
            yield found[0]
        place = found.end()


def child(value: object, step: Step) -> object:
    """Return what is one step below a value; :data:`missing` when nothing is.

    Only data are reached: no method, and no attribute that is no field.
    """
    match value:
        case Mapping():
            return _of_mapping(value, step)
        case tuple() if isinstance(step, str) and step in _named_places(value):
            return getattr(value, step)
        case Sequence() if not isinstance(value, str | bytes):
            return _of_sequence(value, step)
        case _:
            name = str(step)
            return getattr(value, name, missing) if name in names_below(value) else missing


def names_below(value: object) -> list[str]:
    """Return the names of what is one step below a value, as text."""
    match value:
        case Mapping():
            return [str(key) for key in value]
        case tuple() if _named_places(value):
            return list(_named_places(value))
        case Sequence() if not isinstance(value, str | bytes):
            return [f"[0] to [{len(value) - 1}]"] if value else []
        case BaseModel():
            return list(type(value).model_fields)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return [field.name for field in fields(value)]
        case _:
            return []


def _named_places(value: tuple[object, ...]) -> tuple[str, ...]:
    names: tuple[str, ...] = getattr(type(value), "_fields", ())
    return names


def _of_mapping(value: Mapping[object, object], step: Step) -> object:
    if step in value:
        return value[step]
    # A key may be a number where the path has its digits, and the other way about.
    other: Step = str(step) if isinstance(step, int) else step
    return next((item for key, item in value.items() if str(key) == other), missing)


def _of_sequence(value: Sequence[object], step: Step) -> object:
    if isinstance(step, str):
        if not (step.isascii() and step.isdecimal() and len(step) < 19):
            return missing
        step = int(step)
    return value[step] if -len(value) <= step < len(value) else missing


def same(one: object, other: object) -> bool:
    """Return whether two values are the same, also in kind: 1, 1.0 and True are not."""
    if type(one) is not type(other):
        return False
    match one, other:
        case dict(), dict():
            return len(one) == len(other) and all(
                key in other and same(item, other[key]) for key, item in one.items()
            )
        case list() | tuple(), list() | tuple():
            return len(one) == len(other) and all(map(same, one, other))
        case float(), float():
            return repr(one) == repr(other)
        case _:
            return bool(one == other)

"""What a consumer group is: its name, its partitions, and which events it wants."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import orjson

from retold.errors import GroupMismatch, InvalidGroup
from retold.store.selection import Selection

_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
most_partitions = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupDefinition:
    """A consumer group as its first process began it.

    Attributes:
        name: of letters, digits, dots, hyphens and underscores, 100 at the most.
        partitions: how many shares the streams are divided into, from 1 to 1,024.
        selection: which events it wants; without a partition.
    """

    name: str
    partitions: int
    selection: Selection

    def check(self) -> None:
        """Check that it makes sense.

        Raises:
            InvalidGroup: when it does not.
        """
        check_name(self.name)
        if type(self.partitions) is not int or not 1 <= self.partitions <= most_partitions:
            raise InvalidGroup(
                self.name, f"{self.partitions!r} partitions are not from 1 to {most_partitions:,}"
            )
        if isinstance(self.selection.types, str):
            raise InvalidGroup(self.name, "types are a collection of names, not one text")

    def require(self, stored: GroupDefinition) -> None:
        """Check that this is what the group was begun with.

        Raises:
            GroupMismatch: when it is not.
        """
        if (mine := self._text()) != (theirs := stored._text()):
            raise GroupMismatch(self.name, theirs, mine)

    def _text(self) -> str:
        return f"{self.partitions} partitions of {selection_text(self.selection)}"


def check_name(name: object) -> str:
    """Return the name of a group when it can be one.

    Raises:
        InvalidGroup: when it cannot.
    """
    if not isinstance(name, str) or not _name.fullmatch(name):
        raise InvalidGroup(
            name,
            "a name is 1 to 100 letters, digits, dots, hyphens and underscores, "
            "and begins with a letter or a digit",
        )
    return name


def selection_text(selection: Selection) -> str:
    """Return a selection as JSON: what is set, by name; equal selections have equal text."""
    return orjson.dumps(selection_fields(selection), option=orjson.OPT_SORT_KEYS).decode()


def selection_fields(selection: Selection) -> Mapping[str, str | bool | list[str]]:
    """Return what is set in a selection, but its partition; types sorted."""
    found: dict[str, str | bool | list[str]] = {}
    for field in fields(selection):
        value = getattr(selection, field.name)
        if field.name == "types" and value is not None:
            found["types"] = sorted(set(value))
        elif field.name != "partition" and value is not None and value is not False:
            found[field.name] = value
    return found


def selection_in(text: str) -> Selection:
    """Return the selection in what :func:`selection_text` returned."""
    values = orjson.loads(text)
    if "types" in values:
        values["types"] = tuple(values["types"])
    return replace(Selection(), **values)

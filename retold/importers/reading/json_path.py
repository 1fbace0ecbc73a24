"""JSON paths: how a place in an import file is named, such as ``$[3].traj[7].role``."""

from __future__ import annotations

import re

_plain_name = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# A text cut off by the end of what is scanned still counts as one.
_token = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?\Z)|[{}\[\],:]', re.DOTALL)


def member(where: str, name: str) -> str:
    """Return the path of field ``name`` of the object at ``where``."""
    if _plain_name.fullmatch(name):
        return f"{where}.{name}"
    escaped = name.replace("\\", "\\\\").replace("'", "\\'")
    return f"{where}['{escaped}']"


def item(where: str, index: int) -> str:
    """Return the path of entry ``index`` of the list at ``where``."""
    return f"{where}[{index}]"


def path_at(text: str, end: int) -> str:
    """Return the path of the value that stands at offset ``end`` of a JSON text.

    The text must be valid up to there; what follows does not matter.
    """
    # An int is the index in a list, a str the key in an object ("" before there is one).
    inside: list[int | str] = []
    latest_text = ""
    for token in _token.finditer(text, 0, end):
        mark = token[0]
        if mark == "{":
            inside.append("")
        elif mark == "[":
            inside.append(0)
        elif mark in "}]":
            inside.pop()
        elif mark == ":":
            inside[-1] = latest_text
        elif mark == ",":
            place = inside[-1]
            inside[-1] = place + 1 if isinstance(place, int) else ""
        else:
            latest_text = token[1]
    where = "$"
    for place in inside:
        if isinstance(place, int):
            where = item(where, place)
        elif place:
            where = member(where, place)
    return where

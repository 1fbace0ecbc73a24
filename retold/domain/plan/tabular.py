"""Tables as models write them in Markdown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from retold.domain.listed_text import is_item, plain

_rule = re.compile(r"^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$")
_bar = re.compile(r"(?<!\\)\|")


def table_rows(text: str) -> Sequence[Mapping[str, str]]:
    """Return the rows of the first table in a text, by the names in its head.

    Args:
        text: of a model's answer.

    Returns:
        The rows; none when there is no table, or a list begins before it.
    """
    lines = text.splitlines()
    for number, line in enumerate(lines[1:]):
        head = lines[number]
        if is_item(head):
            return ()
        if "|" in head and "-" in line and _rule.match(line):
            names = _cells(head)
            rows = []
            for row in lines[number + 2 :]:
                if "|" not in row:
                    break
                rows.append(dict(zip(names, _cells(row), strict=False)))
            return rows
    return ()


def _cells(line: str) -> list[str]:
    cells = _bar.split(line.strip().removeprefix("|").removesuffix("|"))
    return [plain(cell).replace("\\|", "|").replace("<br>", "; ") for cell in cells]

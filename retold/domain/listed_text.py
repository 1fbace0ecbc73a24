"""Lists in text as models write them: numbers, bullets, bold, nesting, lines that go on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

# "1. x", "10) x", "Step 3: x", "**Step 3:** x", "### 2. x". A blank must follow "1." and "1)", or
# "3.5 GB" would be an item.
_numbered = re.compile(
    r"^(?P<indent>\s*)(?:\#{1,6}\s+)?(?P<bold>\*\*|__)?"
    r"(?:step\s*(?P<step>\d{1,4})\s*(?:[.):\-\u2013\u2014]\s*|\s+|(?=\*\*|__)|$)"
    r"|(?P<number>\d{1,4})[.):](?=\s|\*\*|__|$))"
    r"\s*(?P<text>.*)$",
    re.IGNORECASE,
)
_bulleted = re.compile(r"^(?P<indent>\s*)[-*\u2022\u2013\u2023\u25e6]\s+(?P<text>.*)$")
_emphasis = re.compile(r"\*\*|__|^#{1,6}\s+|\s+#+$")
_tab = 4
deepest = 20
"""Levels that a list may be nested; an item below those stands on the last of them."""


@dataclass(slots=True)
class ListItem:
    """An item of a list.

    Attributes:
        text: without its number or bullet and without emphasis; lines that go on are joined.
        number: as it was written; None for a bullet.
        items: the list below it.
    """

    text: str
    number: int | None = None
    items: list[ListItem] = field(default_factory=list)


def list_items(text: str) -> list[ListItem]:
    """Return the list in a text, in the order of its lines; numbers are not trusted for it.

    What stands before the first item is passed over, and so is what follows an empty line in the
    margin without being an item. Bullets below a number belong to it, indented or not.

    Args:
        text: of a model's answer.

    Returns:
        The items of the outermost list; none when there is no list.
    """
    roots: list[ListItem] = []
    # Open items, outermost first: how far each is indented, whether it has a number, the item.
    open_items: list[tuple[int, bool, ListItem]] = []
    goes_on = False
    for line in text.expandtabs(_tab).splitlines():
        found = _item_of(line)
        if found is None:
            if not line.strip():
                goes_on = False
            elif open_items and (goes_on or _indent_of(line) > open_items[0][0]):
                _go_on(open_items[-1][2], line)
                goes_on = True
            continue
        indent, item = found
        is_numbered = item.number is not None
        while open_items and not _is_below(indent, is_numbered, open_items[-1]):
            open_items.pop()
        del open_items[deepest - 1 :]
        (open_items[-1][2].items if open_items else roots).append(item)
        open_items.append((indent, is_numbered, item))
        goes_on = True
    return roots


def is_item(line: str) -> bool:
    """Return whether a line begins an item of a list."""
    return _item_of(line) is not None


def _indent_of(line: str) -> int:
    return len(line) - len(line.lstrip())


def _item_of(line: str) -> tuple[int, ListItem] | None:
    match = _numbered.match(line)
    if match is not None:
        number = match["step"] or match["number"]
        return len(match["indent"]), ListItem(plain(match["text"]), int(number))
    match = _bulleted.match(line)
    if match is None:
        return None
    inner = _numbered.match(match["text"])
    if inner is not None:
        number = inner["step"] or inner["number"]
        return len(match["indent"]), ListItem(plain(inner["text"]), int(number))
    return len(match["indent"]), ListItem(plain(match["text"]))


def _is_below(indent: int, is_numbered: bool, above: tuple[int, bool, ListItem]) -> bool:  # noqa: FBT001 - as they are read
    above_indent, above_is_numbered, _ = above
    if indent != above_indent:
        return indent > above_indent
    return above_is_numbered and not is_numbered


def _go_on(item: ListItem, line: str) -> None:
    item.text = f"{item.text} {plain(line)}".strip()


def plain(text: str) -> str:
    """Return a piece of text without emphasis and blanks around it."""
    return _emphasis.sub("", text.strip()).strip()

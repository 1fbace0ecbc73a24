"""What models answer about a problem, read as it comes: JSON, JSON in text, lists, words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from retold.domain.listed_text import ListItem, list_items, plain
from retold.domain.problem.events import Reading
from retold.domain.problem.values import Complexity

subproblems_field, complexity_field = "subproblems", "complexity"
# Under what models put the text of an item when they make an object of it.
_text_fields = ("problem", "subproblem", "description", "text", "task", "question", "title", "name")
_levels = "|".join(Complexity)
_level = re.compile(rf"\b({_levels})\b", re.IGNORECASE)
_denied = re.compile(
    rf"\b(?:not|n't|never|hardly|isn't|than)\s+(?:\w+\s+){{0,2}}?({_levels})\b", re.IGNORECASE
)
_fewest = 2


def read_subproblems(text: str) -> tuple[tuple[str, ...], Reading]:
    """Return the subproblems in an answer, all of them, and how they were read.

    Args:
        text: of the answer.
    """
    whole = _json_of(text)
    if isinstance(whole, dict) and set(whole) == {subproblems_field}:
        items = whole[subproblems_field]
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return _plain_texts(items), Reading.SCHEMA
    for value in _json_in(text):
        found = _plain_texts(_items_of(value))
        if found:
            return found, Reading.JSON
    found = _plain_texts(_texts_of(list_items(text)))
    return found, Reading.LIST if found else Reading.FALLBACK


def read_complexity(text: str) -> tuple[Complexity, Reading]:
    """Return how complex an answer says a problem is, and how it was read.

    What cannot be read is taken for medium: the problem is split, and the depth bounds that.

    Args:
        text: of the answer.
    """
    whole = _json_of(text)
    if isinstance(whole, dict) and set(whole) == {complexity_field}:
        level = _level_of(whole[complexity_field])
        if level is not None:
            return level, Reading.SCHEMA
    for value in _json_in(text):
        level = _level_of(value.get(complexity_field) if isinstance(value, dict) else value)
        if level is not None:
            return level, Reading.JSON
    level = _level_in(text)
    return (Complexity.MEDIUM, Reading.FALLBACK) if level is None else (level, Reading.LIST)


def _level_of(value: Any) -> Complexity | None:
    return _level_in(value) if isinstance(value, str) else None


def _level_in(text: str) -> Complexity | None:
    """Return the level a text names; None when it names none, or several."""
    said = {match[1].lower() for match in _level.finditer(_denied.sub(" ", text))}
    return Complexity(said.pop()) if len(said) == 1 else None


def _json_of(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _json_in(text: str) -> Iterator[Any]:
    """Yield the objects and arrays in a text, from the outermost."""
    decoder, at = json.JSONDecoder(), 0
    # As many as a sane answer could begin: each attempt reads on to the end of the text.
    for _ in range(100):
        begins = [place for place in (text.find("{", at), text.find("[", at)) if place >= 0]
        if not begins:
            return
        at = min(begins)
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            at += 1
        else:
            yield value


def _items_of(value: Any) -> list[str]:
    if isinstance(value, dict):
        named = value.get(subproblems_field)
        lists = [item for item in value.values() if isinstance(item, list)]
        if isinstance(named, dict):
            value = list(named.values())
        elif isinstance(named, list):
            value = named
        else:
            value = lists[0] if len(lists) == 1 else None
    if not isinstance(value, list):
        return []
    return [text for text in map(_text_of, value) if text is not None]


def _text_of(item: Any) -> str | None:
    if isinstance(item, str):
        return item
    if not isinstance(item, dict):
        return None
    named = (item[field] for field in _text_fields if isinstance(item.get(field), str))
    texts = (value for value in item.values() if isinstance(value, str))
    return next(named, None) or next(texts, None)


def _texts_of(items: list[ListItem]) -> list[str]:
    while len(items) == 1 and len(items[0].items) >= _fewest:
        # The list stands below a heading that looks like an item itself.
        items = items[0].items
    return [_with_details(item) for item in items]


def _with_details(item: ListItem) -> str:
    details = "; ".join(filter(None, map(_with_details, item.items)))
    if not details:
        return item.text
    return f"{item.text.rstrip(' :.')}: {details}" if item.text else details


def _plain_texts(texts: list[str]) -> tuple[str, ...]:
    return tuple(text for text in map(plain, texts) if any(map(str.isalnum, text)))

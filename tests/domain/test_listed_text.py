"""Lists as models write them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from retold.domain.listed_text import ListItem, deepest, list_items


def shown(items: list[ListItem]) -> list[object]:
    return [
        (item.number, item.text) if not item.items else (item.number, item.text, shown(item.items))
        for item in items
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1. a\n2. b", [(1, "a"), (2, "b")]),
        ("9. i\n10. j\n11. k", [(9, "i"), (10, "j"), (11, "k")]),
        ("1) a\n2) b", [(1, "a"), (2, "b")]),
        ("Step 1: a\nstep 2 - b\nStep 3", [(1, "a"), (2, "b"), (3, "")]),
        ("**Step 1:** a\n**2. b**\n**3.** c", [(1, "a"), (2, "b"), (3, "c")]),
        ("### 1. a\n\n### 2. b", [(1, "a"), (2, "b")]),
        ("- a\n* b\n• c", [(None, "a"), (None, "b"), (None, "c")]),
        ("Here you are:\n\n1. a\n\nGood luck!", [(1, "a")]),
        ("1. a\n   goes on\n2. b", [(1, "a goes on"), (2, "b")]),
        ("1. a\n   - x\n   - y\n2. b", [(1, "a", [(None, "x"), (None, "y")]), (2, "b")]),
        ("1. a\n- x\n- y\n2. b", [(1, "a", [(None, "x"), (None, "y")]), (2, "b")]),
        ("1. a\n\t1. x\n\t\t- y", [(1, "a", [(1, "x", [(None, "y")])])]),
        ("1. It has 3.5 GB\n3.5 GB is much", [(1, "It has 3.5 GB 3.5 GB is much")]),
        ("- 1. a\n- 2. b", [(1, "a"), (2, "b")]),
        ("No list at all. 2024 was good.", []),
        ("", []),
    ],
)
def test_list(text: str, expected: list[object]) -> None:
    assert shown(list_items(text)) == expected


@given(st.text())
def test_any_text_gives_some_list(text: str) -> None:
    list_items(text)


@given(st.lists(st.from_regex(r"[a-z][a-z ]{0,20}[a-z]", fullmatch=True), min_size=1, max_size=30))
def test_every_numbered_line_is_an_item(texts: list[str]) -> None:
    written = "\n".join(f"{n}. {text}" for n, text in enumerate(texts, 1))
    assert shown(list_items(written)) == [(n, text) for n, text in enumerate(texts, 1)]


def test_a_number_alone_is_an_item_and_does_not_go_on_with_the_one_before() -> None:
    assert [(item.number, item.text) for item in list_items("1. a\n2.\n3. c")] == [
        (1, "a"),
        (2, ""),
        (3, "c"),
    ]


def test_a_list_nested_absurdly_deep_has_a_bottom() -> None:
    (item,) = list_items("\n".join(" " * depth + f"- {depth}" for depth in range(3_000)))
    levels = 1
    while len(item.items) == 1:
        (item,), levels = item.items, levels + 1
    assert levels == deepest - 1
    assert len(item.items) == 3_000 - levels

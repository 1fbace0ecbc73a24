"""The reference of queries and views is of those there are."""

from __future__ import annotations

from tools.query_reference import page, with_reference


def test_the_page_is_what_the_tool_would_write() -> None:
    text = page.read_text()
    assert text == with_reference(text), "run: python -m tools.query_reference"

"""The text of cursors."""

from __future__ import annotations

import pytest

from retold.errors import InvalidCursor
from retold.store.cursor import Cursor


@pytest.mark.parametrize(
    "text",
    ["", "x", "c1.00000000.1", "c1.00000000.1.1 ", "c1.0000000g.1.1", "c2.00000000.1.1",
     "c1.00000000.-1.1", "c1.00000000.1.9223372036854775808", "c1.00000000.٣.1"],
)  # fmt: skip
def test_a_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor, match="not of the form"):
        Cursor.parse(text)

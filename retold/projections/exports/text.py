"""Recorded text, shown: nothing in it moves a cursor, turns writing around or hides."""

from __future__ import annotations

import re
from datetime import UTC, datetime

# A recorded text may hold sequences that move the cursor or rename the window.
_controls = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def visible(text: str) -> str:
    """Return text with control characters, but line breaks and tabs, written as escapes."""
    return _controls.sub(lambda found: repr(found.group())[1:-1], text)


def time_text(moment: datetime | None, text: str | None = None) -> str | None:
    """Return a time as its source wrote it, or as ISO 8601 in UTC; None when unknown."""
    if text is not None or moment is None:
        return text
    return moment.astimezone(UTC).isoformat()

"""Names of what a planner asks, under which recorded answers are found again."""

from __future__ import annotations

from hashlib import sha256


def digest(text: str) -> str:
    """Return a short name of a text: another question under the same key is another one."""
    return sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:16]

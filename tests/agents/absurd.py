"""Values that make no sense and are given all the same."""

from __future__ import annotations

from typing import Any


def nested(levels: int) -> dict[str, Any]:
    """Return an object in an object, and so on."""
    value: dict[str, Any] = {}
    for _ in range(levels - 1):
        value = {"in": value}
    return value

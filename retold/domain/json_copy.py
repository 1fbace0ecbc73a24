"""Copies of JSON-native values, which show on the way that they are."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


class NotJsonNative(ValueError):
    """Raised when a value is no JSON; its text does not hold the value."""


deepest = 100
"""Levels that a value given by callers and models may be nested; pydantic writes some 250."""


def copied_object(value: object, *, levels: float = math.inf) -> dict[str, Any]:
    """Return a deep copy of a JSON object.

    Args:
        value: a mapping with str keys, JSON-native all through.
        levels: how deep it may be nested.

    Raises:
        NotJsonNative: when it is none, or holds what is none, such as a datetime or NaN, or is
            nested too deep.
    """
    if not isinstance(value, Mapping):
        raise NotJsonNative(f"{type(value).__name__} is no JSON object")
    copied = {}
    for key, item in value.items():
        if type(key) is not str:
            raise NotJsonNative(f"a key is no text but {type(key).__name__}")
        copied[key] = _copied(item, levels - 1)
    return copied


def _copied(value: object, levels: float) -> Any:
    if isinstance(value, Mapping | list | tuple) and levels < 1:
        raise NotJsonNative("it is nested too deep")
    if isinstance(value, Mapping):
        return copied_object(value, levels=levels)
    if isinstance(value, list | tuple):
        return [_copied(item, levels - 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        raise NotJsonNative("it holds NaN or an infinity")
    if value is None or isinstance(value, str | int | float):
        return value
    raise NotJsonNative(f"it holds {type(value).__name__}, which is not JSON-native")

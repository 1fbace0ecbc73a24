"""Pages of a query's result, and the opaque text that says where the next one begins."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

from retold.domain.recorded import to_datetime, to_microseconds
from retold.errors import InvalidPage
from retold.projections.audit.parameter import Values

RowT = TypeVar("RowT")

# What the rows of a query are ordered by, of one row.
Key: TypeAlias = tuple["str | int | float | datetime", ...]

default_limit = 100
largest_limit = 10_000


@dataclass(frozen=True, slots=True)
class Page(Generic[RowT]):
    """Some rows of a result, in its order.

    Attributes:
        rows: no more than asked for.
        next: where the next page begins, for ``after``; None when this is the last one.
    """

    rows: tuple[RowT, ...]
    next: str | None


def checked_limit(query: str, limit: int) -> int:
    """Return how many rows to give.

    Raises:
        InvalidPage: when it is no number from 1 to :data:`largest_limit`.
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= largest_limit:
        raise InvalidPage(query, f"limit is {limit!r}; give 1 to {largest_limit}")
    return limit


def mark_of(query: str, values: Values, key: Key) -> str:
    """Return the text for ``after`` that means: behind the row with this key."""
    parts = [_as_json(part) for part in key]
    text = json.dumps([_question(query, values), *parts], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def key_in(query: str, values: Values, after: str, kinds: Sequence[type]) -> Key:
    """Return the key in an ``after``.

    Args:
        query: name of the query.
        values: its parameters, which must be those the mark was made with.
        after: what :func:`mark_of` returned.
        kinds: what the parts of a key are: ``str``, ``int``, ``float`` or ``datetime``.

    Raises:
        InvalidPage: when it is something else.
    """
    try:
        padded = after + "=" * (-len(after) % 4)
        question, *parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        key = tuple(_of_json(part, kind) for part, kind in zip(parts, kinds, strict=True))
    except (ValueError, TypeError, OverflowError, AttributeError) as error:
        raise InvalidPage(query, f"{after!r} is no place in its result") from error
    if question != _question(query, values):
        raise InvalidPage(query, "'after' is of another query, or of other parameters")
    return key


def _question(query: str, values: Values) -> str:
    asked = json.dumps([query, sorted((name, str(value)) for name, value in values.items())])
    return hashlib.sha256(asked.encode()).hexdigest()[:16]


def _as_json(part: str | int | float | datetime) -> str | int | float:
    return to_microseconds(part) if isinstance(part, datetime) else part


def _of_json(part: Any, kind: type) -> str | int | float | datetime:
    if kind is str and isinstance(part, str):
        return part
    if kind is float and isinstance(part, float) and math.isfinite(part):
        return part
    if kind in {int, datetime} and isinstance(part, int) and not isinstance(part, bool):
        if abs(part) >= 2**63:
            raise OverflowError
        return to_datetime(part) if kind is datetime else part
    raise TypeError

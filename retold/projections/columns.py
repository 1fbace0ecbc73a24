"""Column types of read models: the same values on both databases, comparable by SQL."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect, Table, Text
from sqlalchemy.types import TypeDecorator
from sqlmodel import SQLModel

from retold.domain.recorded import to_datetime, to_microseconds


def table_of(model: type[SQLModel]) -> Table:
    """Return the table a model declares."""
    return model.metadata.tables[str(model.__tablename__)]


class Moment(TypeDecorator[datetime]):
    """A time as microseconds since 1970-01-01 UTC, like the times of the log."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Return what is stored."""
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Return the time in UTC."""
        return None if value is None else to_datetime(value)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal number as its digits, because neither database's number type keeps them all."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """Return what is stored."""
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Return the number."""
        return None if value is None else Decimal(value)


class TextMap(TypeDecorator[Mapping[str, str]]):
    """A mapping of text to text as JSON, one entry a line: a substring search finds an entry.

    A JSON string holds no line break, so ``line_of`` an entry occurs in the column exactly when
    the mapping holds that entry.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Mapping[str, str] | None, dialect: Dialect) -> str | None:
        """Return what is stored, as ``json.dumps(value, indent=0)`` would, in half the time."""
        if not value:
            return None if value is None else "{}"
        entries = [f"\n{json.dumps(name)}: {json.dumps(text)}" for name, text in value.items()]
        return f"{{{','.join(entries)}\n}}"

    def process_result_value(self, value: Any, dialect: Dialect) -> dict[str, str] | None:
        """Return the mapping, in its order."""
        return None if value is None else json.loads(value)

    @staticmethod
    def line_of(name: str, value: str) -> str:
        """Return what the column holds of an entry, without what separates entries."""
        return f"\n{json.dumps(name)}: {json.dumps(value)}"


class TextList(TypeDecorator[tuple[str, ...]]):
    """A sequence of text as JSON."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        """Return what is stored."""
        return None if value is None else json.dumps(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...] | None:
        """Return the sequence."""
        return None if value is None else tuple(json.loads(value))


class ObjectList(TypeDecorator[tuple[dict[str, Any], ...]]):
    """A sequence of JSON objects as JSON; what a fold remembers, not what is searched."""

    impl = Text
    cache_ok = True

    def process_bind_param(
        self, value: tuple[dict[str, Any], ...] | None, dialect: Dialect
    ) -> str | None:
        """Return what is stored."""
        return None if value is None else json.dumps(value)

    def process_result_value(
        self, value: Any, dialect: Dialect
    ) -> tuple[dict[str, Any], ...] | None:
        """Return the sequence."""
        return None if value is None else tuple(json.loads(value))

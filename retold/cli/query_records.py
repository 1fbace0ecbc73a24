"""Rows of queries and of SQL as records to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from retold.cli.output import Cell, money, time_text


def row_record(row: Any) -> dict[str, Cell]:
    """Return a row of a query by field; ``row`` is a dataclass."""
    return {field.name: cell_of(getattr(row, field.name)) for field in fields(row)}


def named_values(columns: Sequence[str], row: Sequence[object]) -> dict[str, Cell]:
    """Return a row of a statement by column; columns of one name are told apart by a number."""
    record: dict[str, Cell] = {}
    for name, value in zip(columns, row, strict=True):
        key, number = name, 2
        while key in record:
            key, number = f"{name}_{number}", number + 1
        record[key] = cell_of(value)
    return record


def cell_of(value: object) -> Cell:
    """Return a value as JSON can hold it: what JSON has no form for becomes text."""
    match value:
        case None | str() | int() | float():
            return value
        case Decimal():
            return money(value)
        case datetime():
            return time_text(value) if value.tzinfo is not None else value.isoformat()
        case bytes() | bytearray() | memoryview():
            return bytes(value).hex()
        case Mapping():
            return {str(name): cell_of(part) for name, part in value.items()}
        case Sequence():
            return [cell_of(part) for part in value]
        case _ if is_dataclass(value):
            return row_record(value)
        case _:
            return str(value)

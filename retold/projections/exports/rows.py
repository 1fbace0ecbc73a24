"""Rows of a result as CSV, JSON or Parquet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields as dataclass_fields, is_dataclass
from datetime import datetime
from typing import Any, BinaryIO, Literal, TextIO, get_args

from retold.errors import MissingExtra

RowFormat = Literal["csv", "json", "parquet"]
row_formats: tuple[str, ...] = get_args(RowFormat)
Row = Mapping[str, object]
_largest = 2**63 - 1


def write_rows(
    rows: Iterable[Row], file: BinaryIO, *, form: str, fields: Sequence[str] | None = None
) -> None:
    """Write rows to a file.

    Unknown is empty in CSV and null elsewhere. What is nested in a row is JSON text in CSV and
    Parquet. A column of a Parquet file has one type: whole numbers, numbers, truth values, times,
    or text when its values are of several.

    Args:
        rows: by field; all of the same fields.
        file: open for writing bytes; it stays open.
        form: ``csv``, ``json`` (one array) or ``parquet``.
        fields: in their order; those of the first row by default.

    Raises:
        MissingExtra: when Parquet is asked for and pyarrow is not installed.
        ValueError: when there is no such form.
    """
    if form not in row_formats:
        raise ValueError(f"There is no form {form!r}: use one of {', '.join(row_formats)}.")
    rows = list(rows)
    fields = list(fields if fields is not None else rows[0] if rows else ())
    if form == "parquet":
        _write_parquet(rows, file, fields)
        return
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    try:
        if form == "csv":
            write_csv(rows, text, fields)
        else:
            json.dump([plain(dict(row)) for row in rows], text, ensure_ascii=False, indent=2)
            text.write("\n")
    finally:
        text.detach()


def write_csv(rows: Iterable[Row], file: TextIO, fields: Sequence[str]) -> None:
    """Write rows as CSV with a header; what is nested in them as JSON text.

    Args:
        rows: by field.
        file: open for writing text.
        fields: in their order.
    """
    writer = csv.DictWriter(file, fields, lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _cell(plain(value)) for name, value in row.items()})


def _write_parquet(rows: Sequence[Row], file: BinaryIO, fields: Sequence[str]) -> None:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtra("pyarrow", "parquet") from error
    columns = {name: _column(pa, [row.get(name) for row in rows]) for name in fields}
    parquet.write_table(pa.table(columns), file)


def _column(pa: Any, values: Sequence[Any]) -> Any:
    kinds = {_kind(value) for value in values if value is not None}
    match kinds:
        case _ if kinds == {bool}:
            return pa.array(values, pa.bool_())
        case _ if kinds == {int}:
            return pa.array(values, pa.int64())
        case _ if kinds <= {int, float} and kinds:
            return pa.array([None if v is None else float(v) for v in values], pa.float64())
        case _ if kinds == {datetime}:
            return pa.array(values, pa.timestamp("us", tz="UTC"))
        case _:
            texts = [None if v is None else _as_text(_cell(plain(v))) for v in values]
            return pa.array(texts, pa.string())


def _kind(value: Any) -> type:
    match value:
        case bool():
            return bool
        case int() if -_largest <= value <= _largest:
            return int
        case float():
            return float
        case datetime() if value.tzinfo is not None:
            return datetime
        case _:
            # Text, what is nested, and numbers no column of numbers holds exactly.
            return str


def plain(value: Any) -> Any:
    """Return a value as JSON-native data: objects by their fields, times and decimals as text."""
    fields = _fields_of(value)
    if fields is not None:
        return {str(name): plain(item) for name, item in fields.items()}
    match value:
        case list() | tuple():
            return [plain(item) for item in value]
        case datetime():
            return value.isoformat()
        case None | str() | int() | float():
            return value
        case _:
            return str(value)


def _fields_of(value: Any) -> Mapping[Any, Any] | None:
    if isinstance(value, Mapping):
        return value
    places = getattr(type(value), "_fields", None) if isinstance(value, tuple) else None
    if places is not None:
        return dict(zip(places, value, strict=True))
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclass_fields(value)}
    # A pydantic model, which the command line's start does not wait for.
    names = getattr(type(value), "model_fields", None)
    return None if names is None else {name: getattr(value, name) for name in names}


def _cell(value: Any) -> str | int | float | None:
    if value is None or isinstance(value, str | int | float):
        return value
    return json.dumps(value, ensure_ascii=False)


def _as_text(value: str | int | float | None) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value)

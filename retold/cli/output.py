"""Printing: tables for people, JSON, CSV and Parquet for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

import typer
from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from retold.projections.exports.rows import write_csv, write_rows
from retold.projections.exports.text import time_text, visible

__all__ = [
    "Cell",
    "Format",
    "Record",
    "money",
    "print_document",
    "print_json",
    "print_object",
    "print_records",
    "print_text",
    "say",
    "time_text",
    "visible",
]

Cell: TypeAlias = "str | int | float | bool | Mapping[str, Cell] | Sequence[Cell] | None"
Record: TypeAlias = Mapping[str, Cell]

# A UUID; a longer text is folded on a terminal.
widest_text = 36
_between_columns = 3


class Format(StrEnum):
    """How results are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


def print_records(records: Sequence[Record], form: Format, *, columns: Mapping[str, str]) -> None:
    """Print a list on standard output: one JSON array, CSV with a header, or a table.

    Args:
        records: by field name; unknown is None: null in JSON, empty in CSV.
        form: how.
        columns: fields a table shows, with their headings; JSON and CSV have all fields.
    """
    match form:
        case Format.JSON:
            print_json(list(records))
        case Format.CSV | Format.PARQUET:
            _print_rows(records, form, columns)
        case Format.TABLE:
            _print_table(records, columns)


def print_object(
    record: Record, form: Format, *, rows: Sequence[Record], columns: Mapping[str, str]
) -> None:
    """Print one thing: one JSON object, CSV of one row without what is nested in it, or a table.

    Args:
        record: by field name; unknown is None.
        form: how.
        rows: what a table shows of it.
        columns: fields of ``rows``, with their headings.
    """
    match form:
        case Format.JSON:
            print_json(record)
        case Format.CSV | Format.PARQUET:
            flat = {n: v for n, v in record.items() if not isinstance(v, Mapping | list | tuple)}
            _print_rows([flat], form, columns)
        case Format.TABLE:
            _print_table(rows, columns)


def print_json(value: Cell, *, indent: int | None = 2) -> None:
    """Print a value as JSON on standard output; numbers as they are, unknown as null."""
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=indent)
    sys.stdout.write(text + "\n")


def print_document(text: str) -> None:
    """Print a document on standard output as it is, in UTF-8 whatever the terminal's encoding."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def print_text(text: str = "", *, style: str = "") -> None:
    """Print a line on standard output, with a style on a terminal only."""
    _console().print(Text(visible(text), style=style), soft_wrap=True)


def say(text: str, *, style: str = "") -> None:
    """Print a line for the person at the terminal, on standard error."""
    console = Console(stderr=True, highlight=False)
    console.print(Text(visible(text), style=style), soft_wrap=True)


def money(value: Decimal | None) -> float | None:
    """Return dollars without the noise of floats, to 12 decimals, which no price needs."""
    return None if value is None else float(round(value, 12))


def _print_rows(records: Sequence[Record], form: Format, columns: Iterable[str]) -> None:
    fields = list(records[0] if records else columns)
    if form is Format.CSV:
        write_csv(records, sys.stdout, fields)
        return
    if sys.stdout.isatty():
        raise typer.BadParameter(
            "A Parquet file is no text: write it to a file, with > rows.parquet"
        )
    sys.stdout.flush()
    write_rows(records, sys.stdout.buffer, form=form.value, fields=fields)


def _print_table(records: Sequence[Record], columns: Mapping[str, str]) -> None:
    console = _console()
    if console.is_terminal:
        console.print(_table(records, _fitting(records, columns, console.width), wrap=True))
        return
    with console.capture() as captured:
        console.print(_table(records, columns, wrap=False))
    for line in captured.get().splitlines():
        sys.stdout.write(line.rstrip() + "\n")


def _table(records: Sequence[Record], columns: Mapping[str, str], *, wrap: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD if wrap else None, pad_edge=False)
    for name, heading in columns.items():
        numeric = any(isinstance(record.get(name), int | float) for record in records)
        table.add_column(
            heading,
            justify="right" if numeric else "left",
            overflow="fold",
            no_wrap=numeric or not wrap,
            min_width=min(_width(records, name, heading), widest_text) if wrap else None,
        )
    for record in records:
        table.add_row(*(Text(_shown(record.get(name))) for name in columns))
    return table


def _fitting(records: Sequence[Record], columns: Mapping[str, str], width: int) -> dict[str, str]:
    """Return the columns a terminal has room for: the first ones, those nobody knows left out."""
    fitting: dict[str, str] = {}
    for name, heading in columns.items():
        if records and all(record.get(name) is None for record in records):
            continue
        width -= min(_width(records, name, heading), widest_text) + _between_columns
        if fitting and width < 0:
            break
        fitting[name] = heading
    return fitting


def _width(records: Sequence[Record], name: str, heading: str) -> int:
    return max([len(heading), *(cell_len(_shown(record.get(name))) for record in records)])


def _shown(value: Cell) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case str():
            return visible(value)
        case Mapping():
            return ", ".join(f"{name}={_shown(item)}" for name, item in value.items())
        case _ if isinstance(value, float):
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _console() -> Console:
    console = Console(highlight=False)
    if not console.is_terminal:
        # A pipe has no width: nothing is wrapped or cut there.
        console = Console(highlight=False, width=100_000, no_color=True)
    return console

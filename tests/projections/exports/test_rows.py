"""Rows as CSV, JSON and Parquet."""

from __future__ import annotations

import builtins
import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pyarrow import parquet

from retold.errors import MissingExtra
from retold.projections.exports.rows import write_rows

noon = datetime(2026, 1, 1, 12, tzinfo=UTC)


def written(rows: list[dict[str, Any]], form: str, **options: Any) -> bytes:
    file = io.BytesIO()
    write_rows(rows, file, form=form, **options)
    return file.getvalue()


def read_parquet(rows: list[dict[str, Any]], **options: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = parquet.read_table(
        io.BytesIO(written(rows, "parquet", **options))
    ).to_pylist()
    return found


row = {"n": 1, "x": 0.5, "ok": True, "text": "ü\n", "none": None, "list": [1], "at": noon}


def test_a_row_in_each_form() -> None:
    assert json.loads(written([row], "json")) == [{**row, "at": noon.isoformat()}]
    (cells,) = csv.DictReader(io.StringIO(written([row], "csv").decode(), newline=""))
    assert (cells["text"], cells["none"], cells["list"]) == ("ü\n", "", "[1]")
    assert read_parquet([row]) == [{**row, "list": "[1]"}]


def test_no_rows_have_their_fields_all_the_same() -> None:
    assert written([], "csv", fields=["a", "b"]) == b"a,b\n"
    assert written([], "json") == b"[]\n"
    table = parquet.read_table(io.BytesIO(written([], "parquet", fields=["a", "b"])))
    assert table.column_names == ["a", "b"]


def test_a_column_of_several_kinds_is_text_and_loses_nothing() -> None:
    values = [1, "1", True, 0.5, None, {"a": Decimal("0.1")}, 2**70]
    texts = [found["v"] for found in read_parquet([{"v": value} for value in values])]
    assert texts == ["1", "1", "true", "0.5", None, '{"a": "0.1"}', str(2**70)]


@given(st.lists(st.none() | st.integers(), max_size=5))
def test_whole_numbers_come_back_from_parquet(values: list[int | None]) -> None:
    found = [r["v"] for r in read_parquet([{"v": v} for v in values], fields=["v"])]
    assert [None if v is None else int(v) for v in found] == values


def test_a_form_there_is_none_of_is_refused() -> None:
    with pytest.raises(ValueError, match="no form 'xml'"):
        written([], "xml")


def test_without_pyarrow_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def without_pyarrow(name: str, *arguments: Any, **options: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return imported(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without_pyarrow)
    with pytest.raises(MissingExtra, match=r"pip install 'retold\[parquet\]'"):
        written([row], "parquet")

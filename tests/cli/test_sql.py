"""``retold sql``: one SELECT over the views."""

from __future__ import annotations

import pytest

from retold.projections.audit.views import all_views
from tests.cli.commands import csv_rows, printed, retold

statement = "SELECT session, cost_usd FROM sessions WHERE source = :source"


def test_a_statement_prints_its_rows(filled_url: str) -> None:
    asked = ("sql", statement, "-p", "source=tau2")
    (row,) = printed(*asked, url=filled_url)
    assert row["session"] == "order-1"
    assert row["cost_usd"] == 0.3
    assert "order-1" in retold(*asked, url=filled_url).stdout
    shown = retold(*asked, "-o", "csv", url=filled_url)
    assert [row["session"] for row in csv_rows(shown.stdout)] == ["order-1"]


def test_a_parameter_that_looks_like_a_number_is_one(filled_url: str) -> None:
    asked = "SELECT session FROM sessions WHERE messages = :n AND cost_usd < :most"
    found = printed("sql", asked, "-p", "n=4", "-p", "most=0.5", url=filled_url)
    assert found == [{"session": "order-1"}]


def test_rows_beyond_the_limit_are_said_to_be_there(filled_url: str) -> None:
    shown = retold("sql", "SELECT version FROM events", "--limit", "2", url=filled_url)
    assert len(shown.stdout.splitlines()) == 3
    assert "There are more rows than the 2 printed" in shown.stderr


def test_a_statement_that_fails_is_on_record(filled_url: str) -> None:
    failed = retold("sql", "SELECT * FROM streams", url=filled_url)
    assert failed.exit_code != 0
    (asked,) = printed("sql", "SELECT parameters, rows FROM accesses", url=filled_url)
    assert "SELECT * FROM streams" in asked["parameters"]
    assert "sql_refused" in asked["parameters"]
    assert asked["rows"] is None


def test_columns_of_one_name_are_told_apart(filled_url: str) -> None:
    assert printed("sql", "SELECT 1 AS a, 2 AS a", url=filled_url) in (
        [{"a": 1, "a_2": 2}],
        [{"a": 1, "a:1": 2}],  # SQLite does so itself
    )


def test_the_views_are_listed_without_a_log() -> None:
    listed = printed("sql", "--views")
    assert [view["view"] for view in listed] == [view.name for view in all_views]
    columns = {column["column"]: column["description"] for column in listed[0]["columns"]}
    assert columns == dict(all_views[0].columns)
    assert "sessions" in retold("sql", "--views").stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["DELETE FROM events"], "Refused: a statement that begins with 'DELETE'"),
        (["SELECT * FROM streams"], "'streams', which is no view"),
        (["SELECT nope FROM sessions"], "nope"),
        (["SELECT :a"], "no value for the parameter 'a'"),
        ([], "Give a statement"),
        (["SELECT 1", "-p", "a"], "is no parameter"),
        (["SELECT 1", "--limit", "0"], "--limit"),
    ],
)
def test_a_wrong_statement_is_a_usage_error(filled_url: str, words: list[str], says: str) -> None:
    result = retold("sql", *words, url=filled_url)
    assert result.exit_code == 2
    assert says in result.stderr


def test_a_statement_that_takes_too_long_is_a_failure(filled_url: str) -> None:
    numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    result = retold("sql", f"{numbers} SELECT sum(i) FROM n", "--timeout", "0.05", url=filled_url)
    assert result.exit_code == 1
    assert "stopped after 0.05 s" in result.stderr

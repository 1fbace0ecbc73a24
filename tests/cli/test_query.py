"""``retold query``: a command for each named query."""

from __future__ import annotations

import json
from typing import Any

import pytest

from retold.projections.audit.queries import queries
from tests.cli.commands import csv_rows, printed, retold


def rows(name: str, *arguments: str, url: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = printed("query", name, *arguments, url=url)["rows"]
    return found


def test_without_a_name_the_queries_are_listed() -> None:
    listed = {record["name"]: record for record in printed("query")}
    assert set(listed) == {name.replace("_", "-") for name in queries}
    assert listed["sessions"]["description"] == queries["sessions"].description
    assert "session" in listed["transcript"]["parameters"]
    assert "tool_calls" in listed["sessions"]["columns"]
    assert "state-as-of" in retold("query").stdout


@pytest.mark.parametrize("name", list(queries))
def test_help_documents_every_parameter(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Wide enough that no word is broken.
    monkeypatch.setenv("COLUMNS", "200")
    query = queries[name]
    shown = retold("query", name.replace("_", "-"), "--help")
    assert shown.exit_code == 0
    plain = " ".join(shown.output.split())
    for parameter in query.parameters:
        assert f"--{parameter.name.replace('_', '-')}" in plain
        for choice in parameter.choices:
            assert choice in plain


def test_a_query_prints_its_rows(filled_url: str) -> None:
    found = rows("sessions", "--nested", url=filled_url)
    assert [row["session"] for row in found] == ["child", "chat-2", "order-1"]
    assert found[2]["cost_usd"] == 0.3
    assert found[2]["started_at"] == "2025-08-01T12:00:00+00:00"
    table = retold("query", "sessions", "--subject", "user:7", url=filled_url)
    assert "order-1" in table.stdout
    assert "chat-2" not in table.stdout
    csv = retold("query", "transcript", "--session", "order-1", "-o", "csv", url=filled_url)
    assert [row["role"] for row in csv_rows(csv.stdout)][:3] == ["user", "assistant", "tool"]


def test_pages_are_asked_one_by_one_or_all_at_once(filled_url: str) -> None:
    first = printed("query", "sessions", "--limit", "1", url=filled_url)
    second = printed("query", "sessions", "--limit", "1", "--after", first["next"], url=filled_url)
    assert [first["rows"][0]["session"], second["rows"][0]["session"]] == ["chat-2", "order-1"]
    assert second["next"] is None
    everything = rows("sessions", "--limit", "1", "--all", url=filled_url)
    assert everything == first["rows"] + second["rows"]
    table = retold("query", "sessions", "--limit", "1", url=filled_url)
    assert f"--after {first['next']}" in table.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nope"], "There is no query 'nope'"),
        (["cost", "--by", "colour"], "'colour' is none of agent"),
        (["state-as-of", "--at", "noon"], "'noon' is no time"),
        (["why", "--session", "order-1", "--version", "99"], "has no version 99"),
        (["why", "--session", "order-9", "--version", "1"], "no session 'order-9'"),
        (["transcript", "--session", "order-9"], "no session 'order-9'"),
        (["delegation-tree", "--session", "order-9"], "no session 'order-9'"),
        (["state-as-of", "--at", "1999-01-01"], "No conversation in this log had begun"),
        (["sessions", "--after", "x"], "is no place in its result"),
        (["search", "--text", "?!"], "no word in '?!'"),
        (["search", "--text", "a", "--kind", "x"], "'x' is none of message"),
        (["release-changes", "--agent", "a", "--old", "x", "--new", "y"], "no release 'x'"),
    ],
)
def test_a_wrong_question_is_a_usage_error(
    filled_url: str, arguments: list[str], says: str
) -> None:
    result = retold("query", *arguments, url=filled_url)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments", [["transcript"], ["sessions", "--nope"], ["sessions", "--limit", "0"]]
)
def test_options_are_checked(filled_url: str, arguments: list[str]) -> None:
    assert retold("query", *arguments, url=filled_url).exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("query", "sessions", "--limit", "0"), "'--limit': give 1 or more"),
        (("query", "sessions", "--limit", "10001"), "'--limit': give 10000 or less"),
        (("query", "sessions", "--limit", "x"), "'--limit': it is no whole number"),
        (("query", "sessions", "-o", "xml"), "'-o': 'xml' is not one of"),
        (("sql", "SELECT 1", "--timeout", "0"), "'--timeout': give 0.001 or more"),
        (("sql", "SELECT 1", "--timeout", "x"), "'--timeout': it is no number"),
    ],
)
def test_a_wrong_option_is_refused_in_plain_words(arguments: tuple[str, ...], says: str) -> None:
    result = retold(*arguments)
    assert result.exit_code == 2
    said = " ".join(result.stderr.replace("\u2502", "").split())
    assert says in said
    assert "Input should" not in said
    assert "Value error" not in said


def test_texts_are_searched_and_the_search_is_recorded(filled_url: str) -> None:
    (found,) = rows("search", "--text", "WHERE is", url=filled_url)
    assert (found["session"], found["version"], found["role"]) == ("order-1", 2, "user")
    assert (found["snippet"], found["marks"]) == ("Where is it?", [[0, 5], [6, 8]])
    assert found["rank"] is not None
    (newest,) = rows("search", "--text", "it", "--order", "newest", url=filled_url)
    assert newest["rank"] is None
    assert "Where is it?" in retold("query", "search", "--text", "it", url=filled_url).stdout
    asked = rows("access-log", "--target", "search", url=filled_url)
    assert [json.loads(access["parameters"]) for access in asked] == [
        {"text": "it", "order": "rank"},
        {"text": "it", "order": "newest"},
        {"text": "WHERE is", "order": "rank"},
    ]
    assert [access["rows"] for access in asked] == [1, 1, 1]


def test_who_asked_what_is_in_the_access_log(filled_url: str) -> None:
    rows("transcript", "--session", "order-1", url=filled_url)
    printed("sql", "SELECT 1 AS a", url=filled_url)
    sql, query = rows("access-log", url=filled_url)
    assert (query["action"], query["target"], query["door"]) == ("query", "transcript", "cli")
    assert (query["rows"], json.loads(query["parameters"])) == (5, {"session": "order-1"})
    assert (sql["action"], json.loads(sql["parameters"])) == ("sql", {"statement": "SELECT 1 AS a"})


def test_the_sql_of_a_query_is_printed_without_a_log() -> None:
    for arguments in (("cost", "--by", "day", "--sql"), ("cost", "--sql")):
        shown = retold("query", *arguments)
        assert shown.exit_code == 0
        assert "FROM usage" in shown.stdout
    assert "FROM messages" in retold("query", "transcript", "--sql").stdout


@pytest.mark.parametrize("name", ["why", "projection-lag", "search"])
def test_a_query_that_is_no_sql_says_so(name: str) -> None:
    shown = retold("query", name, "--sql")
    assert (shown.exit_code, shown.stdout) == (2, "")
    said = " ".join(shown.stderr.replace("\u2502", "").split())
    assert f"{name} is answered by code, not by one SQL statement" in said


def test_json_of_every_query_is_json(filled_url: str) -> None:
    given = {"session": "order-1", "subject": "user:7", "by": "model", "at": "2100-01-01"}
    given |= {"version": "5", "text": "gone", "entry": "an id", "threshold": "0.9"}
    for name in queries:
        required = [p.name for p in queries[name].parameters if p.required]
        if name == "release_changes":
            continue
        options = [word for wanted in required for word in (f"--{wanted}", given[wanted])]
        shown = retold("query", name, *options, "-o", "json", url=filled_url)
        assert shown.exit_code == 0, shown.output
        assert set(json.loads(shown.stdout)) == {"rows", "next"}

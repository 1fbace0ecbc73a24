"""``retold db``: where a database stands, and the way to the schema of this release."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.commands import printed, record, retold
from tests.projections.histories import started

newest = "0005"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest) -> str:
    """URL of a database without any table, once for each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "empty_postgres_url"
    url = request.getfixturevalue(name)
    assert isinstance(url, str)
    return url


def test_upgrade_makes_the_database_and_check_says_so(empty_url: str) -> None:
    assert printed("db", "upgrade", url=empty_url) == {"before": None, "now": newest}
    assert printed("db", "check", url=empty_url) == {
        "state": "current",
        "schema": newest,
        "needed": newest,
    }
    assert printed("db", "upgrade", url=empty_url) == {"before": newest, "now": newest}
    assert printed("sessions", "list", url=empty_url) == []


def test_an_older_database_is_told_and_upgraded_again(empty_url: str) -> None:
    retold("db", "upgrade", url=empty_url)
    assert printed("db", "downgrade", "0001", url=empty_url) == {"before": newest, "now": "0001"}
    result = retold("db", "check", "-o", "csv", url=empty_url)
    assert (result.exit_code, result.stdout) == (1, "state,schema,needed\nolder,0001,0005\n")
    assert printed("db", "upgrade", url=empty_url) == {"before": "0001", "now": newest}


@pytest.mark.postgres
def test_an_unmigrated_postgresql_database_names_the_command(empty_postgres_url: str) -> None:
    result = retold("sessions", "list", url=empty_postgres_url)
    assert result.exit_code == 2
    assert "retold db upgrade --url" in result.stderr
    check = retold("db", "check", "-o", "csv", url=empty_postgres_url)
    assert (check.exit_code, check.stdout) == (1, "state,schema,needed\nempty,,0005\n")


@pytest.mark.postgres
def test_a_postgresql_database_that_is_not_there_is_wrong_usage(empty_postgres_url: str) -> None:
    for command in (["db", "check"], ["db", "upgrade"], ["sessions", "list"]):
        result = retold(*command, url=f"{empty_postgres_url}_absent")
        assert result.exit_code == 2
        assert "There is no Retold database" in result.stderr


def test_check_makes_and_changes_nothing(sqlite_url: str, tmp_path: Path) -> None:
    assert retold("db", "check", url=sqlite_url).exit_code == 2
    assert list(tmp_path.iterdir()) == []
    with sqlite3.connect(tmp_path / "log.db") as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = (tmp_path / "log.db").read_bytes()
    result = retold("db", "check", "-o", "csv", url=sqlite_url)
    assert (result.exit_code, result.stdout) == (1, "state,schema,needed\nforeign,,0005\n")
    assert (tmp_path / "log.db").read_bytes() == before


def test_a_foreign_or_newer_database_is_refused(sqlite_url: str, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "log.db") as connection:
        connection.execute("CREATE TABLE theirs (x)")
    assert retold("db", "upgrade", url=sqlite_url).exit_code == 2
    with connection:
        connection.execute("CREATE TABLE retold_version (version_num TEXT)")
        connection.execute("INSERT INTO retold_version VALUES ('9999')")
    connection.close()
    result = retold("sessions", "list", url=sqlite_url)
    assert result.exit_code == 2
    assert "9999" in result.stderr
    assert retold("db", "upgrade", url=sqlite_url).exit_code == 2


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database " * 100)
    for command in (["db", "check"], ["db", "upgrade"], ["sessions", "list"]):
        result = retold(*command, url=f"sqlite:///{tmp_path / 'notes.txt'}")
        assert result.exit_code == 2
        assert "is not a Retold database" in result.stderr


def test_a_log_with_events_is_not_downgraded_to_nothing(sqlite_url: str) -> None:
    record(sqlite_url, "a", [started()])
    result = retold("db", "downgrade", "base", url=sqlite_url)
    assert result.exit_code == 1
    assert "holds events" in result.stderr
    assert [row["session"] for row in printed("sessions", "list", url=sqlite_url)] == ["a"]


def test_a_downgrade_to_an_unknown_schema_fails(sqlite_url: str) -> None:
    record(sqlite_url, "a", [started()])
    result = retold("db", "downgrade", "7777", url=sqlite_url)
    assert result.exit_code == 1
    assert "7777" in result.stderr
    assert printed("db", "check", url=sqlite_url)["schema"] == newest


def test_sql_prints_statements_that_make_the_database(tmp_path: Path) -> None:
    result = retold("db", "sql", url="sqlite:///anything.db")
    assert result.exit_code == 0
    made = tmp_path / "log.db"
    with sqlite3.connect(made) as connection:
        connection.executescript(result.stdout)
    connection.close()
    assert printed("db", "check", url=f"sqlite:///{made}")["state"] == "current"
    assert printed("sessions", "list", url=f"sqlite:///{made}") == []


@pytest.mark.postgres
def test_sql_speaks_the_language_of_the_database(empty_postgres_url: str) -> None:
    result = retold("db", "sql", url=empty_postgres_url)
    assert result.exit_code == 0
    assert "xid8" in result.stdout

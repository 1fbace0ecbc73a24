"""The URL of a log: which are understood, and what is shown of them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from retold.errors import MissingExtra, OpenError, UnsupportedUrl
from retold.store.url import parse_url


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///log.db", "log.db"),
        ("sqlite:///folder/log.db", "folder/log.db"),
        ("sqlite:////var/lib/log.db", "/var/lib/log.db"),
        ("sqlite+aiosqlite:///log.db", "log.db"),
        ("SQLite:///log.db", "log.db"),
        ("sqlite:///my log.db", "my log.db"),
        ("sqlite:///my%20log.db", "my log.db"),
        ("sqlite:///100%25%3F.db", "100%?.db"),
        ("sqlite:///a@b:c.db", "a@b:c.db"),
        ("sqlite:///Grüße#1.db", "Grüße#1.db"),
    ],
)
def test_a_sqlite_url_names_a_file(url: str, path: str) -> None:
    parsed = parse_url(url)
    assert (parsed.kind, parsed.path, parsed.dsn, str(parsed)) == ("sqlite", Path(path), None, url)


def test_a_log_in_memory_has_no_path() -> None:
    parsed = parse_url("sqlite:///:memory:")
    assert (parsed.kind, parsed.path) == ("sqlite", None)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://user@host:5432/log", "postgresql://user@host:5432/log"),
        ("postgres://host/log", "postgres://host/log"),
        ("postgresql+asyncpg://host/log", "postgresql+asyncpg://host/log"),
        ("postgresql:///log", "postgresql:///log"),
        ("postgresql://[::1]:5432/log", "postgresql://[::1]:5432/log"),
        ("postgresql://user@/log?host=/run/postgresql",) * 2,
        ("postgresql://user:s3cret@host/log", "postgresql://user:***@host/log"),
        ("postgresql://user:s3cr%40t%2F@host/log", "postgresql://user:***@host/log"),
        ("postgresql://user:s3@cr:t@host/log", "postgresql://user:***@host/log"),
        ("postgresql://user:s3#cr?t@host/log", "postgresql://user:***@host/log"),
        (
            "postgresql://host/log?user=u&password=s3cret&sslmode=require",
            "postgresql://host/log?user=u&password=***&sslmode=require",
        ),
        ("postgresql://host/log?sslpassword=s3cret", "postgresql://host/log?sslpassword=***"),
    ],
)
def test_a_postgresql_url_goes_to_the_driver_whole_and_is_shown_without_password(
    url: str, shown: str
) -> None:
    parsed = parse_url(url)
    assert (parsed.kind, parsed.path, str(parsed)) == ("postgresql", None, shown)
    assert parsed.dsn is not None
    assert parsed.dsn.partition("://")[2] == url.partition("://")[2]
    assert "s3" not in repr(parsed)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("", "it is no database URL"),
        ("log.db", "it is no database URL"),
        ("/var/lib/log.db", "it is no database URL"),
        ("sqlite:/log.db", "it is no database URL"),
        ("://", "'' is no scheme"),
        ("mysql://host/log", "'mysql' is no scheme Retold knows"),
        ("postgresql+psycopg://host/log", "'postgresql+psycopg' is no scheme"),
        ("file:///log.db", "'file' is no scheme"),
        ("sqlite://", "names no file; a log in memory is sqlite:///:memory:"),
        ("sqlite:///", "names no file"),
        ("sqlite://log.db", "three slashes before a relative path"),
        ("sqlite://host/log.db", "three slashes before a relative path"),
        ("sqlite:///log.db?mode=ro", "options in a SQLite URL"),
        ("sqlite:///file:log.db", "options in a SQLite URL"),
        ("sqlite:///log%00.db", "NUL character"),
        ("postgresql://host", "names no database"),
        ("postgresql://host/", "names no database"),
    ],
)
def test_another_url_is_refused_with_examples_of_good_ones(url: str, told: str) -> None:
    with pytest.raises(UnsupportedUrl) as raised:
        parse_url(url)
    assert told in str(raised.value)
    assert "Use sqlite:///file.db or postgresql://user@host:5432/database" in str(raised.value)


@pytest.mark.parametrize("url", [None, 7, Path("log.db"), b"sqlite:///log.db"])
def test_what_is_no_text_is_refused(url: Any) -> None:
    with pytest.raises(UnsupportedUrl):
        parse_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:s3cret@host/log",
        "postgres//user:s3cret@host/log",
        "user:s3cret@host",
        "postgresql://user:s3cret@host",
        "postgresql://user:s3cret",
        "sqlite://user:s3cret@host/log.db",
        "sqlite:///log.db?password=s3cret",
        "mysql://host/log?password=s3cret",
    ],
)
def test_no_password_is_shown_of_a_url_that_is_refused(url: str) -> None:
    with pytest.raises(OpenError) as raised:
        parse_url(url)
    error: BaseException | None = raised.value
    while error is not None:
        assert "s3cret" not in str(error)
        assert "s3cret" not in repr(error)
        error = None if error.__suppress_context__ else error.__cause__ or error.__context__


def test_without_the_driver_the_pip_line_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    find_spec = importlib.util.find_spec

    def without_asyncpg(name: str, *args: Any) -> Any:
        return None if name == "asyncpg" else find_spec(name, *args)

    monkeypatch.setattr(importlib.util, "find_spec", without_asyncpg)
    with pytest.raises(MissingExtra, match=r"pip install 'retold\[postgres\]'") as raised:
        parse_url("postgresql://user:s3cret@host/log")
    assert (raised.value.package, raised.value.extra) == ("asyncpg", "postgres")
    assert "s3cret" not in str(raised.value)
    assert parse_url("sqlite:///log.db").kind == "sqlite"

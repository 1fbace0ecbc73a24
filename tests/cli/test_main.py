"""The command as a whole: exit codes, quick starts, clean output."""

from __future__ import annotations

import resource
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

import retold as package
from retold.cli.main import exit_code
from retold.cli.output import money, visible
from retold.errors import (
    CorruptEvent,
    DatabaseTooNew,
    FutureSchemaVersion,
    ImportFailed,
    InvalidCursor,
    InvalidStreamName,
    MissingExtra,
    RetoldError,
    SessionNotFound,
    StoreUnavailable,
    UnsupportedUrl,
)
from tests.cli.commands import process, repository, retold


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CorruptEvent("conversation-a", 1, "cut"), 3),
        (UnsupportedUrl("mysql://", "no scheme"), 2),
        (MissingExtra("asyncpg", "postgres"), 2),
        (DatabaseTooNew("sqlite:///a.db", "9", "2"), 2),
        (SessionNotFound("a"), 2),
        (FutureSchemaVersion("turn.started", 2, 1), 2),
        (InvalidStreamName("a"), 2),
        (InvalidCursor("a", "none"), 2),
        (StoreUnavailable("Reading", "gone"), 1),
        (ImportFailed("broken"), 1),
        (RetoldError("else"), 1),
    ],
)
def test_each_kind_of_error_has_its_exit_code(error: RetoldError, code: int) -> None:
    assert exit_code(error) == code


def test_version_is_that_of_the_package() -> None:
    ran = process("--version")
    assert (ran.returncode, ran.stdout) == (0, f"retold {package.__version__}\n")


def test_the_version_takes_little_work() -> None:
    # Of the processor, not by the clock: the machine may have other things to do.
    least = float("inf")
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        # An interpreter of its own: a forked process has paid for its imports.
        subprocess.run(
            [sys.executable, "-m", "retold", "--version"],
            capture_output=True,
            cwd=repository,
            check=True,
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        least = min(least, used)
        if least <= 0.5:
            break
    assert least <= 0.5


def test_starting_loads_neither_ag2_nor_a_database() -> None:
    code = (
        "import sys, retold.cli.main\n"
        "print(sorted({'ag2', 'sqlalchemy', 'sqlmodel', 'alembic', 'pydantic'} & set(sys.modules)))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=repository,
        check=True,
    )
    assert ran.stdout == "[]\n"


def test_reading_sessions_does_without_ag2(filled_url: str) -> None:
    code = (
        "import sys\n"
        "from retold.cli.main import app\n"
        f"app(['sessions', 'totals', '--url', {filled_url!r}], standalone_mode=False)\n"
        "print('ag2' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=repository,
        check=True,
    )
    assert ran.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize(
    "command",
    [
        ["sessions", "list"],
        ["sessions", "totals"],
        ["verify"],
        ["import", "a.json"],
        ["db", "check"],
        ["db", "upgrade"],
        ["db", "sql"],
    ],
)
def test_a_url_of_no_known_kind_is_wrong_usage_and_keeps_its_password(
    command: list[str],
) -> None:
    result = retold(*command, "--url", "mysql://me:hunter2@host/db")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "mysql" in result.stderr
    assert "hunter2" not in result.output


def test_a_path_that_cannot_be_written_is_wrong_usage(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'absent' / 'log.db'}"
    result = retold("db", "upgrade", url=url)
    assert result.exit_code == 2
    assert "does not exist" in result.stderr


def test_an_error_is_one_line_without_a_traceback(tmp_path: Path) -> None:
    ran = process("sessions", "list", "--url", f"sqlite:///{tmp_path / ('x' * 150)}.db")
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert ran.stderr.count("\n") == 1
    assert ran.stderr.startswith("There is no Retold database at 'sqlite:///")


def test_a_reader_that_stops_early_gets_no_traceback(filled_url: str) -> None:
    ran = subprocess.run(  # noqa: S602 - a pipe is what this is about
        f"{sys.executable} -m retold sessions list -o json --url {filled_url} | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
        cwd=repository,
        check=False,
    )
    assert ran.stdout == "["
    assert "Traceback" not in ran.stderr


def test_help_names_every_command() -> None:
    ran = process("--help")
    assert ran.returncode == 0
    assert all(name in ran.stdout for name in ("import", "sessions", "verify", "db"))


def test_no_command_at_all_shows_the_help() -> None:
    assert retold().exit_code == 2


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\nc", "a\tb\nc"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\u202eevil", "\\u202eevil"),
        ("caf\u00e9 \U0001f600", "caf\u00e9 \U0001f600"),
    ],
)
def test_control_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_money_shows_no_noise() -> None:
    assert money(Decimal("2.3755799999999999236")) == 2.37558
    assert money(Decimal("1.0111999999999999652")) == 1.0112
    assert money(Decimal("0.000000000123")) == 1.23e-10
    assert money(None) is None

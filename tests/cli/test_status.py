"""``retold status``: how far the log goes, and what its readers wait for."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from retold.store import open_store
from tests.cli.commands import csv_rows, printed, retold
from tests.store.events import append


def test_a_sqlite_log_says_how_far_it_goes(filled_url: str) -> None:
    status = printed("status", url=filled_url)
    assert status["url"] == filled_url
    assert (status["kind"], status["schema"]) == ("sqlite", "0005")
    assert status["newest"]["position"] == 16
    assert status["newest"] == status["frontier"]
    assert status["newest"]["cursor"] == f"c2.{status['database_id']}.1.0.16"
    assert (status["held_back"], status["stalls"]) == (0, [])


def test_an_empty_log_has_no_newest_event(sqlite_url: str) -> None:
    retold("db", "upgrade", url=sqlite_url)
    assert printed("status", url=sqlite_url)["newest"] is None
    (row,) = csv_rows(retold("status", "-o", "csv", url=sqlite_url).stdout)
    assert (row["newest"], row["held_back"]) == ("", "0")


def test_a_log_that_is_not_there_is_wrong_usage(sqlite_url: str) -> None:
    result = retold("status", url=sqlite_url)
    assert result.exit_code == 2
    assert "There is no Retold database" in result.stderr


@pytest.mark.postgres
async def test_a_stall_is_shown_with_pid_database_age_and_what_to_do(
    migrated_postgres_url: str,
) -> None:
    url = migrated_postgres_url
    async with await open_store(url) as store:
        await append(store, "note-1", "before")
        # Another database of the same cluster.
        elsewhere = make_url(url).set(database="postgres").render_as_string(hide_password=False)
        other = await asyncpg.connect(elsewhere)
        held = other.transaction()
        await held.start()
        await other.execute("SELECT pg_current_xact_id()")
        await append(store, "note-1", "one", "two")
        status: Any = await asyncio.to_thread(printed, "status", url=url)
        table = await asyncio.to_thread(retold, "status", url=url)
        await held.rollback()
        await other.close()
        pid = other.get_server_pid()
    # Tests beside this one may hold transactions open too.
    (stall,) = (stall for stall in status["stalls"] if stall["pid"] == pid)
    assert stall["database"] == "postgres"
    assert stall["age_seconds"] >= 0
    assert stall["holds_back"] == 2
    assert stall["remedy"].endswith(f"SELECT pg_terminate_backend({pid})")
    assert status["held_back"] >= 2
    assert status["newest"]["transaction_id"] > status["frontier"]["transaction_id"]
    assert table.exit_code == 0
    (line,) = (line for line in table.stdout.splitlines() if line.startswith(f"pid {pid},"))
    assert f"pid {pid}, database postgres, " in line
    assert " s old, user " in line
    assert "holds back 2. To go on: end it in its application" in line
    assert "events are committed, and shown to readers of the whole log when" in table.stderr

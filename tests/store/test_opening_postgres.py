"""Opening a PostgreSQL log that cannot be opened: a named error, and no password in it."""

from __future__ import annotations

import json
import socket
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from retold.errors import (
    DatabaseMissing,
    DatabaseNotMigrated,
    StoreUnavailable,
    UnsupportedUrl,
)
from retold.store import open_store, upkeep
from tests.store.events import append, read, texts
from tests.store.raw import Raw


def _postgres(url: str, **parts: Any) -> str:
    return make_url(url).set(**parts).render_as_string(hide_password=False)


@pytest.mark.postgres
async def test_a_postgresql_database_that_does_not_exist(empty_postgres_url: str) -> None:
    url = _postgres(empty_postgres_url, database="retold_absent", password="s3cret")
    for attempt in (open_store, upkeep.upgrade, upkeep.check):
        with pytest.raises(DatabaseMissing) as raised:
            await attempt(url)
        assert "s3cret" not in all_texts(raised.value)
        assert ":***@" in str(raised.value)


@pytest.mark.postgres
async def test_a_postgresql_user_that_does_not_exist(empty_postgres_url: str) -> None:
    url = _postgres(empty_postgres_url, username="nobody_at_all", password="s3cret")
    with pytest.raises(StoreUnavailable) as raised:
        await open_store(url)
    assert "SQLSTATE 28" in str(raised.value)
    assert "s3cret" not in all_texts(raised.value)


@pytest.mark.postgres
async def test_a_postgresql_url_the_driver_does_not_understand(empty_postgres_url: str) -> None:
    for url in (
        f"{empty_postgres_url}?sslmode=perhaps&password=s3cret",
        "postgresql://user:s3cret@host:port/log",
        "postgresql://user:s3cret/log",
    ):
        with pytest.raises(UnsupportedUrl, match="the driver does not understand it") as raised:
            await open_store(url)
        assert "s3cret" not in str(raised.value)


@pytest.mark.postgres
async def test_options_of_the_postgresql_url_reach_the_driver(migrated_postgres_url: str) -> None:
    url = f"{migrated_postgres_url}?sslmode=prefer&application_name=retold_here"
    async with await open_store(url) as store:
        await append(store, "note-1", "a")
        names = await Raw(migrated_postgres_url).fetch(
            "SELECT application_name FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name LIKE 'retold%'"
        )
    # One connection appends, one reads, and one tells other processes.
    assert len(names) >= 2
    assert set(names) == {("retold_here",)}


@pytest.mark.postgres
async def test_a_password_with_odd_characters_is_understood(empty_postgres_url: str) -> None:
    await upkeep.upgrade(empty_postgres_url)
    raw = Raw(empty_postgres_url)
    await raw.execute("CREATE ROLE retold_odd LOGIN PASSWORD 's3:cr/e@t%'")
    try:
        await raw.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO retold_odd")
        # Trusted hosts do not ask for it, but a wrongly read URL finds no host at all.
        url = _postgres(empty_postgres_url, username="retold_odd", password="s3:cr/e@t%")
        async with await open_store(url) as store:
            await append(store, "note-1", "a")
            assert texts(await read(store, "note-1")) == ["a"]
    finally:
        await raw.execute("DROP OWNED BY retold_odd")
        await raw.execute("DROP ROLE retold_odd")


@pytest.mark.postgres
async def test_a_user_who_may_not_make_tables_is_told(empty_postgres_url: str) -> None:
    raw = Raw(empty_postgres_url)
    await raw.execute("CREATE ROLE retold_reader LOGIN")
    await raw.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    try:
        with pytest.raises(StoreUnavailable, match="InsufficientPrivilegeError"):
            await upkeep.upgrade(_postgres(empty_postgres_url, username="retold_reader"))
        with pytest.raises(DatabaseNotMigrated):
            await open_store(empty_postgres_url)
    finally:
        await raw.execute("DROP ROLE retold_reader")


async def test_a_server_that_does_not_answer() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"postgresql://user:s3cret@127.0.0.1:{unheard.getsockname()[1]}/log"
        for attempt in (open_store, upkeep.check, upkeep.upgrade):
            with pytest.raises(StoreUnavailable) as raised:
                await attempt(url)
            assert "postgresql://user:***@127.0.0.1" in str(raised.value)
            assert "ConnectionRefusedError" in str(raised.value)
            assert "s3cret" not in all_texts(raised.value)


async def test_a_host_that_does_not_exist() -> None:
    with pytest.raises(StoreUnavailable, match="gaierror"):
        await open_store("postgresql://user@host.invalid/log")


def all_texts(error: BaseException) -> str:
    """Return what a traceback would show of an error and its causes."""
    shown = []
    following: BaseException | None = error
    while following is not None:
        shown += [str(following), repr(following), json.dumps(vars(following), default=repr)]
        following = following.__cause__ or following.__context__
    return "\n".join(shown)

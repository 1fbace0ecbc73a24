"""Fixtures every test may use: open stores on both databases, and where the shared data lies."""

from __future__ import annotations

import asyncio
import gc
import getpass
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import NamedTuple

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import make_url

from retold.store import EventStore, open_store, upkeep
from tests.empty_logs import make_log

default_postgres_url = f"postgresql://{getpass.getuser()}@127.0.0.1:5432/postgres"
postgres_url = os.environ.get("RETOLD_TEST_POSTGRES_URL", default_postgres_url)
must_have_postgres = os.environ.get("RETOLD_REQUIRE_POSTGRES") == "1"

# How long an example takes is up to what else the machine does, and says nothing of the code.
_common = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("sample", _common, max_examples=40)
settings.register_profile("thorough", _common, max_examples=200)  # make stress
settings.load_profile("sample")


# A file is one worker's from its first test to its last: these take longest, so they begin first
# and no other worker waits for them at the end.
_longest = (
    "test_docs.py",
    "test_demo.py",
    "test_rebuild.py",
    "test_lossless.py",
    "test_members.py",
    "test_recursive_failures.py",
    "test_catch_up.py",
    "test_search.py",
    "test_everything.py",
    "test_failures.py",
    "test_explain.py",
    "test_snapshots.py",
    "test_partitioned.py",
    "test_planner.py",
    "test_crash.py",
    "test_crash_matrix.py",
    "test_recursive_resume.py",
    "test_taking.py",
)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keep what the tests are made of out of every later search for garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the files that take longest come first."""
    places = {name: place for place, name in enumerate(_longest)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


@pytest.fixture(autouse=True, scope="session")
def patient_readers() -> Iterator[None]:
    """Let readers wait for what they wrote while tests beside them hold transactions open."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("retold.store.log.own_writes_seconds", 20.0)
        yield


# Nothing here is about a server that loses power; what is has a server of its own.
_hasty_database = "ALTER DATABASE {} SET synchronous_commit = off"


def _dsn(database: str) -> str:
    url = make_url(postgres_url).set(database=database, drivername="postgresql")
    return url.render_as_string(hide_password=False)


async def _administer(statement: str) -> None:
    connection = await asyncpg.connect(postgres_url, timeout=10)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """Name of a migrated database to copy; skips, saying so, where no server answers."""
    name = f"retold_test_{os.getpid()}_{secrets.token_hex(3)}"
    try:
        asyncio.run(_administer(f"CREATE DATABASE {name}"))
    except (OSError, asyncpg.PostgresError) as error:
        reason = f"no PostgreSQL answers at RETOLD_TEST_POSTGRES_URL: {type(error).__name__}"
        if must_have_postgres:
            pytest.fail(reason)
        pytest.skip(reason)
    asyncio.run(_administer(_hasty_database.format(name)))
    asyncio.run(upkeep.upgrade(_dsn(name)))
    yield name
    asyncio.run(_administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@pytest.fixture
async def empty_postgres_url(postgres_template: str) -> AsyncIterator[str]:
    """URL of a new PostgreSQL database without any table."""
    name = f"{postgres_template}_{secrets.token_hex(3)}"
    await _administer(f"CREATE DATABASE {name}")
    yield _dsn(name)
    await _administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres_pool(postgres_template: str) -> Iterator[list[str]]:
    """Names of migrated, empty databases: making and dropping one takes longer than most tests."""
    free: list[str] = []
    yield free
    for name in free:
        asyncio.run(_administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def postgres_shape(postgres_template: str) -> Shape:
    """What a migrated database is."""
    return asyncio.run(_template_shape(postgres_template))


@pytest.fixture
async def migrated_postgres_url(
    postgres_template: str, postgres_pool: list[str], postgres_shape: Shape
) -> AsyncIterator[str]:
    """URL of a migrated and empty PostgreSQL log."""
    if postgres_pool:
        name = postgres_pool.pop()
    else:
        name = f"{postgres_template}_{secrets.token_hex(3)}"
        await _administer(f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
        await _administer(_hasty_database.format(name))
    yield _dsn(name)
    if await _emptied(name, like=postgres_shape):
        postgres_pool.append(name)
    else:
        await _administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


_tables = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
"""
# All that a test may have changed besides rows.
_shape = """
SELECT string_agg(part, ', ' ORDER BY part) FROM (
    SELECT concat_ws(' ', relname, relkind) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT tgname FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL
    SELECT concat_ws(' ', proname, prosrc) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT concat_ws(' ', attrelid::regclass, attname, atttypid) FROM pg_attribute
    WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
    UNION ALL
    SELECT version_num FROM retold_version
    UNION ALL
    SELECT key FROM log_info
    UNION ALL
    SELECT concat_ws(' ', epoch, cluster) FROM epochs
    UNION ALL
    SELECT setconfig::text FROM pg_db_role_setting
    WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
) AS parts (part)
"""


# Whoever is still connected keeps such a database from being used again, and not the tests.
_remove_inline_check = """
SET lock_timeout = '5s';
DROP TRIGGER IF EXISTS events_inline ON events;
DROP FUNCTION IF EXISTS retold_check_inline();
"""


class Shape(NamedTuple):
    """What a database is besides its rows."""

    tables: frozenset[str]
    parts: str


async def _shape_of(connection: asyncpg.Connection[asyncpg.Record]) -> Shape:
    tables = frozenset(row["relname"] for row in await connection.fetch(_tables))
    return Shape(tables, await connection.fetchval(_shape))


async def _template_shape(name: str) -> Shape:
    connection = await asyncpg.connect(_dsn(name), timeout=10)
    try:
        return await _shape_of(connection)
    finally:
        await connection.close()


async def _emptied(name: str, *, like: Shape) -> bool:
    """Remove rows and read models; return False when it is not like the template then."""
    try:
        connection = await asyncpg.connect(_dsn(name), timeout=10)
        try:
            await connection.execute(_remove_inline_check)
            found = await _shape_of(connection)
            for made in sorted(found.tables - like.tables):
                await connection.execute(f'DROP TABLE "{made}" CASCADE')
            if found.tables != like.tables:
                found = await _shape_of(connection)
            if found == like:
                await connection.execute(_remove_rows)
            return found == like
        finally:
            await connection.close()
    except asyncpg.PostgresError:
        return False


_remove_rows = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid();
ALTER TABLE events DISABLE TRIGGER USER;
DO $$
DECLARE name text;
BEGIN
    FOR name IN
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
              AND relname NOT IN ('epochs', 'log_info', 'retold_version')
    LOOP
        EXECUTE format('DELETE FROM %I', name);
    END LOOP;
END $$;
ALTER TABLE events ENABLE TRIGGER USER;
"""


@pytest.fixture
def migrated_sqlite_url(tmp_path: Path) -> str:
    """URL of a migrated and empty SQLite log."""
    return make_log(tmp_path / "log.db")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of a SQLite log that does not exist yet, but where a conftest.py says otherwise."""
    return f"sqlite:///{tmp_path / 'log.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty log, once for each database."""
    url = request.getfixturevalue(f"migrated_{request.param}_url")
    assert isinstance(url, str)
    return url


@pytest.fixture
async def store(store_url: str) -> AsyncIterator[EventStore]:
    """An open, empty log, once for each database."""
    async with await open_store(store_url) as opened:
        yield opened


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the recorded conversations; skips, saying so, where it is absent."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("RETOLD_SHARED_DATA", default))
    if not (folder / "totals.json").is_file():
        pytest.skip(f"the recorded conversations are not at {folder} (RETOLD_SHARED_DATA)")
    return folder

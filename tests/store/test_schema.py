"""The schema: made, upgraded, taken back, refused, and the same by every way to it."""

from __future__ import annotations

import asyncio
import sqlite3
import warnings
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlmodel import SQLModel

from retold.errors import (
    DatabaseMissing,
    DatabaseNotMigrated,
    DatabaseTooNew,
    MigrationRefused,
    NotARetoldDatabase,
)
from retold.projections.models.session_list import session_rows
from retold.store import EventStore, open_store, schema, upkeep
from retold.store.schema import SchemaState, SchemaStatus
from retold.store.tables import RetoldTable
from tests.store.events import append, read, read_all, texts
from tests.store.raw import Raw

head = schema.head_revision()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest) -> str:
    """URL of a database without any table, once for each kind."""
    name = "sqlite_url" if request.param == "sqlite" else "empty_postgres_url"
    url = request.getfixturevalue(name)
    assert isinstance(url, str)
    return url


async def definitions(url: str) -> Any:
    """Return all there is to say of the tables, indexes and triggers of a database."""
    raw = Raw(url)
    if raw.kind == "sqlite":
        rows = await raw.fetch("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name")
        return [(*row[:3], " ".join((row[3] or "").split())) for row in rows]
    return [
        await raw.fetch(query)
        for query in (
            """SELECT table_name, column_name, data_type, is_nullable, column_default,
                      collation_name, is_identity, identity_generation
               FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2""",
            "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1",
            """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
               WHERE connamespace = 'public'::regnamespace ORDER BY 1""",
            "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger ORDER BY 1",
            """SELECT proname, prosrc FROM pg_proc
               WHERE pronamespace = 'public'::regnamespace ORDER BY 1""",
        )
    ]


async def test_upgrade_makes_the_schema_once(empty_url: str) -> None:
    assert await upkeep.upgrade(empty_url) == SchemaStatus(SchemaState.EMPTY, None, head)
    made = await definitions(empty_url)
    current = SchemaStatus(SchemaState.CURRENT, head, head)
    assert await upkeep.check(empty_url) == current
    assert await upkeep.upgrade(empty_url) == current
    assert await definitions(empty_url) == made
    async with await open_store(empty_url) as store:
        await append(store, "note-1", "a")
        assert (await store.verify()).ok


async def test_the_printed_statements_make_the_same_schema(
    empty_url: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    await upkeep.upgrade(empty_url)
    upgraded = await definitions(empty_url)
    raw = Raw(empty_url)
    if raw.kind == "sqlite":
        printed = tmp_path_factory.mktemp("printed") / "log.db"
        connection = sqlite3.connect(printed)
        connection.executescript(upkeep.sql(empty_url))
        connection.close()
        empty_url = f"sqlite:///{printed}"
    else:
        await raw.execute("DROP SCHEMA public CASCADE")
        await raw.execute("CREATE SCHEMA public")
        async with raw.connection() as statements:
            await statements.execute(upkeep.sql(empty_url))
    assert await definitions(empty_url) == upgraded
    assert (await upkeep.check(empty_url)).state is SchemaState.CURRENT
    async with await open_store(empty_url) as store:
        await append(store, "note-1", "a")
        assert len(store.database_id) == 8


def test_the_printed_statements_do_not_give_every_database_the_same_id() -> None:
    ids = set()
    for _ in range(2):
        connection = sqlite3.connect(":memory:")
        connection.executescript(schema.upgrade_sql("sqlite"))
        ids |= set(connection.execute("SELECT value FROM log_info"))
        connection.close()
    assert len(ids) == 2


async def test_the_way_back_and_forth_again_keeps_the_events(empty_url: str) -> None:
    await upkeep.upgrade(empty_url)
    made = await definitions(empty_url)
    async with await open_store(empty_url) as store:
        await append(store, "note-1", "a", "b")
        before = await read_all(store)
    for revision in schema._revisions()[1:]:
        found = await upkeep.downgrade(empty_url, revision)
        assert found.state in {SchemaState.CURRENT, SchemaState.OLDER}
        assert await upkeep.check(empty_url) == SchemaStatus(SchemaState.OLDER, revision, head)
    await upkeep.upgrade(empty_url)
    assert await definitions(empty_url) == made
    async with await open_store(empty_url) as store:
        assert await read_all(store) == before


async def test_a_downgrade_never_destroys_events(empty_url: str) -> None:
    await upkeep.upgrade(empty_url)
    made = await definitions(empty_url)
    async with await open_store(empty_url) as store:
        await append(store, "note-1", "a")
    with pytest.raises(MigrationRefused, match="holds events") as raised:
        await upkeep.downgrade(empty_url, "base")
    assert "restore a backup" in str(raised.value)
    assert await definitions(empty_url) == made
    assert (await upkeep.check(empty_url)).state is SchemaState.CURRENT
    async with await open_store(empty_url) as store:
        assert texts(await read(store, "note-1")) == ["a"]


async def test_an_empty_log_can_be_taken_back_to_nothing(empty_url: str) -> None:
    await upkeep.upgrade(empty_url)
    made = await definitions(empty_url)
    await upkeep.downgrade(empty_url, "base")
    tables = (
        [row[0] for row in (await definitions(empty_url))[0]]
        if "postgres" in empty_url
        else [name for kind, name, *_ in await definitions(empty_url) if kind == "table"]
    )
    assert set(tables) <= {schema.version_table, "sqlite_sequence"}
    await upkeep.upgrade(empty_url)
    assert sorted(map(str, await definitions(empty_url))) == sorted(map(str, made))


@pytest.mark.parametrize("revision", ["7777", "", "head", "-1", "'; DROP TABLE events; --"])
async def test_a_downgrade_to_no_known_schema_is_refused(sqlite_url: str, revision: str) -> None:
    await upkeep.upgrade(sqlite_url)
    with pytest.raises(MigrationRefused, match="this release knows"):
        await upkeep.downgrade(sqlite_url, revision)
    assert (await upkeep.check(sqlite_url)).state is SchemaState.CURRENT


async def test_a_downgrade_is_no_upgrade(sqlite_url: str) -> None:
    with pytest.raises(DatabaseMissing):
        await upkeep.downgrade(sqlite_url, "base")
    await upkeep.upgrade(sqlite_url)
    await upkeep.downgrade(sqlite_url, "0001")
    with pytest.raises(MigrationRefused, match="it is at 0001"):
        await upkeep.downgrade(sqlite_url, head)


# Unlike this release -----------------------------------------------------------------------------


async def test_an_older_sqlite_file_is_upgraded_when_it_is_opened(sqlite_url: str) -> None:
    async with await open_store(sqlite_url) as store:
        await append(store, "note-1", "a")
    await upkeep.downgrade(sqlite_url, "0001")
    async with await open_store(sqlite_url, create=False) as store:
        assert texts(await read(store, "note-1")) == ["a"]
    assert (await upkeep.check(sqlite_url)).state is SchemaState.CURRENT


@pytest.mark.postgres
async def test_an_unmigrated_postgresql_database_is_an_error_that_names_the_command(
    empty_postgres_url: str,
) -> None:
    with pytest.raises(DatabaseNotMigrated) as raised:
        await open_store(empty_postgres_url)
    assert f"Run: retold db upgrade --url {empty_postgres_url}" in str(raised.value)
    assert (raised.value.found, raised.value.needed) == (None, head)
    assert (
        await Raw(empty_postgres_url).fetch("SELECT * FROM pg_tables WHERE schemaname = 'public'")
        == []
    )
    await upkeep.upgrade(empty_postgres_url)
    await upkeep.downgrade(empty_postgres_url, "0001")
    with pytest.raises(DatabaseNotMigrated, match=f"is at schema 0001, this release needs {head}"):
        await open_store(empty_postgres_url)


async def test_a_newer_database_is_refused_and_left_alone(empty_url: str) -> None:
    await upkeep.upgrade(empty_url)
    raw = Raw(empty_url)
    await raw.execute(f"UPDATE {schema.version_table} SET version_num = '9999'")
    before = await definitions(empty_url)
    for attempt in (
        lambda: open_store(empty_url),
        lambda: upkeep.upgrade(empty_url),
        lambda: upkeep.downgrade(empty_url, "0001"),
    ):
        with pytest.raises(DatabaseTooNew, match="is at schema 9999") as raised:
            await attempt()
        assert (raised.value.found, raised.value.known) == ("9999", head)
        assert "Upgrade the retold package" in str(raised.value)
    assert await definitions(empty_url) == before
    assert await upkeep.check(empty_url) == SchemaStatus(SchemaState.NEWER, "9999", head)


async def test_a_database_of_another_program_is_refused_and_left_alone(empty_url: str) -> None:
    raw = Raw(empty_url)
    await raw.execute("CREATE TABLE events (theirs TEXT)")
    before = await definitions(empty_url)
    for attempt in (open_store, upkeep.upgrade):
        with pytest.raises(NotARetoldDatabase, match="Nothing was changed"):
            await attempt(empty_url)
    assert await definitions(empty_url) == before
    assert (await upkeep.check(empty_url)).state is SchemaState.FOREIGN


@pytest.mark.postgres
async def test_postgresql_may_be_shared_with_other_tables(empty_postgres_url: str) -> None:
    await Raw(empty_postgres_url).execute("CREATE TABLE customers (name TEXT)")
    assert (await upkeep.upgrade(empty_postgres_url)).state is SchemaState.EMPTY
    async with await open_store(empty_postgres_url) as store:
        await append(store, "note-1", "a")


@pytest.mark.postgres
async def test_a_table_in_the_way_of_a_later_migration_undoes_all(empty_postgres_url: str) -> None:
    await Raw(empty_postgres_url).execute("CREATE TABLE sessions (theirs TEXT)")
    before = await definitions(empty_postgres_url)
    with pytest.raises(NotARetoldDatabase, match="another program's table"):
        await upkeep.upgrade(empty_postgres_url)
    assert await definitions(empty_postgres_url) == before


async def test_a_log_whose_version_is_lost_is_not_made_anew(empty_url: str) -> None:
    await upkeep.upgrade(empty_url)
    await Raw(empty_url).execute(f"DELETE FROM {schema.version_table}")
    with pytest.raises(NotARetoldDatabase, match="none that says which schema it has"):
        await open_store(empty_url)


# At once -----------------------------------------------------------------------------------------


async def test_upgrading_at_once_makes_one_schema(empty_url: str) -> None:
    found = await asyncio.gather(*(upkeep.upgrade(empty_url) for _ in range(4)))
    assert SchemaState.EMPTY in {status.state for status in found}
    async with await open_store(empty_url) as store:
        await append(store, "note-1", "a")
    [(count,)] = await Raw(empty_url).fetch(f"SELECT count(*) FROM {schema.version_table}")
    assert count == 1


async def test_opening_many_new_files_at_once_gives_each_its_own(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Alembic keeps the migration it runs in module globals, which tasks would share."""
    folder = tmp_path_factory.mktemp("many")
    stores = await asyncio.gather(
        *(open_store(f"sqlite:///{folder}/{number}.db") for number in range(8))
    )
    for number, store in enumerate(stores):
        await append(store, "note-1", str(number))
    assert [texts(await read(store, "note-1")) for store in stores] == [
        [str(number)] for number in range(8)
    ]
    assert len({store.database_id for store in stores}) == 8
    await asyncio.gather(*(store.close() for store in stores))


async def test_opening_in_many_threads_at_once_gives_each_its_own(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("threads")

    def open_and_append(number: int) -> list[str]:
        async def run() -> list[str]:
            async with await open_store(f"sqlite:///{folder}/{number}.db") as store:
                await append(store, "note-1", str(number))
                return texts(await read(store, "note-1"))

        return asyncio.run(run())

    assert await asyncio.gather(
        *(asyncio.to_thread(open_and_append, number) for number in range(4))
    ) == [[str(number)] for number in range(4)]


# The tables in Python ----------------------------------------------------------------------------


async def test_migrations_and_tables_agree(store: EventStore) -> None:
    def differences(connection: sa.Connection) -> list[Any]:
        context = MigrationContext.configure(
            connection, opts={"version_table": schema.version_table, "compare_type": True}
        )
        warnings.filterwarnings("ignore", "Did not recognize type 'xid8'")
        metadata = sa.MetaData()
        for table in RetoldTable.metadata.tables.values():
            table.to_metadata(metadata)
        # The migrations made the session list's first table before read models made their own.
        session_rows.in_metadata(metadata, "v1_1")
        return list(compare_metadata(context, metadata))

    async with store.connection() as connection:
        found = [_described(one) for one in await connection.run_sync(differences)]
    # Only PostgreSQL has this column, and SQLAlchemy has no type for it.
    only_there = {
        "sqlite": [],
        "postgresql": [
            ("remove_column", "events.epoch"),
            ("remove_column", "events.transaction_id"),
            ("remove_index", "ix_events_order"),
            ("remove_table", "epochs"),
        ],
    }
    assert sorted(found) == only_there[store.kind]


def _described(difference: Any) -> Any:
    match difference:
        case ("remove_column", _, table, column):
            return ("remove_column", f"{table}.{column.name}")
        case ("remove_table", table):
            return ("remove_table", table.name)
        case ("remove_index", index):
            return ("remove_index", index.name)
        case _:
            return difference


def test_an_application_may_have_tables_of_the_same_names() -> None:
    assert not {"events", "streams", "leases"} & set(SQLModel.metadata.tables)
    assert {"events", "streams", "leases"} <= set(RetoldTable.metadata.tables)

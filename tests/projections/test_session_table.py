"""The migration makes the table that the code declares, and takes it away again."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from retold.domain.recording import conversation_stream
from retold.projections.keeping.catch_up import catch_up
from retold.projections.keeping.rebuild import rebuild
from retold.projections.models.session_list import find_session, session_list, session_rows
from retold.projections.shipped import shipped
from retold.store import EventStore, open_store
from retold.store.upkeep import downgrade, upgrade
from tests.projections.histories import started


def described(connection: Connection) -> dict[str, Any]:
    inspector = sa.inspect(connection)
    columns = {
        column["name"]: (
            column["type"].compile(connection.dialect).split(" COLLATE")[0],
            column["nullable"],
        )
        for column in inspector.get_columns("sessions_v1_1")
    }
    indexes = {i["name"]: i["column_names"] for i in inspector.get_indexes("sessions_v1_1")}
    key = inspector.get_pk_constraint("sessions_v1_1")["constrained_columns"]
    return {"columns": columns, "indexes": indexes, "key": key}


async def test_the_migrated_table_is_the_declared_one(store: EventStore) -> None:
    sessions = session_rows.physical("v1_1")
    async with store.connection() as connection:
        found = await connection.run_sync(described)
        dialect = connection.dialect
    assert found["columns"] == {
        column.name: (
            column.type.compile(dialect).split(" COLLATE")[0],
            column.nullable,
        )
        for column in sessions.columns
    }
    assert found["indexes"] == {
        index.name: [column.name for column in index.columns] for index in sessions.indexes
    }
    assert found["key"] == ["tenant", "session"]


async def test_rows_are_made_anew_after_a_downgrade_and_an_upgrade(store_url: str) -> None:
    async with await open_store(store_url) as store:
        await store.append(conversation_stream("a"), [started()], expected_version=0)
        before = await find_session(store, "a")
    assert (await downgrade(store_url, "0001")).current == "0005"
    assert (await upgrade(store_url)).current == "0001"
    async with await open_store(store_url) as store:
        assert await find_session(store, "a") == before
    assert before is not None


async def test_a_downgrade_removes_the_rows_of_every_projection(store_url: str) -> None:
    async with await open_store(store_url) as store:
        await store.append(conversation_stream("a"), [started()], expected_version=0)
        for projection in shipped:
            await catch_up(store, projection)
        await rebuild(store, session_list)
        async with store.transaction() as connection:
            # Somebody else's, in the same database.
            await connection.exec_driver_sql("CREATE TABLE orders_v1_2 (id integer)")
    await downgrade(store_url, "0003")
    await upgrade(store_url)
    async with await open_store(store_url) as store:
        async with store.connection() as connection:
            names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        assert [name for name in sorted(names) if re.search(r"_v\d+_\d+", name)] == [
            *("orders_v1_2", "sessions_v1_1")
        ]
        # They are made anew when they are asked for.
        for projection in shipped:
            await catch_up(store, projection)

"""Asking a log that may not be written: the read models are read as they are."""

from __future__ import annotations

import pytest

from retold.domain.recording import conversation_stream
from retold.errors import SqlRefused, StoreUnavailable
from retold.projections.audit.audit import Audit
from retold.projections.audit.sql import run_sql
from retold.store import open_store
from retold.store.append import ExpectedVersion
from tests.projections.histories import message, started
from tests.store.roles import role

pytestmark = pytest.mark.postgres


async def test_a_role_that_may_only_read_asks_what_is_there(migrated_postgres_url: str) -> None:
    stream, asked = conversation_stream("a"), "SELECT count(*), max(messages) FROM sessions"
    grants = ("SELECT ON ALL TABLES IN SCHEMA public", "USAGE ON SCHEMA public")
    async with await open_store(migrated_postgres_url) as store:
        await store.append(stream, [started()], expected_version=ExpectedVersion.NO_STREAM)
        assert (await run_sql(store, asked)).rows == ((1, 0),)
        async with (
            role(migrated_postgres_url, *grants) as (_, url),
            await open_store(url) as reader,
        ):
            assert (await run_sql(reader, asked)).rows == ((1, 0),)
            await store.append(stream, [message()], expected_version=1)
            assert (await run_sql(reader, asked)).rows == ((1, 0),)
            assert len((await Audit(reader).sessions()).rows) == 1
            # Nobody has made these yet.
            with pytest.raises(StoreUnavailable):
                await Audit(reader).human_approvals()
            with pytest.raises(SqlRefused):
                await run_sql(reader, "SELECT * FROM streams")
            assert (await run_sql(store, asked)).rows == ((1, 1),)
            assert (await run_sql(reader, asked)).rows == ((1, 1),)

"""Asking a log that may not be written: the read models are read as they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from retold.domain.recording import conversation_stream
from retold.errors import SqlRefused, StoreUnavailable
from retold.projections.audit.audit import Audit
from retold.projections.audit.sql import run_sql
from retold.projections.models.subjects import list_subjects
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
            with pytest.raises(StoreUnavailable):
                await Audit(reader).search("text")
            with pytest.raises(SqlRefused):
                await run_sql(reader, "SELECT * FROM streams")
            assert (await run_sql(store, asked)).rows == ((1, 1),)
            assert (await run_sql(reader, asked)).rows == ((1, 1),)


async def test_what_code_answers_is_answered_from_the_rows_there_are(
    migrated_postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    grants = ("SELECT ON ALL TABLES IN SCHEMA public", "USAGE ON SCHEMA public")
    async with await open_store(migrated_postgres_url) as store:
        news = [started(subject="user:7"), message(content="first words")]
        await store.append(conversation_stream("a"), news, expected_version=0)
        audit = Audit(store)
        assert len((await audit.search("words")).rows) == 1
        await audit.delegation_tree("a")
        await audit.sessions()
        await list_subjects(store)
        async with (
            role(migrated_postgres_url, *grants) as (_, url),
            await open_store(url) as reader,
        ):
            await store.append(
                conversation_stream("a"), [message(content="more words")], expected_version=2
            )
            assert "may be behind" not in caplog.text
            found = (await Audit(reader).search("words")).rows
            assert [row.snippet for row in found] == ["first words"]
            assert "may be behind: it cannot be written' projection='full_text'" in caplog.text
            states = await Audit(reader).state_as_of(datetime.now(UTC), clock="recorded")
            assert len(states.rows) == 1
            (node,) = (await Audit(reader).delegation_tree("a")).rows
            assert node.messages == 1
            assert [one.subject for one in (await list_subjects(reader)).rows] == ["user:7"]
            assert len((await audit.search("words")).rows) == 2
            assert len((await Audit(reader).search("words")).rows) == 2

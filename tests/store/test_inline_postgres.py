"""Appends to PostgreSQL with rows inline take turns; those without are refused, or as they were."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asyncpg.transaction import Transaction

from retold.errors import InlineProjectionRequired, InlineUnavailable
from retold.store import EventStore, open_store, upkeep
from retold.store.inline import stop_inline
from retold.store.postgres.locks import inline_lock_key
from tests.projections.tallies import added, as_they_are, expected, kept, streams, tallies
from tests.store.events import ANY, append, read_all
from tests.store.layouts import split_by_month, split_by_tenant
from tests.store.raw import Raw
from tests.store.roles import role
from tests.store.test_partitioned import rights
from tests.store.writer_watch import locked, until, waiting, writer_of, writer_pid

pytestmark = pytest.mark.postgres

tally = tallies()
triggers = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgname = 'events_inline'"


@pytest.fixture
def url(migrated_postgres_url: str) -> str:
    return migrated_postgres_url


@pytest.fixture
def raw(url: str) -> Raw:
    return Raw(url)


@pytest.fixture
async def store(url: str) -> AsyncIterator[EventStore]:
    async with await open_store(url, inline=[tally]) as opened:
        yield opened


async def check(store: EventStore) -> None:
    assert await as_they_are(store, tally) == await expected(store, tally)


async def test_without_inline_projections_an_append_is_one_call_and_there_is_no_trigger(
    url: str, raw: Raw
) -> None:
    async with await open_store(url) as store:
        await append(store, "note-1", "a")
        connection = writer_of(store)._connection
        assert connection is not None
        statements: list[str] = []
        connection.add_query_logger(lambda record: statements.append(record.query))
        await append(store, "note-1", "b", "c")
        assert len(statements) == 1
        assert "retold_append" in statements[0]
    assert await raw.fetch(triggers) == []


async def test_whoever_appends_without_is_told_what_to_open_the_log_with(
    url: str, store: EventStore
) -> None:
    async with (
        await open_store(url) as without,
        await open_store(url, tenant="another") as another,
    ):
        for _ in range(2):
            with pytest.raises(InlineProjectionRequired, match="tallies") as refused:
                await append(without, "note-1", "a")
            assert refused.value.names == ("tallies",)
        outcomes = await asyncio.gather(
            *(append(without, f"note-{n}", "a") for n in range(5)), return_exceptions=True
        )
        assert {type(one) for one in outcomes} == {InlineProjectionRequired}
        await append(another, "note-1", "a")
    assert await read_all(store) == []


async def test_a_log_that_was_open_before_is_refused_from_then_on(url: str) -> None:
    async with await open_store(url) as without:
        await without.append("note-1", [added()], expected_version=ANY)
        async with await open_store(url, inline=[tally]) as store:
            with pytest.raises(InlineProjectionRequired):
                await without.append("note-1", [added()], expected_version=ANY)
            await store.append("note-1", [added()], expected_version=1)
            await check(store)


async def test_the_opening_waits_for_appends_under_way_and_folds_them(
    url: str, raw: Raw, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has its lower transaction id, and commits after another with a greater one."""
    # The rows are first brought up to what readers see, who would wait for the append under way,
    # and everybody else on the server with them.
    monkeypatch.setattr("retold.store.log.own_writes_seconds", 0.1)
    async with await open_store(url) as slow, await open_store(url) as quick:
        for one in (slow, quick):
            await append(one, "note-0", "known")
        await raw.execute(
            """CREATE FUNCTION pause() RETURNS trigger LANGUAGE plpgsql AS $$
               BEGIN
                 IF NEW.stream = 'note-slow' THEN PERFORM pg_advisory_xact_lock(4711); END IF;
                 RETURN NEW;
               END $$"""
        )
        await raw.execute(
            "CREATE TRIGGER pause AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION pause()"
        )
        async with raw.connection() as holder, holder.transaction():
            await holder.execute("SELECT pg_advisory_xact_lock(4711)")
            slowly = asyncio.create_task(slow.append("note-slow", [added()], expected_version=ANY))
            await until(raw, waiting)
            await quick.append("note-quick", [added()], expected_version=ANY)
            opening = asyncio.create_task(open_store(url, inline=[tally]))
            await until(raw, "wait_event_type = 'Lock' AND wait_event = 'relation'")
            assert not opening.done()
        await slowly
        async with await opening as store:
            await store.append("note-1", [added()], expected_version=ANY)
            await check(store)


async def test_locks_are_taken_before_the_transaction_has_an_id(
    raw: Raw, store: EventStore
) -> None:
    await store.append("note-1", [added()], expected_version=ANY)
    no_id = f"pid = {writer_pid(store)} AND backend_xid IS NULL AND {waiting}"
    async with raw.connection() as holder, holder.transaction():
        key = inline_lock_key("default", tally.name)
        await holder.execute("SELECT pg_advisory_xact_lock($1)", key)
        task = asyncio.create_task(store.append("note-1", [added()], expected_version=1))
        await until(raw, no_id)
    await task
    async with locked(raw, "note-1"):
        task = asyncio.create_task(store.append("note-1", [added()], expected_version=2))
        await until(raw, no_id)
    await task
    await check(store)


async def test_rows_are_read_while_an_older_transaction_holds_the_log_back(
    raw: Raw, store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.append("note-1", [added()], expected_version=ANY)
    async with raw.connection() as holder, holder.transaction():
        # Nobody waits until the log is settled.
        monkeypatch.setattr("retold.store.log.own_writes_seconds", 0.0)
        await holder.execute("SELECT pg_current_xact_id()")
        await store.append("note-1", [added()], expected_version=1)
        rows = await kept(store, tally)
        assert rows[streams.name]["note-1", 1].events == 2
    monkeypatch.undo()
    await check(store)


async def test_after_a_lost_connection_it_goes_on(raw: Raw, store: EventStore) -> None:
    await store.append("note-1", [added()], expected_version=ANY)
    await raw.execute(f"SELECT pg_terminate_backend({writer_pid(store)})")
    await store.append("note-1", [added()], expected_version=1)
    await check(store)


async def test_a_connection_lost_at_the_commit_folds_once(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are committed with the events, or neither, whatever the writer hears of it."""
    await store.append("note-1", [added()], expected_version=ANY)
    commit = Transaction.commit
    cut: list[int] = []

    async def cutting(self: Any) -> None:
        await commit(self)
        if not cut:
            cut.append(1)
            await self._connection.close()
            raise ConnectionResetError

    monkeypatch.setattr(Transaction, "commit", cutting)
    result = await store.append("note-1", [added()], expected_version=1)
    assert cut
    assert (result.first_version, result.duplicate) == (2, False)
    await check(store)
    assert len(await read_all(store)) == 2


async def test_stopping_takes_the_trigger_away_with_the_last_one(url: str, raw: Raw) -> None:
    async with (
        await open_store(url, inline=[tally]) as store,
        await open_store(url, inline=[tally], tenant="another") as another,
    ):
        await stop_inline(store, tally.name)
        assert await raw.fetch(triggers) != []
        await stop_inline(another, tally.name)
        assert await raw.fetch(triggers) == []
        async with await open_store(url) as without:
            await append(without, "note-1", "a")


async def test_a_role_that_only_appends_needs_the_owner_to_begin(url: str) -> None:
    async with role(
        url,
        *rights,
        "INSERT, UPDATE, DELETE ON projections, projection_builds, projection_checkpoints",
        "CREATE ON SCHEMA public",
    ) as (name, theirs):
        with pytest.raises(InlineUnavailable, match="owner of its tables"):
            await open_store(theirs, inline=[tally])
        async with await open_store(theirs) as without:
            await append(without, "note-1", "a")
        raw = Raw(url)
        for (table,) in await raw.fetch(
            "SELECT tablename FROM pg_tables WHERE tablename LIKE 'tally%'"
        ):
            await raw.execute(f"ALTER TABLE {table} OWNER TO CURRENT_USER")
            await raw.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {name}")
        async with await open_store(url, inline=[tally]):
            pass
        async with await open_store(theirs, inline=[tally]) as store:
            await store.append("note-1", [added()], expected_version=ANY)
            await check(store)


@pytest.mark.parametrize("split", [split_by_tenant, split_by_month])
async def test_a_log_whose_events_are_split_keeps_rows_inline(url: str, split: Any) -> None:
    async with await open_store(url, inline=[tally]) as store:
        await store.append("note-1", [added()], expected_version=0)
    await split(url)
    async with await open_store(url, inline=[tally]) as store, await open_store(url) as without:
        await store.append("note-1", [added()], expected_version=1)
        with pytest.raises(InlineProjectionRequired):
            await append(without, "note-1", "a")
        await check(store)


async def test_a_downgrade_takes_the_trigger_with_it(url: str, raw: Raw) -> None:
    async with await open_store(url, inline=[tally]):
        pass
    await upkeep.downgrade(url, "0003")
    assert await raw.fetch(triggers) == []

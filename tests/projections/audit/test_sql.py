"""SQL over the views: what it gives, and everything it refuses, on both databases."""

from __future__ import annotations

import asyncpg
import pytest

from retold.domain.recording import conversation_stream
from retold.errors import SqlInvalid, SqlRefused, SqlResultTooLarge, SqlTimedOut
from retold.projections.audit.guarded import Value
from retold.projections.audit.sql import run_sql
from retold.projections.audit.sql_text import statement_in
from retold.projections.audit.views import all_views
from retold.store import EventStore, open_store
from retold.store.append import ExpectedVersion
from tests.projections.histories import closed, message, started

first = [
    started(source="tau2", subject="user:7", tags={"env": "prod"}),
    message("user", content="it's 12:30 :now"),
    message("assistant", calls=1, tokens=(3, 4), cost=0.1),
    closed("stop"),
]


@pytest.fixture
async def filled(store: EventStore, store_url: str) -> EventStore:
    """A log with two sessions, and another tenant's session in the same tables."""
    for session in ("a", "b"):
        await append(store, session)
    async with await open_store(store_url, tenant="other") as other:
        await append(other, "secret")
        await run_sql(other, "SELECT 1 FROM sessions")
    return store


async def append(store: EventStore, session: str) -> None:
    stream = conversation_stream(session)
    await store.append(stream, first, expected_version=ExpectedVersion.NO_STREAM)


async def test_a_statement_selects_from_the_views(filled: EventStore) -> None:
    found = await run_sql(
        filled,
        "SELECT s.session, count(*) AS events, max(s.cost_usd) AS cost FROM sessions AS s "
        "JOIN events AS e ON e.stream = s.stream WHERE s.source = :source "
        "GROUP BY s.session ORDER BY s.session; -- by session",
        {"source": "tau2"},
    )
    assert found.columns == ("session", "events", "cost")
    assert [(row[0], row[1], float(row[2])) for row in found.rows] == [("a", 4, 0.1), ("b", 4, 0.1)]
    assert not found.more


async def test_only_the_tenants_own_rows_are_there(filled: EventStore) -> None:
    for view in ("sessions", "events"):
        found = await run_sql(filled, f"SELECT * FROM {view}")
        assert found.rows
        assert not any("secret" in str(value) for row in found.rows for value in row)


async def test_a_view_has_the_columns_it_is_documented_with(filled: EventStore) -> None:
    for view in all_views:
        found = await run_sql(filled, f"SELECT * FROM {view.name}", limit=1)
        assert found.columns == tuple(view.columns)


async def test_rows_beyond_the_limit_are_left_out_and_said_to_be(filled: EventStore) -> None:
    found = await run_sql(filled, "SELECT version FROM events ORDER BY stream, version", limit=3)
    assert [row[0] for row in found.rows] == [1, 2, 3]
    assert found.more
    assert not (await run_sql(filled, "SELECT 1", limit=1)).more


async def test_colons_in_texts_are_no_parameters(filled: EventStore) -> None:
    found = await run_sql(filled, "SELECT ':x 12:30' AS a, CAST(:x AS TEXT) AS b", {"x": "it's"})
    assert found.rows == ((":x 12:30", "it's"),)


async def test_parameters_of_every_type_are_taken(filled: EventStore) -> None:
    given: dict[str, Value] = {"i": 2**40, "f": 0.5, "t": True, "s": "x", "n": None}
    found = await run_sql(
        filled,
        "SELECT :i AS i, :f AS f, :t AS t, CAST(:s AS TEXT) AS s, CAST(:n AS TEXT) AS n "
        "FROM sessions WHERE messages < :i AND cost_usd < :f LIMIT 1",
        given,
    )
    assert dict(zip(found.columns, found.rows[0], strict=True)) == given


async def test_ids_are_the_same_text_on_both_databases(filled: EventStore) -> None:
    found = await run_sql(filled, "SELECT event_id FROM events ORDER BY position")
    events = [event async for event in filled.read_all()]
    assert [row[0] for row in found.rows] == [str(event.event_id) for event in events]


understood = [
    "WITH t (a, b) AS (SELECT session, version FROM sessions) SELECT a FROM t ORDER BY b",
    "WITH t (a) AS NOT MATERIALIZED (VALUES (1)) SELECT a FROM t",
    "WITH t AS (SELECT 1 AS a), u (b) AS (SELECT a FROM t) SELECT b FROM u",
    "SELECT a FROM (WITH t (a) AS (SELECT 1) SELECT a FROM t) AS x",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n LIMIT 3",
    "SELECT session FROM sessions WHERE version IN (SELECT version FROM events)",
    "SELECT row_number() OVER (ORDER BY session) AS place FROM sessions",
    "SELECT CAST(cost_usd AS NUMERIC(9, 2)) FROM sessions",
    "SELECT lower(source), coalesce(subject, '-') FROM sessions UNION ALL VALUES ('a', 'b')",
    'SELECT "s"."session" FROM "sessions" AS "s" WHERE EXISTS (SELECT 1 FROM events)',
    "SELECT count(*) FILTER (WHERE ended) FROM sessions",
]


async def test_what_both_databases_understand_runs(filled: EventStore) -> None:
    for statement in understood:
        assert (await run_sql(filled, statement)).rows, statement


writes = [
    "DELETE FROM sessions",
    "INSERT INTO events DEFAULT VALUES",
    "UPDATE streams SET version = 1",
    "DROP TABLE events",
    "CREATE TABLE x (a int)",
    "PRAGMA user_version = 7",
    "ATTACH DATABASE 'x.db' AS x",
    "VACUUM",
    "COPY events TO PROGRAM 'true'",
    "SET ROLE postgres",
    "BEGIN",
    "EXPLAIN ANALYZE SELECT 1",
    "WITH x AS (DELETE FROM events RETURNING 1) SELECT * FROM x",
    "SELECT 1; DELETE FROM events",
    "SELECT 1) AS x; DELETE FROM events; SELECT (1",
    "SELECT 1 INTO x",
]


async def test_a_write_is_refused_and_changes_nothing(filled: EventStore) -> None:
    before = [event async for event in filled.read_all()]
    for statement in writes:
        with pytest.raises((SqlRefused, SqlInvalid)):
            await run_sql(filled, statement)
    assert [event async for event in filled.read_all()] == before


# Whatever is behind the views: other tenants' rows are there.
behind = [
    "SELECT * FROM {schema}.events",
    "SELECT count(*) FROM {schema}.events",
    "SELECT * FROM streams",
    "SELECT count(*) FROM streams",
    "SELECT name FROM {catalog}",
    "SELECT * FROM {sessions}",
    "SELECT count(*) FROM {sessions}",
    'SELECT * FROM "{sessions}"',
    "WITH sessions AS (SELECT * FROM {sessions}) SELECT * FROM sessions",
    "WITH x AS (SELECT * FROM streams) SELECT count(*) FROM x",
    "SELECT (SELECT max(name) FROM streams)",
    "SELECT 1 WHERE EXISTS (SELECT 1 FROM streams)",
    "SELECT session FROM sessions UNION SELECT name FROM streams",
    "SELECT s.name FROM sessions JOIN LATERAL (SELECT name FROM streams) AS s ON TRUE",
    "SELECT 1) AS x CROSS JOIN (SELECT * FROM streams",
    "SELECT session FROM sessions WHERE session IN (SELECT name FROM streams)",
]


async def test_a_table_behind_the_views_is_refused(filled: EventStore) -> None:
    sqlite = filled.kind == "sqlite"
    for statement in behind:
        asked = statement.format(
            schema="main" if sqlite else "public",
            catalog="sqlite_master" if sqlite else "(SELECT relname AS name FROM pg_class) AS c",
            sessions="sessions_v1_1",
        )
        # SQLite knows no LATERAL.
        refusal = (SqlRefused, SqlInvalid) if sqlite and "LATERAL" in asked else SqlRefused
        with pytest.raises(refusal):
            await run_sql(filled, asked)


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_sleep(9)",
        "SELECT query_to_xml('SELECT * FROM events', true, true, '')",
        "SELECT pg_catalog.query_to_xml('SELECT 1', true, true, '')",
        "SELECT \"query_to_xml\"('SELECT 1', true, true, '')",
        "SELECT query_to_xml -- here\n ('SELECT 1', true, true, '')",
        "SELECT * FROM ts_stat('SELECT 1')",
        "SELECT set_config('transaction_read_only', 'off', true)",
        "SELECT load_extension('x')",
        "SELECT readfile('/etc/passwd')",
        "SELECT * FROM pragma_table_info('events')",
        "SELECT 1, query_to_xml('SELECT 1', true, true, '') AS (x)",
        "SELECT lo_import('/etc/passwd')",
        "SELECT * FROM dblink('', 'SELECT 1') AS (a int)",
        "SELECT * FROM dblink('', 'SELECT 1') AS t (a int)",
        "SELECT * FROM dblink('', 'SELECT 1') AS (values text)",
        "SELECT * FROM dblink('', 'SELECT 1') AS (\"select\" text)",
        "SELECT * FROM dblink('', 'SELECT 1') AS (\"with\" text, b int)",
        "SELECT 1 FROM sessions, dblink('', 'SELECT 1') AS (values text)",
        "WITH t (a) AS (SELECT 1), u AS (SELECT * FROM dblink('') AS (values text)) SELECT 1",
        "WITH t (a) AS (SELECT 1) SELECT 1 FROM t, dblink('', 'SELECT 1') AS (values text)",
        "SELECT 'with', dblink('', 'SELECT 1') AS (values text)",
        "SELECT (\"with\", dblink('', 'SELECT 1') AS (select text))",
        "SELECT zeroblob(1000000000)",
        "SELECT 1 /* a /* b */ , pg_sleep(9) -- */",
        "SELECT E'\\'', pg_sleep(9) --'",
        "SELECT e'\\' , pg_sleep(9) --'",
        "SELECT U&'\\0041'",
        "SELECT $$ ' $$, pg_sleep(9), $$ ' $$",
        "SELECT $1",
        "SELECT `a`",
        "SELECT [a]",
        "SELECT 'a",
        'SELECT "a',
        "SELECT (1",
        "SELECT 1)",
        "SELECT 1\0",
        "SELECT '\0'",
        "SELECT '\ud800'",
        "",
        " ; -- nothing",
    ],
)
def test_forms_that_could_hide_something_are_refused(statement: str) -> None:
    with pytest.raises(SqlRefused):
        statement_in(statement)


async def test_reading_sqlites_schema_by_its_own_functions_is_refused(filled: EventStore) -> None:
    if filled.kind == "sqlite":
        for table in ("pragma_table_list", "pragma_database_list", "sqlite_schema", "dbstat"):
            with pytest.raises((SqlRefused, SqlInvalid)):
                await run_sql(filled, f"SELECT * FROM {table}")


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT pid, query FROM pg_stat_activity",
        "SELECT name FROM pg_settings",
        'SELECT name FROM "pg_settings"',
        "SELECT * FROM pg_catalog.pg_locks",
        "SELECT * FROM information_schema.enabled_roles",
        "SELECT * FROM ROWS FROM (generate_series(1, 2), generate_series(1, 2)) AS t (a, b)",
        "SELECT 10::regrole",
        "SELECT CAST('events' AS \"regclass\")",
        "SELECT regclass 'events'",
        "SELECT CAST('{events}' AS _regclass)",
        "SELECT current_user",
        "SELECT 1 WHERE session_user = 'root'",
        "SELECT user",
        "SELECT current_schema",
        # They call a function with one argument.
        "SELECT t.pg_ls_dir FROM lower('/etc') AS t",
        "SELECT ('SELECT 1'::text).ts_stat",
        "SELECT t . lo_import FROM lower('/etc/passwd') AS t",
        "SELECT t.\"lo_import\" FROM lower('/etc/passwd') AS t",
    ],
)
async def test_what_gives_away_the_server_is_refused_on_postgresql(
    migrated_postgres_url: str, statement: str
) -> None:
    async with await open_store(migrated_postgres_url) as store:
        with pytest.raises(SqlRefused):
            await run_sql(store, statement)


async def test_a_function_of_the_databases_own_behind_a_dot_is_refused(
    migrated_postgres_url: str,
) -> None:
    dsn = migrated_postgres_url
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "CREATE FUNCTION session(said text) RETURNS text LANGUAGE sql AS 'SELECT said'"
    )
    await connection.close()
    async with await open_store(dsn) as store:
        with pytest.raises(SqlRefused, match="session"):
            await run_sql(store, "SELECT t.session FROM lower('a') AS t")


async def test_columns_and_functions_that_are_known_stay_usable_on_postgresql(
    migrated_postgres_url: str,
) -> None:
    async with await open_store(migrated_postgres_url) as store:
        for statement in (
            "SELECT m.text, m.name, m.version, m.item FROM messages AS m",
            "SELECT s.subject AS user, s.subject AS region FROM sessions AS s",
            "SELECT e.value ->> 'a' FROM sessions, jsonb_array_elements('[]'::jsonb) AS e",
            "SELECT g FROM generate_series(1, 3) AS g",
        ):
            await run_sql(store, statement)


async def test_a_mistake_is_said_as_the_database_says_it(filled: EventStore) -> None:
    for statement, says in (
        ("SELECT nope FROM sessions", "nope"),
        ("SELECT FROM WHERE", "syntax"),
        ("SELECT * FROM nothing_here", "nothing_here"),
        ("SELECT :a", "'a'"),
    ):
        with pytest.raises(SqlInvalid, match=says):
            await run_sql(filled, statement)


async def test_a_parameter_that_is_no_text_is_said_to_be_none(store: EventStore) -> None:
    with pytest.raises(SqlInvalid, match="'a'"):
        await run_sql(store, "SELECT CAST(:a AS TEXT)", {"a": "\ud800"})


# Each fails on a recorded text, and each database would say which.
revealing = {
    "sqlite": "SELECT count(*) FROM events WHERE json_extract('{}', data) IS NULL",
    "postgresql": """SELECT count(*) FROM events WHERE to_date(data, '"xxxxxx"YYYY') IS NULL""",
}


async def test_what_fails_on_a_recorded_text_does_not_say_it(filled: EventStore) -> None:
    with pytest.raises(SqlInvalid, match="left out") as raised:
        await run_sql(filled, revealing[filled.kind])
    assert not any(part in str(raised.value) for part in ("tau2", "source", "{"))
    assert raised.value.__cause__ is None


async def test_no_condition_is_asked_of_another_tenants_rows(
    filled: EventStore, store_url: str
) -> None:
    if filled.kind == "postgresql":
        # It then knows that the table is small, and reads all of it instead of an index.
        connection = await asyncpg.connect(store_url)
        await connection.execute("ANALYZE events")
        await connection.close()
    async with await open_store(store_url, tenant="third") as third:
        assert (await run_sql(third, revealing[third.kind])).rows == ((0,),)


async def test_a_statement_that_takes_too_long_is_stopped(filled: EventStore) -> None:
    endless = (
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n"
    )
    with pytest.raises(SqlTimedOut):
        await run_sql(filled, endless, timeout=0.05)
    assert (await run_sql(filled, "SELECT count(*) FROM sessions")).rows == ((2,),)


async def test_a_function_that_looks_at_no_clock_keeps_nobody_waiting(sqlite_url: str) -> None:
    # SQLite compares 100,000 characters at each of as many places.
    searched = "instr(printf('%.*c', 200000, 'a'), printf('%.*c', 100000, 'a') || 'b')"
    async with await open_store(sqlite_url) as store:
        with pytest.raises(SqlTimedOut):
            await run_sql(store, f"SELECT {searched}", timeout=0.001)


async def test_no_text_is_made_that_is_longer_than_events_may_be(sqlite_url: str) -> None:
    async with await open_store(sqlite_url) as store:
        with pytest.raises(SqlInvalid, match="too big"):
            await run_sql(store, "SELECT length(hex(printf('%.*c', 20000000, 'a')))")


async def test_a_result_of_too_many_bytes_is_refused(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("guarded", "sqlite_guard", "postgres_guard"):
        monkeypatch.setattr(f"retold.projections.audit.{module}.largest_result", 2_000)
    numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT "
    said = "x" * 300
    assert len((await run_sql(store, f"{numbers} '{said}' AS a FROM n", limit=5)).rows) == 5
    with pytest.raises(SqlResultTooLarge):
        await run_sql(store, f"{numbers} '{said}' AS a FROM n", limit=10)


@pytest.mark.parametrize(("limit", "timeout"), [(0, 1.0), (1, 0.0), (1, float("nan"))])
async def test_a_limit_or_timeout_of_nothing_is_refused(limit: int, timeout: float) -> None:
    async with await open_store("sqlite:///:memory:") as store:
        with pytest.raises(ValueError, match="more than 0"):
            await run_sql(store, "SELECT 1", limit=limit, timeout=timeout)

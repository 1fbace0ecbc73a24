"""Appending single events to PostgreSQL, and what the order for readers costs its writers."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.chat import work
from benchmarks.log import Run, append_to
from benchmarks.measure import Settings, interleave
from benchmarks.postgres_server import PostgresServer, postgres_missing
from benchmarks.raw_sqlite import EventRows
from benchmarks.result import Bar, Measured, Missing, Reference, Result

name = "postgres"
appends_by_caller = {1: 1_000, 8: 300, 64: 75}
bars = {1: Bar(at_least=0.7), 64: Bar(at_least=2.5, aim=3.4)}
connections = 16
expected_cost = Bar(aim=1.0)


def run(settings: Settings) -> Iterator[Result]:
    """Measure 1, 8 and 64 callers, then concurrent raw inserts with and without the column."""
    if reason := postgres_missing():
        yield Missing(benchmark=name, case="all", reason=reason)
        return
    with PostgresServer.with_template() as server:
        for callers, appends in appends_by_caller.items():
            yield _callers(server, callers, settings.scaled(appends, least=5), settings)
        yield _cost_of_order(server, settings)


def _callers(server: PostgresServer, callers: int, appends: int, settings: Settings) -> Result:
    # asyncpg is an extra, which may not be installed.
    from benchmarks import raw_postgres as raw  # noqa: PLC0415

    planned = work(callers, appends=appends)
    with server.log() as url:
        rows = raw.rows_of(url, planned)

    def ours() -> Run:
        with server.log() as url:
            return append_to(url, planned, warm=True)

    def theirs() -> Run:
        with server.log() as url:
            return raw.insert_singly(url, rows)

    found = interleave({raw.raw_name: theirs, "retold": ours}, settings.rounds)
    return Measured(
        benchmark=name,
        case=f"append, {callers} caller{'s' * (callers > 1)}",
        unit="events/s",
        rounds=tuple(one.rate for one in found["retold"]),
        reference=Reference(
            name=raw.raw_name, rounds=tuple(one.rate for one in found[raw.raw_name])
        ),
        bar=bars.get(callers),
    )


def _cost_of_order(server: PostgresServer, settings: Settings) -> Result:
    from benchmarks import raw_postgres as raw  # noqa: PLC0415 - as above

    case = f"raw inserts of {connections} connections with the cursor's column and index"
    with server.log() as url:
        each = settings.scaled(200, least=5)
        rows = raw.rows_of(url, work(connections, appends=each))
        if not raw.drop_cursor_column(url):
            reason = "not available: the table has no column transaction_id"
            return Missing(benchmark=name, case=case, reason=reason)
    found = interleave(
        {
            "without": lambda: _insert(server, rows, with_column=False),
            "with": lambda: _insert(server, rows, with_column=True),
        },
        settings.rounds,
    )
    return Measured(
        benchmark=name,
        case=case,
        unit="events/s",
        rounds=tuple(one.rate for one in found["with"]),
        reference=Reference(
            name="without them", rounds=tuple(one.rate for one in found["without"])
        ),
        bar=expected_cost,
    )


def _insert(server: PostgresServer, rows: EventRows, *, with_column: bool) -> Run:
    from benchmarks import raw_postgres as raw  # noqa: PLC0415 - as above

    with server.log() as url:
        if not with_column:
            raw.drop_cursor_column(url)
        return raw.insert_singly(url, rows, connections=connections)

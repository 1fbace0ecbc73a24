"""Random operations on a database and on the log in memory come to the same.

Both plan appends with the same code, so what an append may do is checked against an independent
model, in test_model.py. Here it is all around it: what is kept, and found again.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from retold.domain.event import NewEvent
from retold.domain.recorded import RecordedEvent
from retold.errors import RetoldError
from retold.store import EventStore
from retold.store.append import Append, AppendResult, ExpectedVersion
from retold.store.heads import StreamHead
from retold.store.integrity import VerifyReport
from retold.testing import MemoryDatabase
from retold.testing.conformance import LogDatabase
from tests.store.databases import SqlDatabase
from tests.store.events import ANY, NO_STREAM, STREAM_EXISTS, event, event_id

Operation: TypeAlias = Callable[[EventStore], Coroutine[Any, Any, object]]
Expected: TypeAlias = int | ExpectedVersion

named = {event_id(number) for number in range(10)}
streams = st.sampled_from(["note-1", "book-1", "fork-1", "fork-2"])
any_stream = st.sampled_from(
    ["note-1", "book-1", "fork-1", "fork-2", "fork-3", "stream-fork-1", "stream-note-1", "none-1"]
)
sessions = st.sampled_from([None, "s1", "s2"])
correlation_ids = st.sampled_from([None, "c"])
types = st.sampled_from(["test.happened", "test.other"])
versions = st.one_of(st.integers(-1, 8), st.none())
# Most operations must succeed, or nothing is there to be read.
expected_versions = st.sampled_from([ANY] * 10 + [NO_STREAM, STREAM_EXISTS, *range(-1, 8)])
new_events = st.builds(
    lambda number, text, type_, session, correlation_id: event(
        text,
        type=type_,
        event_id=None if number is None else event_id(number),
        metadata={} if session is None else {"session": session},
        correlation_id=correlation_id,
    ),
    st.sampled_from([None] * 20 + [*range(10)]),
    st.sampled_from("ab"),
    types,
    sessions,
    correlation_ids,
)
appends = st.builds(
    Append, streams, st.lists(new_events, min_size=1, max_size=3), expected_versions
)
requests = st.lists(appends, min_size=1, max_size=2)
metadata = st.dictionaries(st.sampled_from("ab"), st.integers(0, 2), max_size=2)


def plain(value: object, tenants: list[str]) -> object:
    """Return a result without what is a log's own: ids it made, times, digests, positions."""
    match value:
        case RecordedEvent():
            own = value.event_id if value.event_id in named else None
            data = {key: one for key, one in value.data.items() if key != "digest"}
            place = (tenants.index(value.tenant), value.stream, value.version)
            return (*place, own, value.type, data, value.metadata, value.correlation_id)
        case StreamHead():
            parent = (value.parent_stream, value.parent_version)
            ended = value.tombstoned_at is not None
            return (value.stream, value.version, value.session, parent, ended)
        case AppendResult():
            return (value.stream, value.first_version, value.last_version, value.duplicate)
        case VerifyReport():
            return (value.events, value.streams, value.faults)
        case RetoldError():
            return (type(value), str(value))
        case list() | tuple():
            return [plain(one, tenants) for one in value]
        case _:
            return value


async def outcome(operation: Coroutine[Any, Any, object]) -> object:
    """Return what comes of an operation, be it an error."""
    try:
        return await operation
    except RetoldError as error:
        return error


class Differential(RuleBasedStateMachine):
    """A log in a database and one in memory, for two tenants each."""

    new_database: ClassVar[Callable[[], LogDatabase]]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.databases = (type(self).new_database(), MemoryDatabase())
        # Tenants of its own make an empty log, also in a database that others used.
        self.tenants = [os.urandom(8).hex() for _ in range(2)]
        self.opened = AsyncExitStack()
        self.stores: list[list[EventStore]] = []
        self.runner.run(self._open())

    async def _open(self) -> None:
        self.stores = [
            [
                await self.opened.enter_async_context(database.open_store(tenant=tenant))
                for tenant in self.tenants
            ]
            for database in self.databases
        ]

    def teardown(self) -> None:
        """Compare all there is, then close."""
        try:
            self.everything()
            for tenant in range(2):
                self.verify(tenant, None)
                self.list_streams(tenant, None, None, tombstoned=True)
        finally:
            self.runner.run(self.opened.aclose())
            self.runner.close()

    def same(self, tenant: int, operation: Operation) -> None:
        """Carry out an operation on both logs and compare what comes of it."""

        async def both() -> list[object]:
            return [await outcome(operation(stores[tenant])) for stores in self.stores]

        in_database, in_memory = self.runner.run(both())
        assert plain(in_database, self.tenants) == plain(in_memory, self.tenants)

    # Writing ---------------------------------------------------------------------------------

    @initialize(new=st.lists(new_events, min_size=5, max_size=7), at=st.integers(1, 4))
    def begin(self, new: list[NewEvent], at: int) -> None:
        """Begin with a stream, a fork of it, and one that ended."""
        self.append_many_events(0, "note-1", new)
        self.fork(0, "note-1", "fork-1", at, "s1")
        self.append_many_events(0, "fork-1", [event("x"), event("y")])
        self.fork(0, "fork-1", "fork-3", at + 1, None)
        self.end(0, "fork-3", ANY)

    @rule(tenant=st.integers(0, 1), request=requests)
    def append(self, tenant: int, request: list[Append]) -> None:
        self.same(tenant, lambda store: store.append_many(request))

    @rule(group=st.lists(requests, min_size=2, max_size=4))
    def append_at_once(self, group: list[list[Append]]) -> None:
        async def at_once(store: EventStore) -> object:
            return await asyncio.gather(*(outcome(store.append_many(request)) for request in group))

        self.same(0, at_once)

    @rule(tenant=st.integers(0, 1), stream=streams, new=st.lists(new_events, max_size=6))
    def append_many_events(self, tenant: int, stream: str, new: list[NewEvent]) -> None:
        self.same(tenant, lambda store: store.append(stream, new, expected_version=ANY))

    @rule(
        tenant=st.integers(0, 1),
        parent=any_stream,
        stream=st.one_of(st.sampled_from(["fork-1", "fork-2"]), streams),
        at=versions,
        session=sessions,
    )
    def fork(
        self, tenant: int, parent: str, stream: str, at: int | None, session: str | None
    ) -> None:
        self.same(tenant, lambda store: store.fork(parent, stream, at=at, session=session))

    @rule(tenant=st.integers(0, 1), stream=any_stream, expected=expected_versions)
    def end(self, tenant: int, stream: str, expected: Expected) -> None:
        self.same(tenant, lambda store: store.end_stream(stream, expected_version=expected))

    @rule(tenant=st.integers(0, 1), stream=any_stream, said=metadata, expected=expected_versions)
    def say(self, tenant: int, stream: str, said: dict[str, int], expected: Expected) -> None:
        self.same(
            tenant,
            lambda store: store.set_stream_metadata(stream, said, expected_version=expected),
        )
        self.same(tenant, lambda store: store.stream_metadata(stream))

    @rule()
    def open_again(self) -> None:
        async def again() -> None:
            await self.opened.aclose()
            await self._open()

        self.runner.run(again())

    # Reading ---------------------------------------------------------------------------------

    @rule(
        tenant=st.integers(0, 1),
        stream=any_stream,
        options=st.fixed_dictionaries(
            {},
            optional={
                "from_version": st.integers(-1, 9),
                "to_version": versions,
                "backwards": st.booleans(),
                "limit": st.one_of(st.none(), st.integers(0, 7)),
                "missing_ok": st.booleans(),
            },
        ),
    )
    def read(self, tenant: int, stream: str, options: dict[str, Any]) -> None:
        async def reading(store: EventStore) -> object:
            return [one async for one in store.read_stream(stream, **options)]

        self.same(tenant, reading)
        self.same(tenant, lambda store: store.head(stream))

    @rule(
        tenant=st.integers(0, 1),
        after=st.integers(0, 12),
        options=st.fixed_dictionaries(
            {},
            optional={
                "category": st.sampled_from(["note", "no", "book", "fork", "stream"]),
                "stream_prefix": st.sampled_from(["note-", "n", "", "book-1", "stream-f"]),
                "types": st.lists(types),
                "session": st.sampled_from(["s1", "s2"]),
                "correlation_id": st.sampled_from(["c", "d"]),
                "limit": st.one_of(st.none(), st.integers(0, 7)),
            },
        ),
    )
    def read_all(self, tenant: int, after: int, options: dict[str, Any]) -> None:
        async def reading(store: EventStore) -> object:
            cursor = None
            if after:
                async for one in store.read_all(limit=after):
                    cursor = store.cursor_of(one)
            return [one async for one in store.read_all(after=cursor, **options)]

        self.same(tenant, reading)

    @rule(category=st.sampled_from([None, "note", "fork"]), session=sessions)
    def everything(self, category: str | None = None, session: str | None = None) -> None:
        async def reading(store: EventStore) -> object:
            return [
                one
                async for one in store.read_all(
                    category=category, session=session, every_tenant=True
                )
                if one.tenant in self.tenants
            ]

        # The order of two tenants' events is the same, since one operation ends first.
        self.same(0, reading)
        self.same(1, reading)

    @rule(
        tenant=st.integers(0, 1),
        category=st.sampled_from([None, "note", "fork", "stream"]),
        session=sessions,
        tombstoned=st.booleans(),
    )
    def list_streams(
        self, tenant: int, category: str | None, session: str | None, *, tombstoned: bool
    ) -> None:
        async def listing(store: EventStore) -> object:
            found = store.streams(category=category, session=session, tombstoned=tombstoned)
            return [head async for head in found]

        self.same(tenant, listing)

    @rule(tenant=st.integers(0, 1), stream=st.one_of(st.none(), any_stream))
    def verify(self, tenant: int, stream: str | None) -> None:
        self.same(tenant, lambda store: store.verify(stream))


common = settings(
    deadline=None,
    stateful_step_count=30,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(autouse=True)
def small_pages() -> Iterator[None]:
    """Make a page of three rows."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("retold.store.log.page_size", 3)
        yield


def test_a_log_in_sqlite_is_the_one_in_memory(tmp_path: Path) -> None:
    empty = tmp_path / "empty.db"

    async def make() -> None:
        async with SqlDatabase(f"sqlite:///{empty}").open_store():
            pass

    asyncio.run(make())

    def new_database() -> LogDatabase:
        copy = tmp_path / f"{os.urandom(8).hex()}.db"
        shutil.copy(empty, copy)
        return SqlDatabase(f"sqlite:///{copy}")

    class OnSqlite(Differential):
        pass

    OnSqlite.new_database = staticmethod(new_database)
    run_state_machine_as_test(OnSqlite, settings=settings(common, max_examples=15))


@pytest.mark.postgres
def test_a_log_in_postgresql_is_the_one_in_memory(migrated_postgres_url: str) -> None:
    class OnPostgres(Differential):
        pass

    OnPostgres.new_database = staticmethod(lambda: SqlDatabase(migrated_postgres_url))
    # The same few each time: an operation takes a few milliseconds.
    run_state_machine_as_test(
        OnPostgres, settings=settings(common, max_examples=5, derandomize=True)
    )

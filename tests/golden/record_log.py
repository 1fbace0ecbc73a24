"""Writes the golden log of this release: ``python -m tests.golden.record_log POSTGRES_URL``.

It makes, in this folder, ``log_<schema>.sqlite``, ``log_<schema>.postgres.sql`` and what every
later release must read from them. Run it once a schema, before the release that has it; what it
wrote is never written again. The PostgreSQL database named must be empty, and a server that is
young keeps the transaction ids of the dump low.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

import retold
from retold.domain.event import NewEvent, RecordedEvent
from retold.projections.models.session_list import find_session
from retold.store import EventStore, open_store, schema, upkeep
from retold.store.append import BeginFork, ExpectedVersion, SetTombstone
from retold.store.lease import Leases
from tests.golden.beside import copy_beside, keep_work_and_files
from tests.golden.others import append_forks, append_orders, import_conversations
from tests.golden.read_log import contents_of, leases_of, save
from tests.golden.record import folder
from tests.golden.sessions import die_in_a_turn, lease_seconds, one_closed, record_sessions

tenants = ("default", "acme & söhne")


async def record_sqlite(url: str) -> None:
    """Record the golden log."""
    async with retold.open(url, tenant=tenants[0], lease_seconds=lease_seconds) as log:
        await append_orders(log.store, first_id=0)
        await record_sessions(log)
        await import_conversations(log.store)
        await append_forks(log.store)
        await keep_work_and_files(log.store)
    killed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.golden.record_log", "--die", url
    )
    assert await killed.wait() == -signal.SIGKILL
    async with retold.open(url, tenant=tenants[1]) as log:
        # The same ids in another tenant are other events.
        await append_orders(log.store, first_id=0)
        await one_closed(log)
    async with retold.open(url, tenant=tenants[0], actor="auditor") as log:
        # Who reads is recorded.
        await (await log.session("ticket-4711")).transcript()
    for tenant in tenants:
        async with await open_store(url, tenant=tenant) as store:
            await find_session(store, "")  # which brings the session list up to date
    # Half of the log is behind the checkpoint, half before it.
    async with await open_store(url, tenant=tenants[0]) as store:
        await append_orders_later(store)


async def append_orders_later(store: EventStore) -> None:
    """Append what the session list has not seen when the log is closed."""
    tag = NewEvent(type="conversation.tags_changed", data={"tags": {"late": "yes"}})
    await store.append("conversation-closed", [tag], expected_version=ExpectedVersion.STREAM_EXISTS)


async def copy_to_postgres(source: str, target: str) -> None:
    """Append the events of a log to an empty one, take its leases, fold its session list."""
    await upkeep.upgrade(target)
    for tenant in tenants:
        async with (
            await open_store(source, tenant=tenant) as old,
            await open_store(target, tenant=tenant) as new,
        ):
            events = [event async for event in old.read_all()]
            late = events.pop() if tenant == tenants[0] else None
            for stream, run in groupby(events, key=lambda event: event.stream):
                await _fork_again(old, new, stream)
                await _append_again(new, stream, run)
            async for head in old.streams(tombstoned=True):
                await _fork_again(old, new, head.stream)
                if head.tombstoned_at is not None:
                    await new.backend.submit([SetTombstone(head.stream, head.version)])
            await find_session(new, "")
            if late is not None:
                await _append_again(new, late.stream, [late])
            await copy_beside(old, new)
            for resource, owner, token in await leases_of(old):
                for _ in range(token):
                    lease = await Leases(new).take(resource, owner or "gone", lease_seconds)
                    if owner is None:
                        await Leases(new).release(lease)


async def _fork_again(old: EventStore, new: EventStore, stream: str) -> None:
    """Begin a stream as the fork it is; the event that says so is copied like any other."""
    head = await old.head(stream)
    if head is None or head.parent_stream is None or head.parent_version is None:
        return
    if await new.head(stream) is None:
        version = head.parent_version
        events = new.read_stream(head.parent_stream, from_version=version, to_version=version)
        [forked_at] = [event async for event in events]
        fork = BeginFork(stream, head.parent_stream, version, forked_at.digest, head.session)
        await new.backend.submit([fork])


async def _append_again(store: EventStore, stream: str, events: Iterable[RecordedEvent]) -> None:
    again = [
        NewEvent(
            type=event.type,
            data=event.data,
            metadata=event.metadata,
            event_id=event.event_id,
            schema_version=event.schema_version,
            correlation_id=event.correlation_id,
            causation_id=event.causation_id,
            occurred_at=event.occurred_at,
        )
        for event in events
    ]
    await store.append(stream, again, expected_version=ExpectedVersion.ANY)


def dump(url: str) -> str:
    """Return a database as plain SQL that every psql understands."""
    done = subprocess.run(
        ["pg_dump", "--no-owner", "--no-privileges", url],
        check=True,
        capture_output=True,
        text=True,
    )
    # Newer releases fence the script with a psql command that older ones do not know.
    return re.sub(r"^\\(un)?restrict .*\n", "", done.stdout, flags=re.MULTILINE)


async def main(postgres_url: str) -> None:
    """Write the golden log of this release's schema."""
    name = f"log_{schema.head_revision()}"
    if (folder / f"{name}.sqlite").exists():
        sys.exit(f"{name} is there already, and a golden log is never written again.")
    with tempfile.TemporaryDirectory() as made:
        file = Path(made, "log.sqlite")
        url = f"sqlite:///{file}"
        await record_sqlite(url)
        await copy_to_postgres(url, postgres_url)
        assert [path.name for path in Path(made).iterdir()] == [file.name]
        shutil.copyfile(file, folder / f"{name}.sqlite")
        (folder / f"{name}.postgres.sql").write_text(dump(postgres_url))
        save(name, await contents_of(url, tenants), await contents_of(postgres_url, tenants))


if __name__ == "__main__":
    # Nothing of the machine it is recorded on goes into the log: not its name, and no path in
    # the tracebacks of failed tools.
    socket.gethostname = lambda: "recorder"
    sys.tracebacklimit = 0
    if sys.argv[1] == "--die":
        asyncio.run(die_in_a_turn(sys.argv[2]))
    else:
        asyncio.run(main(sys.argv[1]))

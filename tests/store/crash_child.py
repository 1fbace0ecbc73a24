"""A process that appends until it is killed, and says what was acknowledged.

``python -m tests.store.crash_child URL MOMENT DURABILITY``. A line ``stream version number`` on
standard output is an acknowledged event with that number's id; ``here`` is the moment to be killed
at:

* ``before``: an append was asked for, no transaction was begun.
* ``inside``: its rows are inserted, the commit is not asked for.
* ``committed``: it is committed, and its caller not told.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from retold.store import EventStore, open_store
from retold.store.sqlite.file import write_transaction
from retold.store.url import Durability
from tests.store.events import event, event_id


def say(line: str) -> None:
    """Write a line at once and whole."""
    os.write(1, f"{line}\n".encode())


def halt() -> None:
    """Say where we are and wait to be killed."""
    say("here")
    time.sleep(600)


async def append_for_ever(store: EventStore, stream: str, numbers: Iterator[int]) -> None:
    """Append events with ids of their own, each at the version the last one left."""
    head = await store.head(stream)
    version = head.version if head else 0
    while True:
        number = next(numbers)
        new = event(str(number), event_id=event_id(number))
        version = (await store.append(stream, [new], expected_version=version)).last_version
        say(f"{stream} {version} {number}")


def halt_before_commit(store: EventStore) -> None:
    """Halt when the rows are inserted and the transaction is still open."""

    @contextmanager
    def halting(connection: Any, **options: Any) -> Iterator[None]:
        with write_transaction(connection, **options):
            yield
            halt()

    async def halting_commit(_self: Any) -> None:
        halt()

    patch = pytest.MonkeyPatch()
    if store.kind == "sqlite":
        patch.setattr("retold.store.sqlite.writer.write_transaction", halting)
    else:
        patch.setattr("asyncpg.transaction.Transaction.commit", halting_commit)
        patch.setattr("retold.store.postgres.writer.PostgresWriter._append_at_once", unable)


async def unable(_self: object, _requests: object) -> None:
    """Let a group be appended step by step."""


def halt_around(group_commit: Any, moment: str) -> None:
    """Halt before or after a group is committed."""
    commit = group_commit._commit

    def before(_requests: Sequence[Any]) -> None:
        halt()

    def after(requests: Sequence[Any]) -> None:
        commit(requests)
        halt()

    async def after_awaiting(requests: Sequence[Any]) -> None:
        await commit(requests)
        halt()

    awaited = after_awaiting if inspect.iscoroutinefunction(commit) else after
    group_commit._commit = before if moment == "before" else awaited
    if at_once := getattr(group_commit, "_at_once", None):

        def after_at_once(request: Any) -> None:
            at_once(request)
            halt()

        group_commit._at_once = before if moment == "before" else after_at_once


async def main(url: str, moment: str, durability: Durability) -> None:
    """Append until killed."""
    async with await open_store(url, durability=durability) as store:
        new = event("0", event_id=event_id(0))
        await store.append("one-1", [new], expected_version=0)
        say("one-1 1 0")
        if moment == "inside":
            halt_before_commit(store)
        else:
            halt_around(store.backend._group_commit, moment)  # type: ignore[attr-defined]
        await append_for_ever(store, "one-1", count(1))


if __name__ == "__main__":
    _, its_url, its_moment, its_durability = sys.argv
    asyncio.run(main(its_url, its_moment, "full" if its_durability == "full" else "normal"))

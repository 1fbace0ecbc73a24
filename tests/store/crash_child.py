"""A process that appends until it is killed, and says what was acknowledged.

``python -m tests.store.crash_child URL MOMENT``. A line ``stream version number`` on standard
output is an acknowledged event with that number's id; ``here`` is the moment to be killed at:

* ``before``: an append was asked for, no transaction was begun.
* ``inside``: its rows are inserted, the commit is not asked for.
* ``committed``: it is committed, and its caller not told.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest

from retold.store import EventStore, open_store
from retold.store.sqlite_file import write_transaction
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
    def halting(connection: Any) -> Iterator[None]:
        with write_transaction(connection):
            yield
            halt()

    async def halting_commit(_self: Any) -> None:
        halt()

    patch = pytest.MonkeyPatch()
    if store.kind == "sqlite":
        patch.setattr("retold.store.sqlite.write_transaction", halting)
    else:
        patch.setattr("asyncpg.transaction.Transaction.commit", halting_commit)


def halt_around(commit: Callable[..., Any], moment: str) -> Callable[..., Any]:
    """Return a commit that halts before or after its work."""

    async def halting(requests: Sequence[Any]) -> Any:
        if moment == "before":
            halt()
        outcomes = await commit(requests)
        halt()
        return outcomes

    return halting


async def main(url: str, moment: str) -> None:
    """Append until killed."""
    async with await open_store(url) as store:
        new = event("0", event_id=event_id(0))
        await store.append("one-1", [new], expected_version=0)
        say("one-1 1 0")
        if moment == "inside":
            halt_before_commit(store)
        else:
            store._writer._commit = halt_around(store._writer._commit, moment)
        await append_for_ever(store, "one-1", count(1))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

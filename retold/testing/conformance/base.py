"""What the groups of tests share: a database, and a log that is open on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from retold.store import EventStore
from retold.testing.conformance.database import LogDatabase
from retold.testing.conformance.events import append


class ConformanceTests:
    """Base of the groups; a subclass overrides the fixture :meth:`database`."""

    pytestmark = pytest.mark.asyncio

    @pytest.fixture
    def database(self) -> LogDatabase:
        """An empty database, a new one for each test."""
        pytest.fail(
            f"{type(self).__name__} needs a fixture 'database' that returns an empty database "
            "(retold.testing.conformance.LogDatabase)."
        )

    @pytest_asyncio.fixture
    async def store(self, database: LogDatabase) -> AsyncIterator[EventStore]:
        """An open, empty log of the tenant "default"."""
        async with database.open_store() as opened:
            yield opened

    @pytest.fixture
    def small_pages(self, monkeypatch: pytest.MonkeyPatch) -> int:
        """Make a page of three rows."""
        monkeypatch.setattr("retold.store.log.page_size", 3)
        return 3

    @pytest_asyncio.fixture
    async def library(self, store: EventStore) -> EventStore:
        """A log of two categories, two sessions and two correlations: events 1 to 8."""
        one: dict[str, Any] = {"metadata": {"session": "s1"}}
        two: dict[str, Any] = {"metadata": {"session": "s2"}}
        await append(store, "note-1", "1", "2", type="note.written", **one)
        await append(store, "notebook-1", "3", type="book.opened", correlation_id="c1", **one)
        await append(store, "note-2", "4", type="note.written", correlation_id="c1", **two)
        await append(store, "note-1", "5", type="note.erased", correlation_id="c2")
        await append(store, "note-3", "6", type="note.written")
        await append(store, "note-1", "7", type="note.erased", **two)
        await append(store, "a-1", "8", type="note.erased")
        return store

"""The logs in SQLite, in PostgreSQL and in memory do what every store must do."""

from __future__ import annotations

import pytest

from retold.testing import MemoryDatabase
from retold.testing.conformance import LogDatabase, StoreConformance
from tests.store.databases import SqlDatabase


class TestSqlite(StoreConformance):
    """The suite on SQLite."""

    @pytest.fixture
    def database(self, sqlite_url: str) -> LogDatabase:
        """A SQLite file that does not exist yet."""
        return SqlDatabase(sqlite_url)


@pytest.mark.postgres
class TestPostgres(StoreConformance):
    """The suite on PostgreSQL."""

    @pytest.fixture
    def database(self, migrated_postgres_url: str) -> LogDatabase:
        """A migrated and empty database."""
        return SqlDatabase(migrated_postgres_url)


class TestMemory(StoreConformance):
    """The suite in memory."""

    @pytest.fixture
    def database(self) -> LogDatabase:
        """An empty database."""
        return MemoryDatabase()

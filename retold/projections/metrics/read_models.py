"""The read models that figures are made of, each brought up to the log once."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from retold.projections.keeping.catch_up import Tables
from retold.projections.keeping.readable import readable
from retold.projections.projection import Projection
from retold.projections.read_table import ReadTable
from retold.store.log import EventStore


class ReadModels:
    """Gives the tables of read models, for one answer.

    Attributes:
        store: the log.
    """

    def __init__(self, store: EventStore) -> None:
        """Store the log."""
        self.store = store
        self._tables: dict[str, Tables] = {}

    async def table(self, projection: Projection, read_table: ReadTable[Any]) -> sa.Table:
        """Bring a projection up to the log, the first time, and return one of its tables.

        Raises:
            ProjectionError, StoreError: when it cannot be brought up to the log.
        """
        if projection.name not in self._tables:
            self._tables[projection.name] = await readable(self.store, projection)
        return self._tables[projection.name][read_table]

"""What a store's author gives to the suite."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from retold.store import EventStore, default_max_event_bytes, default_tenant


class LogDatabase(Protocol):
    """A database that is empty at first, where the suite opens logs.

    :class:`retold.testing.MemoryDatabase` is one.
    """

    def open_store(
        self, *, tenant: str = default_tenant, max_event_bytes: int = default_max_event_bytes
    ) -> AbstractAsyncContextManager[EventStore]:
        """Open a log on this database, beside those that are open or were closed before.

        Args:
            tenant: whose events are read and appended.
            max_event_bytes: limit of one event's data and metadata together.
        """
        ...

    async def alter_event(self, stream: str, version: int, data: str) -> None:
        """Overwrite the stored data of an event, as somebody would who has the database.

        Args:
            stream: a stream of the tenant "default" that holds the event itself.
            version: of the event.
            data: what to store, as text.
        """
        ...

    async def remove_event(self, stream: str, version: int) -> None:
        """Remove an event likewise; the stream's head stays as it is."""
        ...

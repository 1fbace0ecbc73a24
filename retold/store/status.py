"""How a log stands: how far it goes, and what its readers wait for."""

from __future__ import annotations

from dataclasses import dataclass

from retold.store.backend import is_sql
from retold.store.cursor import Cursor
from retold.store.log import EventStore
from retold.store.schema import head_revision
from retold.store.stall import Stall
from retold.store.url import Kind


@dataclass(frozen=True, slots=True)
class LogStatus:
    """What :func:`status_of_log` found.

    Attributes:
        url: of the log, without a password.
        kind: which database it is.
        schema: its revision.
        database_id: eight hex digits that tell databases apart.
        newest: the place of the newest event that is committed; None in an empty log.
        frontier: readers of the whole log are shown what is up to here.
        held_back: events that are committed and not shown to them yet, of every tenant.
        stalls: what they wait for.
    """

    url: str
    kind: Kind
    schema: str
    database_id: str
    newest: Cursor | None
    frontier: Cursor
    held_back: int
    stalls: tuple[Stall, ...]


async def status_of_log(store: EventStore) -> LogStatus:
    """Return how an open log stands.

    Raises:
        StoreUnavailable: when it is kept in memory, or the database does not do its work.
        StoreClosed: when it is closed.
    """
    kind, backend = store.kind, store.backend
    # First: whoever ends while the rest is read would be missed otherwise.
    stalls = await store.stalls()
    return LogStatus(
        url=store.backend.shown_url,
        kind=kind,
        # Nothing else opens.
        schema=head_revision(),
        database_id=store.database_id,
        newest=await backend.newest(),
        frontier=await backend.frontier(),
        held_back=await backend.held_back() if is_sql(backend) else 0,
        stalls=stalls,
    )

"""What is done with the cached answers of a log by hand: invalidating, reporting, clearing up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from retold.agents.caching.by_meaning.known import settle_known
from retold.agents.caching.by_meaning.labels import label_append
from retold.agents.caching.entries import entries_of
from retold.agents.resilience.call_facts import CallFacts
from retold.domain.access import AccessAction
from retold.domain.cache.entry import (
    CacheEntryCommand,
    ConfirmEntry,
    ExpireEntry,
    InvalidateEntry,
    RejectEntry,
)
from retold.domain.cache.events import CacheHit
from retold.domain.cache.meaning import CacheLabelled
from retold.domain.event import JsonObject, RecordedEvent
from retold.errors import CacheEntryNotFound, NothingToInvalidate, NotServed
from retold.projections.access_log import AccessLog
from retold.projections.audit.cache_explain import CacheExplanation, explain_lookup
from retold.projections.audit.caches import cache_stats
from retold.projections.cache_risks import CacheStats, with_risks
from retold.projections.models.cache_table import CacheEntry
from retold.projections.models.cached import (
    EntryQuery,
    entry_by_id,
    served_entries,
    served_event_types,
)
from retold.store import EventStore
from retold.store.append import Append
from retold.store.codec.values import made_plain
from retold.store.lease import Leases

_lease_prefix = "cache:"


def _now() -> datetime:
    return datetime.now(UTC)


class CacheControl:
    """The cached answers of a log. Got from ``log.cache``."""

    def __init__(
        self,
        store: EventStore,
        *,
        actor: str | None = None,
        access: AccessLog | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Store the log.

        Args:
            store: the log.
            actor: in whose name entries are removed; None when that is not known.
            access: where it is recorded that somebody read; None to record nothing.
            clock: gives the time, with a zone.
        """
        self._store = store
        self._metadata: JsonObject = {} if actor is None else {"actor": actor}
        self._access = access
        self._clock = clock

    async def invalidate(  # noqa: PLR0913 - each is an option of its own
        self,
        *,
        entry: str | None = None,
        tags: Mapping[str, str] | None = None,
        source: str | None = None,
        partition: str | None = None,
        model: str | None = None,
        cache: str | None = None,
        older_than: timedelta | None = None,
        predicate: Callable[[CacheEntry], bool] | None = None,
        note: str | None = None,
    ) -> tuple[CacheEntry, ...]:
        """Remove entries, as what they say may no longer hold. They are not served from now on.

        What is stored meanwhile is not looked at: first change what answers are made from, then
        invalidate.

        Args:
            entry: this one only.
            tags: having all these tags only.
            source: of this source only.
            partition: of this partition only.
            model: of this model only.
            cache: of the cache of this name only.
            older_than: stored longer ago only.
            predicate: decides of each of these.
            note: why, for who reads the log.

        Returns:
            The entries that were removed, as they were.

        Raises:
            NothingToInvalidate: when nothing says which.
            CacheEntryNotFound: when there is no entry of the id.
            ProjectionError, StoreError: when the log cannot be read or written.
        """
        query = EntryQuery(
            entry=entry,
            tags=tags or {},
            source=source,
            partition=partition,
            model=model,
            cache=cache,
            stored_before=None if older_than is None else self._clock() - older_than,
        )
        by = ", ".join(filter(None, (query.said, "" if predicate is None else "predicate")))
        if not by:
            raise NothingToInvalidate
        if entry is not None and await entry_by_id(self._store, entry) is None:
            raise CacheEntryNotFound(entry)
        plain = None if note is None else made_plain(note)
        removed = []
        async for row in served_entries(self._store, query):
            if predicate is not None and not predicate(row):
                continue
            command = InvalidateEntry(entry=row.entry, by=made_plain(by), note=plain)
            if await self._decide(row.key, command):
                removed.append(row)
        return tuple(removed)

    async def clear_expired(self) -> tuple[CacheEntry, ...]:
        """Let every entry be gone whose time is over; return them, as they were.

        They are not served anyway: whoever asks finds them over. This is for those nobody asks
        for, and for what processes that died left behind.

        Raises:
            ProjectionError, StoreError: when the log cannot be read or written.
        """
        now = self._clock()
        cleared = [
            row
            async for row in served_entries(self._store, EntryQuery(over_by=now))
            if await self._decide(row.key, ExpireEntry(entry=row.entry, at=now))
        ]
        await Leases(self._store).forget(_lease_prefix)
        return tuple(cleared)

    async def reject(self, served: UUID | str, *, note: str | None = None) -> bool:
        """Report that a served answer is wrong: its entry is served no more.

        Where the entry was found by meaning, a label says that the answers differ, and later
        answers to the entry's question are not served at that similarity either.

        Args:
            served: id of the ``cache.hit`` or ``cache.coalesced`` event.
            note: what is wrong.

        Returns:
            Whether the entry was still served until now.

        Raises:
            NotServed: when there is no such event.
            StoreError: when the log cannot be read or written.
        """
        return await self._feed_back(RejectEntry, served, note)

    async def confirm(self, served: UUID | str, *, note: str | None = None) -> bool:
        """Report that a served answer is right; arguments and errors as of :meth:`reject`.

        Where the entry was found by meaning, a label says that the answers are the same.
        """
        return await self._feed_back(ConfirmEntry, served, note)

    async def stats(
        self, *, at: datetime | None = None, cache: str | None = None
    ) -> tuple[CacheStats, ...]:
        """Return figures of each cache: hits, misses and their reasons, what was saved, the risk.

        Args:
            at: as of this moment, by the log's clock; None for now.
            cache: of the cache of this name only.

        Raises:
            ProjectionError, StoreError: when the log cannot be read.
        """
        given = {"at": at, "cache": cache}
        rows = (await cache_stats.page(self._store, given, limit=10_000)).rows
        if self._access is not None:
            await self._access.record(
                AccessAction.QUERY, cache_stats.name, parameters=given, rows=len(rows)
            )
        return await with_risks(self._store, rows, at=at)

    async def explain(self, lookup: UUID | str) -> CacheExplanation:
        """Return why a cache served an answer, or did not: all that was weighed.

        Args:
            lookup: id of a ``cache.hit``, ``cache.missed`` or ``cache.coalesced`` event.

        Raises:
            NotALookup: when there is no such event.
            ProjectionError, StoreError: when the log cannot be read.
        """
        found = await explain_lookup(self._store, lookup)
        if self._access is not None:
            given = {"lookup": str(lookup)}
            await self._access.record(AccessAction.QUERY, "cache_explain", parameters=given, rows=1)
        return found

    async def settle(self) -> None:
        """Return once no answers are being compared, and this process knows what came of it.

        Closing the log waits for comparisons, too. There is no need to call this but to see
        their effect at once, as a test does.

        Raises:
            StoreError: when the log cannot be read.
        """
        await settle_known(self._store)

    async def _feed_back(
        self,
        command: type[RejectEntry] | type[ConfirmEntry],
        served: UUID | str,
        note: str | None,
    ) -> bool:
        try:
            event_id = served if isinstance(served, UUID) else UUID(served)
        except ValueError as error:
            raise NotServed(served) from error
        event = await self._store.find_event(event_id)
        if event is None or event.type not in served_event_types:
            raise NotServed(served)
        plain = None if note is None else made_plain(note)
        told = command(entry=str(event.data.get("entry")), hit=str(event_id), note=plain)
        facts: CallFacts = {
            "caused_by": event_id,
            "correlation_id": None,
            "metadata": self._metadata,
        }
        label = _label(event, equal=command is ConfirmEntry)
        beside: list[Append] = []
        if label is not None:
            label_id, append = label_append(label, facts)
            beside.append(append)
            if isinstance(told, RejectEntry):
                score = label.similarity if label.score is None else label.score
                vetoed = {"similarity": score, "by": str(label_id)}
                told = told.model_copy(update=vetoed)
        return await self._decide(
            str(event.data.get("key")), told, caused_by=event_id, beside=beside
        )

    async def _decide(
        self,
        key: str,
        command: CacheEntryCommand,
        *,
        caused_by: UUID | None = None,
        beside: Sequence[Append] = (),
    ) -> bool:
        decided = await entries_of(self._store).decide(
            key, command, caused_by=caused_by, metadata=self._metadata, beside=beside
        )
        return bool(decided.events)


def _label(event: RecordedEvent, *, equal: bool) -> CacheLabelled | None:
    """Return what feedback on a hit says of its similarity; None of one that had none."""
    if event.type != CacheHit.type:
        return None
    hit = CacheHit.from_recorded(event)
    if hit.decision is None or hit.similarity is None:
        return None
    return CacheLabelled(
        scope=hit.decision.scope,
        cache=hit.cache,
        entry=hit.entry,
        key=hit.asked_key or hit.key,
        similarity=hit.similarity,
        score=hit.decision.score,
        equal=equal,
        source="confirmed" if equal else "rejected",
        guards=tuple(note.guard for note in hit.decision.guards),
        lookup=str(event.event_id),
    )

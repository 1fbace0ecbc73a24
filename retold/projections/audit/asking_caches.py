"""The named queries about caches, as methods of an open log."""

# A parameter of a query is a parameter of its method.
# ruff: noqa: PLR0913

from __future__ import annotations

from datetime import datetime

from retold.projections.audit import cache_whatif, caches
from retold.projections.audit.asking import Asking
from retold.projections.audit.page import Page, default_limit


class AskingCaches(Asking):
    """Asks about caches."""

    async def cache_entries(
        self,
        *,
        cache: str | None = None,
        model: str | None = None,
        source: str | None = None,
        partition: str | None = None,
        tag: str | None = None,
        gone: bool | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[caches.CacheEntryRow]:
        """Cached answers, the newest first: how often each was served, why it is gone.

        Args:
            cache: of the cache of this name only.
            model: of this model only.
            source: of this source only.
            partition: of this partition only.
            tag: having this tag, ``NAME=VALUE``.
            gone: those that are served no more only, or those that are.
            since: recorded then or later.
            until: recorded before.
            limit, after: as of the class.
        """
        wanted = {
            "cache": cache,
            "model": model,
            "source": source,
            "partition": partition,
            "tag": tag,
            "gone": gone,
            "since": since,
            "until": until,
        }
        return await self._page(caches.cache_entries, wanted, limit, after)

    async def cache_recall(
        self,
        entry: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[caches.CacheRecallRow]:
        """Every session and turn that was served a cached answer, and what followed.

        Args:
            entry: id of the entry.
            since: served then or later.
            until: served before.
            limit, after: as of the class.
        """
        wanted = {"entry": entry, "since": since, "until": until}
        return await self._page(caches.cache_recall, wanted, limit, after)

    async def cache_stats(
        self,
        *,
        cache: str | None = None,
        at: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[caches.CacheStatsRow]:
        """How caches do, by name: hits, misses and why, size, tokens and dollars saved.

        Args:
            cache: of the cache of this name only.
            at: as of this moment, by the log's clock.
            limit, after: as of the class.
        """
        return await self._page(caches.cache_stats, {"cache": cache, "at": at}, limit, after)

    async def cache_whatif(
        self,
        threshold: float,
        *,
        scope: str | None = None,
        cache: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[cache_whatif.CacheWhatIfRow]:
        """What another threshold would have served by meaning, and how much of it is wrong.

        Args:
            threshold: score to serve from, from -1 to 1.
            scope: of this scope only.
            cache: of the cache of this name only.
            since: recorded then or later.
            until: recorded before.
            limit, after: as of the class.
        """
        wanted = {
            "threshold": threshold,
            "scope": scope,
            "cache": cache,
            "since": since,
            "until": until,
        }
        return await self._page(cache_whatif.cache_whatif, wanted, limit, after)

"""The named queries about the log itself, as methods of an open log."""

# A parameter of a query is a parameter of its method.

from __future__ import annotations

from datetime import datetime

from retold.projections.audit import access as accesses, lag as lags
from retold.projections.audit.asking import Asking
from retold.projections.audit.page import Page, default_limit


class AskingLog(Asking):
    """Asks who read the log, and how far its read models are."""

    async def access_log(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        target: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[accesses.AccessRow]:
        """Who read, exported, verified or had something forgotten, the newest first.

        Args:
            actor: by this one only.
            action: this only, such as ``read`` or ``export``.
            target: of this session or query only.
            since: recorded then or later.
            until: recorded before.
            limit, after: as of the class.
        """
        given = {
            "actor": actor,
            "action": action,
            "target": target,
            "since": since,
            "until": until,
        }
        return await self._page(accesses.access_log, given, limit, after)

    async def projection_lag(
        self, *, limit: int = default_limit, after: str | None = None
    ) -> Page[lags.LagRow]:
        """How far behind the log each read model is; it brings none up to date.

        Args:
            limit, after: as of the class.
        """
        return await self._page(lags.projection_lag, {}, limit, after)

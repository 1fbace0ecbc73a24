"""The named queries about policies, as methods of an open log."""

# A parameter of a query is a parameter of its method.
# ruff: noqa: PLR0913

from __future__ import annotations

from datetime import datetime
from typing import Literal

from retold.projections.audit import refusals as refusal_queries
from retold.projections.audit.asking import Asking
from retold.projections.audit.page import Page, default_limit


class AskingPolicies(Asking):
    """Asks about policies."""

    async def refusals(
        self,
        *,
        policy: str | None = None,
        agent: str | None = None,
        session: str | None = None,
        tool: str | None = None,
        what: Literal["refused", "replaced", "failed"] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[refusal_queries.RefusalRow]:
        """What policies refused, replaced or failed at, the newest first.

        Args:
            policy: of this policy only.
            agent: that concerned this agent only.
            session: of this session only, nested conversations too.
            tool: about this tool only.
            what: ``refused``, ``replaced`` or ``failed`` only.
            since: recorded then or later.
            until: recorded before.
            limit, after: as of the class.
        """
        given = {
            "policy": policy,
            "agent": agent,
            "session": session,
            "tool": tool,
            "what": what,
            "since": since,
            "until": until,
        }
        return await self._page(refusal_queries.refusals, given, limit, after)

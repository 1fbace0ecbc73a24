"""The named queries about plans, as methods."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from retold.projections.audit import plans
from retold.projections.audit.asking import Asking
from retold.projections.audit.page import Page, default_limit


class AskingPlans(Asking):
    """The part of :class:`~retold.projections.audit.audit.Audit` that asks about plans."""

    async def plan_progress(
        self,
        *,
        session: str | None = None,
        status: Literal["open", "waiting", "completed", "abandoned"] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[plans.PlanRow]:
        """How far plans are, those that changed last first.

        Args:
            session: in this session, nested conversations included.
            status: plans of this status only.
            since: changed then or later.
            until: changed before.
            limit, after: as of the class.
        """
        given = {"session": session, "status": status, "since": since, "until": until}
        return await self._page(plans.plan_progress, given, limit, after)

    async def plan_steps(
        self,
        session: str,
        *,
        plan: str | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[plans.PlanStepRow]:
        """The steps of a conversation's plans, in their order.

        Args:
            session: id of the conversation.
            plan: of this plan only.
            limit, after: as of the class.
        """
        given = {"session": session, "plan": plan}
        return await self._page(plans.plan_steps, given, limit, after)

    async def plan_stuck(
        self,
        *,
        session: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[plans.StuckRow]:
        """Where plans are stuck, and what was tried; the longest first.

        Args:
            session: in this session, nested conversations included.
            since: stuck since then or later.
            until: stuck since before.
            limit, after: as of the class.
        """
        given = {"session": session, "since": since, "until": until}
        return await self._page(plans.plan_stuck, given, limit, after)

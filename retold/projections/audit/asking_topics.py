"""The named query about topics, as a method."""

# A parameter of a query is a parameter of its method.
# ruff: noqa: PLR0913

from __future__ import annotations

from datetime import datetime

from retold.projections.audit import topics
from retold.projections.audit.asking import Asking
from retold.projections.audit.page import Page, default_limit


class AskingTopics(Asking):
    """The part of :class:`~retold.projections.audit.audit.Audit` that asks about topics."""

    async def topic_transitions(
        self,
        *,
        session: str | None = None,
        agent: str | None = None,
        topic: str | None = None,
        to_topic: str | None = None,
        off_flow: bool | None = None,
        refused: bool | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[topics.TransitionRow]:
        """Which messages led from topic to topic, off the flow too, or nowhere; newest first.

        Args:
            session: in this session, nested conversations included.
            agent: of this agent only.
            topic: from this topic only: where the conversation was.
            to_topic: to this topic only: where it went.
            off_flow: transitions the table has no way for only, or all others only.
            refused: refusals only, or transitions only.
            since: recorded then or later.
            until: recorded before.
            limit, after: as of the class.
        """
        given = {
            "session": session,
            "agent": agent,
            "topic": topic,
            "to_topic": to_topic,
            "off_flow": off_flow,
            "refused": refused,
            "since": since,
            "until": until,
        }
        return await self._page(topics.topic_transitions, given, limit, after)

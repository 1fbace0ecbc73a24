"""The named queries, as methods of an open log."""

# A parameter of a query is a parameter of its method.
# ruff: noqa: PLR0913

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from retold.projections.audit import (
    as_of_query as states,
    causes,
    cost as costs,
    delegation as delegations,
    failures as failed,
    people,
    problem as problems,
    releases as released,
    sessions as conversations,
    text_search as texts,
    transcript as talk,
)
from retold.projections.audit.asking_caches import AskingCaches
from retold.projections.audit.asking_circuits import AskingCircuits
from retold.projections.audit.asking_log import AskingLog
from retold.projections.audit.asking_plans import AskingPlans
from retold.projections.audit.asking_policies import AskingPolicies
from retold.projections.audit.asking_topics import AskingTopics
from retold.projections.audit.asking_workflows import AskingWorkflows
from retold.projections.audit.page import Page, default_limit
from retold.projections.models.as_of import Clock
from retold.projections.models.full_text import Kind
from retold.projections.models.search import Order


class Audit(
    AskingPlans,
    AskingTopics,
    AskingCircuits,
    AskingPolicies,
    AskingWorkflows,
    AskingCaches,
    AskingLog,
):
    """Asks named questions about a log. Got from ``log.audit``.

    Every method returns a page. ``limit`` is how many rows it has, 1 to 10,000; ``after`` is
    ``next`` of the page before. All raise ``InvalidParameter`` for a value that is none,
    ``InvalidPage`` for a wrong ``limit`` or ``after``, and ``ProjectionError`` or ``StoreError``
    when a read model cannot be brought up to the log.
    """

    async def sessions(
        self,
        *,
        source: str | None = None,
        subject: str | None = None,
        agent: str | None = None,
        ended: bool | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        nested: bool = False,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[conversations.SessionRow]:
        """Which sessions there are, the newest recorded first.

        Args:
            source: recorded by this one only, such as ``ag2`` or ``tau2``.
            subject: of this subject only.
            agent: of this agent only.
            ended: closed ones only, or open ones only.
            since: started then or later.
            until: started before.
            nested: nested conversations too.
            limit, after: as of the class.
        """
        given = {
            "source": source,
            "subject": subject,
            "agent": agent,
            "ended": ended,
            "since": since,
            "until": until,
            "nested": nested,
        }
        return await self._page(conversations.sessions, given, limit, after)

    async def transcript(
        self,
        session: str,
        *,
        role: str | None = None,
        agent: str | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[talk.MessageRow]:
        """Who said what, and when, in one conversation.

        Args:
            session: id of the conversation.
            role: said in this role only, such as ``user`` or ``tool``.
            agent: recorded of this agent only.
            limit, after: as of the class.
        """
        given = {"session": session, "role": role, "agent": agent}
        return await self._page(talk.transcript, given, limit, after)

    async def why(
        self,
        session: str,
        version: int,
        *,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[causes.CauseRow]:
        """The chain of causes of an event: prompts, tool results, up to what a user said.

        Args:
            session: id of the conversation.
            version: of the event, as :meth:`transcript` gives it.
            limit, after: as of the class.

        Raises:
            SessionNotFound: when there is no such conversation.
            VersionNotFound: when it has no such event.
        """
        given = {"session": session, "version": version}
        return await self._page(causes.chain_of_causes, given, limit, after)

    async def messages(
        self,
        *,
        role: str | None = None,
        agent: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        clock: Clock = "recorded",
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[talk.MessageRow]:
        """Who said what, and when, across all conversations.

        Args:
            role: as of :meth:`transcript`.
            agent: as of :meth:`transcript`.
            since: then or later, by the clock.
            until: before, by the clock.
            clock: whose order; ``source`` leaves out what has no time by its source's clock.
            limit, after: as of the class.
        """
        given = {"role": role, "agent": agent, "since": since, "until": until, "clock": clock}
        return await self._page(talk.messages, given, limit, after)

    async def search(
        self,
        text: str,
        *,
        session: str | None = None,
        kind: Kind | None = None,
        order: Order = "rank",
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[texts.HitRow]:
        """Which texts hold all these words.

        Args:
            text: words and quoted phrases; neither case nor accents matter.
            session: in this session only, nested conversations included.
            kind: texts of this kind only.
            order: those that fit best first, of the newest 5,000; or the newest first.
            limit, after: as of the class.

        Raises:
            EmptySearch: when there is no word in ``text``.
        """
        given = {"text": text, "session": session, "kind": kind, "order": order}
        return await self._page(texts.text_search, given, limit, after)

    async def state_as_of(
        self,
        at: datetime,
        *,
        clock: Clock = "source",
        session: str | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[states.StateRow]:
        """Each conversation as it stood at a moment, nested ones too.

        Args:
            at: the moment, itself included; without a zone it is taken as UTC digits.
            clock: ``source`` for when it happened, ``recorded`` for when the log took it.
            session: of this conversation only.
            limit, after: as of the class.

        Raises:
            MomentBeforeLog: when no conversation had begun by then.
            SessionNotFound: when the log does not hold that session.
            NothingByThen: when nothing of that session had happened by then.
        """
        given = {"at": at, "clock": clock, "session": session}
        return await self._page(states.state_as_of, given, limit, after)

    async def cost(
        self,
        by: Literal["agent", "model", "session", "tenant", "day"],
        *,
        agent: str | None = None,
        model: str | None = None,
        session: str | None = None,
        since: date | None = None,
        until: date | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[costs.CostRow]:
        """Tokens and dollars by agent, model, session, tenant or day.

        Args:
            by: what to sum by.
            agent: of this agent only.
            model: of this model only.
            session: of this session only, with what is nested in it.
            since: on this day or later, UTC.
            until: before this day, UTC.
            limit, after: as of the class.
        """
        given = {
            "by": by,
            "agent": agent,
            "model": model,
            "session": session,
            "since": since,
            "until": until,
        }
        return await self._page(costs.cost, given, limit, after)

    async def delegation_tree(
        self, session: str, *, limit: int = default_limit, after: str | None = None
    ) -> Page[delegations.DelegationRow]:
        """Who delegated what to whom in a session, with roll-ups, also while it runs.

        Args:
            session: id of the session.
            limit, after: as of the class.
        """
        given = {"session": session}
        return await self._page(delegations.delegation_tree, given, limit, after)

    async def problem_tree(
        self,
        session: str,
        *,
        solve: str | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[problems.ProblemTreeRow]:
        """What problems were split into and how far they are solved, also meanwhile.

        Args:
            session: id of the conversation.
            solve: of this solve only.
            limit, after: as of the class.
        """
        given = {"session": session, "solve": solve}
        return await self._page(problems.problem_tree_query, given, limit, after)

    async def failures(
        self,
        *,
        kind: Literal["tool", "model", "turn", "circuit", "policy"] | None = None,
        agent: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[failed.FailureRow]:
        """What failed, by agent, tool or model, and type of error, the most frequent first.

        Args:
            kind: tool calls, model calls, turns, circuits or policies only.
            agent: of this agent only.
            since: recorded then or later.
            until: recorded before.
            limit, after: as of the class.
        """
        given = {"kind": kind, "agent": agent, "since": since, "until": until}
        return await self._page(failed.failures, given, limit, after)

    async def releases(
        self,
        *,
        agent: str | None = None,
        tag: str | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[released.ReleaseRow]:
        """Each combination of prompt, tools and schema of an agent, in order of first use.

        Args:
            agent: of this agent only.
            tag: counted in sessions with this tag only, as ``NAME=VALUE``, and in what is nested
                in them: the kind of task.
            limit, after: as of the class.
        """
        given = {"agent": agent, "tag": tag}
        return await self._page(released.releases, given, limit, after)

    async def release_changes(
        self, agent: str, old: str, new: str, *, tag: str | None = None
    ) -> Page[released.ReleaseChange]:
        """What differs between two releases of an agent, as unified diffs.

        Args:
            agent: its name.
            old: ``release`` of the one, as :meth:`releases` gives it.
            new: of the other one.
            tag: as of :meth:`releases`; both must have been used for that kind of task.

        Raises:
            UnknownRelease: when the agent has no such release there.
        """
        given = {"agent": agent, "old": old, "new": new, "tag": tag}
        return await self._page(released.release_changes, given)

    async def subject_access(
        self, subject: str, *, limit: int = default_limit, after: str | None = None
    ) -> Page[people.SubjectSessionRow]:
        """All sessions of a person, with what is nested in them.

        Args:
            subject: the person, such as ``user:7``.
            limit, after: as of the class.
        """
        given = {"subject": subject}
        return await self._page(people.subject_access, given, limit, after)

    async def human_approvals(
        self,
        *,
        session: str | None = None,
        agent: str | None = None,
        outcome: Literal["answered", "unanswered"] | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[people.HumanInputRow]:
        """What agents asked of humans, what came of it, and how long it took; the newest first.

        Args:
            session: in this session, nested conversations included.
            agent: by this agent only.
            outcome: answered or unanswered ones only.
            since: recorded then or later.
            until: recorded before.
            limit, after: as of the class.
        """
        given = {
            "session": session,
            "agent": agent,
            "outcome": outcome,
            "since": since,
            "until": until,
        }
        return await self._page(people.human_approvals, given, limit, after)

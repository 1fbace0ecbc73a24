"""What is read of a whole log: by whoever opened it, in whose name it is recorded."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import fields
from datetime import datetime

from retold.domain.access import AccessAction
from retold.projections.access_log import Access, accesses
from retold.projections.audit.audit import Audit
from retold.projections.audit.guarded import Value
from retold.projections.audit.sql import (
    SqlResult,
    default_rows,
    default_seconds,
    run_sql_on_record,
)
from retold.projections.exports.subject import SubjectExport, SubjectFormat, export_subject
from retold.projections.models.as_of import Clock
from retold.projections.models.session_list import SessionQuery, each_session, find_session
from retold.projections.models.session_summary import SessionSummary
from retold.projections.models.totals import Totals, totals
from retold.sessions.access import LibraryAccessLog
from retold.sessions.reads import as_of
from retold.store import EventStore
from retold.store.integrity import VerifyReport


class LogReads:
    """The part of a :class:`~retold.sessions.log.Log` that only reads.

    Attributes:
        store: the event store, for what this class does not offer.
    """

    def __init__(self, store: EventStore, access: LibraryAccessLog) -> None:
        """Store what is read, and where that is recorded."""
        self.store = store
        self._access = access

    async def sessions(self, query: SessionQuery | None = None) -> AsyncIterator[SessionSummary]:
        """List and search sessions, page by page.

        Args:
            query: which; all but nested conversations by default.
        """
        await self._access.record(AccessAction.LIST, "sessions", parameters=_asked(query))
        async for summary in each_session(self.store, query):
            yield summary

    async def find(self, session_id: str) -> SessionSummary | None:
        """Return the summary of one conversation by its id, nested or not; None when unknown."""
        found = await find_session(self.store, session_id)
        await self._access.record(
            AccessAction.READ,
            session_id,
            parameters={"what": "summary"},
            rows=int(found is not None),
        )
        return found

    async def totals(self, *, at: datetime | None = None, clock: Clock = "source") -> Totals:
        """Return the totals over all sessions.

        Args:
            at: as of this moment, itself included; None for now.
            clock: ``source`` for when things happened, ``recorded`` for when the log took them.

        Raises:
            MomentBeforeLog: when no conversation had begun by that moment.
        """
        found = await totals(self.store, at=at, clock=clock)
        await self._access.record(AccessAction.QUERY, "totals", parameters=as_of(at, clock))
        return found

    # A guarded model is the narrower of the two, and the first that fits is taken.

    @property
    def audit(self) -> Audit:
        """The named queries: who said what, what it cost, what failed, and so on."""
        return Audit(self.store, self._access)

    async def sql(
        self,
        statement: str,
        parameters: Mapping[str, Value] | None = None,
        *,
        limit: int = default_rows,
        timeout: float = default_seconds,
    ) -> SqlResult:
        """Run one SELECT over the documented views; it reads, and nothing else.

        Args:
            statement: with parameters as ``:name``; ``retold sql --views`` lists the views.
            parameters: a value for each.
            limit: rows to return at the most.
            timeout: seconds it may take.

        Raises:
            SqlRefused: when it is more than one query over the views.
            SqlInvalid: when the database cannot make sense of it, or a parameter has no value.
            SqlTimedOut: when it takes longer.
            SqlResultTooLarge: when its rows are larger than 64 MiB.
            ValueError: when the limit or the timeout is not above 0.
        """
        return await run_sql_on_record(
            self.store, self._access, statement, parameters or {}, limit=limit, timeout=timeout
        )

    async def export_subject(
        self,
        subject: str,
        directory: str | os.PathLike[str],
        *,
        export_format: SubjectFormat = "events",
    ) -> SubjectExport:
        """Write all conversations of a person to a folder; arguments and errors as of
        :func:`retold.projections.exports.subject.export_subject`.
        """
        return await export_subject(
            self.store, subject, directory, export_format=export_format, access=self._access
        )

    async def verify(self) -> VerifyReport:
        """Verify every stream's hash chain."""
        report = await self.store.verify()
        await self._access.record(
            AccessAction.VERIFY, parameters={"ok": report.ok}, rows=report.events
        )
        return report

    async def accesses(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        target: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 100,
    ) -> list[Access]:
        """Return who read the log, the newest first; arguments and errors as of
        :func:`retold.projections.access_log.accesses`.
        """
        found = await accesses(
            self.store,
            actor=actor,
            action=action,
            target=target,
            since=since,
            until=until,
            limit=limit,
        )
        asked: dict[str, object] = {"actor": actor, "action": action, "target": target}
        asked |= {"since": since, "until": until}
        await self._access.record(AccessAction.QUERY, "accesses", parameters=asked, rows=len(found))
        return found


def _asked(query: SessionQuery | None) -> dict[str, object]:
    """Return what a query asks for, beside what it does by default."""
    if query is None:
        return {}
    asked = {field.name: getattr(query, field.name) for field in fields(query)}
    default = SessionQuery()
    return {
        name: ", ".join(f"{n}={v}" for n, v in value.items()) if name == "tags" else value
        for name, value in asked.items()
        if value != getattr(default, name)
    }

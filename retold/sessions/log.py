"""The log as its users hold it, and the one place where its parts are put together."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import fields
from datetime import datetime
from typing import TypeVar, overload
from uuid import UUID, uuid5
from weakref import WeakValueDictionary

from ag2.config import ModelConfig

from retold.agents.checkpoints import Checkpoints
from retold.agents.conversation import Conversation
from retold.agents.knowledge import KnowledgeStore
from retold.agents.model import RecordedModel
from retold.agents.resilience.guarded_model import GuardedModel, records_every_call
from retold.agents.resilience.health import HealthCheck, Probe
from retold.agents.storage import Storage
from retold.domain.access import AccessAction
from retold.domain.event import check_stream_name
from retold.domain.recording import ConversationStarted, conversation_stream
from retold.domain.upcasting import Upcasters
from retold.projections.access_log import Access, accesses, checked_actor
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
from retold.sessions.session import Session
from retold.sessions.settings import Settings
from retold.store import EventStore, open_store
from retold.store.inline import InlineProjection
from retold.store.integrity import VerifyReport
from retold.store.url import Durability

C = TypeVar("C", bound=ModelConfig)

# Names session ids in AG2's world of UUIDs; it never changes.
ag2_namespace = UUID("5f0c1f5e-7a4b-5d1e-9d0a-6b1d2f6a7c11")


class Log:
    """An open log. Made by :func:`retold.open`.

    Attributes:
        store: the event store, for what this class does not offer.
        storage: an AG2 ``Storage``, for streams you make yourself.
    """

    def __init__(
        self, store: EventStore, *, lease_seconds: float, actor: str | None = None
    ) -> None:
        """Store what is needed. Use :func:`retold.open`."""
        self.store = store
        self._access = LibraryAccessLog(store, actor=actor)
        self.storage = Storage(store, find_session=self._find_by_stream_id)
        self._lease_seconds = lease_seconds
        self._checks = AsyncExitStack()
        # One object a session while anyone holds it, so that its turns wait for each other.
        self._sessions: WeakValueDictionary[str, Session] = WeakValueDictionary()
        self._knowledge: WeakValueDictionary[str, KnowledgeStore] = WeakValueDictionary()
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    async def session(
        self, session_id: str, *, subject: str | None = None, tags: Mapping[str, str] | None = None
    ) -> Session:
        """Open a session, new or old. Nothing is recorded before the first ask.

        Args:
            session_id: printable text without blanks around it, at most 242 characters.
            subject: whom it concerns, such as ``user:7``; recorded when the session begins.
            tags: recorded when the session begins, and with the next ask when they are new.

        Raises:
            InvalidStreamName: when the id cannot name a stream.
            SessionMismatch: when the session was begun for another subject.
        """
        session = self._sessions.get(session_id)
        if session is None:
            session = self._sessions[session_id] = self._open(session_id)
        await session.refresh()
        session.describe(subject, tags or {})
        return session

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
    @overload
    def model(  # type: ignore[overload-overlap]
        self,
        config: GuardedModel[C],  # pyright: ignore[reportOverlappingOverload]
    ) -> GuardedModel[C]: ...

    @overload
    def model(self, config: C) -> RecordedModel[C]: ...

    def model(self, config: ModelConfig) -> ModelConfig:
        """Return a model configuration whose calls are recorded.

        Args:
            config: any AG2 ``ModelConfig``; one that this method returned is returned as it is.
                Inside pieces of resilience, it is each attempt that is recorded.
        """
        if records_every_call(config, self.store):
            return config
        if isinstance(config, GuardedModel):
            return config.recorded_by(self.model)
        return RecordedModel(config, self.storage, self.store)

    async def check_health(
        self,
        name: str,
        probe: Probe,
        *,
        every_seconds: float = 30.0,
        timeout_seconds: float = 10.0,
    ) -> HealthCheck:
        """Check something's health on a schedule until the log is closed, beginning now.

        Args:
            name: of what is checked, such as the provider's.
            probe: returns when all is well, and raises when it is not.
            every_seconds: pause between two checks.
            timeout_seconds: how long a probe may take; then it counts as failed.

        Raises:
            InvalidStreamName: when the name cannot name a stream.
            ValueError: when a number is not above 0.
        """
        check = HealthCheck(
            self.store, name, probe, every_seconds=every_seconds, timeout_seconds=timeout_seconds
        )
        return await self._checks.enter_async_context(check)

    async def stop_checking(self) -> None:
        """Stop all health checks; closing the log does so, too."""
        await self._checks.aclose()

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

    async def knowledge(self, name: str) -> KnowledgeStore:
        """Return a knowledge store for AG2: for a network hub, or an agent's ``KnowledgeConfig``.

        Args:
            name: of the store, 1 to 100 letters, digits, dots, hyphens and underscores; what was
                written under it before is there.

        Raises:
            InvalidKnowledgeStore: when the name is none.
            StoreError: when changes that a process which died left unrecorded cannot be recorded.
        """
        store = self._knowledge.get(name)
        if store is None:
            store = self._knowledge[name] = KnowledgeStore(self.store, name)
        await store.settle()
        return store

    @property
    def checkpoints(self) -> Checkpoints:
        """An AG2 ``CheckpointStore`` that keeps every checkpoint of a task."""
        return Checkpoints(self.store)

    async def write_inboxes(self) -> None:
        """Record what was enqueued and is not in the log yet; closing the log does so, too.

        Raises:
            TurnAborted: when it could not be recorded.
        """
        for session in list(self._sessions.values()):
            await session.stream.inbox.write()

    def _open(self, session_id: str) -> Session:
        stream_id = ag2_stream_id(session_id)
        conversation = self.storage.add(
            stream_id,
            Conversation(
                self.store,
                check_stream_name(conversation_stream(session_id)),
                session=session_id,
                beginning=ConversationStarted(source="ag2", ag2_stream_id=str(stream_id)),
            ),
        )
        return Session(
            session_id,
            self.store,
            conversation,
            self.storage,
            ag2_stream_id=stream_id,
            owner=self._owner,
            lease_seconds=self._lease_seconds,
            access=self._access,
        )

    async def _find_by_stream_id(self, stream_id: UUID) -> str | None:
        found = await find_session(self.store, str(stream_id))
        return None if found is None else found.session


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


def ag2_stream_id(session: str) -> UUID:
    """Return the UUID AG2 knows a session by.

    Args:
        session: its id. Where that is a UUID in its usual form, as those of conversations that
            AG2 began are, it is this one; otherwise one made of the id.
    """
    with suppress(ValueError):
        # Other forms of the same UUID name other sessions.
        if str(UUID(session)) == session:
            return UUID(session)
    return uuid5(ag2_namespace, session)


@asynccontextmanager
async def open_log(  # noqa: PLR0913 - each is an option of its own
    url: str | None = None,
    *,
    tenant: str | None = None,
    create: bool = True,
    max_event_bytes: int | None = None,
    lease_seconds: float | None = None,
    durability: Durability | None = None,
    upcasters: Upcasters | None = None,
    actor: str | None = None,
    inline: Sequence[InlineProjection] = (),
) -> AsyncIterator[Log]:
    """Open a log, and close it when the block is left.

    What is not given is read from ``RETOLD_URL``, ``RETOLD_TENANT``, ``RETOLD_MAX_EVENT_BYTES``,
    ``RETOLD_LEASE_SECONDS``, ``RETOLD_DURABILITY`` and ``RETOLD_ACTOR``.

    Args:
        url: ``sqlite:///file.db``, ``sqlite:///:memory:`` or ``postgresql://user@host/database``;
            ``sqlite:///retold.db`` by default.
        tenant: whose events are read and appended; ``default`` by default.
        create: make the SQLite file when there is none.
        max_event_bytes: limit of one event's data and metadata together; 32 MiB by default.
        lease_seconds: how long a session stays held after the process that asked in it died; 30
            by default.
        durability: ``full``, the default: an acknowledged append is on the disk; ``normal``: the
            newest ones may be lost when the machine loses power, see docs/durability.md.
        upcasters: the older versions of your own event types; Retold's own are known anyway.
        actor: who reads: each list, read, export and verification is then recorded in their name,
            but for what agents read; None to record none, see docs/audit.md.
        inline: projections whose rows every append writes in its transaction.

    Raises:
        OpenError: one of its leaves says why the log cannot be opened; nothing was changed.
        StoreUnavailable: when the database does not do its work.
        UpcasterRegistrationError: when the upcasters contradict those of Retold's own types.
        InlineUnavailable: when a projection cannot be kept inline.
        ProjectionError: when one cannot be brought up to date.
    """
    given = {
        "url": url,
        "tenant": tenant,
        "max_event_bytes": max_event_bytes,
        "lease_seconds": lease_seconds,
        "durability": durability,
        "actor": actor,
    }
    settings = Settings.model_validate(
        Settings().model_dump()
        | {name: value for name, value in given.items() if value is not None}
    )
    named = None if settings.actor is None else checked_actor(settings.actor)
    store = await open_store(
        settings.url,
        tenant=settings.tenant,
        create=create,
        max_event_bytes=settings.max_event_bytes,
        durability=settings.durability,
        upcasters=upcasters,
        inline=inline,
    )
    async with store:
        log = Log(store, lease_seconds=settings.lease_seconds, actor=named)
        try:
            yield log
        finally:
            await log.stop_checking()
            await log.write_inboxes()

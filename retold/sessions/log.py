"""The log as its users hold it, and the one place where its parts are put together."""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, TypeVar, overload
from uuid import UUID, uuid5
from weakref import WeakValueDictionary

from ag2.config import ModelConfig

from retold.agents.alerting.watch import AlertWatch, Hook
from retold.agents.caching.by_meaning.known import close_known
from retold.agents.caching.cache import Cache
from retold.agents.caching.control import CacheControl
from retold.agents.checkpoints import Checkpoints
from retold.agents.conversation import Conversation
from retold.agents.knowledge import KnowledgeStore
from retold.agents.model import RecordedModel
from retold.agents.policies.policy import Policy, checked_policies
from retold.agents.resilience.guarded_model import GuardedModel, records_every_call
from retold.agents.resilience.health import HealthCheck, Probe
from retold.agents.storage import Storage
from retold.domain.alerts.rules import AlertRule
from retold.domain.event import check_stream_name
from retold.domain.recording import ConversationStarted, conversation_stream
from retold.domain.upcasting import Upcasters
from retold.projections.access_log import checked_actor
from retold.projections.models.session_list import find_session
from retold.sessions.access import LibraryAccessLog
from retold.sessions.log_reads import LogReads
from retold.sessions.session import Session
from retold.sessions.settings import Settings
from retold.store import EventStore, open_store
from retold.store.inline import InlineProjection
from retold.store.url import Durability

C = TypeVar("C", bound=ModelConfig)

# Names session ids in AG2's world of UUIDs; it never changes.
ag2_namespace = UUID("5f0c1f5e-7a4b-5d1e-9d0a-6b1d2f6a7c11")


class Log(LogReads):
    """An open log. Made by :func:`retold.open`.

    Attributes:
        store: the event store, for what this class does not offer.
        storage: an AG2 ``Storage``, for streams you make yourself.
    """

    def __init__(
        self,
        store: EventStore,
        *,
        lease_seconds: float,
        actor: str | None = None,
        policies: Iterable[Policy] = (),
    ) -> None:
        """Store what is needed. Use :func:`retold.open`."""
        super().__init__(store, LibraryAccessLog(store, actor=actor))
        self.storage = Storage(store, find_session=self._find_by_stream_id)
        self.storage.policies.everywhere = checked_policies(policies)
        self.storage.policies.is_recorded = self._is_recorded
        self._lease_seconds = lease_seconds
        self._actor = actor
        self._checks = AsyncExitStack()
        # One object a session while anyone holds it, so that its turns wait for each other.
        self._sessions: WeakValueDictionary[str, Session] = WeakValueDictionary()
        self._knowledge: WeakValueDictionary[str, KnowledgeStore] = WeakValueDictionary()
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"

    async def session(
        self,
        session_id: str,
        *,
        subject: str | None = None,
        tags: Mapping[str, str] | None = None,
        policies: Iterable[Policy] | None = None,
        scopes: Iterable[str] | None = None,
    ) -> Session:
        """Open a session, new or old. Nothing is recorded before the first ask.

        Args:
            session_id: printable text without blanks around it, at most 242 characters.
            subject: whom it concerns, such as ``user:7``; recorded when the session begins.
            tags: recorded when the session begins, and with the next ask when they are new.
            policies: what is allowed in the session, beside what the log's policies say; in place
                of those given before in this process, None to leave them.
            scopes: what the caller may do; other callers of the session have their own.

        Raises:
            InvalidStreamName: when the id cannot name a stream.
            InvalidPolicy: when a policy or a scope is none.
            SessionMismatch: when the session was begun for another subject.
        """
        session = self._sessions.get(session_id)
        if session is None:
            session = self._sessions[session_id] = self._open(session_id)
        await session.refresh()
        session.describe(subject, tags or {})
        return session.use(policies, scopes)

    @property
    def has_policies(self) -> bool:
        """Whether it was opened with policies, which are asked in every turn of every session."""
        return bool(self.storage.policies.everywhere)

    async def nested_session(
        self, session_id: str, *, root: str, beginning: ConversationStarted, caused_by: UUID | None
    ) -> Session:
        """Open a session that is part of another piece of work, such as a step of a workflow.

        Args:
            session_id: as of :meth:`session`.
            root: id of the whole it is part of, under which its events are recorded.
            beginning: recorded when it begins.
            caused_by: id of the event that led to it.

        Raises:
            InvalidStreamName: when the id cannot name a stream.
        """
        session = self._sessions.get(session_id)
        if session is None:
            stream_id = ag2_stream_id(session_id)
            begun = beginning.model_copy(update={"ag2_stream_id": str(stream_id)})
            session = self._open(session_id, root=root, beginning=begun, caused_by=caused_by)
            self._sessions[session_id] = session
        await session.refresh()
        return session

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

    def cached(self, config: ModelConfig, cache: Cache | None = None) -> GuardedModel[Any]:
        """Return a model configuration whose calls are recorded and whose answers are given again.

        Args:
            config: any AG2 ``ModelConfig``, with pieces of resilience around it or without.
            cache: what is given again, and for how long; an hour, exact answers of text by default.
        """
        return (cache or Cache()).around(self.model(config))

    @property
    def cache(self) -> CacheControl:
        """The cached answers: to invalidate, to report right or wrong, to clear up, to count."""
        return CacheControl(self.store, actor=self._actor, access=self._access)

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

    async def watch_alerts(
        self,
        rules: Iterable[AlertRule | Mapping[str, Any]],
        *,
        hooks: Mapping[str, Hook] | None = None,
        every_seconds: float = 15.0,
    ) -> AlertWatch:
        """Raise and clear alerts by rules until the log is closed, beginning now.

        Args:
            rules: as such, or their fields by name.
            hooks: called when an alert is raised or cleared, by a name that stays.
            every_seconds: pause between two measurements.

        Raises:
            AlertRulesInvalid: when the rules cannot be watched, with all problems.
            InvalidStreamName: when a name cannot name a stream.
            ValueError: when the number is not above 0.
        """
        watch = AlertWatch(self.store, rules, hooks=hooks, every_seconds=every_seconds)
        return await self._checks.enter_async_context(watch)

    async def stop_checking(self) -> None:
        """Stop all health checks and alert watches; closing the log does so, too."""
        await self._checks.aclose()

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

    def _open(
        self,
        session_id: str,
        *,
        root: str | None = None,
        beginning: ConversationStarted | None = None,
        caused_by: UUID | None = None,
    ) -> Session:
        stream_id = ag2_stream_id(session_id)
        started = ConversationStarted(source="ag2", ag2_stream_id=str(stream_id))
        conversation = self.storage.add(
            stream_id,
            Conversation(
                self.store,
                check_stream_name(conversation_stream(session_id)),
                session=root or session_id,
                beginning=beginning or started,
                caused_by=caused_by,
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

    def _is_recorded(self, config: ModelConfig | None) -> bool:
        return config is not None and records_every_call(config, self.store)

    async def _find_by_stream_id(self, stream_id: UUID) -> str | None:
        found = await find_session(self.store, str(stream_id))
        return None if found is None else found.session


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
    policies: Iterable[Policy] = (),
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
        policies: what is allowed in every turn of every session, see docs/policies.md.

    Raises:
        InvalidPolicy: when a policy is none.
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
    policies = checked_policies(policies)
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
        log = Log(store, lease_seconds=settings.lease_seconds, actor=named, policies=policies)
        try:
            yield log
        finally:
            await log.stop_checking()
            await log.write_inboxes()
            # Answers that are being compared are learnt from, or the labels would be lost.
            await close_known(store)

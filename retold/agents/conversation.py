"""A conversation as this process sees it: its stream, its live history, and the appends to it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, TypeVar
from uuid import UUID

from ag2.events import BaseEvent, DrainedModelRequest, ModelRequest

from retold.agents.causation import Causes
from retold.agents.codec import encode_event
from retold.agents.folded_states import Decided, FoldedStates
from retold.agents.guard import Exclusive, TurnGuard
from retold.agents.history import HistoryEvents, goes_with_next
from retold.agents.inbox import delivered_by, unmark
from retold.agents.new_event import new_event, occurred_at, own_events
from retold.agents.replacement import replacement
from retold.agents.secrets import error_info
from retold.agents.stream_writer import (
    IsTrue,
    Make,
    StreamWriter,
    Tolerates,
    anything,
    beginning_with,
    id_of,
    is_message,
)
from retold.agents.subtask_usage import rolled_up_task
from retold.domain.conversation_state import ConversationState, Reference
from retold.domain.decider import CommandT, Decider, StateT
from retold.domain.event import DomainEvent, JsonObject, NewEvent, RecordedEvent
from retold.domain.fold import Fold
from retold.domain.recording import ConversationStarted, EventRecorded, HistoryDropped
from retold.domain.tasks import rolled_up_key
from retold.domain.value import ErrorInfo
from retold.store import EventStore
from retold.store.uninterrupted import uninterrupted

T = TypeVar("T")


class Conversation:
    """One conversation's stream, its history as AG2 events, and the appends to it.

    Appends are made one after the other and each expects the version this process knows of, so
    another process's append in between is an error and never overwritten or overlooked. The one
    exception is a message put into the inbox, which leaves everything else as it is.

    Attributes:
        state: fold of the stream up to the version this process knows of.
        session: id of the root session.
        tenant: whose conversation it is.
        beginning: recorded together with the first thing that happens.
        exclusive: set when only one process at a time may write.
        guard: keeps a turn from going on unrecorded.
        causes: which event led to which.
        events: of the history.
    """

    def __init__(
        self,
        store: EventStore,
        stream: str,
        *,
        session: str,
        beginning: ConversationStarted,
        caused_by: UUID | None = None,
    ) -> None:
        """Store what is needed; nothing is read or written before the first call.

        Args:
            store: the log.
            stream: name of the conversation's stream.
            session: id of the root session, as long as the log does not name another.
            beginning: the first event, recorded together with the first thing that happens.
            caused_by: id of the event that led to the conversation.
        """
        self.state = ConversationState(stream)
        self.session = session
        self.beginning = beginning
        self.exclusive: Exclusive | None = None
        self.guard = TurnGuard(stream)
        self._store = store
        self.tenant = store.tenant
        self._caused_by = caused_by
        self._lock = asyncio.Lock()
        self.causes = Causes()
        self.events = HistoryEvents(store)
        self._folded = FoldedStates(store, stream)
        self._writer = StreamWriter(store, stream, self._take_in)

    @property
    def stream(self) -> str:
        """Name of the stream."""
        return self.state.stream

    async def refresh(self) -> None:
        """Take in what others appended. A no-op while this process holds the conversation."""
        if not self.guard.is_held:
            await self.read_on()

    async def read_on(self) -> None:
        """Take in what others appended."""
        async with self._lock:
            await self._read_on()

    async def history(self, *, flush: bool = True) -> list[BaseEvent]:
        """Return AG2's view of the conversation, a list of its own each time.

        With ``flush``, those of its events that wait for the next ones are recorded first.

        Raises:
            TurnAborted: when it cannot be read.
        """
        return await self.guard.or_abort(self._history(flush))

    async def _history(self, flush: bool) -> list[BaseEvent]:  # noqa: FBT001 - of history()
        await self.refresh()
        async with self._lock:
            if flush:
                await self._append_waiting()
            return await self.events.listed(self.state.history, and_waiting=not flush)

    async def _read_on(self) -> None:
        before = self.state.history
        await self._writer.read_on()
        if self.state.history is not before:
            self.events.keep_only(self.state.history)

    def _take_in(self, event: RecordedEvent) -> None:
        if event.version == 1:
            self.session = str(event.metadata.get("session", self.session))
        self._apply(event)
        self.causes.note_last(event.event_id)
        self.events.take_in(event)

    def _apply(self, event: RecordedEvent) -> None:
        self.state.apply(event)
        self._folded.take_in(event)
        self.events.note(event)

    async def folded(self, fold: Fold[StateT]) -> StateT:
        """Return what the stream adds up to, as known to this process; not to be changed.

        Args:
            fold: one whose ``evolve`` leaves the state it is given as it is.

        Raises:
            TurnAborted: when it cannot be read.
        """
        async with self._lock:
            return await self.guard.or_abort(self._folded_now(fold))

    async def _folded_now(self, fold: Fold[StateT]) -> StateT:
        await self._append_waiting()
        if self.state.version == 0:
            await self._read_on()
        return await self._folded.state(fold, self.state.version)

    async def save(self, event: BaseEvent, *, agent: str | None) -> UUID:
        """Record one of AG2's events as the newest of the history, and return its id.

        Args:
            event: the event; the object itself serves later reads of this process.
            agent: name of the agent in whose context it was sent.

        Raises:
            TurnAborted: when it, or an event of the same turn before it, could not be recorded.
        """
        async with self._alone(wait=True):
            begins = isinstance(event, ModelRequest) and not isinstance(event, DrainedModelRequest)
            if begins and not self.guard.is_held:
                # A new turn on a stream that AG2 made itself, with no lease to tell turns apart.
                await self.begin_unheld()
            async with self._lock:
                self.guard.check()
                return await self.uninterrupted(self.guard.or_abort(self._save(event, agent)))

    async def _save(self, event: BaseEvent, agent: str | None) -> UUID:
        record, task = encode_event(event), rolled_up_task(event)
        new = new_event(
            EventRecorded(event=record, inbox=delivered_by(event)),
            self.session,
            agent=agent,
            occurred_at=occurred_at(event),
            causation_id=self.causes.cause_of(event),
            metadata={} if task is None else {rolled_up_key: task},
        )
        self.events.expect(id_of(new), event, record)
        if self.guard.is_asked and goes_with_next(event, record, self.causes.answer):
            self._writer.ahead.append(new)
        else:
            await self._append(lambda _: [new])
        self.causes.note(event, id_of(new))
        unmark(event)
        return id_of(new)

    async def _append_waiting(self) -> None:
        """Append the events of the history that wait for the next ones; under the lock."""
        if self.events.expected and self._writer.ahead:
            await self.uninterrupted(self._append(lambda _: []))

    async def replace(self, events: Iterable[BaseEvent]) -> None:
        """Record that the history now consists of ``events``.

        Events recorded before, here or in another stream of this log, are referred to; others are
        recorded first, in the same transaction.

        Raises:
            SessionBusy: when another process is in a turn of the session.
            TurnAborted: when it could not be recorded.
        """
        recorded = [(event, encode_event(event)) for event in events]
        async with self._alone(wait=False):
            if not self.guard.is_held:
                await self.begin_unheld()
            async with self._lock:
                self.guard.check()
                await self.uninterrupted(self.guard.or_abort(self._replace(recorded)))

    async def _replace(self, recorded: Sequence[tuple[BaseEvent, JsonObject]]) -> None:
        await self._append_waiting()
        known = [self.events.reference_of(event, record) for event, record in recorded]
        cause_of = self.causes.cause_of
        make, history = replacement(self.stream, self.session, recorded, known, cause_of)
        await self._append(make)
        for (event, record), reference in zip(recorded, history, strict=True):
            self.events.put(reference, event, record)
        self.events.keep_only(self.state.history)

    async def drop(self) -> None:
        """Record that the history was dropped; a no-op when there is none.

        Raises:
            SessionBusy: when another process is in a turn of the session.
            TurnAborted: when it could not be recorded.
        """
        async with self._alone(wait=False):
            if not self.guard.is_held:
                await self.begin_unheld()
            async with self._lock:
                self.guard.check()
                if self.state.history:
                    await self.uninterrupted(self.guard.or_abort(self._record([HistoryDropped()])))
                    self.events.keep_only(())

    async def record(
        self,
        *events: DomainEvent,
        agent: str | None = None,
        caused_by: UUID | None = None,
        tolerates: Tolerates | None = None,
        is_true: IsTrue = lambda _: True,
    ) -> tuple[UUID, ...]:
        """Append events of ours in one transaction.

        Args:
            events: in order; none is a no-op.
            agent: name of the agent that acted.
            caused_by: id of the event that led to them; None for the event before.
            tolerates: which events of others may have come in between; messages only by default.
            is_true: whether one of them is still true after what came in between; others are
                left out.

        Returns:
            The ids of those recorded.

        Raises:
            TurnAborted: when they could not be recorded.
        """
        if not events:
            return ()
        async with self._alone(wait=True), self._lock:
            recording = self._record(events, agent, caused_by, tolerates, is_true)
            return await self.uninterrupted(self.guard.or_abort(recording))

    def forget_waiting(self) -> None:
        """Forget events that were to be recorded with the next ones, and never were."""
        self._writer.ahead.clear()
        self.events.expected.clear()

    def record_with_next(self, events: Sequence[DomainEvent], *, agent: str | None) -> None:
        """Record events, by an agent, right before what is recorded next, in one transaction."""
        for event, new in own_events(events, self.session, agent=agent, cause=self.causes.last):
            self._writer.ahead.append(new)
            self.causes.note_own(event, id_of(new))

    async def decide(
        self,
        decider: Decider[CommandT, StateT],
        command: CommandT,
        *,
        agent: str | None = None,
        caused_by: UUID | None = None,
    ) -> Decided[StateT]:
        """Decide a command on what the stream adds up to, and record what happens, as one step.

        Args:
            decider: decides it.
            command: the command.
            agent: name of the agent that acted.
            caused_by: id of the event that led to it; None for the event before.

        Raises:
            TurnAborted: when the state cannot be read, or what happens cannot be recorded.
            Exception: what the decider raises; then nothing happened.
        """
        async with self._alone(wait=True), self._lock:
            self.guard.check()
            before = await self.guard.or_abort(self._folded_now(decider.fold))
            events = tuple(decider.decide(command, before))
            if not events:
                return Decided((), (), before, before)
            recording = self._record(events, agent, caused_by)
            ids = await self.uninterrupted(self.guard.or_abort(recording))
            state = await self._folded.state(decider.fold, self.state.version)
            return Decided(events, ids, before, state)

    async def _record(
        self,
        events: Sequence[DomainEvent],
        agent: str | None = None,
        caused_by: UUID | None = None,
        tolerates: Tolerates | None = None,
        is_true: IsTrue = lambda _: True,
    ) -> tuple[UUID, ...]:
        cause = caused_by or self.causes.last
        news = own_events(events, self.session, agent=agent, cause=cause)
        kept: list[tuple[DomainEvent, NewEvent]] = []

        def make(_: int) -> list[NewEvent]:
            kept[:] = [(event, new) for event, new in news if is_true(event)]
            return [new for _, new in kept]

        await self._append(make, tolerates)
        for event, new in kept:
            self.causes.note_own(event, id_of(new))
        return tuple(id_of(new) for _, new in kept)

    async def event_at(self, reference: Reference) -> BaseEvent:
        """Return what the log holds of the history at ``reference``."""
        return (await self.guard.or_abort(self.events.events([reference])))[0]

    def prepare(self, event: DomainEvent, event_id: UUID) -> NewEvent:
        """Return an event as it is to be recorded, for :meth:`post`; safe from any thread."""
        return new_event(event, self.session, causation_id=self.causes.last, event_id=event_id)

    async def post(self, new: NewEvent) -> None:
        """Record a message for the inbox, from :meth:`prepare`; recorded again it is a no-op.

        Raises:
            TurnAborted: when it could not be recorded.
        """
        tolerates = None if self.guard.is_held else anything
        async with self._lock:
            append = self._append(lambda _: [new], tolerates, alone=True)
            await self.uninterrupted(self.guard.or_abort(append))

    async def _append(
        self, make: Make, tolerates: Tolerates | None = None, *, alone: bool = False
    ) -> None:
        """Append under the lock, and take the events in."""
        if self.state.version == 0:
            await self._read_on()

        def start() -> NewEvent | None:
            # A conversation begins with the first thing that happens in it, not when it is opened.
            if self.state.started is not None:
                return None
            return new_event(self.beginning, self.session, causation_id=self._caused_by)

        make = beginning_with(start, make)
        appended = await self._writer.append(make, tolerates or is_message, alone=alone)
        if appended is None:
            return
        for event in appended.recorded(self.stream, self._store.tenant):
            self._apply(event)
        self.causes.note_last(id_of(appended.events[-1]))

    async def uninterrupted(self, work: Coroutine[Any, Any, T]) -> T:
        """Run work on this conversation to its end, as :func:`uninterrupted` does."""
        return await uninterrupted(work, begins_here=self._store.commits_at_once)

    def describe(self, error: BaseException) -> ErrorInfo:
        """Return an error as it may be recorded: without the secrets of model configurations."""
        return error_info(self._store, error)

    async def begin_unheld(self) -> None:
        """Begin a turn that no lease tells apart from the one before, with what others appended."""
        self.guard.refusal = None
        await self.guard.or_abort(self.read_on())

    def _alone(self, *, wait: bool) -> AbstractAsyncContextManager[None]:
        if self.guard.is_held or self.exclusive is None:
            return nullcontext()
        return self.exclusive(wait)

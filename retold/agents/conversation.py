"""A conversation as this process sees it: its stream, its live history, and the appends to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from ag2.events import BaseEvent, DrainedModelRequest, ModelRequest

from retold.agents.causation import Causes
from retold.agents.codec import encode_event
from retold.agents.history import HistoryEvents
from retold.agents.scope import current_turn
from retold.domain.conversation_state import ConversationState, Reference, spans
from retold.domain.event import DomainEvent, JsonObject, NewEvent, RecordedEvent
from retold.domain.recording import (
    ConversationStarted,
    EventRecorded,
    HistoryDropped,
    HistoryReplaced,
)
from retold.errors import StoreError, TurnAborted
from retold.store import EventStore
from retold.store.codec import JSONObject
from retold.store.row import new_event_id

# AG2 skips attributes that start with an underscore when it compares, shows or serialises.
inbox_mark = "_retold_inbox"


class Conversation:
    """One conversation's stream, its history as AG2 events, and the appends to it.

    Appends are made one after the other and each expects the version this process knows of, so
    another process's append in between is an error and never overwritten or overlooked.

    Attributes:
        state: fold of the stream up to the version this process knows of.
        session: id of the root session.
        beginning: recorded together with the first thing that happens.
        parent: the conversation that delegated to this one.
    """

    def __init__(
        self,
        store: EventStore,
        stream: str,
        *,
        session: str,
        beginning: ConversationStarted,
        caused_by: UUID | None = None,
        parent: Conversation | None = None,
    ) -> None:
        """Store what is needed; nothing is read or written before the first call.

        Args:
            store: the log.
            stream: name of the conversation's stream.
            session: id of the root session.
            beginning: the first event, recorded together with the first thing that happens.
            caused_by: id of the event that led to the conversation.
            parent: the conversation that delegated to this one.
        """
        self.state = ConversationState(stream)
        self.session = session
        self.parent = parent
        self._store = store
        self.beginning = beginning
        self._caused_by = caused_by
        self._lock = asyncio.Lock()
        self._causes = Causes()
        self._events = HistoryEvents(store)
        self._aborted: TurnAborted | None = None
        self._held = False

    @property
    def stream(self) -> str:
        """Name of the stream."""
        return self.state.stream

    # Reading ---------------------------------------------------------------------------------

    async def refresh(self) -> None:
        """Take in what others appended. A no-op while this process holds the turn."""
        if not self._held:
            await self.read_on()

    async def read_on(self) -> None:
        """Take in what others appended."""
        async with self._lock:
            await self._read_on()

    async def history(self) -> list[BaseEvent]:
        """Return AG2's view of the conversation, a list of its own each time."""
        await self.refresh()
        async with self._lock:
            return [await self._events.event(reference) for reference in self.state.history]

    async def _read_on(self) -> None:
        async for event in self._store.read_stream(
            self.stream, from_version=self.state.version + 1
        ):
            self._take_in(event)

    def _take_in(self, event: RecordedEvent) -> None:
        self.state.apply(event)
        self._causes.note_last(event.event_id)
        self._events.take_in(event)

    # Appending -------------------------------------------------------------------------------

    async def save(self, event: BaseEvent, *, agent: str | None) -> UUID:
        """Record one of AG2's events as the newest of the history.

        Args:
            event: the event; the object itself serves later reads of this process.
            agent: name of the agent in whose context it was sent.

        Returns:
            The id it was recorded under.

        Raises:
            TurnAborted: when it, or an event of the same turn before it, could not be recorded.
        """
        self._refuse_if_aborted(event)
        record = encode_event(event)
        recorded = EventRecorded(event=record, inbox=_delivered(event))
        async with self._lock:
            new = self._new(
                recorded,
                agent=agent,
                occurred_at=_occurred_at(event),
                causation_id=self._causes.cause_of(event),
            )
            (version,) = await self._append([new])
            event_id = _id_of(new)
            self._causes.note(event, event_id)
            self._events.put(Reference(self.stream, version), event, record)
        return event_id

    async def replace(self, events: Iterable[BaseEvent]) -> None:
        """Record that the history now consists of ``events``.

        Events recorded before, here or in another stream of this log, are referred to; others are
        recorded first, in the same transaction.

        Raises:
            TurnAborted: when it could not be recorded.
        """
        events = list(events)
        await self.refresh()
        async with self._lock:
            news: list[NewEvent] = []
            history: list[Reference] = []
            placed: list[tuple[Reference, BaseEvent, JSONObject]] = []
            first = self.state.version + (2 if self.state.started is None else 1)
            for event in events:
                record = encode_event(event)
                reference = self._events.reference_of(event, record)
                if reference is None:
                    reference = Reference(self.stream, first + len(news))
                    news.append(
                        self._new(
                            EventRecorded(event=record, detached=True),
                            occurred_at=_occurred_at(event),
                            causation_id=self._causes.cause_of(event),
                        )
                    )
                placed.append((reference, event, record))
                history.append(reference)
            replaced = HistoryReplaced(spans=spans(self.stream, history))
            await self._append([*news, self._new(replaced)])
            for reference, event, record in placed:
                self._events.put(reference, event, record)

    async def drop(self) -> None:
        """Record that the history was dropped; a no-op when there is none.

        Raises:
            TurnAborted: when it could not be recorded.
        """
        await self.refresh()
        async with self._lock:
            if self.state.started is not None:
                await self._append([self._new(HistoryDropped())])

    async def record(
        self, *events: DomainEvent, agent: str | None = None, caused_by: UUID | None = None
    ) -> tuple[UUID, ...]:
        """Append events of ours in one transaction.

        Args:
            events: in order; none is a no-op.
            agent: name of the agent that acted.
            caused_by: id of the event that led to them; None for the event before.

        Returns:
            Their ids.

        Raises:
            TurnAborted: when they could not be recorded.
        """
        if not events:
            return ()
        async with self._lock:
            cause = caused_by or self._causes.last
            news = [self._new(event, agent=agent, causation_id=cause) for event in events]
            await self._append(news)
            ids = tuple(_id_of(new) for new in news)
            for event, event_id in zip(events, ids, strict=True):
                self._causes.note_own(event, event_id)
        return ids

    async def _append(self, news: Sequence[NewEvent]) -> range:
        """Append under the lock, take the events in, and return their versions."""
        if self.state.started is None:
            # A conversation begins with the first thing that happens in it, not when it is opened.
            await self._read_on()
        if self.state.started is None:
            start = self._new(self.beginning, causation_id=self._caused_by)
            first = replace(news[0], causation_id=news[0].causation_id or start.event_id)
            news = [start, first, *news[1:]]
            skipped = 1
        else:
            skipped = 0
        appending = asyncio.ensure_future(
            self._store.append(self.stream, news, expected_version=self.state.version)
        )
        cancelled: asyncio.CancelledError | None = None
        while not appending.done():
            # A cancelled caller must still learn the stream's new version.
            try:
                await asyncio.shield(appending)
            except asyncio.CancelledError as error:
                cancelled = error
            except StoreError:
                break
        try:
            result = appending.result()
        except StoreError as error:
            raise self._abort() from error
        for version, new in enumerate(news, result.first_version):
            self.state.apply(_as_recorded(new, self.stream, version, self._store.tenant))
        if cancelled is not None:
            raise cancelled
        return range(result.first_version + skipped, result.last_version + 1)

    def _new(
        self,
        event: DomainEvent,
        *,
        agent: str | None = None,
        causation_id: UUID | None = None,
        occurred_at: datetime | None = None,
    ) -> NewEvent:
        scope = current_turn.get()
        metadata = {"session": self.session}
        if scope is not None:
            metadata["turn"] = scope.turn
        if agent is not None:
            metadata["agent"] = agent
        return event.to_new_event(
            event_id=new_event_id(),
            metadata=metadata,
            correlation_id=self.session if scope is None else scope.correlation_id,
            causation_id=causation_id,
            occurred_at=occurred_at or datetime.now(UTC),
        )

    # The turn --------------------------------------------------------------------------------

    def hold(self) -> None:
        """Begin a turn: nobody else may append until :meth:`let_go`, so reads need not check."""
        self._held = True
        self._aborted = None

    def let_go(self) -> None:
        """End a turn."""
        self._held = False

    def refuse_further_events(self) -> None:
        """Make every further save of this turn fail, here and in the conversations above.

        AG2 shows a failing tool's error to the model and goes on: without this, a turn would go
        on unrecorded.
        """
        self._abort()

    @property
    def aborted(self) -> TurnAborted | None:
        """Why the turn can no longer be recorded; None while it can."""
        return self._aborted

    @property
    def model_call_cause(self) -> UUID | None:
        """Id of the event that a model call in this conversation answers."""
        return self._causes.of_model_call

    def _abort(self) -> TurnAborted:
        self._aborted = TurnAborted(self.stream)
        if self.parent is not None:
            self.parent.refuse_further_events()
        return self._aborted

    def _refuse_if_aborted(self, event: BaseEvent) -> None:
        if self._aborted is None:
            return
        begins = isinstance(event, ModelRequest) and not isinstance(event, DrainedModelRequest)
        if begins and not self._held:
            # A new turn on a stream that AG2 made itself, which has no lease to tell turns apart.
            self._aborted = None
            return
        raise TurnAborted(self.stream) from self._aborted

    def reference_of(self, event: BaseEvent, record: JsonObject) -> Reference | None:
        """Return where ``event`` is recorded; see :meth:`HistoryEvents.reference_of`."""
        return self._events.reference_of(event, record)


def _id_of(event: NewEvent) -> UUID:
    if event.event_id is None:
        raise ValueError("the event has no id")
    return event.event_id


def _as_recorded(new: NewEvent, stream: str, version: int, tenant: str) -> RecordedEvent:
    """Return an event just appended, for the fold, which reads neither position nor digest."""
    now = new.occurred_at or datetime.now(UTC)
    return RecordedEvent(
        position=0,
        transaction_id=0,
        stream=stream,
        version=version,
        event_id=_id_of(new),
        type=new.type,
        schema_version=new.schema_version,
        data=new.data,
        metadata=new.metadata,
        correlation_id=new.correlation_id,
        causation_id=new.causation_id,
        occurred_at=new.occurred_at,
        recorded_at=now,
        tenant=tenant,
        digest=b"",
    )


def _occurred_at(event: BaseEvent) -> datetime | None:
    try:
        return datetime.fromtimestamp(event.created_at, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def _delivered(event: BaseEvent) -> tuple[str, ...]:
    """Return the ids of the enqueued messages that a request hands to the model."""
    if not isinstance(event, ModelRequest):
        return ()
    marks = (vars(part).get(inbox_mark) for part in event.parts)
    return tuple(dict.fromkeys(mark for mark in marks if isinstance(mark, str)))

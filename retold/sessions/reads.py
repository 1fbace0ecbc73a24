"""What is read of a session: by its owner, in whose name it is recorded."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, overload

from ag2.events import BaseEvent

from retold.agents.history import history_of
from retold.domain.access import AccessAction
from retold.domain.conversation_state import ConversationState
from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.nested_chat import Delegations
from retold.domain.plan.state import Plans
from retold.domain.problem.state import Problems
from retold.errors import NothingByThen, SessionNotFound, StreamNotFound
from retold.projections.access_log import AccessLog
from retold.projections.explaining.edges import default_edges
from retold.projections.explaining.explain import Explanation
from retold.projections.explaining.session_states import explain_session, fold_of_session
from retold.projections.explaining.why import Why, default_steps, why
from retold.projections.exports.session import (
    Exported,
    ExportFormat,
    canonical_format,
    export_session,
)
from retold.projections.models.as_of import Clock, Moment
from retold.projections.models.transcript import Entry, transcript
from retold.store import EventStore


class SessionReads:
    """The part of a :class:`~retold.sessions.session.Session` that only reads the log.

    Attributes:
        id: of the session.
    """

    def __init__(self, session_id: str, store: EventStore, stream: str, access: AccessLog) -> None:
        """Store what is read, and where that is recorded."""
        self.id = session_id
        self._store = store
        self._stream_name = stream
        self._access = access

    async def history(
        self, at: int | datetime | None = None, *, clock: Clock = "recorded"
    ) -> list[BaseEvent]:
        """Return the conversation as AG2's events, now or as it was.

        Args:
            at: as of this version, or this moment, itself included; None for now.
            clock: for a moment: ``recorded`` for when the log took it, ``source`` for when it
                happened; what has no time by the source's clock is left out.

        Raises:
            SessionNotFound: when nothing was recorded yet.
            NothingByThen: when nothing of it had happened by that moment.
            ValueError: when there is no version ``at``.
        """
        events, includes = await self._recorded(at, clock)
        history = await history_of(self._store, events, includes)
        await self._note_read("history", at, clock, rows=len(history))
        return history

    async def transcript(
        self, at: int | datetime | None = None, *, clock: Clock = "recorded"
    ) -> list[Entry]:
        """Return who said what, in order; arguments and errors as of :meth:`history`."""
        entries = list(transcript(await self._included(at, clock)))
        await self._note_read("transcript", at, clock, rows=len(entries))
        return entries

    async def events(
        self, at: int | datetime | None = None, *, clock: Clock = "recorded"
    ) -> list[RecordedEvent]:
        """Return what was recorded; arguments and errors as of :meth:`history`."""
        found = await self._included(at, clock)
        await self._note_read("events", at, clock, rows=len(found))
        return found

    @overload
    async def state(
        self,
        name: Literal["conversation"] = "conversation",
        at: int | datetime | None = None,
        *,
        clock: Clock = "recorded",
    ) -> ConversationState: ...
    @overload
    async def state(
        self,
        name: Literal["problems"],
        at: int | datetime | None = None,
        *,
        clock: Clock = "recorded",
    ) -> Problems: ...
    @overload
    async def state(
        self,
        name: Literal["delegations"],
        at: int | datetime | None = None,
        *,
        clock: Clock = "recorded",
    ) -> Delegations: ...
    @overload
    async def state(
        self,
        name: Literal["plan"],
        at: int | datetime | None = None,
        *,
        clock: Clock = "recorded",
    ) -> Plans: ...
    @overload
    async def state(
        self, name: str, at: int | datetime | None = None, *, clock: Clock = "recorded"
    ) -> Any: ...
    async def state(
        self,
        name: str = "conversation",
        at: int | datetime | None = None,
        *,
        clock: Clock = "recorded",
    ) -> Any:
        """Return what was recorded adds up to, now or as it was.

        As of a version it is folded on from a snapshot where there is one; as of a moment it is
        folded from the first event, since clocks may go back and the order of events does not.

        Args:
            name: which state: ``conversation``, for its history, variables, inbox and turns;
                ``problems``, for those its recursive agents were posed; ``delegations``, for what
                was delegated to sub-agents; ``plan``, for its plans.
            at: as of :meth:`history`.
            clock: as of :meth:`history`.

        Returns:
            A state of the caller's own.

        Raises:
            SessionNotFound: when nothing was recorded yet.
            NothingByThen: when nothing of it had happened by that moment.
            UnknownState: when there is no state of that name.
            ValueError: when there is no version ``at``.
        """
        fold = fold_of_session(name, self._stream_name)
        if isinstance(at, datetime):
            state = fold.initial()
            for event in await self._included(at, clock):
                state = fold.evolve(state, event)
        else:
            stream = self._stream_name
            try:
                folded = await self._store.fold(stream, fold, to_version=_checked_version(at))
            except StreamNotFound:
                raise SessionNotFound(self.id) from None
            state = folded.state
        if isinstance(state, ConversationState):
            state.stream = self._stream_name
        await self._note_read(f"state {name}", at, clock)
        return state

    async def explain(
        self,
        path: str,
        at: int | datetime | None = None,
        *,
        clock: Clock = "recorded",
        limit: int = default_edges,
    ) -> Explanation:
        """Say which event last wrote a piece of a state, what led to it, and what it led to.

        Args:
            path: beginning with the state's name, such as ``conversation.variables.topic``,
                ``conversation.history[-1]`` or ``conversation.tags["a.b"]``.
            at: as of :meth:`history`.
            clock: as of :meth:`history`.
            limit: causes, and effects, to return at the most.

        Raises:
            SessionNotFound: when nothing was recorded yet.
            UnknownState, InvalidPath, PathNotFound, NothingByThen: when there is nothing to
                explain.
            ValueError: when there is no version ``at``, or the limit is below 1.
        """
        if not isinstance(at, datetime):
            _checked_version(at)
        try:
            explained = await explain_session(
                self._store, self._stream_name, path, at=at, clock=clock, limit=limit
            )
        except StreamNotFound:
            raise SessionNotFound(self.id) from None
        asked = {"path": path, **as_of(at, clock)}
        await self._access.record(AccessAction.EXPLAIN, self.id, parameters=asked)
        return explained

    async def why(self, version: int, *, limit: int = default_steps) -> Why:
        """Follow the causes of an event up to what the user said.

        Args:
            version: of the event, such as that of a transcript's entry.
            limit: events to return at the most.

        Returns:
            The chain, with the prompts and tools the models on it were really given.

        Raises:
            SessionNotFound: when nothing was recorded yet.
            VersionNotFound: when the session has no such event.
            ValueError: when the limit is below 1.
        """
        try:
            chain = await why(self._store, self._stream_name, version, limit=limit)
        except StreamNotFound:
            raise SessionNotFound(self.id) from None
        await self._access.record(
            AccessAction.EXPLAIN, self.id, parameters={"version": version}, rows=len(chain.steps)
        )
        return chain

    @overload
    async def export(self, export_format: Literal["source", "spans", "otlp"]) -> JsonObject: ...
    @overload
    async def export(
        self, export_format: Literal["messages", "events", "jsonl"]
    ) -> list[JsonObject]: ...
    @overload
    async def export(self, export_format: Literal["markdown", "html"]) -> str: ...
    async def export(self, export_format: ExportFormat) -> Exported:
        """Return the session, and what is nested in it, in a form for others.

        Args:
            export_format: as of :func:`retold.projections.exports.session.export_session`.

        Raises:
            SessionNotFound: when nothing was recorded yet.
            ExportFormatUnavailable: when the format is unknown, or it is ``source`` and the
                session was not imported.
        """
        exported = await export_session(self._store, self.id, export_format)
        asked = {"format": canonical_format(export_format)}
        await self._access.record(AccessAction.EXPORT, self.id, parameters=asked)
        return exported

    async def _included(self, at: int | datetime | None, clock: Clock) -> list[RecordedEvent]:
        events, includes = await self._recorded(at, clock)
        return [event for event in events if includes(event)]

    async def _note_read(
        self, what: str, at: int | datetime | None, clock: Clock, *, rows: int | None = None
    ) -> None:
        asked = {"what": what, **as_of(at, clock)}
        await self._access.record(AccessAction.READ, self.id, parameters=asked, rows=rows)

    async def _recorded(
        self, at: int | datetime | None, clock: Clock
    ) -> tuple[list[RecordedEvent], Callable[[RecordedEvent], bool | None]]:
        """Return the events up to a version, and which of them had happened by a moment."""
        to_version = None if isinstance(at, datetime) else _checked_version(at)
        stream = self._stream_name
        found = [
            e async for e in self._store.read_stream(stream, to_version=to_version, missing_ok=True)
        ]
        if not found and await self._store.head(stream) is None:
            raise SessionNotFound(self.id)
        if isinstance(at, datetime):
            moment = Moment(at, clock)
            included = [moment.includes(event) for event in found]
            if not any(included):
                raise NothingByThen(stream, at, undated_events=included.count(None))
            return found, moment.includes
        return found, lambda _: True


def as_of(at: int | datetime | None, clock: Clock) -> dict[str, object]:
    """Return a version or a moment as parameters of an access."""
    if isinstance(at, datetime):
        return {"at": at.isoformat(), "clock": clock}
    return {"at": at}


def _checked_version(at: int | None) -> int | None:
    if at is not None and at < 0:
        raise ValueError(f"There is no version {at}: versions begin at 1.")
    return at

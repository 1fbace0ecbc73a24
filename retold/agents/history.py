"""A conversation's history as AG2 events: live objects where there are some, else decoded ones.

An event object that is in the log carries a mark of where. AG2 skips attributes that start with an
underscore when it compares, shows or serialises an event, so the mark changes nothing for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

import orjson
from ag2.events import BaseEvent

from retold.agents.codec import decode_event, encode_event
from retold.agents.imported import to_ag2_event
from retold.domain.conversation_state import ConversationState, Reference
from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.recording import EventRecorded, MessageImported
from retold.errors import CorruptEvent
from retold.store import EventStore

_mark = "_retold"


class Mark(NamedTuple):
    """Where an event object is recorded.

    Attributes:
        database: id of the database.
        tenant: whose log.
        reference: stream and version.
        digest: of what was recorded, so that an object changed since is not taken for it.
    """

    database: str
    tenant: str
    reference: Reference
    digest: bytes


class HistoryEvents:
    """The events a history refers to; each is decoded once, when it is first asked for."""

    def __init__(self, store: EventStore) -> None:
        """Store the log they are read from."""
        self._store = store
        self._live: dict[Reference, BaseEvent] = {}
        self._cold: dict[Reference, RecordedEvent] = {}
        # Ordinal of the first call of each imported message: a call's identity is its order.
        self._first_calls: dict[Reference, int] = {}
        self._calls = 0

    def take_in(self, recorded: RecordedEvent) -> None:
        """Remember an event that was read anyway, so that it need not be read again."""
        if recorded.type not in {EventRecorded.type, MessageImported.type}:
            return
        reference = Reference(recorded.stream, recorded.version)
        self._cold[reference] = recorded
        if recorded.type == MessageImported.type:
            self._first_calls[reference] = self._calls
            self._calls += len(recorded.data.get("calls", ()))

    def put(self, reference: Reference, event: BaseEvent, record: JsonObject) -> None:
        """Let ``event``, recorded as ``record``, be what the log holds at ``reference``."""
        self._live[reference] = event
        mark = Mark(self._store.database_id, self._store.tenant, reference, _digest(record))
        with suppress(AttributeError):
            vars(event)[_mark] = mark

    def reference_of(self, event: BaseEvent, record: JsonObject) -> Reference | None:
        """Return where ``event`` is recorded in this log; None when it is not, or not as it is.

        Args:
            event: the object.
            record: the same as a JSON record.
        """
        mark = vars(event).get(_mark)
        if not isinstance(mark, Mark):
            return None
        here = (self._store.database_id, self._store.tenant)
        is_same = (mark.database, mark.tenant) == here and mark.digest == _digest(record)
        return mark.reference if is_same else None

    async def event(self, reference: Reference) -> BaseEvent:
        """Return the event at ``reference``.

        Raises:
            CorruptEvent: when the log does not hold it.
        """
        live = self._live.get(reference)
        if live is None:
            live, record = self._decode(reference, await self._recorded(reference))
            self.put(reference, live, record)
        return live

    async def _recorded(self, reference: Reference) -> RecordedEvent:
        found = self._cold.pop(reference, None)
        if found is not None:
            return found
        async for event in self._store.read_stream(
            reference.stream, from_version=reference.version, limit=1
        ):
            if event.version == reference.version:
                return event
        raise CorruptEvent(*reference, "a history refers to it and it is not there")

    def _decode(
        self, reference: Reference, recorded: RecordedEvent
    ) -> tuple[BaseEvent, dict[str, Any]]:
        if recorded.type == MessageImported.type:
            event = to_ag2_event(recorded, self._first_calls.get(reference, 0))
            return event, encode_event(event)
        record = recorded.data["event"]
        return decode_event(record), record


async def history_of(store: EventStore, events: Iterable[RecordedEvent]) -> list[BaseEvent]:
    """Return the history some recorded events of one conversation add up to.

    Args:
        store: the log, for events the history refers to and that are not among them.
        events: of one conversation's stream, in version order.

    Raises:
        CorruptEvent: when the log does not hold what the history refers to.
    """
    state: ConversationState | None = None
    found = HistoryEvents(store)
    for event in events:
        state = state or ConversationState(event.stream)
        state.apply(event)
        found.take_in(event)
    if state is None:
        return []
    return [await found.event(reference) for reference in state.history]


def _digest(record: JsonObject) -> bytes:
    return hashlib.blake2b(orjson.dumps(record), digest_size=16).digest()

"""A conversation's history as AG2 events: live objects where there are some, else decoded ones.

An event object that is in the log carries a mark of where. AG2 skips attributes that start with an
underscore when it compares, shows or serialises an event, so the mark changes nothing for it.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

import orjson
from ag2.events import BaseEvent, ModelResponse, ToolCallsEvent, UsageEvent

from retold.agents.codec import decode_event, encode_event
from retold.agents.imported import to_ag2_event
from retold.domain.conversation_state import ConversationState, Reference, spans
from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.recording import EventRecorded, MessageImported
from retold.errors import CorruptEvent
from retold.store import EventStore

_mark = "_retold"
_types = frozenset({EventRecorded.type, MessageImported.type})


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
    """The events a history refers to; each is read and decoded once, when first asked for.

    Attributes:
        expected: events, and their records, that are about to be appended, by id.
    """

    def __init__(self, store: EventStore) -> None:
        """Store the log they are read from."""
        self.expected: dict[UUID, tuple[BaseEvent, JsonObject]] = {}
        self._store = store
        self._live: dict[Reference, BaseEvent] = {}
        self._cold: dict[Reference, RecordedEvent] = {}
        # A call's identity is its order: the calls each imported message has before it.
        self._calls_before: dict[Reference, int] = {}
        self._calls: dict[str, int] = {}
        # By stream, the versions that hold events of a history, ascending.
        self._versions: dict[str, list[int]] = {}
        # The events of the list asked for last, which only grows until another takes its place.
        self._listed: Sequence[Reference] = ()
        self._list: list[BaseEvent] = []

    def take_in(self, recorded: RecordedEvent) -> None:
        """Remember an event that was read anyway, so that it need not be read again.

        Args:
            recorded: of any type; those of one stream in version order, from its first.
        """
        if recorded.type not in _types:
            return
        reference = Reference(recorded.stream, recorded.version)
        self._cold[reference] = recorded
        if recorded.type == MessageImported.type:
            before = self._calls.get(recorded.stream, 0)
            self._calls_before[reference] = before
            self._calls[recorded.stream] = before + len(recorded.data.get("calls", ()))

    def note(self, event: RecordedEvent) -> None:
        """Note which versions of a stream hold events of a history.

        Args:
            event: of any type; those of one stream in version order, without a gap.
        """
        if event.type in _types:
            self._versions.setdefault(event.stream, []).append(event.version)
        if (expected := self.expected.pop(event.event_id, None)) is not None:
            self.put(Reference(event.stream, event.version), *expected)

    def expect(self, event_id: UUID, event: BaseEvent, record: JsonObject) -> None:
        """Let ``event`` be what the log holds where ``event_id`` will be noted."""
        self.expected[event_id] = event, record

    def is_next(self, one: Reference, other: Reference) -> bool:
        """Return whether ``other`` comes next after ``one`` of the events of a history there are.

        Args:
            one: an event of a history.
            other: one of whatever stream.
        """
        if one.stream != other.stream or other.version <= one.version:
            return False
        if other.version == one.version + 1:
            return True
        # Of a stream that was not read from its beginning, nothing is known of what is between.
        versions = self._versions.get(one.stream, ())
        place = bisect_left(versions, one.version)
        return versions[place : place + 2] == [one.version, other.version]

    def put(self, reference: Reference, event: BaseEvent, record: JsonObject) -> None:
        """Let ``event``, recorded as ``record``, be what the log holds at ``reference``."""
        self._cold.pop(reference, None)
        if (known := self._live.get(reference)) is not None and known is not event:
            self._listed = ()
        self._live[reference] = event
        vars(event)[_mark] = Mark(
            self._store.database_id, self._store.tenant, reference, _digest(record)
        )

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

    async def events(self, references: Sequence[Reference]) -> list[BaseEvent]:
        """Return the events at ``references``, in that order.

        Raises:
            CorruptEvent: when the log does not hold one of them.
            StoreError: when it cannot be read.
        """
        await self._read([r for r in references if r not in self._live and r not in self._cold])
        return [self._event(reference) for reference in references]

    async def listed(
        self, references: list[Reference], *, and_waiting: bool = False
    ) -> list[BaseEvent]:
        """Return what :meth:`events` does, of a list that grows at its end and is asked for often.

        Args:
            references: the very list that was asked for before, or else everything is looked up.
            and_waiting: with those that are about to be appended behind them.
        """
        if references is not self._listed or len(references) < len(self._list):
            self._listed, self._list = references, []
        self._list += await self.events(references[len(self._list) :])
        waiting = self.expected.values() if and_waiting else ()
        return [*self._list, *(event for event, _ in waiting)]

    def keep_only(self, references: Iterable[Reference]) -> None:
        """Forget the events that are not among ``references``; they can be read again."""
        kept = set(references)
        self._live = {r: event for r, event in self._live.items() if r in kept}
        self._cold = {r: event for r, event in self._cold.items() if r in kept}

    async def _read(self, missing: Sequence[Reference]) -> None:
        for name, first, last in _runs(missing):
            async for event in self._store.read_stream(name, from_version=first, to_version=last):
                reference = Reference(name, event.version)
                if event.type == EventRecorded.type or reference in self._calls_before:
                    self._cold[reference] = event
                elif event.type == MessageImported.type:
                    await self._read_imported(name, last)
                    break

    async def _read_imported(self, stream: str, to_version: int) -> None:
        """Read a stream from its beginning, to number the calls of its imported messages."""
        self._calls.pop(stream, None)
        async for event in self._store.read_stream(stream, to_version=to_version, missing_ok=True):
            self.take_in(event)

    def _event(self, reference: Reference) -> BaseEvent:
        live = self._live.get(reference)
        if live is None:
            recorded = self._cold.get(reference)
            if recorded is None:
                raise CorruptEvent(
                    *reference, "a history refers to it, and no event of a history is there"
                )
            live = self._decode(reference, recorded)
            self.put(reference, live, encode_event(live))
        return live

    def _decode(self, reference: Reference, recorded: RecordedEvent) -> BaseEvent:
        if recorded.type == MessageImported.type:
            return to_ag2_event(recorded, self._calls_before[reference])
        return decode_event(EventRecorded.from_recorded(recorded).event)


def goes_with_next(event: BaseEvent, record: JsonObject, answer: JsonObject | None) -> bool:
    """Return whether an event needs no append of its own.

    What it says is in the log by then, in the answer of the model; nothing is done because of it
    alone; and another event of the same turn follows.

    Args:
        event: the event.
        record: the same as a JSON record.
        answer: what a model answered last, as it was recorded with the model's call.
    """
    match event:
        case ModelResponse():
            # Not one that a middleware made, or changed.
            return record == answer
        case UsageEvent():
            return event.kind == "model_call"
        case ToolCallsEvent():
            return True
        case _:
            return False


async def history_of(
    store: EventStore,
    events: Iterable[RecordedEvent],
    includes: Callable[[RecordedEvent], bool | None] = lambda _: True,
) -> list[BaseEvent]:
    """Return the history that recorded events of one conversation add up to.

    Args:
        store: the log, for events the history refers to and that are not among them.
        events: of one conversation's stream, in version order from its first.
        includes: which of them count.

    Raises:
        CorruptEvent: when the log does not hold what the history refers to.
    """
    state: ConversationState | None = None
    found = HistoryEvents(store)
    for event in events:
        state = state or ConversationState(event.stream)
        found.take_in(event)
        if includes(event):
            state.apply(event)
    return [] if state is None else await found.events(state.history)


def _runs(references: Iterable[Reference]) -> Iterator[tuple[str, int, int]]:
    for span in spans("", sorted(set(references))):
        yield span.stream or "", span.first, span.last


def _digest(record: JsonObject) -> bytes:
    # Sorted: an event read from the log has its attributes in another order than a fresh one.
    serialised = orjson.dumps(record, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(serialised, digest_size=16).digest()

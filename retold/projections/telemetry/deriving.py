"""Deriving spans from events as they come, whatever process folded those before."""

from __future__ import annotations

from collections import OrderedDict
from typing import TypeAlias

from retold.domain.recorded import RecordedEvent
from retold.domain.recording import conversation_category
from retold.domain.workflow.events import run_category
from retold.projections.telemetry.conversation_spans import ConversationSpans
from retold.projections.telemetry.derived_span import DerivedSpan
from retold.projections.telemetry.imported_spans import ImportedSpans
from retold.projections.telemetry.workflow_spans import WorkflowSpans
from retold.store.log import EventStore

StreamSpans: TypeAlias = ConversationSpans | WorkflowSpans

default_streams = 1_000


class SpanDeriver:
    """Turns events of streams, each in its order, into the spans that end with them.

    It keeps what is open in the streams it saw last. Of any other, and when it did not see the
    events right before, it folds the stream again up to the event, so nothing needs to be stored.
    """

    def __init__(
        self,
        store: EventStore,
        *,
        contents: bool = False,
        imports: bool = False,
        streams: int = default_streams,
    ) -> None:
        """Store what is needed.

        Args:
            store: the log.
            contents: give spans arguments and results of tools, and messages of errors.
            imports: give imported conversations spans too.
            streams: how many are kept at the most.
        """
        self._store = store
        self._contents = contents
        self._imports = imports
        self._most = streams
        self._kept: OrderedDict[str, StreamSpans] = OrderedDict()

    async def spans(self, event: RecordedEvent) -> list[DerivedSpan]:
        """Return the spans that end with an event; empty for other streams' events.

        Raises:
            CorruptEvent: when one before it is not what was written.
            StoreUnavailable: when the database does not do its work.
        """
        if event.category not in {conversation_category, run_category}:
            return []
        state = self._kept.pop(event.stream, None)
        if state is None or state.version >= event.version:
            state = self._new(event)
        if state.version < event.version - 1:
            between = self._store.read_stream(
                event.stream, from_version=state.version + 1, to_version=event.version - 1
            )
            async for before in between:
                state.fold(before)
        found = state.fold(event)
        self._kept[event.stream] = state
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return found

    def _new(self, event: RecordedEvent) -> StreamSpans:
        if event.category == run_category:
            return WorkflowSpans(contents=self._contents)
        if self._imports:
            return ImportedSpans(contents=self._contents)
        return ConversationSpans(contents=self._contents)

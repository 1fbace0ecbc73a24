"""A session as OpenTelemetry spans, with the attribute names of OpenInference.

One trace a session: a CHAIN span for it; an AGENT span for each turn and each nested conversation;
an LLM span for each model call; a TOOL span for each tool call. Where model calls were not recorded
each response is a span of no length. Times are the source's; what has no such time has the time it
was recorded at, and says so in ``retold.time_source``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypedDict
from uuid import UUID

from retold.domain.event import JsonObject, RecordedEvent
from retold.projections.exports.document import Document, Line, Section
from retold.projections.exports.model_spans import ModelSpans, figures_attributes
from retold.projections.exports.otlp import Attribute, Span, error, ok, span_id, to_otlp, unset
from retold.projections.models.transcript import ToolCall
from retold.projections.payload import call_id, mapping_of, plain_text, type_of
from retold.projections.telemetry import names


def to_spans(
    documents: Sequence[Document], contents: Mapping[str, Any], *, scope_version: str
) -> JsonObject:
    """Return a session as spans.

    Args:
        documents: the session's conversation, then those nested in it, parents first; at least
            one.
        contents: what the model calls refer to by hash, as far as it is known: prompts, tools,
            parameters and messages.
        scope_version: version of what made them.
    """
    root = documents[0]
    return to_otlp(
        root.events[0].event_id.hex,
        list(_Session(documents, contents).spans()),
        scope_version=scope_version,
    )


class _Session:
    def __init__(self, documents: Sequence[Document], contents: Mapping[str, Any]) -> None:
        self._documents = documents
        self._models = ModelSpans(documents, contents)
        # By the id of an event: the span it is part of.
        self._owners: dict[UUID, str] = {}
        summary = documents[0].summary
        self._common: dict[str, Attribute] = {
            names.SESSION_ID: summary.root_session,
            names.USER_ID: summary.subject,
        }
        self._root = span_id(documents[0].events[0], "conversation")

    def spans(self) -> Iterator[Span]:
        for document in self._documents:
            yield from self._conversation(document)

    def _conversation(self, document: Document) -> Iterator[Span]:
        first, summary = document.events[0], document.summary
        own = span_id(first, "conversation")
        parent = None
        if own != self._root:
            parent = self._owners.get(first.causation_id or first.event_id, self._root)
        tags = [f"{name}={value}" for name, value in summary.tags.items()]
        yield Span(
            id=own,
            parent=parent,
            name=f"conversation {summary.session}",
            start=first,
            end=document.events[-1],
            attributes={
                names.SPAN_KIND: "CHAIN" if parent is None else "AGENT",
                **self._common,
                names.AGENT_NAME: summary.agent,
                names.TAGS: tags or None,
                names.RETOLD_SOURCE: summary.source,
            },
        )
        for section in document.sections:
            yield from self._section(own, section, document.answers)

    def _section(
        self, conversation: str, section: Section, answers: Mapping[int, Line]
    ) -> Iterator[Span]:
        parent = conversation
        if section.number:
            turn = self._turn(conversation, section)
            parent = turn.id
            yield turn
        self._owners |= {event.event_id: parent for event in section.events}
        for event in section.events:
            model_call = self._models.span(event, parent, self._common)
            if model_call is not None:
                yield model_call
        made = _Made(section.events)
        for line in section.lines:
            for place, call in enumerate(line.entry.calls):
                start = made.take(call)
                span = Span(
                    id=span_id(line.event, f"call {place}"),
                    parent=parent,
                    start=start or line.event,
                    **self._of_tool(call, answers.get(call.number)),
                )
                if start is not None:
                    self._let_own(span, start, section)
                yield span

    def _turn(self, conversation: str, section: Section) -> Span:
        asked = next((line for line in section.lines if line.entry.role == "user"), None)
        said = [x for x in section.lines if x.entry.role == "assistant" and x.entry.text]
        failure = mapping_of(section.end and section.end.data.get("error"))
        outcomes = {None: unset, "completed": ok, "failed": error, "cancelled": error}
        return Span(
            id=span_id(section.events[0], "turn"),
            parent=conversation,
            name=f"turn {section.number}" if section.agent is None else f"turn of {section.agent}",
            start=section.start or section.events[0],
            end=section.events[-1] if section.start is None else section.end,
            attributes={
                names.SPAN_KIND: "AGENT",
                **self._common,
                names.AGENT_NAME: section.agent,
                names.INPUT_VALUE: None if asked is None else asked.entry.text,
                names.OUTPUT_VALUE: said[-1].entry.text if said else None,
                names.RETOLD_TURN: section.turn,
                **figures_attributes(section.figures),
            },
            status=outcomes[section.outcome],
            message=plain_text(failure.get("message")) or None,
        )

    def _of_tool(self, call: ToolCall, answer: Line | None) -> _OfTool:
        failed = None if answer is None else answer.entry.error
        said = None if answer is None else answer.entry.text
        return {
            "name": call.name,
            "end": None if answer is None else answer.event,
            "attributes": {
                names.SPAN_KIND: "TOOL",
                **self._common,
                names.TOOL_NAME: call.name,
                names.TOOL_CALL_ID: call.id,
                names.INPUT_VALUE: call.arguments,
                names.INPUT_MIME_TYPE: "application/json",
                names.OUTPUT_VALUE: said,
                names.RETOLD_CALL: call.number,
            },
            "status": unset if failed is None else error if failed else ok,
            "message": said if failed else None,
        }

    def _let_own(self, span: Span, start: RecordedEvent, section: Section) -> None:
        """Let a call's span be the parent of what the call delegates."""
        self._owners[start.event_id] = span.id
        for event in section.events:
            if event.causation_id == start.event_id and _kind(event) == "ag2.TaskStarted":
                self._owners[event.event_id] = span.id


class _OfTool(TypedDict):
    name: str
    end: RecordedEvent | None
    attributes: dict[str, Attribute]
    status: int
    message: str | None


class _Made:
    """AG2's events of calls being made, which come after the response that asks for them."""

    def __init__(self, events: Sequence[RecordedEvent]) -> None:
        self._events = [event for event in events if _kind(event) == "ag2.ToolCallEvent"]

    def take(self, call: ToolCall) -> RecordedEvent | None:
        """Return the event of a call, each event once; None when it was not made."""
        for event in self._events:
            if call_id(mapping_of(event.data.get("event")), "id") == (call.id or ""):
                self._events.remove(event)
                return event
        return None


def _kind(event: RecordedEvent) -> str:
    return type_of(mapping_of(event.data.get("event")))

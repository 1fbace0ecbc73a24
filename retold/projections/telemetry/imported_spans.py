"""The spans of a conversation that may have been imported: its messages count as well.

Sources tell when they had a message, not when they asked for it, so a reply is a span of no length.
"""

from __future__ import annotations

from collections.abc import Iterator

from retold.domain.event import RecordedEvent
from retold.domain.recording import ConversationClosed, ConversationStarted, MessageImported
from retold.projections.models.model_calls import imported_model, imported_tokens
from retold.projections.models.session_summary import imported_result_failed
from retold.projections.models.transcript import content_text
from retold.projections.payload import mapping_of, objects_of, printable
from retold.projections.telemetry import names
from retold.projections.telemetry.conversation_spans import ConversationSpans
from retold.projections.telemetry.derived_span import (
    AttributeValue,
    DerivedSpan,
    Opened,
    SpanStatus,
)
from retold.projections.telemetry.ids import span_id_of, trace_id_of


class ImportedSpans(ConversationSpans):
    """What is open in a conversation, imported messages included, and the spans of what ended."""

    def __init__(self, *, contents: bool = False) -> None:
        """Begin before the first event; see :class:`ConversationSpans`."""
        super().__init__(contents=contents)
        self._conversation: Opened | None = None
        self._imported_calls = 0
        self._folds |= {
            ConversationStarted.type: self._begin_imported,
            ConversationClosed.type: self._close,
            MessageImported.type: self._imported,
        }

    def _begin_imported(self, event: RecordedEvent) -> Iterator[DerivedSpan]:
        yield from self._begin(event)
        source = printable(event.data.get("source"))
        if source == "ag2":
            return
        self._conversation = self._opened(
            event,
            f"{names.INVOKE_AGENT} {self._agent or ''}".strip(),
            {
                names.GEN_AI_OPERATION_NAME: names.INVOKE_AGENT,
                names.GEN_AI_AGENT_NAME: self._agent,
                names.RETOLD_SOURCE: source,
            },
            parent=self._parent,
        )
        self._parent, self._parent_trace = self._conversation.span_id, trace_id_of(event)

    def _close(self, event: RecordedEvent) -> Iterator[DerivedSpan]:
        conversation, self._conversation = self._conversation, None
        if conversation is not None:
            yield conversation.ended(event, status=SpanStatus.UNSET)

    def _imported(self, event: RecordedEvent) -> Iterator[DerivedSpan]:
        data = event.data
        result = mapping_of(data.get("result"))
        started = self._take_tool(_key(result.get("call"))) if result else None
        if started is not None:
            failed = names.OTHER if imported_result_failed(result) else None
            text = content_text(data.get("content")) if self._contents else None
            yield started.ended(event, {names.GEN_AI_TOOL_CALL_RESULT: text}, error_type=failed)
        if data.get("role") == "assistant":
            sent, produced = imported_tokens(data)
            answer: dict[str, AttributeValue | None] = {
                names.GEN_AI_RESPONSE_MODEL: imported_model(event),
                names.GEN_AI_USAGE_INPUT_TOKENS: sent,
                names.GEN_AI_USAGE_OUTPUT_TOKENS: produced,
            }
            yield from self._only_answered(event, answer, agent=self._agent)
        for call in objects_of(data.get("calls")):
            number = self._imported_calls
            self._imported_calls += 1
            opened = self._tool(event, call, span_id_of(event.event_id, f"call {number}"))
            self._tools.setdefault(_key(number), []).append(opened)


def _key(number: object) -> str:
    """Return what an imported call is kept under: its ordinal, not the provider's id."""
    return f"imported {number}"

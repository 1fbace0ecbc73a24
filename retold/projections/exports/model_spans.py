"""Model calls as LLM spans: what the model was given and what it answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from retold.domain.event import JsonObject, RecordedEvent
from retold.domain.model_call import ModelCallCompleted, ModelCallFailed, ModelCallStarted
from retold.domain.recording import EventRecorded, MessageImported
from retold.projections.exports.chat import chat_messages
from retold.projections.exports.document import Document, Figures, figures_of_message
from retold.projections.exports.otlp import Attribute, Span, error, ok, span_id
from retold.projections.models.transcript import content_text
from retold.projections.payload import mapping_of, objects_of, plain_text, token_count, type_of
from retold.projections.telemetry import names

_ends = frozenset({ModelCallCompleted.type, ModelCallFailed.type})
# What a run of versions refers to; events of other types between them were not seen.
_history_types = frozenset({EventRecorded.type, MessageImported.type})
_counts = {
    names.LLM_TOKENS_PROMPT: "prompt_tokens",
    names.LLM_TOKENS_COMPLETION: "completion_tokens",
    names.LLM_TOKENS_TOTAL: "total_tokens",
    names.LLM_TOKENS_CACHE_READ: "cache_read_input_tokens",
    names.LLM_TOKENS_CACHE_WRITE: "cache_creation_input_tokens",
    names.LLM_TOKENS_REASONING: "thinking_tokens",
}


class ModelSpans:
    """Finds what belongs to the model calls of a session."""

    def __init__(self, documents: Sequence[Document], contents: Mapping[str, Any]) -> None:
        """Take in the events.

        Args:
            documents: the conversations of the session.
            contents: by hash.
        """
        self._contents = contents
        self._events = {
            (event.stream, event.version): event
            for document in documents
            for event in document.events
        }
        self._ends = {
            plain_text(event.data.get("call")): event
            for event in self._events.values()
            if event.type in _ends
        }
        self._completed = {
            event.event_id for event in self._ends.values() if event.type == ModelCallCompleted.type
        }

    def span(
        self, event: RecordedEvent, parent: str, common: Mapping[str, Attribute]
    ) -> Span | None:
        """Return the span of a model call that begins with, or is known by, an event; else None."""
        match event.type:
            case ModelCallStarted.type:
                return self._recorded(event, parent, common)
            case MessageImported.type if event.data.get("role") == "assistant":
                message = {
                    "role": "assistant",
                    "content": content_text(event.data.get("content")),
                    "tool_calls": [
                        {"id": c.get("id"), "function": c}
                        for c in objects_of(event.data.get("calls"))
                    ],
                }
                return _known_by_answer(event, parent, common, [message])
            case EventRecorded.type:
                payload = mapping_of(event.data.get("event"))
                if type_of(payload) == "ag2.ModelResponse" and self._is_alone(event, payload):
                    return _known_by_answer(event, parent, common, list(chat_messages(payload)))
        return None

    def _is_alone(self, event: RecordedEvent, response: JsonObject) -> bool:
        """Return whether a response was a model's, and no model call was recorded for it."""
        is_copy = event.data.get("detached") is True
        is_tools = response.get("response_force") is True
        return not (is_copy or is_tools or event.causation_id in self._completed)

    def _recorded(self, event: RecordedEvent, parent: str, common: Mapping[str, Attribute]) -> Span:
        end = self._ends.get(plain_text(event.data.get("call")))
        failure: JsonObject = {} if end is None else mapping_of(end.data.get("error"))
        response: JsonObject = {} if end is None else mapping_of(end.data.get("response"))
        usage: JsonObject = {} if end is None else mapping_of(end.data.get("usage"))
        model, provider = _text(event.data.get("model")), _text(event.data.get("provider"))
        attributes: dict[str, Attribute] = {
            names.SPAN_KIND: "LLM",
            **common,
            names.LLM_MODEL_NAME: model,
            names.LLM_PROVIDER: provider,
            names.LLM_SYSTEM: provider,
            names.LLM_INVOCATION_PARAMETERS: self._json("parameters_hash", event),
            **{name: token_count(usage.get(count)) for name, count in _counts.items()},
            **_messages(names.LLM_INPUT_MESSAGES, self._given(event)),
            **_messages(names.LLM_OUTPUT_MESSAGES, chat_messages(response)),
            **_tools(self._content("tools_hash", event)),
            names.RETOLD_ATTEMPT: event.data.get("attempt"),
            names.RETOLD_REQUEST_HASH: _text(event.data.get("request_hash")),
            names.RETOLD_FINISH_REASON: None
            if end is None
            else _text(end.data.get("finish_reason")),
            names.RETOLD_LATENCY_MS: None if end is None else _number(end.data.get("latency_ms")),
            names.EXCEPTION_TYPE: _text(failure.get("type")),
            names.EXCEPTION_MESSAGE: _text(failure.get("message")),
        }
        is_over = end is not None
        return Span(
            id=span_id(event, "model call"),
            parent=parent,
            name="model call" if model is None else f"model call {model}",
            start=event,
            end=end,
            attributes=attributes,
            status=(error if failure else ok) if is_over else 0,
            message=_text(failure.get("message")),
        )

    def _given(self, event: RecordedEvent) -> Iterator[JsonObject]:
        """Yield the messages of a call: the system prompts, then what it refers to."""
        prompts = self._content("prompt_hash", event)
        for prompt in prompts if isinstance(prompts, list) else ():
            yield {"role": "system", "content": plain_text(prompt)}
        for span in objects_of(event.data.get("messages")):
            if isinstance(span.get("content"), str):
                yield from chat_messages(mapping_of(self._contents.get(span["content"])))
                continue
            first, last = span.get("first"), span.get("last")
            if isinstance(first, int) and isinstance(last, int):
                stream = _text(span.get("stream")) or event.stream
                for version in range(first, last + 1):
                    seen = self._events.get((stream, version))
                    if seen is not None and seen.type in _history_types:
                        yield from _messages_in(seen)

    def _content(self, name: str, event: RecordedEvent) -> Any:
        digest = event.data.get(name)
        return self._contents.get(digest) if isinstance(digest, str) else None

    def _json(self, name: str, event: RecordedEvent) -> str | None:
        content = self._content(name, event)
        return None if content is None else plain_text(content)


def figures_attributes(figures: Figures) -> dict[str, Attribute]:
    """Return tokens and cost as attributes."""
    cost = figures.cost_usd
    return {
        names.LLM_TOKENS_PROMPT: figures.prompt_tokens,
        names.LLM_TOKENS_COMPLETION: figures.completion_tokens,
        names.LLM_COST_TOTAL: None if cost is None else float(cost),
    }


def _messages_in(event: RecordedEvent) -> Iterator[JsonObject]:
    if event.type == MessageImported.type:
        yield {
            "role": plain_text(event.data.get("role")),
            "content": content_text(event.data.get("content")),
        }
        return
    yield from chat_messages(mapping_of(event.data.get("event")))


def _known_by_answer(
    event: RecordedEvent,
    parent: str,
    common: Mapping[str, Attribute],
    messages: Sequence[JsonObject],
) -> Span:
    """Return the span of a call of which only the answer was recorded: it has no length."""
    return Span(
        id=span_id(event, "model call"),
        parent=parent,
        name="model call",
        start=event,
        end=event,
        attributes={
            names.SPAN_KIND: "LLM",
            **common,
            **_messages(names.LLM_OUTPUT_MESSAGES, messages),
            **figures_attributes(figures_of_message(event)),
            names.RETOLD_ONLY_ANSWER_RECORDED: True,
        },
    )


def _messages(name: str, messages: Iterable[JsonObject]) -> dict[str, Attribute]:
    found: dict[str, Attribute] = {}
    for number, message in enumerate(messages):
        start = f"{name}.{number}.message"
        found[f"{start}.role"] = plain_text(message.get("role"))
        found[f"{start}.content"] = plain_text(message.get("content")) or None
        found[f"{start}.tool_call_id"] = _text(message.get("tool_call_id"))
        for place, call in enumerate(objects_of(message.get("tool_calls"))):
            tool = f"{start}.tool_calls.{place}.tool_call"
            function = mapping_of(call.get("function"))
            found[f"{tool}.id"] = _text(call.get("id"))
            found[f"{tool}.function.name"] = plain_text(function.get("name"))
            found[f"{tool}.function.arguments"] = plain_text(function.get("arguments"))
    return found


def _tools(tools: object) -> dict[str, Attribute]:
    return {
        f"{names.LLM_TOOLS}.{number}.tool.json_schema": plain_text(tool)
        for number, tool in enumerate(objects_of(tools))
    }


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) else None

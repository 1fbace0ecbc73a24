"""Events of the providers and protocols whose packages are optional, by package.

Imported by name: where a package is missing its events can be neither made nor read, which is
what the codec is for.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ag2.events import BaseEvent, TextInput, ToolCallEvent, ToolErrorEvent, ToolResult


def _anthropic() -> list[BaseEvent]:
    types: Any = import_module("anthropic.types")
    events: Any = import_module("ag2.config.anthropic.events")
    found = types.WebSearchToolResultBlock.model_validate(
        {
            "type": "web_search_tool_result",
            "tool_use_id": "st_1",
            "caller": {"type": "direct"},
            "content": [
                {
                    "type": "web_search_result",
                    "url": "https://example.com",
                    "title": "t",
                    "encrypted_content": "e",
                    "page_age": None,
                }
            ],
        }
    )
    use = types.ServerToolUseBlock.model_construct(
        id="st_1", type="server_tool_use", name="web_search", input={"q": 1}, later={"a": 1}
    )
    redacted = types.RedactedThinkingBlock(type="redacted_thinking", data="x")
    upload = types.ContainerUploadBlock(type="container_upload", file_id="f")
    return [
        events.AnthropicRedactedThinkingEvent(block=redacted),
        events.AnthropicContainerUploadEvent(block=upload),
        events.AnthropicServerToolCallEvent.from_block(use),
        events.AnthropicServerToolResultEvent.from_block(found),
        events.AnthropicCacheDiagnostics("model_changed", cache_missed_input_tokens=9),
    ]


def _gemini() -> list[BaseEvent]:
    types: Any = import_module("google.genai.types")
    events: Any = import_module("ag2.config.gemini.events")
    code = types.Part(
        executable_code=types.ExecutableCode(code="1+1", language="PYTHON"),
        thought_signature=b"\xff\x00sig",
    )
    grounding = types.GroundingMetadata(web_search_queries=["q"])
    return [
        events.GeminiToolCallEvent("find", id="c1", thought_signature=b"\xff"),
        events.GeminiServerToolCallEvent.from_executable_code(code),
        events.GeminiServerToolCallEvent.from_grounding(grounding, name="web_search"),
        events.GeminiServerToolResultEvent(
            parent_id="c1", name="code", result=ToolResult(TextInput("2")), part=code
        ),
    ]


def _xai() -> list[BaseEvent]:
    events: Any = import_module("ag2.config.xai.events")
    return [events.XAIAssistantEvent(proto_bytes=b"\x08\x01", model="grok", finish_reason="stop")]


def _a2a() -> list[BaseEvent]:
    types: Any = import_module("a2a.types")
    events: Any = import_module("ag2.a2a.events")
    message = types.Message(message_id="m1", parts=[types.Part(text="hi")])
    status = types.TaskStatusUpdateEvent(task_id="t1", context_id="c1")
    artifact = types.TaskArtifactUpdateEvent(task_id="t1", context_id="c1", append=True)
    working = types.TaskState.Value("TASK_STATE_WORKING")
    return [
        events.A2AEvent(),
        events.A2ATaskSnapshot(task=types.Task(id="t1", context_id="c1")),
        events.A2AMessage(message=message),
        events.A2ATaskStatusUpdate(update=status, state=working),
        events.A2ATaskArtifactUpdate(update=artifact, append=True),
        events.A2ATextArtifact(update=artifact, text="hi"),
        events.A2AToolCallArtifact(update=artifact, call=ToolCallEvent("find", id="c1")),
    ]


def _ag_ui() -> list[BaseEvent]:
    core: Any = import_module("ag_ui.core")
    events: Any = import_module("ag2.ag_ui.events")
    return [
        events.AGUIEvent(core.TextMessageStartEvent(message_id="m1", role="assistant")),
        events.AGUIEvent(core.RunStartedEvent(thread_id="t", run_id="r")),
        events.AGUIEvent(core.CustomEvent(name="n", value={"a": [1, None]})),
        events.AGUIEvent(core.StateSnapshotEvent(snapshot={"a": 1})),
    ]


def _mcp() -> list[BaseEvent]:
    errors: Any = import_module("ag2.mcp.errors")
    call = ToolCallEvent("read", id="c1")
    return [ToolErrorEvent.from_call(call, errors.MCPResourceNotFoundError("file://a"))]


provider_samples: dict[str, Callable[[], list[BaseEvent]]] = {
    "anthropic": _anthropic,
    "google.genai": _gemini,
    "xai_sdk": _xai,
    "a2a": _a2a,
    "ag_ui": _ag_ui,
    "mcp": _mcp,
}

provider_types: dict[str, tuple[str, ...]] = {
    "anthropic": (
        "ag2.AnthropicCacheDiagnostics",
        "ag2.AnthropicContainerUploadEvent",
        "ag2.AnthropicRedactedThinkingEvent",
        "ag2.AnthropicServerToolCallEvent",
        "ag2.AnthropicServerToolResultEvent",
    ),
    "google.genai": (
        "ag2.GeminiServerToolCallEvent",
        "ag2.GeminiServerToolResultEvent",
        "ag2.GeminiToolCallEvent",
    ),
    "xai_sdk": ("ag2.XAIAssistantEvent",),
    "a2a": (
        "ag2.A2AEvent",
        "ag2.A2AMessage",
        "ag2.A2ATaskArtifactUpdate",
        "ag2.A2ATaskSnapshot",
        "ag2.A2ATaskStatusUpdate",
        "ag2.A2ATextArtifact",
        "ag2.A2AToolCallArtifact",
    ),
    "ag_ui": ("ag2.AGUIEvent",),
    "mcp": (),
}


def installed(package: str) -> bool:
    """Return whether an optional package of AG2's can be imported."""
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:
        return False

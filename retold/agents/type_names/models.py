"""What AG2's events hold that is of other packages: the items of providers and protocols."""

from __future__ import annotations

from types import MappingProxyType

from retold.agents.type_names.home import table

# Provider items that AG2's events hold to send them back verbatim, by how they are rebuilt.
# The SDKs of OpenAI and Anthropic build these leniently themselves, without validation.
constructed_models = MappingProxyType(
    {
        **table(
            "ag2.openai",
            "openai.types.responses",
            "ResponseCodeInterpreterToolCall",
            "ResponseFileSearchToolCall",
            "ResponseFunctionShellToolCall",
            "ResponseFunctionShellToolCallOutput",
            "ResponseFunctionWebSearch",
            "ResponseReasoningItem",
        ),
        **table(
            "ag2.openai",
            "openai.types.responses.response_output_item",
            "ImageGenerationCall",
            "McpCall",
            "McpListTools",
        ),
        **table(
            "ag2.anthropic",
            "anthropic.types",
            "BashCodeExecutionToolResultBlock",
            "CodeExecutionToolResultBlock",
            "ContainerUploadBlock",
            "RedactedThinkingBlock",
            "ServerToolUseBlock",
            "TextEditorCodeExecutionToolResultBlock",
            "ToolSearchToolResultBlock",
            "WebFetchToolResultBlock",
            "WebSearchToolResultBlock",
        ),
    }
)

validated_models = MappingProxyType(
    {
        **table("ag2.gemini", "google.genai.types", "GroundingMetadata", "Part"),
        **table(
            "ag2.ag_ui",
            "ag_ui.core",
            "ActivityDeltaEvent",
            "ActivitySnapshotEvent",
            "CustomEvent",
            "MessagesSnapshotEvent",
            "RawEvent",
            "ReasoningEncryptedValueEvent",
            "ReasoningEndEvent",
            "ReasoningMessageChunkEvent",
            "ReasoningMessageContentEvent",
            "ReasoningMessageEndEvent",
            "ReasoningMessageStartEvent",
            "ReasoningStartEvent",
            "RunErrorEvent",
            "RunFinishedEvent",
            "RunStartedEvent",
            "StateDeltaEvent",
            "StateSnapshotEvent",
            "StepFinishedEvent",
            "StepStartedEvent",
            "SubagentErrorEvent",
            "SubagentFinishedEvent",
            "SubagentStartedEvent",
            "TextMessageChunkEvent",
            "TextMessageContentEvent",
            "TextMessageEndEvent",
            "TextMessageStartEvent",
            "ToolCallArgsEvent",
            "ToolCallChunkEvent",
            "ToolCallEndEvent",
            "ToolCallResultEvent",
            "ToolCallStartEvent",
        ),
    }
)

protobuf_messages = MappingProxyType(
    table(
        "ag2.a2a",
        "a2a.types",
        "Message",
        "Task",
        "TaskArtifactUpdateEvent",
        "TaskStatusUpdateEvent",
    )
)

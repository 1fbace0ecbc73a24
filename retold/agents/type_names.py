"""Stable names of the types AG2's events are made of.

AG2 moved its modules twice (``autogen.beta.events``, ``autogen.events``, ``ag2.events``), so a
log must not hold module paths. A name is never changed or given to another class; when AG2 moves
a class, its path here follows. A golden file guards both.

The paths are imported when a record asks for one of them, so that optional packages stay so.
"""

from __future__ import annotations

from types import MappingProxyType


def _table(prefix: str, module: str, *classes: str) -> dict[str, str]:
    return {f"{prefix}.{cls}": f"{module}:{cls}" for cls in classes}


# Subclasses of BaseEvent.
event_types = MappingProxyType(
    {
        **_table(
            "ag2",
            "ag2.events",
            "AggregationCompleted",
            "AggregationFailed",
            "AggregationStarted",
            "AudioInterruptedEvent",
            "AudioPlaybackCompletedEvent",
            "AudioPlaybackStartedEvent",
            "BaseEvent",
            "BinaryInput",
            "BuiltinToolCallEvent",
            "BuiltinToolResultEvent",
            "ClientToolCallEvent",
            "CompactionCompleted",
            "CompactionFailed",
            "CompactionStarted",
            "DataInput",
            "DrainedModelRequest",
            "EventLogFailed",
            "FileIdInput",
            "HaltEvent",
            "HumanInputRequest",
            "HumanMessage",
            "Input",
            "MessageEnqueued",
            "ModelMessage",
            "ModelMessageChunk",
            "ModelReasoning",
            "ModelRequest",
            "ModelResponse",
            "ObserverAlert",
            "ObserverCompleted",
            "ObserverStarted",
            "RecordedAudioEvent",
            "SynthesizedAudioEvent",
            "TaskCancelled",
            "TaskCompleted",
            "TaskExpired",
            "TaskFailed",
            "TaskProgress",
            "TaskStarted",
            "TextInput",
            "ToolApprovalRequest",
            "ToolCallEvent",
            "ToolCallsEvent",
            "ToolErrorEvent",
            "ToolNotFoundEvent",
            "ToolResultEvent",
            "ToolResultsEvent",
            "TranscriptionChunkEvent",
            "TranscriptionCompletedEvent",
            "UnknownEvent",
            "UrlInput",
            "UsageEvent",
        ),
        # Bases that AG2 does not export.
        **_table("ag2", "ag2.events.task_events", "TaskEvent"),
        **_table("ag2", "ag2.events.tool_events", "ToolEvent"),
        **_table("ag2", "ag2.events.types", "ModelEvent"),
        **_table("ag2", "ag2.compact", "CompactionSummary"),
        **_table("ag2", "ag2.files.types", "UploadedFile"),
        **_table(
            "ag2",
            "ag2.a2a.events",
            "A2AEvent",
            "A2AMessage",
            "A2ATaskArtifactUpdate",
            "A2ATaskSnapshot",
            "A2ATaskStatusUpdate",
            "A2ATextArtifact",
            "A2AToolCallArtifact",
        ),
        **_table(
            "ag2",
            "ag2.a2ui.events",
            "A2UIClientEvent",
            "A2UIMessageEvent",
            "A2UIValidationFailedEvent",
        ),
        **_table(
            "ag2",
            "ag2.acp.events",
            "ACPAvailableCommands",
            "ACPElicitation",
            "ACPModeChange",
            "ACPPlan",
        ),
        **_table("ag2", "ag2.ag_ui.events", "AGUIEvent"),
        **_table(
            "ag2",
            "ag2.config.anthropic.events",
            "AnthropicCacheDiagnostics",
            "AnthropicContainerUploadEvent",
            "AnthropicRedactedThinkingEvent",
            "AnthropicServerToolCallEvent",
            "AnthropicServerToolResultEvent",
        ),
        **_table(
            "ag2",
            "ag2.config.gemini.events",
            "GeminiServerToolCallEvent",
            "GeminiServerToolResultEvent",
            "GeminiToolCallEvent",
        ),
        **_table(
            "ag2",
            "ag2.config.openai.events",
            "OpenAIPromptCacheDiagnostics",
            "OpenAIReasoningEvent",
            "OpenAIServerToolCallEvent",
            "OpenAIServerToolResultEvent",
            "OpenAIShellCommandChunk",
            "OpenAIShellOutputChunk",
        ),
        **_table("ag2", "ag2.config.xai.events", "XAIAssistantEvent"),
        **_table(
            "ag2.eval",
            "ag2.eval.events",
            "EvalCompleted",
            "EvalEvent",
            "EvalStarted",
            "PairwiseCompared",
            "PairwiseCompleted",
            "PairwiseStarted",
            "TaskEvaluated",
            "VariantCompleted",
            "VariantStarted",
        ),
    }
)

# Dataclasses, enums and models the events hold.
data_types = MappingProxyType(
    {
        **_table("ag2", "ag2.events", "BinaryResult", "BinaryType", "Severity", "Usage"),
        **_table("ag2", "ag2.task", "TaskSpec"),
        **_table("ag2", "ag2.files.types", "FileProvider"),
        **_table("ag2", "ag2.acp.events", "ACPPlanEntry"),
        **_table(
            "ag2",
            "ag2.a2ui.incoming",
            "A2UIIncomingAction",
            "A2UIIncomingActionResult",
            "A2UIIncomingErrorResult",
            "A2UIIncomingFunctionError",
            "A2UIIncomingFunctionResponse",
            "A2UIIncomingFunctionResponseResult",
            "A2UIIncomingSurfaceError",
            "A2UIIncomingUnknownResult",
            "ActionResponseRequest",
        ),
        **_table(
            "ag2.eval", "ag2.eval", "Feedback", "PairwiseCase", "Task", "TaskResult", "TraceRef"
        ),
        # Held by the exceptions of MCP, which make their text of it.
        **_table("ag2.mcp", "mcp.types", "ErrorData"),
    }
)

# What AG2's code raises and its events carry: errors of tools and of sub-tasks.
exception_types = MappingProxyType(
    {
        **_table(
            "ag2",
            "ag2.exceptions",
            "AG2Error",
            "BlockedToolsUnsupportedError",
            "ClientExecutedShellUnsupportedError",
            "ConfigNotProvidedError",
            "HumanInputError",
            "HumanInputFailedError",
            "HumanInputNotProvidedError",
            "HumanInputTimeoutError",
            "InvalidSkillError",
            "InvalidSkillNameError",
            "SkillDownloadError",
            "SkillError",
            "SkillInstallError",
            "SkillNotFoundError",
            "ToolConflictError",
            "ToolExecutionError",
            "ToolNotFoundError",
            "ToolResolutionError",
            "UnsupportedInputError",
            "UnsupportedToolError",
            "WebFetchOptionUnsupportedError",
            "WebFetchUrlSourceToolNotFoundError",
        ),
        **_table(
            "ag2.a2a",
            "ag2.a2a.errors",
            "A2ACardSignatureError",
            "A2AClientToolsNotSupportedError",
            "A2AError",
            "A2AExtensionNotSupportedError",
            "A2AIncompatibleProtocolVersionError",
            "A2AInvalidCardError",
            "A2AReconnectError",
            "A2AStaleCardSignatureError",
            "A2ATaskAuthRequiredError",
            "A2ATaskFailedError",
            "A2ATaskRejectedError",
            "A2ATaskTerminalError",
            "RehydratedToolError",
        ),
        **_table("ag2.acp", "ag2.acp.auth", "AuthenticationFailedError"),
        **_table(
            "ag2.acp", "ag2.acp.executor", "HumanInputUnsupportedError", "UpdateDeliveryError"
        ),
        **_table(
            "ag2.acp",
            "ag2.acp.sessions",
            "ConnectionOverloadedError",
            "SessionBusyError",
            "SessionLimitError",
            "UnknownSessionError",
        ),
        **_table("ag2.acp", "ag2.acp.tool_gateway", "MCPCapabilityError"),
        **_table("ag2.acp", "ag2.acp.transport", "ACPTransportError"),
        **_table("ag2.ag_ui", "ag2.ag_ui.interrupts", "ResumeRefusedError"),
        **_table("ag2", "ag2.response.decision", "NotADecisionError"),
        **_table(
            "ag2.openai",
            "ag2.config.openai.decisions_mappers",
            "DecisionRefusedError",
            "UnsupportedResponseSchemaError",
        ),
        **_table("ag2.typesafe", "ag2.config.typesafe.mappers", "UnsupportedResponseSchemaError"),
        **_table(
            "ag2.eval",
            "ag2.eval",
            "MissingTraceError",
            "RunsNotComparableError",
            "ScorerReturnTypeError",
        ),
        **_table(
            "ag2.mcp",
            "ag2.mcp.errors",
            "MCPAgentConfigError",
            "MCPAppFrozenError",
            "MCPAppURIError",
            "MCPDuplicateAppURIError",
            "MCPElicitationDeclinedError",
            "MCPPromptNotFoundError",
            "MCPResourceNotFoundError",
            "MCPSamplingError",
            "MCPSamplingRefusedError",
            "MCPSamplingUnavailableError",
            "MCPServerError",
            "MCPToolNameConflictError",
            "UnknownConversationError",
        ),
        **_table(
            "ag2.network",
            "ag2.network.errors",
            "AccessDeniedError",
            "AuthError",
            "InboxFull",
            "NetworkError",
            "NotFoundError",
            "ProtocolError",
        ),
        **_table("ag2.network", "ag2.network.transitions", "WorkflowGraphError"),
        **_table(
            "ag2.nlip",
            "ag2.extensions.nlip.errors",
            "NlipConnectionError",
            "NlipError",
            "NlipInputRequiredError",
            "NlipServerError",
            "NlipTimeoutError",
            "RehydratedNlipToolError",
        ),
        **_table("ag2.mcp", "mcp.shared.exceptions", "MCPError"),
        **_table("ag2.python", "asyncio.exceptions", "CancelledError"),
        **_table("ag2.python", "json.decoder", "JSONDecodeError"),
    }
)

# Provider items that AG2's events hold to send them back verbatim, by how they are rebuilt.
# The SDKs of OpenAI and Anthropic build these leniently themselves, without validation.
constructed_models = MappingProxyType(
    {
        **_table(
            "ag2.openai",
            "openai.types.responses",
            "ResponseCodeInterpreterToolCall",
            "ResponseFileSearchToolCall",
            "ResponseFunctionShellToolCall",
            "ResponseFunctionShellToolCallOutput",
            "ResponseFunctionWebSearch",
            "ResponseReasoningItem",
        ),
        **_table(
            "ag2.openai",
            "openai.types.responses.response_output_item",
            "ImageGenerationCall",
            "McpCall",
            "McpListTools",
        ),
        **_table(
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
        **_table("ag2.gemini", "google.genai.types", "GroundingMetadata", "Part"),
        **_table(
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
    _table(
        "ag2.a2a",
        "a2a.types",
        "Message",
        "Task",
        "TaskArtifactUpdateEvent",
        "TaskStatusUpdateEvent",
    )
)

# Classes rebuilt by their own constructors, each in its own way.
classes = MappingProxyType(
    {
        **_table("ag2", "ag2.events", "ToolResult"),
        **_table("ag2.eval", "ag2.eval", "PairwiseRunResult", "RunResult", "Suite", "Trace"),
    }
)

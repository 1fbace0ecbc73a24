"""What AG2's events hold that is AG2's own: data and exceptions."""

from __future__ import annotations

from types import MappingProxyType

from retold.agents.type_names.home import table

# Dataclasses, enums and models the events hold.
data_types = MappingProxyType(
    {
        **table("ag2", "ag2.events", "BinaryResult", "BinaryType", "Severity", "Usage"),
        **table("ag2", "ag2.task", "TaskSpec"),
        **table("ag2", "ag2.files.types", "FileProvider"),
        **table("ag2", "ag2.acp.events", "ACPPlanEntry"),
        **table(
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
        **table(
            "ag2.eval", "ag2.eval", "Feedback", "PairwiseCase", "Task", "TaskResult", "TraceRef"
        ),
        # Held by the exceptions of MCP, which make their text of it.
        **table("ag2.mcp", "mcp.types", "ErrorData"),
    }
)

# What AG2's code raises and its events carry: errors of tools and of sub-tasks.
exception_types = MappingProxyType(
    {
        **table(
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
        **table(
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
        **table("ag2.acp", "ag2.acp.auth", "AuthenticationFailedError"),
        **table("ag2.acp", "ag2.acp.executor", "HumanInputUnsupportedError", "UpdateDeliveryError"),
        **table(
            "ag2.acp",
            "ag2.acp.sessions",
            "ConnectionOverloadedError",
            "SessionBusyError",
            "SessionLimitError",
            "UnknownSessionError",
        ),
        **table("ag2.acp", "ag2.acp.tool_gateway", "MCPCapabilityError"),
        **table("ag2.acp", "ag2.acp.transport", "ACPTransportError"),
        **table("ag2.ag_ui", "ag2.ag_ui.interrupts", "ResumeRefusedError"),
        **table("ag2", "ag2.response.decision", "NotADecisionError"),
        **table(
            "ag2.openai",
            "ag2.config.openai.decisions_mappers",
            "DecisionRefusedError",
            "UnsupportedResponseSchemaError",
        ),
        **table("ag2.typesafe", "ag2.config.typesafe.mappers", "UnsupportedResponseSchemaError"),
        **table(
            "ag2.eval",
            "ag2.eval",
            "MissingTraceError",
            "RunsNotComparableError",
            "ScorerReturnTypeError",
        ),
        **table(
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
        **table(
            "ag2.network",
            "ag2.network.errors",
            "AccessDeniedError",
            "AuthError",
            "InboxFull",
            "NetworkError",
            "NotFoundError",
            "ProtocolError",
        ),
        **table("ag2.network", "ag2.network.transitions", "WorkflowGraphError"),
        **table(
            "ag2.nlip",
            "ag2.extensions.nlip.errors",
            "NlipConnectionError",
            "NlipError",
            "NlipInputRequiredError",
            "NlipServerError",
            "NlipTimeoutError",
            "RehydratedNlipToolError",
        ),
        **table("ag2.mcp", "mcp.shared.exceptions", "MCPError"),
        **table("ag2.python", "asyncio.exceptions", "CancelledError"),
        **table("ag2.python", "json.decoder", "JSONDecodeError"),
    }
)

# Classes rebuilt by their own constructors, each in its own way.
classes = MappingProxyType(
    {
        **table("ag2", "ag2.events", "ToolResult"),
        **table("ag2.eval", "ag2.eval", "PairwiseRunResult", "RunResult", "Suite", "Trace"),
    }
)

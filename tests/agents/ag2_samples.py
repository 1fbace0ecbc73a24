"""One event or more of every class AG2 has, with values of the kinds its fields take."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ag2.a2ui.events import A2UIClientEvent, A2UIMessageEvent, A2UIValidationFailedEvent
from ag2.a2ui.incoming import (
    A2UIIncomingAction,
    A2UIIncomingActionResult,
    A2UIIncomingErrorResult,
    A2UIIncomingFunctionError,
    A2UIIncomingFunctionResponse,
    A2UIIncomingFunctionResponseResult,
    A2UIIncomingSurfaceError,
    A2UIIncomingUnknownResult,
    ActionResponseRequest,
)
from ag2.acp.events import (
    ACPAvailableCommands,
    ACPElicitation,
    ACPModeChange,
    ACPPlan,
    ACPPlanEntry,
)
from ag2.compact import CompactionSummary
from ag2.config.openai import events as openai
from ag2.eval import (
    Feedback,
    PairwiseCase,
    PairwiseRunResult,
    RunResult,
    Suite,
    Task,
    TaskResult,
    Trace,
    TraceRef,
    events as eval_events,
)
from ag2.events import (
    AggregationCompleted,
    AggregationFailed,
    AggregationStarted,
    AudioInterruptedEvent,
    AudioPlaybackCompletedEvent,
    AudioPlaybackStartedEvent,
    BaseEvent,
    BinaryInput,
    BinaryResult,
    BinaryType,
    BuiltinToolCallEvent,
    BuiltinToolResultEvent,
    ClientToolCallEvent,
    CompactionCompleted,
    CompactionFailed,
    CompactionStarted,
    DataInput,
    DrainedModelRequest,
    EventLogFailed,
    FileIdInput,
    HaltEvent,
    HumanInputRequest,
    HumanMessage,
    Input,
    MessageEnqueued,
    ModelMessage,
    ModelMessageChunk,
    ModelReasoning,
    ModelRequest,
    ModelResponse,
    ObserverAlert,
    ObserverCompleted,
    ObserverStarted,
    RecordedAudioEvent,
    Severity,
    SynthesizedAudioEvent,
    TaskCancelled,
    TaskCompleted,
    TaskExpired,
    TaskFailed,
    TaskProgress,
    TaskStarted,
    TextInput,
    ToolApprovalRequest,
    ToolCallEvent,
    ToolCallsEvent,
    ToolErrorEvent,
    ToolNotFoundEvent,
    ToolResult,
    ToolResultEvent,
    ToolResultsEvent,
    TranscriptionChunkEvent,
    TranscriptionCompletedEvent,
    UnknownEvent,
    UrlInput,
    Usage,
    UsageEvent,
)
from ag2.events.task_events import TaskEvent
from ag2.events.tool_events import ToolEvent
from ag2.events.types import ModelEvent
from ag2.exceptions import HumanInputTimeoutError, ToolNotFoundError
from ag2.files import FileProvider, UploadedFile
from ag2.task import TaskSpec
from openai.types.responses import (
    ResponseCodeInterpreterToolCall,
    ResponseFileSearchToolCall,
    ResponseFunctionShellToolCall,
    ResponseFunctionShellToolCallOutput,
    ResponseFunctionWebSearch,
    ResponseReasoningItem,
)
from openai.types.responses.response_output_item import ImageGenerationCall, McpCall, McpListTools


def _raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as raised:
        return raised


def _core() -> list[BaseEvent]:
    task: dict[str, Any] = {
        "task_id": "task-1",
        "agent_name": "researcher",
        "objective": "find it",
    }
    call = ToolCallEvent(
        "find",
        id="call_1",
        arguments='{"q": "a"}',
        vendor_metadata={"caller": {"type": "direct"}},
        source="function:app:find",
    )
    result = ToolResultEvent(
        parent_id="call_1",
        name="find",
        result=ToolResult(
            {"found": (1, 2)}, "text", b"\0bytes", final=True, metadata={"by": {1: "one"}}
        ),
    )
    usage = Usage(prompt_tokens=10, completion_tokens=2.5, thinking_tokens=None)
    text = TextInput("hello \0 \ud800", metadata={"detail": "low"})
    alert = ObserverAlert(source="loop", severity=Severity.FATAL, message="again", data={"n": 3})
    return [
        BaseEvent(),
        Input(metadata={"a": 1}),
        text,
        DataInput({"nested": [{"$": "x"}]}),
        BinaryInput(b"\x00\xff", media_type="image/png", kind=BinaryType.IMAGE),
        FileIdInput("file-1", filename="a.pdf"),
        UploadedFile("file-2", provider=FileProvider.OPENAI, bytes_count=5, purpose="user_data"),
        UrlInput("https://example.com/a.png", kind=BinaryType.IMAGE),
        ModelRequest([text, DataInput([1, "a"])]),
        DrainedModelRequest([text]),
        MessageEnqueued(),
        ModelEvent(),
        ModelReasoning("because"),
        ModelMessage("hi", metadata={"logprobs": [0.5]}),
        ModelMessageChunk("h"),
        ModelResponse(
            ModelMessage("hi"),
            tool_calls=ToolCallsEvent([call]),
            usage=usage,
            files=[BinaryResult(b"\xff", metadata={"filename": "a"})],
            model="gpt-5-mini",
            provider="openai",
            finish_reason="stop",
            response_id="resp_1",
        ),
        ModelResponse(response_force=True),
        UsageEvent(usage, kind="subtask", parts=[UsageEvent(usage, model="m")]),
        ToolEvent(),
        call,
        BuiltinToolCallEvent("web_search", arguments=""),
        ClientToolCallEvent("ask", arguments="{}"),
        ToolCallsEvent([call, call]),
        result,
        BuiltinToolResultEvent(parent_id="call_2", name="web_search", result=ToolResult()),
        ToolErrorEvent.from_call(call, _raised(ValueError("bad", 7))),
        ToolNotFoundEvent.from_call(call, ToolNotFoundError("find")),
        ToolResultsEvent([result]),
        HumanInputRequest("which?", timeout=2.5, task_id="task-1"),
        ToolApprovalRequest("may I?", tool_call_id="call_1"),
        HumanMessage("this one", parent_id="h1"),
        alert,
        HaltEvent(reason="loop", source="alerts", alerts=[alert]),
        TaskEvent(**task),
        TaskStarted(
            **task,
            parent_tool_call_id="call_1",
            spec=TaskSpec("Research", payload={"depth": 2}, capability="search"),
            expires_at="2025-08-01T16:18:00Z",
        ),
        TaskProgress(**task, content="half", payload={"percent": 50}),
        TaskCompleted(**task, result={"a": (1,)}, task_stream=UUID(int=7), usage=usage),
        TaskFailed(**task, error=_raised(HumanInputTimeoutError(5.0))),
        TaskExpired(**task),
        TaskCancelled(**task, reason="enough"),
        ObserverStarted(name="o"),
        ObserverCompleted(name="o"),
        CompactionStarted(agent="a", strategy="tail", event_count=9),
        CompactionCompleted(agent="a", strategy="tail", events_before=9, events_after=3),
        CompactionFailed(agent="a", strategy="tail", error_type="ValueError", error="x"),
        CompactionSummary(summary="they talked", event_count=9),
        AggregationStarted(agent="a", strategy="s", event_count=9),
        AggregationCompleted(agent="a", strategy="s", event_count=9, usage={"total": 1}),
        AggregationFailed(agent="a", strategy="s", error_type="ValueError", error="x"),
        EventLogFailed(agent="a", error_type="OSError", error="full"),
        UnknownEvent(type_name="autogen.events.Old", data={"a": b"1"}),
        *_voice(),
    ]


def _voice() -> list[BaseEvent]:
    return [
        AudioInterruptedEvent(),
        AudioPlaybackCompletedEvent(),
        AudioPlaybackStartedEvent(),
        RecordedAudioEvent(content=b"\x01\x02"),
        SynthesizedAudioEvent(content=b"\x03"),
        TranscriptionChunkEvent(content="hel"),
        TranscriptionCompletedEvent(content="hello"),
    ]


def _ui() -> list[BaseEvent]:
    action = A2UIIncomingAction(
        "buy", "s1", "b1", "2025-01-01", {"n": 1}, ActionResponseRequest("a1")
    )
    interactions = (
        A2UIIncomingActionResult(action),
        A2UIIncomingErrorResult(A2UIIncomingSurfaceError("E", "s1", "bad", "/a")),
        A2UIIncomingErrorResult(A2UIIncomingFunctionError("E", "f1", "bad")),
        A2UIIncomingFunctionResponseResult(A2UIIncomingFunctionResponse("f1", "open", [1])),
        A2UIIncomingUnknownResult("no"),
    )
    return [
        A2UIValidationFailedEvent(["bad"], 2),
        A2UIMessageEvent({"version": "v0.9", "deleteSurface": {"surfaceId": "s1"}}),
        *(A2UIClientEvent(interaction) for interaction in interactions),
        ACPPlan([ACPPlanEntry("look", "pending", "high")]),
        ACPModeChange("code"),
        ACPAvailableCommands(["/help"]),
        ACPElicitation("which?", "form", fields=["a"]),
    ]


def _evaluation() -> list[BaseEvent]:
    task = Task({"q": "a"}, task_id="t1", tags=("hard",))
    trace = Trace(events=_voice(), exception=_raised(ValueError("x")), duration_ms=5)
    feedback = (Feedback("right", score=True), Feedback("why", value="a", detail={"step": 1}))
    result = RunResult(
        run_id="r1",
        tasks=(TaskResult(task, trace, feedback, trace_ref=TraceRef("tr1", "t1")),),
        suite=Suite([task], name="s"),
        target_path="app:agent",
        concurrency=2,
        duration_ms=7,
        created_at="2025-01-01T00:00:00Z",
        label="nightly",
    )
    pairwise = PairwiseRunResult(
        run_id="r2",
        cases=(PairwiseCase("t1", "judge", "a", detail={"order1": "a"}),),
        variant_a="A",
        variant_b="B",
        keys=("judge",),
        created_at="2025-01-01T00:00:00Z",
        duration_ms=7,
        n_pairs=1,
    )
    run: dict[str, Any] = {"run_id": "r1", "label": "nightly"}
    return [
        eval_events.EvalEvent(**run),
        eval_events.EvalStarted(**run, suite="s", total=1),
        eval_events.TaskEvaluated(**run, task_id="t1", feedback=feedback),
        eval_events.EvalCompleted(**run, result=result),
        eval_events.VariantStarted(**run, variant="v", index=1, total=2),
        eval_events.VariantCompleted(**run, variant="v", result=result),
        eval_events.PairwiseStarted(**run, variant_a="A", variant_b="B", total=1),
        eval_events.PairwiseCompared(**run, task_id="t1", key="judge", winner="a"),
        eval_events.PairwiseCompleted(**run, result=pairwise),
    ]


def _openai() -> list[BaseEvent]:
    shell = ResponseFunctionShellToolCall.model_validate(
        {
            "id": "sh_1",
            "call_id": "c1",
            "type": "shell_call",
            "status": "completed",
            "action": {"commands": ["ls"], "timeout_ms": None, "max_output_length": None},
        }
    )
    output = ResponseFunctionShellToolCallOutput.model_validate(
        {
            "id": "so_1",
            "call_id": "c1",
            "type": "shell_call_output",
            "status": "completed",
            "max_output_length": None,
            "output": [{"stdout": "a", "stderr": "", "outcome": {"type": "exit", "exit_code": 0}}],
        }
    )
    # As the API sends it before the SDK knows of it.
    unheard_of: dict[str, Any] = {"status": "paused", "action": {"type": "dive", "depth": 3}}
    later = ResponseFunctionWebSearch.model_construct(
        id="ws_2", type="web_search_call", **unheard_of
    )
    items = (
        ResponseFunctionWebSearch.model_validate(
            {
                "id": "ws_1",
                "type": "web_search_call",
                "status": "completed",
                "action": {"type": "search", "query": "q", "queries": ["q"]},
            }
        ),
        later,
        ResponseCodeInterpreterToolCall.model_validate(
            {
                "id": "ci_1",
                "type": "code_interpreter_call",
                "status": "completed",
                "code": "1+1",
                "container_id": "cn",
                "outputs": [{"type": "logs", "logs": "2"}],
            }
        ),
        ImageGenerationCall(
            id="ig_1", type="image_generation_call", status="completed", result="AA=="
        ),
        ResponseFileSearchToolCall(
            id="fs_1", type="file_search_call", status="completed", queries=["q"]
        ),
        McpCall(id="mc_1", type="mcp_call", arguments="{}", name="n", server_label="s", output="o"),
        McpListTools(id="ml_1", type="mcp_list_tools", server_label="s", tools=[], error="down"),
        shell,
    )
    calls = [
        openai.OpenAIServerToolCallEvent.from_item(item) for item in items if item.id != "ws_2"
    ]
    results = [
        openai.OpenAIServerToolResultEvent.from_item(item, parent_id="c1") for item in items[:7]
    ]
    return [
        openai.OpenAIReasoningEvent(
            "thinking",
            item=ResponseReasoningItem.model_validate(
                {
                    "id": "rs_1",
                    "type": "reasoning",
                    "summary": [{"type": "summary_text", "text": "s"}],
                    "encrypted_content": "gAAAA",
                    "later_field": {"a": 1},
                }
            ),
        ),
        *(event for event in (*calls, *results) if event is not None),
        openai.OpenAIServerToolCallEvent("web_search", id="ws_2", item=later),
        openai.OpenAIServerToolResultEvent.from_shell_output(output, call=shell, parent_id="c1"),
        openai.OpenAIShellCommandChunk("ls", command_index=0, output_index=0),
        openai.OpenAIShellOutputChunk(command_index=0, output_index=0, item_id="i", stdout="a"),
        openai.OpenAIPromptCacheDiagnostics("cache_miss", reason="x", cache_missed_tokens=9),
    ]


def samples() -> list[BaseEvent]:
    """Return events of every class of AG2's that needs no package beyond ``ag2[openai]``."""
    return [*_core(), *_ui(), *_evaluation(), *_openai()]

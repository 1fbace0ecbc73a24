"""Every name that spans, metrics and their attributes have, in one place.

Names of OpenTelemetry's conventions are literals here, because the packages that hold them are
an optional extra, and those for generative AI lie in a module that is to move. A test holds each
of them to ``opentelemetry.semconv``. Names of OpenInference are those of session exports.
"""

# ruff: noqa: S105 - tokens of models are no passwords

from __future__ import annotations

from typing import Final

scope: Final = "retold"

# OpenTelemetry: attributes ----------------------------------------------------------------------

SERVICE_NAME: Final = "service.name"
SERVICE_VERSION: Final = "service.version"
ERROR_TYPE: Final = "error.type"
EXCEPTION_TYPE: Final = "exception.type"
EXCEPTION_MESSAGE: Final = "exception.message"
SESSION_ID: Final = "session.id"
USER_ID: Final = "user.id"

GEN_AI_OPERATION_NAME: Final = "gen_ai.operation.name"
GEN_AI_PROVIDER_NAME: Final = "gen_ai.provider.name"
GEN_AI_REQUEST_MODEL: Final = "gen_ai.request.model"
GEN_AI_RESPONSE_MODEL: Final = "gen_ai.response.model"
GEN_AI_RESPONSE_ID: Final = "gen_ai.response.id"
GEN_AI_RESPONSE_FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
GEN_AI_USAGE_INPUT_TOKENS: Final = "gen_ai.usage.input_tokens"
GEN_AI_USAGE_OUTPUT_TOKENS: Final = "gen_ai.usage.output_tokens"
GEN_AI_USAGE_CACHE_READ_INPUT_TOKENS: Final = "gen_ai.usage.cache_read.input_tokens"
GEN_AI_USAGE_CACHE_CREATION_INPUT_TOKENS: Final = "gen_ai.usage.cache_creation.input_tokens"
GEN_AI_USAGE_REASONING_OUTPUT_TOKENS: Final = "gen_ai.usage.reasoning.output_tokens"
GEN_AI_TOKEN_TYPE: Final = "gen_ai.token.type"
GEN_AI_AGENT_NAME: Final = "gen_ai.agent.name"
GEN_AI_AGENT_ID: Final = "gen_ai.agent.id"
GEN_AI_CONVERSATION_ID: Final = "gen_ai.conversation.id"
GEN_AI_TOOL_NAME: Final = "gen_ai.tool.name"
GEN_AI_TOOL_TYPE: Final = "gen_ai.tool.type"
GEN_AI_TOOL_CALL_ID: Final = "gen_ai.tool.call.id"
GEN_AI_TOOL_CALL_ARGUMENTS: Final = "gen_ai.tool.call.arguments"
GEN_AI_TOOL_CALL_RESULT: Final = "gen_ai.tool.call.result"
GEN_AI_WORKFLOW_NAME: Final = "gen_ai.workflow.name"

# OpenTelemetry: operations ----------------------------------------------------------------------

CHAT: Final = "chat"
INVOKE_AGENT: Final = "invoke_agent"
EXECUTE_TOOL: Final = "execute_tool"
INVOKE_WORKFLOW: Final = "invoke_workflow"
INPUT: Final = "input"
OUTPUT: Final = "output"
FUNCTION: Final = "function"

# OpenTelemetry: metrics -------------------------------------------------------------------------

GEN_AI_CLIENT_OPERATION_DURATION: Final = "gen_ai.client.operation.duration"
GEN_AI_CLIENT_TOKEN_USAGE: Final = "gen_ai.client.token.usage"
# The buckets that the conventions advise, seconds and tokens.
duration_buckets: Final = (
    0.01,
    0.02,
    0.04,
    0.08,
    0.16,
    0.32,
    0.64,
    1.28,
    2.56,
    5.12,
    10.24,
    20.48,
    40.96,
    81.92,
)
token_buckets: Final = (
    1,
    4,
    16,
    64,
    256,
    1_024,
    4_096,
    16_384,
    65_536,
    262_144,
    1_048_576,
    4_194_304,
    16_777_216,
    67_108_864,
)

# Retold: operations and attributes of spans -----------------------------------------------------

RUN_STEP: Final = "run_step"

RETOLD_STREAM: Final = "retold.stream"
RETOLD_VERSION: Final = "retold.version"
RETOLD_TURN: Final = "retold.turn"
RETOLD_CALL: Final = "retold.call"
RETOLD_ATTEMPT: Final = "retold.attempt"
RETOLD_TASK: Final = "retold.task"
RETOLD_SOURCE: Final = "retold.source"
RETOLD_STAGE: Final = "retold.stage"
RETOLD_RUN: Final = "retold.run"
RETOLD_STEP: Final = "retold.step"
RETOLD_ITEM: Final = "retold.item"
RETOLD_WORKFLOW_VERSION: Final = "retold.workflow.version"
RETOLD_CORRELATION_ID: Final = "retold.correlation_id"
RETOLD_TIME_SOURCE: Final = "retold.time_source"
RETOLD_UNFINISHED: Final = "retold.unfinished"
RETOLD_ONLY_ANSWER_RECORDED: Final = "retold.only_answer_recorded"
RETOLD_REQUEST_HASH: Final = "retold.request_hash"
RETOLD_FINISH_REASON: Final = "retold.finish_reason"
RETOLD_LATENCY_MS: Final = "retold.latency_ms"

# Retold: values of error.type -------------------------------------------------------------------

ABANDONED: Final = "abandoned"
CANCELLED: Final = "cancelled"
EXPIRED: Final = "expired"
TIMED_OUT: Final = "timed_out"
LOST: Final = "lost"
TOOL_NOT_FOUND: Final = "tool_not_found"
OTHER: Final = "_OTHER"

# Retold: metrics --------------------------------------------------------------------------------

TURNS: Final = "retold.turns"
TURNS_RUNNING: Final = "retold.turns.running"
MODEL_CALLS: Final = "retold.model_calls"
MODEL_CALLS_RUNNING: Final = "retold.model_calls.running"
TOOL_CALLS: Final = "retold.tool_calls"
TOOL_CALLS_RUNNING: Final = "retold.tool_calls.running"
TOKENS: Final = "retold.tokens"
COST: Final = "retold.cost"
CIRCUIT_STATE: Final = "retold.circuit.state"
CIRCUIT_OPENINGS: Final = "retold.circuit.openings"
CIRCUIT_REFUSED: Final = "retold.circuit.refused"
PROJECTION_LAG: Final = "retold.projection.lag"
GROUP_LAG: Final = "retold.group.lag"
GROUP_PARKED: Final = "retold.group.parked"
QUEUE_ITEMS: Final = "retold.queue.items"
QUEUE_OLDEST_WAIT: Final = "retold.queue.oldest_wait"

# Retold: attributes of metrics ------------------------------------------------------------------

STATUS: Final = "retold.status"
CIRCUIT: Final = "retold.circuit"
PROJECTION: Final = "retold.projection"
GROUP: Final = "retold.group"
QUEUE: Final = "retold.queue"

# OpenInference ----------------------------------------------------------------------------------

SPAN_KIND: Final = "openinference.span.kind"
AGENT_NAME: Final = "agent.name"
TAGS: Final = "tag.tags"
INPUT_VALUE: Final = "input.value"
INPUT_MIME_TYPE: Final = "input.mime_type"
OUTPUT_VALUE: Final = "output.value"
TOOL_NAME: Final = "tool.name"
TOOL_CALL_ID: Final = "tool_call.id"
LLM_MODEL_NAME: Final = "llm.model_name"
LLM_PROVIDER: Final = "llm.provider"
LLM_SYSTEM: Final = "llm.system"
LLM_INVOCATION_PARAMETERS: Final = "llm.invocation_parameters"
LLM_INPUT_MESSAGES: Final = "llm.input_messages"
LLM_OUTPUT_MESSAGES: Final = "llm.output_messages"
LLM_TOOLS: Final = "llm.tools"
LLM_COST_TOTAL: Final = "llm.cost.total"
LLM_TOKENS_PROMPT: Final = "llm.token_count.prompt"
LLM_TOKENS_COMPLETION: Final = "llm.token_count.completion"
LLM_TOKENS_TOTAL: Final = "llm.token_count.total"
LLM_TOKENS_CACHE_READ: Final = "llm.token_count.prompt_details.cache_read"
LLM_TOKENS_CACHE_WRITE: Final = "llm.token_count.prompt_details.cache_write"
LLM_TOKENS_REASONING: Final = "llm.token_count.completion_details.reasoning"

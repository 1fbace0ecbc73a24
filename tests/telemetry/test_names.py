"""Every name that OpenTelemetry's conventions have is theirs."""

from __future__ import annotations

from opentelemetry.semconv._incubating.attributes import (
    gen_ai_attributes,
    session_attributes,
    user_attributes,
)
from opentelemetry.semconv._incubating.metrics import gen_ai_metrics
from opentelemetry.semconv.attributes import (
    error_attributes,
    exception_attributes,
    service_attributes,
)

from retold.projections.telemetry import names

_conventions = (
    gen_ai_attributes,
    gen_ai_metrics,
    session_attributes,
    user_attributes,
    error_attributes,
    exception_attributes,
    service_attributes,
)
_prefixes = ("GEN_AI_", "ERROR_", "EXCEPTION_", "SERVICE_", "SESSION_", "USER_")


def test_names_of_the_conventions_are_theirs() -> None:
    theirs = {name: value for module in _conventions for name, value in vars(module).items()}
    ours = {name: value for name, value in vars(names).items() if name.startswith(_prefixes)}
    assert len(ours) > 25
    assert {name: theirs.get(name) for name in ours} == ours


def test_no_name_has_two_constants() -> None:
    ours = [v for k, v in vars(names).items() if k.isupper() and isinstance(v, str)]
    # OpenInference's and the conventions' differ; error types and operations are values.
    assert sorted(ours) == sorted(set(ours))


def test_operations_and_kinds_of_tokens_are_theirs() -> None:
    source = vars(gen_ai_attributes)
    operations = {m.value for m in source["GenAiOperationNameValues"]}
    assert {
        names.CHAT,
        names.INVOKE_AGENT,
        names.EXECUTE_TOOL,
        names.INVOKE_WORKFLOW,
    } <= operations
    assert {names.INPUT, names.OUTPUT} == {m.value for m in source["GenAiTokenTypeValues"]}

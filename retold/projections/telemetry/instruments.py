"""What model calls, agents and tools are measured with: the histograms of the conventions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from retold.projections.telemetry import names
from retold.projections.telemetry.derived_span import AttributeValue, DerivedSpan

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider

# Bounded: none of them names a session, a turn, a call or a person.
_attributes = (
    names.GEN_AI_OPERATION_NAME,
    names.GEN_AI_PROVIDER_NAME,
    names.GEN_AI_REQUEST_MODEL,
    names.GEN_AI_RESPONSE_MODEL,
    names.GEN_AI_AGENT_NAME,
    names.GEN_AI_WORKFLOW_NAME,
    names.ERROR_TYPE,
)
_tokens = {
    names.INPUT: names.GEN_AI_USAGE_INPUT_TOKENS,
    names.OUTPUT: names.GEN_AI_USAGE_OUTPUT_TOKENS,
}


class CallInstruments:
    """Measures what spans tell, once an exporter has them."""

    def __init__(self, provider: MeterProvider) -> None:
        """Make the instruments.

        Args:
            provider: whose readers collect.
        """
        meter = provider.get_meter(names.scope)
        self._duration = meter.create_histogram(
            names.GEN_AI_CLIENT_OPERATION_DURATION,
            unit="s",
            description="GenAI operation duration.",
            explicit_bucket_boundaries_advisory=names.duration_buckets,
        )
        self._usage = meter.create_histogram(
            names.GEN_AI_CLIENT_TOKEN_USAGE,
            unit="{token}",
            description="Number of input and output tokens used.",
            explicit_bucket_boundaries_advisory=names.token_buckets,
        )

    def measure(self, spans: Iterable[DerivedSpan]) -> None:
        """Measure how long each took, and the tokens of model calls.

        Args:
            spans: that are over.
        """
        for span in spans:
            known = {name: span.attributes[name] for name in _attributes if name in span.attributes}
            if not span.attributes.get(names.RETOLD_ONLY_ANSWER_RECORDED):
                self._duration.record(span.seconds, known)
            self._measure_tokens(span, known)

    def _measure_tokens(self, span: DerivedSpan, known: Mapping[str, AttributeValue]) -> None:
        for kind, name in _tokens.items():
            count = span.attributes.get(name)
            if isinstance(count, int | float):
                self._usage.record(count, {**known, names.GEN_AI_TOKEN_TYPE: kind})

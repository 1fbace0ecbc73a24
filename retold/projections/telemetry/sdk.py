"""Derived spans as those of OpenTelemetry's SDK, which its exporters take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retold.errors import MissingExtra
from retold.projections.telemetry import names
from retold.projections.telemetry.derived_span import DerivedSpan, SpanStatus

if TYPE_CHECKING:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope


def require_sdk() -> None:
    """Check that OpenTelemetry's SDK is installed.

    Raises:
        MissingExtra: when it is not.
    """
    try:
        import opentelemetry.sdk  # noqa: F401, PLC0415 - an optional extra
    except ImportError as error:
        raise MissingExtra("opentelemetry-sdk", "otel") from error


def default_resource(version: str) -> Resource:
    """Return what spans are of: the environment's ``OTEL_SERVICE_NAME``, ``retold`` without one.

    Args:
        version: of Retold.
    """
    from opentelemetry.sdk.resources import (  # noqa: PLC0415 - an optional extra
        OTELResourceDetector,
        Resource,
    )

    own = Resource({names.SERVICE_NAME: names.scope, names.SERVICE_VERSION: version})
    return own.merge(OTELResourceDetector().detect())


def instrumentation_scope(version: str) -> InstrumentationScope:
    """Return who made the spans.

    Args:
        version: of Retold.
    """
    from opentelemetry.sdk.util.instrumentation import (  # noqa: PLC0415 - an optional extra
        InstrumentationScope,
    )

    return InstrumentationScope(names.scope, version)


def sdk_span(span: DerivedSpan, resource: Resource, scope: InstrumentationScope) -> ReadableSpan:
    """Return a span as the SDK has it once it is over.

    Args:
        span: the derived one.
        resource: what it is of.
        scope: who made it.
    """
    from opentelemetry.sdk.trace import ReadableSpan  # noqa: PLC0415 - an optional extra
    from opentelemetry.trace import (  # noqa: PLC0415 - an optional extra
        SpanContext,
        SpanKind,
        Status,
        StatusCode,
        TraceFlags,
    )

    flags = TraceFlags(span.flags)
    trace_id = int(span.trace_id, 16)
    parent = None
    if span.parent_id is not None:
        parent = SpanContext(
            trace_id, int(span.parent_id, 16), is_remote=span.parent_is_remote, trace_flags=flags
        )
    codes = {
        SpanStatus.UNSET: StatusCode.UNSET,
        SpanStatus.OK: StatusCode.OK,
        SpanStatus.ERROR: StatusCode.ERROR,
    }
    is_error = span.status is SpanStatus.ERROR
    return ReadableSpan(
        name=span.name,
        context=SpanContext(trace_id, int(span.span_id, 16), is_remote=False, trace_flags=flags),
        parent=parent,
        resource=resource,
        attributes=dict(span.attributes),
        kind=SpanKind.CLIENT if span.is_client else SpanKind.INTERNAL,
        # The SDK warns of a description beside any status but an error.
        status=Status(codes[span.status], span.message if is_error else None),
        start_time=span.start_us * 1_000,
        end_time=span.end_us * 1_000,
        instrumentation_scope=scope,
    )

"""The trace that work is part of: taken from OpenTelemetry where a program uses it, and carried.

Retold makes no spans while agents work; those are derived from the log. What has to be recorded
for that is the caller's ``traceparent``, in the metadata of what is recorded in the turn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from retold.projections.telemetry.ids import (
    TraceParent,
    derived_trace_id,
    parse_traceparent,
    traceparent_key,
    turn_span_id,
)

_joined: ContextVar[str | None] = ContextVar("retold_joined", default=None)


def active_traceparent() -> str | None:
    """Return the ``traceparent`` of OpenTelemetry's current span, or of the trace that was joined.

    None without either.
    """
    if "opentelemetry.trace" not in sys.modules:
        # Nobody can have begun a span. It is an optional extra, and slow to import.
        return _joined.get()
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415 - only where used
        TraceContextTextMapPropagator,
    )

    carrier: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(carrier)
    return carrier.get(traceparent_key) or _joined.get()


def traceparent_within(turn: str, correlation_id: str, tenant: str, outer: str | None) -> str:
    """Return the ``traceparent`` of what a turn's tool asks of another session.

    Args:
        turn: id of the turn.
        correlation_id: of the turn.
        tenant: whose turn it is.
        outer: the ``traceparent`` of the turn itself; None without one.
    """
    given = parse_traceparent(outer)
    trace_id = derived_trace_id(correlation_id, tenant) if given is None else given.trace_id
    flags = 1 if given is None else given.flags
    return str(TraceParent(trace_id, turn_span_id(turn, tenant), flags))


def carried(traceparent: str | None) -> dict[str, str]:
    """Return what metadata have to hold so that an event belongs to a trace.

    Args:
        traceparent: of the trace; None for none.
    """
    return {} if traceparent is None else {traceparent_key: traceparent}


@contextmanager
def joined(metadata: Mapping[str, object]) -> Iterator[None]:
    """Let turns that begin in the block belong to the trace an event was recorded in.

    For a worker that takes up what another process queued. What OpenTelemetry begins in the block
    belongs to it too; where that is not installed, the turns do all the same. Without a trace in
    the metadata nothing is changed.

    Args:
        metadata: of the event.
    """
    traceparent = parse_traceparent(metadata.get(traceparent_key))
    if traceparent is None:
        yield
        return
    token = _joined.set(str(traceparent))
    try:
        with _attached(traceparent):
            yield
    finally:
        _joined.reset(token)


@contextmanager
def _attached(traceparent: TraceParent) -> Iterator[None]:
    """Let what OpenTelemetry begins in the block belong to a trace, where it is installed."""
    try:
        from opentelemetry import context  # noqa: PLC0415 - an optional extra
        from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415 - likewise
            TraceContextTextMapPropagator,
        )
    except ImportError:
        yield
        return
    carrier = {traceparent_key: str(traceparent)}
    token = context.attach(TraceContextTextMapPropagator().extract(carrier))
    try:
        yield
    finally:
        context.detach(token)

"""Ids of traces and spans, derived from what the log holds: the same whenever they are derived."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from retold.domain.event import RecordedEvent

# W3C Trace Context, version 00; a later version begins with the same fields.
_traceparent = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
traceparent_key = "traceparent"


@dataclass(frozen=True, slots=True)
class TraceParent:
    """The span of somebody else that a piece of work is part of.

    Attributes:
        trace_id: 32 hex digits.
        span_id: 16 hex digits.
        flags: of W3C Trace Context; bit 0 says that the trace is sampled.
    """

    trace_id: str
    span_id: str
    flags: int = 1

    def __str__(self) -> str:
        """Return it as the header's text."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags:02x}"


def parse_traceparent(text: object) -> TraceParent | None:
    """Return what a ``traceparent`` says; None when it is none, or names no trace.

    Args:
        text: of the header, as W3C Trace Context has it.
    """
    found = _traceparent.fullmatch(text) if isinstance(text, str) else None
    if found is None or found[1] == "ff" or (found[1] == "00" and found[5]):
        return None
    trace_id, span_id = found[2], found[3]
    if not trace_id.strip("0") or not span_id.strip("0"):
        return None
    return TraceParent(trace_id, span_id, int(found[4], 16))


def traceparent_of(event: RecordedEvent) -> TraceParent | None:
    """Return the span of somebody else in which an event was recorded; None without one."""
    return parse_traceparent(event.metadata.get(traceparent_key))


def trace_id_of(event: RecordedEvent) -> str:
    """Return the trace an event belongs to: the one it was recorded in, or one of its own.

    Its own is that of its correlation id; imported events have none and are a trace a session.
    """
    given = traceparent_of(event)
    if given is not None:
        return given.trace_id
    whole: Any = event.correlation_id or event.metadata.get("session") or event.stream
    return derived_trace_id(str(whole), event.tenant)


def derived_trace_id(correlation_id: str, tenant: str) -> str:
    """Return the id of the trace that a piece of work is, when nobody gave one.

    Args:
        correlation_id: of the whole piece of work.
        tenant: whose it is; two of them may use one id.
    """
    return _hash(32, "trace", tenant, correlation_id)


def span_id_of(event_id: UUID, what: str = "") -> str:
    """Return the id of the span that an event begins.

    Args:
        event_id: of the event.
        what: which of several spans it begins.
    """
    return hashlib.sha256(event_id.bytes + what.encode()).hexdigest()[:16]


def turn_span_id(turn: str, tenant: str) -> str:
    """Return the id of the span of a turn, which everything recorded in it knows.

    Args:
        turn: id of the turn.
        tenant: whose it is.
    """
    return _hash(16, "turn", tenant, turn)


def _hash(digits: int, *parts: str) -> str:
    whole = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.sha256(whole).hexdigest()[:digits]

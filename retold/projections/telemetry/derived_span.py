"""A span as it is derived from the log, before any library of OpenTelemetry has a part in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from retold.domain.event import RecordedEvent
from retold.projections.payload import mapping_of, printable
from retold.projections.telemetry import names
from retold.projections.telemetry.ids import span_id_of, trace_id_of, traceparent_of
from retold.store.codec import made_plain

AttributeValue: TypeAlias = str | bool | int | float | Sequence[str]

longest_text = 32_768


class SpanStatus(StrEnum):
    """How what a span stands for ended; ``UNSET`` when the log does not say."""

    UNSET = "unset"
    OK = "ok"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class DerivedSpan:
    """A span that is over.

    Attributes:
        trace_id: 32 hex digits.
        span_id: 16 hex digits; the same whenever the span is derived.
        parent_id: of the span it is part of; None for the first of a trace.
        parent_is_remote: whether the parent is somebody else's, and not derived from the log.
        flags: of W3C Trace Context.
        name: of the operation.
        is_client: whether it is a call of another service, such as a model.
        start_us: microseconds since 1970, UTC.
        end_us: likewise, not before the start.
        attributes: by name.
        status: how it ended.
        message: what the error was; None unless contents are wanted.
    """

    trace_id: str
    span_id: str
    parent_id: str | None
    parent_is_remote: bool
    flags: int
    name: str
    is_client: bool
    start_us: int
    end_us: int
    attributes: Mapping[str, AttributeValue]
    status: SpanStatus
    message: str | None

    @property
    def is_sampled(self) -> bool:
        """Whether who began the trace wants its spans."""
        return bool(self.flags & 1)

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.end_us - self.start_us) / 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What began and has not ended yet: as much as its span needs.

    Attributes:
        span_id: of its span.
        parent_id: of the span it is part of.
        parent_is_remote: whether that is somebody else's.
        trace_id: of its trace.
        flags: of W3C Trace Context.
        name: of the operation.
        is_client: whether it is a call of another service.
        occurred_us: when it began, by the source's clock, microseconds since 1970.
        recorded_us: when the log took its first event, likewise.
        turn: id of the turn it belongs to.
        event_id: of the event it begins with.
        attributes: known at its beginning; those that are None are left out.
    """

    span_id: str
    parent_id: str | None
    parent_is_remote: bool = False
    trace_id: str
    flags: int = 1
    name: str
    is_client: bool = False
    occurred_us: int | None
    recorded_us: int
    turn: str | None = None
    event_id: UUID
    attributes: Mapping[str, AttributeValue | None] = field(default_factory=dict)

    @classmethod
    def by(
        cls,
        event: RecordedEvent,
        name: str,
        attributes: Mapping[str, AttributeValue | None],
        *,
        parent: str | None,
        span_id: str | None = None,
        is_client: bool = False,
    ) -> Opened:
        """Return what an event begins.

        Args:
            event: the event.
            name: of the operation.
            attributes: known by now.
            parent: span it is part of; None for the one the event was recorded in, if any.
            span_id: of its span; None for that of the event.
            is_client: whether it is a call of another service.
        """
        given = traceparent_of(event)
        return cls(
            span_id=span_id or span_id_of(event.event_id),
            parent_id=given.span_id if parent is None and given is not None else parent,
            parent_is_remote=parent is None and given is not None,
            trace_id=trace_id_of(event),
            flags=1 if given is None else given.flags,
            name=made_plain(name),
            is_client=is_client,
            occurred_us=event.occurred_microseconds,
            recorded_us=event.recorded_microseconds,
            turn=printable(event.metadata.get("turn")),
            event_id=event.event_id,
            attributes={
                **attributes,
                names.RETOLD_STREAM: event.stream,
                names.RETOLD_VERSION: event.version,
                names.RETOLD_CORRELATION_ID: event.correlation_id,
            },
        )

    def ended(
        self,
        event: RecordedEvent,
        attributes: Mapping[str, AttributeValue | None] | None = None,
        *,
        status: SpanStatus = SpanStatus.OK,
        error_type: str | None = None,
        message: str | None = None,
    ) -> DerivedSpan:
        """Return the span of what ended with an event.

        No time is invented: it is that of the source where the source tells both, and else the
        log's.

        Args:
            event: the event.
            attributes: known now.
            status: how it ended; an error when there is an ``error_type``.
            error_type: what failed it.
            message: what the error was; None to leave it out.
        """
        source, start, end = "occurred_at", self.occurred_us, event.occurred_microseconds
        if start is None or end is None or not 0 <= start <= end:
            source, start, end = "recorded_at", self.recorded_us, event.recorded_microseconds
        known: dict[str, AttributeValue | None] = {
            **self.attributes,
            **(attributes or {}),
            names.ERROR_TYPE: error_type,
            names.RETOLD_TIME_SOURCE: source,
        }
        return DerivedSpan(
            trace_id=self.trace_id,
            span_id=self.span_id,
            parent_id=self.parent_id,
            parent_is_remote=self.parent_is_remote,
            flags=self.flags,
            name=self.name,
            is_client=self.is_client,
            start_us=start,
            # The log's own clock may have been set back.
            end_us=max(start, end),
            attributes={name: _plain(value) for name, value in known.items() if value is not None},
            status=SpanStatus.ERROR if error_type is not None else status,
            message=message,
        )


def error_of(event: RecordedEvent, *, contents: bool) -> tuple[str | None, str | None]:
    """Return the type and the message of the error that an event holds.

    Args:
        event: any.
        contents: whether messages, in which may be anything, are wanted.
    """
    error = mapping_of(event.data.get("error"))
    if not error:
        return None, None
    return printable(error.get("type")) or names.OTHER, (
        printable(error.get("message")) if contents else None
    )


def _plain(value: AttributeValue) -> AttributeValue:
    if isinstance(value, str):
        return made_plain(value)[:longest_text]
    # OpenTelemetry's integers have 64 bits.
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return float(value)
    return value

"""Which recorded event the next decision about a model call follows from.

What wraps a model sees its answer or its error only, and what recorded it is further in. So the
outermost wrapper of a call lays a trail, and whatever records an outcome below leaves its id there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID


@dataclass(eq=False, slots=True)
class CallTrail:
    """What became of one model call so far.

    Attributes:
        cause: id of the newest outcome recorded, an answer, a failure or a refusal; None before.
        fallbacks: how often something else was asked instead of what had failed.
    """

    cause: UUID | None = None
    fallbacks: int = 0


_current: ContextVar[CallTrail | None] = ContextVar("retold_call_trail", default=None)


@contextmanager
def call_trail() -> Iterator[CallTrail]:
    """Give the trail of the model call of this context; it is laid when there is none."""
    trail = _current.get()
    if trail is not None:
        yield trail
        return
    trail = CallTrail()
    token = _current.set(trail)
    try:
        yield trail
    finally:
        _current.reset(token)


def note_outcome(event_id: UUID) -> None:
    """Leave the id of a call's recorded outcome on the trail; a no-op where there is none."""
    trail = _current.get()
    if trail is not None:
        trail.cause = event_id

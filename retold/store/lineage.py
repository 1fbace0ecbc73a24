"""Which streams hold the versions of a stream: itself, and those it was forked from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from retold.store.heads import StreamHead

_largest = 2**63 - 1
_most_known = 10_000


class Span(NamedTuple):
    """Versions ``low`` to ``high`` of a stream are held by ``stream``."""

    stream: str
    low: int
    high: int


class Lineages:
    """Finds the spans of streams, and remembers them: a stream's parent never changes."""

    def __init__(self, head: Callable[[str], Awaitable[StreamHead | None]]) -> None:
        """Store how to find a stream."""
        self._head = head
        self._known: dict[str, tuple[Span, ...]] = {}

    async def spans(self, stream: str, low: int = 1, high: int | None = None) -> list[Span] | None:
        """Return who holds versions ``low`` to ``high`` of a stream, in order of versions.

        Returns:
            None when the stream does not exist.
        """
        known = self._known.get(stream)
        if known is None:
            head = await self._head(stream)
            if head is None:
                return None
            known = await self._of(head)
            if len(self._known) >= _most_known:
                self._known.clear()
            self._known[stream] = known
        last = _largest if high is None else high
        return [
            Span(span.stream, max(span.low, low), min(span.high, last))
            for span in known
            if span.high >= low and span.low <= last
        ]

    async def _of(self, head: StreamHead) -> tuple[Span, ...]:
        if head.parent_stream is None or head.parent_version is None:
            return (Span(head.stream, 1, _largest),)
        # Its parent exists, or it could not have been forked.
        before = await self.spans(head.parent_stream, 1, head.parent_version) or []
        return (*before, Span(head.stream, head.parent_version + 1, _largest))

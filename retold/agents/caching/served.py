"""What caches did while something was going on, for who wants to tell a person of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from retold.agents.scope import TurnScope, current_turn
from retold.domain.cache.events import CacheCoalesced, CacheHit
from retold.domain.result import ResultUsage


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A stored answer that was served instead of a model's.

    Attributes:
        entry: id of the entry.
        event_id: of the event that tells of it: what ``log.cache.reject`` and ``confirm`` take.
        level: that found it.
        waited: whether an equal request was under way, and its answer was waited for.
        similarity: of the two requests; None where only equal ones are served.
    """

    entry: str
    event_id: UUID
    level: str
    waited: bool
    similarity: float | None = None


@dataclass(eq=False, slots=True)
class CacheNotes:
    """What the caches of this context did.

    Attributes:
        served: in order.
        turn: the newest turn in which a cache was asked.
        usage: of the models that were called instead.
    """

    served: list[Served] = field(default_factory=list)
    turn: TurnScope | None = None
    usage: ResultUsage = field(default_factory=ResultUsage)

    def note_served(self, event: CacheHit | CacheCoalesced, event_id: UUID | None) -> None:
        """Note that an entry was served."""
        if event_id is None:
            return
        hit = event if isinstance(event, CacheHit) else None
        self.served.append(
            Served(
                entry=event.entry,
                event_id=event_id,
                level="exact" if hit is None else hit.level,
                waited=hit is None,
                similarity=None if hit is None else hit.similarity,
            )
        )

    def note_usage(self, counts: dict[str, float]) -> None:
        """Note that a model answered, and the tokens it took by the provider's names."""
        sent, produced = counts.get("prompt_tokens"), counts.get("completion_tokens")
        self.usage += ResultUsage(
            model_calls=1,
            prompt_tokens=None if sent is None else int(sent),
            completion_tokens=None if produced is None else int(produced),
        )


_notes: ContextVar[CacheNotes | None] = ContextVar("retold_cache_notes", default=None)


@contextmanager
def noting_caches() -> Iterator[CacheNotes]:
    """Give what the caches of this context do while the block runs."""
    notes = CacheNotes()
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)


def current_notes() -> CacheNotes:
    """Return what is noted in this context, in this turn; notes nobody reads where none are."""
    notes = _notes.get() or CacheNotes()
    notes.turn = current_turn.get()
    return notes

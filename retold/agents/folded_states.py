"""What a conversation adds up to by other folds than its own, kept in step with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, cast
from uuid import UUID

from retold.domain.decider import StateT
from retold.domain.event import DomainEvent
from retold.domain.fold import Fold
from retold.domain.recorded import RecordedEvent
from retold.store import EventStore


@dataclass(frozen=True, slots=True)
class Decided(Generic[StateT]):
    """What a command led to.

    Attributes:
        events: recorded, in order; none when nothing happened.
        ids: theirs.
        before: the state it was decided on.
        state: the state after it.
        version: of the last event in its stream, where who decided it keeps count; 0 otherwise.
    """

    events: tuple[DomainEvent, ...]
    ids: tuple[UUID, ...]
    before: StateT
    state: StateT
    version: int = 0


class FoldedStates:
    """States of one stream, each folded once and then taken on with every event."""

    def __init__(self, store: EventStore, stream: str) -> None:
        """Store what is needed.

        Args:
            store: the log.
            stream: name of the stream.
        """
        self._store = store
        self._stream = stream
        self._folds: dict[str, Fold[Any]] = {}
        self._states: dict[str, Any] = {}

    async def state(self, fold: Fold[StateT], version: int) -> StateT:
        """Return the state as of the last event that was taken in.

        Args:
            fold: one whose ``evolve`` returns a new state and leaves the old one as it is.
            version: of that event; 0 when there is none.

        Raises:
            StoreError: when the log cannot be read.
        """
        if fold.name not in self._states:
            if version:
                folded = await self._store.fold(self._stream, fold, to_version=version)
                self._states[fold.name] = folded.state
            else:
                self._states[fold.name] = fold.initial()
            self._folds[fold.name] = fold
        return cast("StateT", self._states[fold.name])

    def take_in(self, event: RecordedEvent) -> None:
        """Take all of them on by the next event of the stream."""
        for name, fold in self._folds.items():
            self._states[name] = fold.evolve(self._states[name], event)

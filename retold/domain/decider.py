"""A decider: how a command leads to events, and how events add up to the state it is decided on.

After Jérémie Chassaing's functional event sourcing: ``decide`` and ``evolve`` are pure, and the
state is nothing but a fold of the events. Who runs it reads the state, decides, and appends, while
nobody else can append in between.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from retold.domain.event import DomainEvent
from retold.domain.fold import Fold
from retold.domain.recorded import JsonObject, RecordedEvent
from retold.domain.value import Value

CommandT = TypeVar("CommandT")
StateT = TypeVar("StateT", bound=Value)


@dataclass(frozen=True, slots=True)
class Decider(Generic[CommandT, StateT]):
    """How commands become events.

    Attributes:
        name: stable, as of a fold: snapshots of the state are kept under it.
        state: the class of the state; called without arguments, it is the state before the first
            event.
        decide: returns what happens upon a command in a state, in order; nothing when nothing
            does. It raises a narrow error when the command cannot be obeyed; then nothing happened.
        evolve: returns the state after an event, a new one.
        events: the classes of the events it decides and evolves by.
        fold: the state as a fold of a stream, which may hold events of any other type as well.
    """

    name: str
    state: type[StateT]
    decide: Callable[[CommandT, StateT], Sequence[DomainEvent]]
    evolve: Callable[[StateT, DomainEvent], StateT]
    events: tuple[type[DomainEvent], ...]
    fold: Fold[StateT] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Make the fold."""
        object.__setattr__(self, "fold", _fold_of(self.name, self.state, self.evolve, self.events))

    def after(self, events: Iterable[DomainEvent], state: StateT | None = None) -> StateT:
        """Return the state after events.

        Args:
            events: in order.
            state: the one before them; that of the beginning when None.
        """
        state = self.state() if state is None else state
        for event in events:
            state = self.evolve(state, event)
        return state


def _fold_of(
    name: str,
    state_class: type[StateT],
    evolve: Callable[[StateT, DomainEvent], StateT],
    events: tuple[type[DomainEvent], ...],
) -> Fold[StateT]:
    types = {event.type: event for event in events}

    def evolve_recorded(state: StateT, event: RecordedEvent) -> StateT:
        event_type = types.get(event.type)
        return state if event_type is None else evolve(state, event_type.from_recorded(event))

    def encode(state: StateT) -> JsonObject:
        return state.model_dump(mode="json")

    def decode(data: JsonObject) -> StateT:
        return state_class.model_validate(data)

    return Fold(name, state_class, evolve_recorded, encode, decode)

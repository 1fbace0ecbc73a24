"""Given events, when a command, then events: tests of a decider, without a log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from retold.domain.decider import Decider
from retold.domain.event import DomainEvent
from retold.domain.value import Value

CommandT = TypeVar("CommandT")
StateT = TypeVar("StateT", bound=Value)
ErrorT = TypeVar("ErrorT", bound=Exception)


@dataclass(frozen=True, slots=True)
class When(Generic[CommandT, StateT]):
    """A command that is given to a decider after events.

    Attributes:
        decider: under test.
        given: what happened before.
        command: the command.
    """

    decider: Decider[CommandT, StateT]
    given: Sequence[DomainEvent]
    command: CommandT

    def then(self, *expected: DomainEvent) -> StateT:
        """Check what happens, and return the state after it.

        Args:
            expected: the events decided, in order; none when nothing happens.

        Raises:
            AssertionError: when other events are.
        """
        decided = self.events
        if decided != list(expected):
            raise AssertionError(
                f"{self.decider.name} upon {self.command!r}\n"
                f"decided  {_shown(decided)}\nexpected {_shown(expected)}"
            )
        return self.state

    def raises(self, error: type[ErrorT]) -> ErrorT:
        """Check that the command is refused, and return the error.

        Raises:
            AssertionError: when it is not refused, or otherwise.
        """
        try:
            decided = self.events
        except error as raised:
            return raised
        except Exception as raised:
            raise AssertionError(
                f"{self.decider.name} upon {self.command!r} raised {raised!r}, not {error.__name__}"
            ) from raised
        raise AssertionError(
            f"{self.decider.name} upon {self.command!r} decided {_shown(decided)} "
            f"and did not raise {error.__name__}"
        )

    @property
    def events(self) -> list[DomainEvent]:
        """What is decided."""
        return list(self.decider.decide(self.command, self.decider.after(self.given)))

    @property
    def state(self) -> StateT:
        """The state after what is decided."""
        return self.decider.after([*self.given, *self.events])


@dataclass(frozen=True, slots=True)
class Given(Generic[CommandT, StateT]):
    """Events that happened.

    Attributes:
        decider: under test.
        events: in order.
    """

    decider: Decider[CommandT, StateT]
    events: Sequence[DomainEvent]

    def when(self, command: CommandT) -> When[CommandT, StateT]:
        """Give a command."""
        return When(self.decider, self.events, command)

    @property
    def state(self) -> StateT:
        """The state after the events."""
        return self.decider.after(self.events)


def given(decider: Decider[CommandT, StateT], *events: DomainEvent) -> Given[CommandT, StateT]:
    """Begin a test of a decider: ``given(plans, created).when(Advance()).then(advanced)``.

    Args:
        decider: under test.
        events: what happened before, in order.
    """
    return Given(decider, events)


def _shown(events: Sequence[DomainEvent]) -> str:
    return "\n         ".join(repr(event) for event in events) or "nothing"

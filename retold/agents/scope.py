"""Whose turn it is: what every event recorded in this context has in common."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from retold.agents.policies.turn_policies import TurnPolicies


@dataclass(frozen=True, slots=True)
class TurnScope:
    """The turn a context works in; nested conversations inherit it.

    Attributes:
        turn: id of the turn.
        correlation_id: of the whole piece of work.
        session: id of the session the turn belongs to.
        outer: the turn of another session whose tool asked in this one.
        policies: what is allowed in it, and in what is nested in it; None for anything.
    """

    turn: str
    correlation_id: str
    session: str
    outer: TurnScope | None = None
    policies: TurnPolicies | None = None

    def is_within(self, turn: str) -> bool:
        """Return whether this is the scope of ``turn``, or of a turn that began inside it."""
        scope: TurnScope | None = self
        while scope is not None:
            if scope.turn == turn:
                return True
            scope = scope.outer
        return False


current_turn: ContextVar[TurnScope | None] = ContextVar("retold_turn", default=None)


def is_within_turn(turn: str) -> bool:
    """Return whether what runs here was started by ``turn``, directly or not."""
    scope = current_turn.get()
    return scope is not None and scope.is_within(turn)

"""Whose turn it is: what every event recorded in this context has in common."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurnScope:
    """The turn a context works in; nested conversations inherit it.

    Attributes:
        turn: id of the turn.
        correlation_id: of the whole piece of work.
        session: id of the session the turn belongs to.
    """

    turn: str
    correlation_id: str
    session: str


current_turn: ContextVar[TurnScope | None] = ContextVar("retold_turn", default=None)

"""Whose turn it is: what every event recorded in this context has in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retold.agents.trace_context import active_traceparent, traceparent_within
from retold.logs import log_context

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
        tenant: whose turn it is.
        agent: name of the agent asked.
        traceparent: of the span of somebody else that the turn is part of, by W3C Trace Context.
    """

    turn: str
    correlation_id: str
    session: str
    outer: TurnScope | None = None
    policies: TurnPolicies | None = None
    tenant: str = "default"
    agent: str | None = None
    traceparent: str | None = None

    @classmethod
    def begun(
        cls,
        turn: str,
        correlation_id: str | None,
        *,
        session: str,
        tenant: str,
        agent: str | None,
        policies: TurnPolicies | None = None,
    ) -> TurnScope:
        """Return the scope of a turn that begins in this context.

        It is part of the turn whose tool asked for it, else of OpenTelemetry's current span.

        Args:
            turn: id of the turn.
            correlation_id: of the whole piece of work; None for that of the turn around it, or
                else the turn's id.
            session: id of the session it belongs to.
            tenant: whose turn it is.
            agent: name of the agent asked.
            policies: what is allowed in it; None for anything.
        """
        outer = current_turn.get()
        return cls(
            turn,
            correlation_id or (turn if outer is None else outer.correlation_id),
            session,
            outer=outer,
            policies=policies,
            tenant=tenant,
            agent=agent,
            traceparent=enclosing_traceparent(),
        )

    def as_traceparent(self) -> str:
        """Return the ``traceparent`` of what is asked within this turn."""
        return traceparent_within(self.turn, self.correlation_id, self.tenant, self.traceparent)

    def is_within(self, turn: str) -> bool:
        """Return whether this is the scope of ``turn``, or of a turn that began inside it."""
        scope: TurnScope | None = self
        while scope is not None:
            if scope.turn == turn:
                return True
            scope = scope.outer
        return False


current_turn: ContextVar[TurnScope | None] = ContextVar("retold_turn", default=None)


def enclosing_traceparent() -> str | None:
    """Return the ``traceparent`` of what is asked here: of the turn, else of the current span."""
    scope = current_turn.get()
    return active_traceparent() if scope is None else scope.as_traceparent()


@contextmanager
def within(scope: TurnScope) -> Iterator[None]:
    """Let what is recorded, and logged, in the block belong to a turn."""
    token = current_turn.set(scope)
    try:
        with log_context(
            correlation_id=scope.correlation_id,
            session=scope.session,
            turn=scope.turn,
            agent=scope.agent,
        ):
            yield
    finally:
        current_turn.reset(token)


def is_within_turn(turn: str) -> bool:
    """Return whether what runs here was started by ``turn``, directly or not."""
    scope = current_turn.get()
    return scope is not None and scope.is_within(turn)

"""Events as they are appended: whose turn they belong to, and when they happened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from ag2.events import BaseEvent

from retold.agents.scope import current_turn
from retold.agents.trace_context import carried
from retold.domain.event import DomainEvent, JsonObject, NewEvent
from retold.domain.recording import TurnStarted
from retold.store.codec.values import made_plain
from retold.store.row import new_event_id


class Facts(TypedDict, total=False):
    """What is known of an event beside what happened.

    Keys:
        agent: name of the agent that acted.
        causation_id: id of the event that led to it.
        occurred_at: when; now when it is left out.
        event_id: a new one when it is left out.
        metadata: further facts about the recording.
    """

    agent: str | None
    causation_id: UUID | None
    occurred_at: datetime | None
    event_id: UUID
    metadata: JsonObject


def new_event(event: DomainEvent, session: str, **facts: Unpack[Facts]) -> NewEvent:
    """Return an event as it is appended in the turn of this context.

    Args:
        event: what happened.
        session: id of the root session it happened in.
        **facts: see :class:`Facts`.
    """
    scope = current_turn.get()
    metadata: dict[str, Any] = {"session": session, **facts.get("metadata", {})}
    if scope is not None and scope.session == session:
        metadata["turn"] = scope.turn
    if scope is not None:
        metadata |= carried(scope.traceparent)
    agent = facts.get("agent")
    if agent is not None:
        metadata["agent"] = made_plain(agent)
    return event.to_new_event(
        event_id=facts.get("event_id") or new_event_id(),
        metadata=metadata,
        correlation_id=session if scope is None else scope.correlation_id,
        causation_id=facts.get("causation_id"),
        occurred_at=facts.get("occurred_at") or datetime.now(UTC),
    )


def own_events(
    events: Iterable[DomainEvent], session: str, *, agent: str | None, cause: UUID | None
) -> list[tuple[DomainEvent, NewEvent]]:
    """Return events of ours that are appended together, each with what is appended.

    Args:
        events: in order; what follows the start of a turn is caused by it.
        session: id of the root session.
        agent: name of the agent that acted.
        cause: id of the event that led to the first.
    """
    news: list[tuple[DomainEvent, NewEvent]] = []
    for event in events:
        new = new_event(event, session, agent=agent, causation_id=cause)
        news.append((event, new))
        if isinstance(event, TurnStarted):
            cause = new.event_id
    return news


def occurred_at(event: BaseEvent) -> datetime | None:
    """Return when one of AG2's events was made; None when it does not say so."""
    try:
        return datetime.fromtimestamp(event.created_at, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None

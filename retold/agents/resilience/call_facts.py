"""What events outside of a conversation say of the model call that led to them."""

from __future__ import annotations

from typing import TypedDict
from uuid import UUID

from retold.agents.resilience.guarded_model import ModelCall
from retold.agents.scope import current_turn
from retold.domain.event import JsonObject
from retold.store.codec.values import made_plain


class CallFacts(TypedDict):
    """What is known of such an event.

    Keys:
        caused_by: id of the event that led to it.
        correlation_id: of the whole piece of work.
        metadata: the session, the turn and the agent, as far as known.
    """

    caused_by: UUID | None
    correlation_id: str | None
    metadata: JsonObject


async def facts_of(call: ModelCall) -> CallFacts:
    """Return what is known of a call, before it: what it answers is the cause.

    Raises:
        TurnAborted: when its turn can no longer be recorded.
    """
    metadata: dict[str, object] = {}
    agent, scope = call.agent, current_turn.get()
    if agent is not None:
        metadata["agent"] = made_plain(agent)
    conversation = await call.conversation()
    if conversation is None:
        return {"caused_by": None, "correlation_id": None, "metadata": metadata}
    metadata["session"] = conversation.session
    if scope is not None and scope.session == conversation.session:
        metadata["turn"] = scope.turn
    return {
        "caused_by": conversation.causes.of_model_call,
        "correlation_id": conversation.session if scope is None else scope.correlation_id,
        "metadata": metadata,
    }

"""The messages of a user that wait for an answer, in the conversation of a turn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ag2.context import ConversationContext
from ag2.events import ModelRequest, ModelResponse, TextInput, ToolResultsEvent

from retold.agents.conversation import Conversation
from retold.agents.new_event import occurred_at
from retold.agents.storage import Storage
from retold.agents.work import Work
from retold.errors import NotRecorded

# AG2's events make conditions of "|", so this is a tuple.
_sent_to_models = (ModelRequest, ToolResultsEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserMessage:
    """A message that is to be classified.

    Attributes:
        text: its texts, a line each; empty when it has none.
        version: of its event in the conversation's stream.
        event_id: of its event.
        said_at: when it was said; None when unknown.
        work: the turn it is classified in, for classifiers that ask an agent.
    """

    text: str
    version: int
    event_id: UUID | None
    said_at: datetime | None
    work: Work


async def conversation_in(context: ConversationContext) -> tuple[Storage, Conversation]:
    """Return the conversation of a turn, and where it is recorded.

    Raises:
        NotRecorded: when AG2's stream is not one of a log.
        TurnAborted: when the log cannot be read.
    """
    storage = context.stream.history.storage
    if not isinstance(storage, Storage):
        raise NotRecorded(str(context.stream.id))
    return storage, await storage.conversation(context.stream.id)


async def unanswered_messages(
    context: ConversationContext, work: Work, *, after: int
) -> list[UserMessage]:
    """Return the messages that no model has given its last word on, in order.

    There is one at the beginning of a turn, one more for each that was enqueued in its middle, and
    those of turns that failed before it.

    Args:
        context: AG2's, of the turn.
        work: the same turn.
        after: version of the last message that was classified; those up to it are left out.

    Raises:
        NotRecorded, TurnAborted: as of :func:`conversation_in`.
    """
    storage, conversation = await conversation_in(context)
    found: list[UserMessage] = []
    is_newest = True
    for reference in reversed(conversation.state.history):
        if reference.stream != conversation.stream or reference.version <= after:
            break
        event = await conversation.event_at(reference)
        if isinstance(event, ModelResponse) and not event.tool_calls:
            break
        if isinstance(event, ModelRequest):
            # What is sent to the model now is known by its id; anything older is looked up.
            event_id = conversation.causes.of_model_call if is_newest else None
            if event_id is None:
                async for recorded in storage.store.read_stream(
                    reference.stream, from_version=reference.version, to_version=reference.version
                ):
                    event_id = recorded.event_id
            found.append(
                UserMessage(
                    text=_text(event),
                    version=reference.version,
                    event_id=event_id,
                    said_at=occurred_at(event),
                    work=work,
                )
            )
        is_newest = is_newest and not isinstance(event, _sent_to_models)
    return found[::-1]


def _text(request: ModelRequest) -> str:
    return "\n".join(part.content for part in request.parts if isinstance(part, TextInput))

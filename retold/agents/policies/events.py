"""Where policies are asked: at what AG2 is about to have recorded, before anybody acts on it.

AG2 hands each event to its storage before the model, a tool or the agent's loop sees it. So a
text that is replaced here is replaced for all of them, and what is refused here does not happen,
whoever asked: a session, a reply, a system of agents, a nested conversation.
"""

from __future__ import annotations

from ag2.context import ConversationContext
from ag2.events import (
    BaseEvent,
    BuiltinToolCallEvent,
    DrainedModelRequest,
    ModelRequest,
    ModelResponse,
    ToolCallEvent,
    ToolCallsEvent,
    ToolResultEvent,
    ToolResultsEvent,
    UsageEvent,
)
from ag2.utils import MODEL_CONFIG_CONTEXT_DEPENDENCY_KEY

from retold.agents.conversation import Conversation
from retold.agents.policies.checking import Checking
from retold.agents.policies.parts import check_input
from retold.agents.policies.session_policies import PolicyBook, grant_in
from retold.agents.policies.turn_policies import TurnPolicies
from retold.agents.scope import current_turn
from retold.domain.recording import conversation_stream
from retold.errors import OutputNotHeld


async def check_event(
    book: PolicyBook,
    event: BaseEvent,
    conversation: Conversation,
    context: ConversationContext,
    agent: str | None,
) -> Checking | None:
    """Ask about one of AG2's events before it is recorded; None when nothing governs it.

    Args:
        book: of the log.
        event: changed in place where something is replaced.
        conversation: the one it is of.
        context: AG2's.
        agent: name of the agent whose it is.

    Raises:
        PolicyError: when it is refused.
        TurnAborted: when a decision cannot be recorded.
    """
    policies = _governing(book, event, conversation, context)
    if policies is None:
        return None
    checking = Checking(policies, conversation, agent)
    # A recorded model is asked about where it is called.
    is_recorded = book.is_recorded(context.dependencies.get(MODEL_CONFIG_CONTEXT_DEPENDENCY_KEY))
    match event:
        case ModelRequest() | ToolResultsEvent():
            await _check_request(checking, event)
            if not is_recorded and not isinstance(event, DrainedModelRequest):
                await _before_unrecorded_call(checking)
        case ModelResponse():
            await checking.response(event)
        case ToolCallsEvent():
            policies.raise_refusal()
            await checking.begin(event)
            event.calls = await checking.calls(list(event.calls), checking.recorder())
        case BuiltinToolCallEvent():
            await checking.calls([event], checking.recorder())
        case ToolCallEvent():
            policies.raise_refusal()
        case ToolResultEvent():
            if policies.refusal is None:
                await checking.result(event)
        case UsageEvent() if event.kind != "subtask" and not is_recorded:
            usage = event.usage
            policies.used.spend(event.model, usage.prompt_tokens, usage.completion_tokens)
        case _:
            pass
    return checking


async def _check_request(checking: Checking, event: ModelRequest | ToolResultsEvent) -> None:
    if isinstance(event, ToolResultsEvent):
        checking.results(event)
        await checking.begin(event)
        return
    checking.policies.raise_refusal()
    await checking.begin(event)
    event.parts = await check_input(
        checking.policies,
        list(event.parts),
        checking.recorder(),
        agent=checking.agent,
        is_nested=checking.is_nested,
    )


def _governing(
    book: PolicyBook, event: BaseEvent, conversation: Conversation, context: ConversationContext
) -> TurnPolicies | None:
    scope = current_turn.get()
    if scope is not None and scope.session == conversation.session:
        return scope.policies
    policies = book.governing(conversation)
    is_root = conversation.stream == conversation_stream(conversation.session)
    begins = isinstance(event, ModelRequest) and not isinstance(event, DrainedModelRequest)
    if policies is None or (begins and is_root):
        grant = grant_in(context.dependencies, conversation.session)
        return book.begin_unheld(conversation, grant)
    return policies


async def _before_unrecorded_call(checking: Checking) -> None:
    holder = checking.policies.holder
    if holder is not None:
        error = OutputNotHeld(holder.name, checking.agent)
        checking.policies.stop(error)
        raise error
    await checking.before_model_call(None)

"""The plugin that makes any AG2 agent a stateful one: a policy, and tools for preferences."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from ag2 import Plugin
from ag2.annotations import Context
from ag2.context import ConversationContext
from ag2.events import BaseEvent, ModelResponse
from ag2.middleware import BaseMiddleware, Middleware
from ag2.middleware.base import AgentTurn

from retold.agents.stateful.behaviour import Behaviour
from retold.agents.stateful.messages import conversation_in
from retold.agents.subtask_usage import usage_of
from retold.agents.work import Work
from retold.domain.answers import Answers, answers_fold
from retold.domain.dialogue.decider import ChangePreferences, dialogue
from retold.domain.dialogue.state import DialogueState
from retold.domain.result import ResultIds, ResultUsage
from retold.domain.value import ErrorInfo
from retold.errors import InvalidPreference


class StatePolicy:
    """Shapes the prompt of every model call by the state of the call's conversation.

    The state is folded from the log of the conversation the call is made in. It is kept nowhere
    else, so conversations that one agent has at the same time know nothing of each other.
    """

    name = "retold_state"

    def __init__(self, behaviour: Behaviour) -> None:
        """Store what it goes by."""
        self._behaviour = behaviour

    async def apply(
        self, prompts: list[str], events: list[BaseEvent], context: ConversationContext
    ) -> tuple[list[str], list[BaseEvent]]:
        """Take in what is new, and return the prompts with what is to be said of the state.

        Raises:
            NotRecorded, UnknownTopic, TurnAborted: as of :meth:`Behaviour.settle`.
        """
        added = self._behaviour.prompt_of(await self._behaviour.settle(context))
        return (prompts if added is None else [*prompts, added]), events


@dataclass
class TurnNotes:
    """What one turn has to say of itself: filled in on the way, for whoever asked.

    Attributes:
        ids: where it is recorded.
        state: of the dialogue at its end.
        usage: what it took.
        error: why it failed, without the secrets of model configurations.
    """

    ids: ResultIds | None = None
    state: DialogueState | None = None
    usage: ResultUsage = field(default_factory=ResultUsage)
    error: ErrorInfo | None = None


class _TurnMiddleware(BaseMiddleware):
    """Refuses streams that are in no log before anything happens, and takes a turn's notes."""

    async def on_turn(
        self, call_next: AgentTurn, event: BaseEvent, context: Context
    ) -> ModelResponse:
        _, conversation = await conversation_in(context)
        notes = context.dependencies.get(TurnNotes)
        # Those of a turn around this one were taken by its own agent, and are not for a nested one.
        if not isinstance(notes, TurnNotes) or notes.ids is not None:
            return await call_next(event, context)
        work = await Work.of(context)
        notes.ids = work.ids
        before = conversation.state.version
        answered = await conversation.folded(answers_fold)
        try:
            return await call_next(event, context)
        except Exception as error:
            notes.error = conversation.describe(error)
            raise
        finally:
            # It has what waited for the next append recorded, such as the usage of the answer.
            answers = await conversation.folded(answers_fold)
            since = [r for r in conversation.state.history if r.version > before]
            taken = Answers(count=answers.count - answered.count)
            notes.usage = usage_of([await conversation.event_at(r) for r in since], taken)
            notes.state = await work.state(dialogue)


async def remember_preference(name: str, value: str, context: Context) -> str:
    """Remember a preference of the user for the rest of this conversation.

    Args:
        name: what it is about, such as "language".
        value: what the user prefers.
    """
    return await _change(context, ChangePreferences(changed={name: value}))


async def forget_preference(name: str, context: Context) -> str:
    """Forget a preference of the user that does not hold any more."""
    return await _change(context, ChangePreferences(removed=(name,)))


async def _change(context: Context, command: ChangePreferences) -> str:
    work = await Work.of(context)
    try:
        await work.decide(dialogue, command)
    except InvalidPreference as error:
        # The model chose the words, and may choose others.
        return str(error)
    return "Noted."


_preference_tools: Iterable[Callable[..., Awaitable[Any]]] = (
    remember_preference,
    forget_preference,
)


class StatefulPlugin(Plugin):
    """Makes the agent it is given to a stateful one.

    ``Agent(..., plugins=[StatefulPlugin()])``, or for one call ``agent.ask(..., plugins=[...])``.
    What the agent is asked in must be in a log; the same plugin may serve any number of agents and
    conversations at once.
    """

    def __init__(
        self, behaviour: Behaviour | None = None, *, learns_preferences: bool = False
    ) -> None:
        """Put the parts together.

        Args:
            behaviour: what it goes by; the defaults when None.
            learns_preferences: give the model tools to remember and forget preferences.
        """
        super().__init__(
            tools=_preference_tools if learns_preferences else (),
            middleware=[Middleware(_TurnMiddleware)],
        )
        self.add_policy(StatePolicy(Behaviour() if behaviour is None else behaviour))

"""An AG2 agent whose conversations have topics, moods and preferences, all of them in the log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from ag2 import Agent, AgentReply, Plugin
from ag2.events import Input
from ag2.plugin import PromptType
from ag2.types import SendableMessage

from retold.agents.stateful.behaviour import Behaviour, Hints, default_hints
from retold.agents.stateful.classifiers import Classifier, rule_classifier, rule_sentiment
from retold.agents.stateful.plugin import StatefulPlugin, TurnNotes
from retold.agents.work import Work
from retold.domain.conversation_state import ConversationState
from retold.domain.dialogue.decider import ChangePreferences, default_emotions, dialogue
from retold.domain.dialogue.state import DialogueState, StateContext, state_context
from retold.domain.dialogue.table import TransitionTable
from retold.domain.dialogue.tables import default_table
from retold.domain.recording import conversation_stream
from retold.domain.result import Result, ResultIds, ResultStatus
from retold.domain.value import ErrorInfo
from retold.errors import EmptyMessage, RetoldError


class SessionLike(Protocol):
    """What of a session is needed; see :class:`retold.Session`."""

    @property
    def id(self) -> str:
        """Of the session."""
        ...

    async def ask(
        self, agent: Agent[Any], *message: SendableMessage | Input, **options: Any
    ) -> AgentReply[Any, Any]:
        """Ask an agent in it."""
        ...

    async def state(self, name: Literal["conversation"] = "conversation") -> ConversationState:
        """Return its state."""
        ...

    def turn(self, agent: str | None = None) -> AbstractAsyncContextManager[Work]:
        """Hold a turn of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StatefulReply:
    """What a stateful agent replied.

    Attributes:
        text: of the reply; None when it has none.
        reply: AG2's, to go on with by ``reply.ask``.
        state: of the dialogue after the turn.
    """

    text: str | None
    reply: AgentReply[Any, Any]
    state: DialogueState

    @property
    def context(self) -> StateContext:
        """The state as it is shown; see :func:`retold.domain.dialogue.state.state_context`."""
        return state_context(self.state)


class StatefulAgent(Agent[Any]):
    """An AG2 agent that classifies each message, moves through topics, and speaks accordingly.

    It can be used wherever an ``ag2.Agent`` can, on streams of a log: in ``session.ask``, as
    ``agent.ask(..., stream=session.stream)``, by ``reply.ask``, as another agent's tool. It keeps
    no state of its own: that of a conversation is folded from the log, so it goes on in any
    process, and conversations never see each other's.
    """

    def __init__(  # noqa: PLR0913 - each is an option of its own
        self,
        name: str,
        prompt: PromptType | Iterable[PromptType] = (),
        *,
        table: TransitionTable = default_table,
        classifier: Classifier = rule_classifier,
        sentiment: Classifier | None = rule_sentiment,
        emotions: Mapping[str, str] | None = None,
        hints: Hints = default_hints,
        learns_preferences: bool = False,
        plugins: Iterable[Plugin] = (),
        **options: Any,
    ) -> None:
        """Put the agent together.

        Args:
            name: as of ``ag2.Agent``.
            prompt: as of ``ag2.Agent``; what is to be said of the state is added to it.
            table: the topics, and the ways between them.
            classifier: says what kind of message a message is.
            sentiment: says in what mood it was written; None to leave that unknown.
            emotions: emotional state by sentiment; :data:`default_emotions` when None.
            hints: what the agent is told of a state, a sentence each.
            learns_preferences: give the model tools to remember and forget preferences.
            plugins: as of ``ag2.Agent``.
            **options: as of ``ag2.Agent``.
        """
        self._table = table
        behaviour = Behaviour(
            table=table,
            classifier=classifier,
            sentiment=sentiment,
            emotions=default_emotions if emotions is None else emotions,
            hints=hints,
        )
        stateful = StatefulPlugin(behaviour, learns_preferences=learns_preferences)
        super().__init__(name, prompt, plugins=[stateful, *plugins], **options)

    async def respond(
        self,
        session: SessionLike,
        *message: SendableMessage | Input,
        variables: Mapping[str, Any] | None = None,
        correlation_id: str | None = None,
        **options: Any,
    ) -> Result[StatefulReply]:
        """Respond to a message in a session.

        Args:
            session: where.
            message: text or AG2 inputs.
            variables: context variables; they win over those the session holds.
            correlation_id: of the whole piece of work; the turn's id when None.
            **options: as of ``session.ask``.

        Returns:
            The reply, or why there is none. It is completed in a terminal topic, else in progress.

        Raises:
            EmptyMessage: when there is no message.
            SessionBusy, SessionClosed, StoreError, TurnAborted: as of ``session.ask``.
            UnknownTopic: when the conversation is in a topic that the table does not have.
        """
        if not any(part.strip() if isinstance(part, str) else True for part in message):
            raise EmptyMessage(self.name)
        notes = TurnNotes()
        dependencies = {**(options.pop("dependencies", None) or {}), TurnNotes: notes}
        given = {"variables": variables, "correlation_id": correlation_id}
        try:
            reply = await session.ask(self, *message, **given, dependencies=dependencies, **options)
        except RetoldError:
            raise
        except Exception as error:
            return Result(
                status=ResultStatus.FAILED,
                error=notes.error or ErrorInfo.of(error),
                ids=_ids(session, notes),
                usage=notes.usage,
            )
        state = notes.state or DialogueState()
        is_over = state.current_topic in self._table.terminal
        return Result(
            status=ResultStatus.COMPLETED if is_over else ResultStatus.IN_PROGRESS,
            value=StatefulReply(text=reply.response.content, reply=reply, state=state),
            ids=_ids(session, notes),
            usage=notes.usage,
        )

    async def state_context(self, session: SessionLike) -> StateContext:
        """Return the state of a session: topic, emotional state, last messages, preferences.

        Raises:
            SessionNotFound: when nothing was recorded in it yet.
            StoreError: when the log cannot be read.
        """
        state = await session.state("conversation")
        return state_context(state.dialogue)

    async def prefer(
        self,
        session: SessionLike,
        preferences: Mapping[str, Any] | None = None,
        *,
        forget: Sequence[str] = (),
    ) -> DialogueState:
        """Note preferences of the user of a session, in a turn of their own.

        Args:
            session: whose user.
            preferences: JSON-native values by name.
            forget: names of those that hold no more; unknown ones are passed over.

        Returns:
            The state after it.

        Raises:
            InvalidPreference: when one cannot be recorded; then none is.
            SessionBusy, SessionClosed, StoreError, TurnAborted: as of ``session.turn``.
        """
        command = ChangePreferences(changed=preferences or {}, removed=tuple(forget))
        async with session.turn(self.name) as work:
            return (await work.decide(dialogue, command)).state


def _ids(session: SessionLike, notes: TurnNotes) -> ResultIds:
    return notes.ids or ResultIds(session=session.id, stream=conversation_stream(session.id))

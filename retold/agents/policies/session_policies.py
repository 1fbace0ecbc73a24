"""The policies of a log and its sessions, and which of them govern what happens now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary, WeakValueDictionary

from ag2.config import ModelConfig

from retold.agents.conversation import Conversation
from retold.agents.policies.policy import Policy
from retold.agents.policies.turn_policies import TurnPolicies
from retold.agents.scope import current_turn
from retold.agents.secrets import text_without_secrets
from retold.domain.recorded import RecordedEvent
from retold.domain.recording import TurnStarted, conversation_stream
from retold.domain.usage_so_far import Used, UsedInSession
from retold.errors import StoreError, TurnAborted
from retold.store import EventStore
from retold.store.cursor import Cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a caller gave along with what it asked; AG2 hands it on to nested conversations.

    Attributes:
        session: id of the session it was given for; it holds in no other.
        policies: of this ask, beside those of the log and the session.
        scopes: of the caller.
    """

    session: str
    policies: tuple[Policy, ...] = ()
    scopes: frozenset[str] = frozenset()


class SessionPolicies:
    """The policies of one session, and what it used beside a turn that is going on.

    Attributes:
        policies: as given last.
        unheld: of what AG2 does on the session's stream outside of turns.
    """

    def __init__(self, store: EventStore, session: str) -> None:
        """Store what is needed."""
        self.policies: tuple[Policy, ...] = ()
        self.unheld: TurnPolicies | None = None
        self._store = store
        self._session = session
        # Several turns go on at once where steps of a workflow are worked on.
        self._over = Used()
        self._turns: dict[str | None, tuple[str, UsedInSession]] = {}
        self._read_to: Cursor | None = None
        self._reading = asyncio.Lock()

    async def used_beside(self, turn: str | None, stream: str) -> Used:
        """Return what the session used by now in other turns than one.

        Args:
            turn: its id; None outside of turns.
            stream: of the conversation that asks.

        Raises:
            TurnAborted: when the log cannot be read.
        """
        try:
            async with self._reading:
                await self._read_on()
        except StoreError as error:
            raise TurnAborted(stream) from error
        others = (
            one.used for name, (_, one) in self._turns.items() if turn is None or name != turn
        )
        return sum(others, self._over)

    async def _read_on(self) -> None:
        async for event in self._store.read_all(
            after=self._read_to, session=self._session, types=UsedInSession.types
        ):
            self._apply(event)
            self._read_to = self._store.cursor_of(event)

    def _apply(self, event: RecordedEvent) -> None:
        turn = event.metadata.get("turn")
        if event.type == TurnStarted.type:
            # One at a time goes on in a conversation: those before are over.
            for before in [name for name, (of, _) in self._turns.items() if of == event.stream]:
                self._over += self._turns.pop(before)[1].used
        if turn not in self._turns:
            self._turns[turn] = event.stream, UsedInSession()
        self._turns[turn][1].apply(event)


class PolicyBook:
    """Which policies govern which conversation of a log.

    Attributes:
        everywhere: those of the log.
        is_recorded: whether each call of a model configuration is recorded, and checked there.
    """

    def __init__(self, store: EventStore) -> None:
        """Store what is needed."""
        self.everywhere: tuple[Policy, ...] = ()
        self.is_recorded: Callable[[ModelConfig | None], bool] = lambda _: False
        self._store = store
        self._sessions: WeakValueDictionary[str, SessionPolicies] = WeakValueDictionary()
        self._kept: WeakKeyDictionary[Conversation, SessionPolicies] = WeakKeyDictionary()

    def session(self, session: str) -> SessionPolicies:
        """Return those of a session, one object while anyone holds it."""
        held = self._sessions.get(session)
        if held is None:
            held = self._sessions[session] = SessionPolicies(self._store, session)
        return held

    def of_turn(self, conversation: Conversation, turn: str, grant: Grant) -> TurnPolicies | None:
        """Return the policies of a turn; None when there are none.

        Args:
            conversation: of the session.
            turn: its id.
            grant: of the caller.
        """
        held = self._sessions.get(conversation.session)
        of_session = () if held is None else held.policies
        policies = (*self.everywhere, *of_session, *grant.policies)
        return self._made(policies, grant, conversation, turn)

    def governing(self, conversation: Conversation) -> TurnPolicies | None:
        """Return the policies that govern what happens now in a conversation; None for none."""
        scope = current_turn.get()
        if scope is not None and scope.session == conversation.session:
            return scope.policies
        held = self._sessions.get(conversation.session)
        return None if held is None else held.unheld

    def begin_unheld(self, conversation: Conversation, grant: Grant) -> TurnPolicies | None:
        """Begin what AG2 does by itself outside of turns, under the policies there are.

        Args:
            conversation: where.
            grant: of whoever asked.
        """
        held = self._sessions.get(conversation.session)
        if held is None and not self.everywhere:
            return None
        held = held or self.session(conversation.session)
        self._kept[conversation] = held
        policies = (*self.everywhere, *held.policies, *grant.policies)
        held.unheld = self._made(policies, grant, conversation, None)
        return held.unheld

    def _made(
        self,
        policies: Sequence[Policy],
        grant: Grant,
        conversation: Conversation,
        turn: str | None,
    ) -> TurnPolicies | None:
        if not policies:
            return None
        session = self.session(conversation.session)
        return TurnPolicies(
            policies,
            grant.scopes,
            session=conversation.session,
            turn=turn,
            stream=conversation_stream(conversation.session)
            if turn is None
            else conversation.stream,
            read_session=partial(session.used_beside, turn, conversation.stream),
            mask=partial(text_without_secrets, self._store),
        )


def grant_in(dependencies: object, session: str) -> Grant:
    """Return the grant among AG2's dependencies, or an empty one.

    Args:
        dependencies: of a context.
        session: it must be for.
    """
    found = dependencies.get(Grant) if isinstance(dependencies, dict) else None
    if isinstance(found, Grant) and found.session == session:
        return found
    return Grant(session=session)

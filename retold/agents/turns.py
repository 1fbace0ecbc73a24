"""How turns are run on one session: one at a time, under a lease that other processes respect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from ag2.context import ConversationContext
from ag2.events import BaseEvent, Input, ModelRequest, ToolCallsEvent, ToolResultsEvent

from retold.agents.conversation import Conversation
from retold.agents.scope import current_turn
from retold.agents.storage import agent_name
from retold.agents.stream import SessionStream
from retold.agents.turn import Turn
from retold.agents.turn_lease import holding
from retold.errors import LeaseHeld, SessionBusy
from retold.store.lease import Lease, Leases


class Turns:
    """Runs the turns of one session.

    Attributes:
        stream: AG2's stream of the session. What AG2 does on it by itself (``reply.ask``, or
            ``agent.ask(stream=...)``) becomes an implicit turn.
    """

    def __init__(
        self,
        conversation: Conversation,
        stream: SessionStream,
        leases: Leases,
        *,
        owner: str,
        lease_seconds: float,
    ) -> None:
        """Store what is needed.

        Args:
            conversation: the session's.
            stream: the session's.
            leases: where leases are taken.
            owner: names this process, uniquely.
            lease_seconds: how long a lease lasts once nobody renews it.
        """
        self.stream = stream
        self._conversation = conversation
        self._leases = leases
        self._owner = owner
        self._lease_seconds = lease_seconds
        self._one_at_a_time = asyncio.Lock()
        self._implicit: Turn | None = None
        stream.run_outside_ask = self._send_outside_ask

    @asynccontextmanager
    async def begin(self, agent: str | None, correlation_id: str | None) -> AsyncIterator[Turn]:
        """Begin a turn, and record its end when the block is left.

        Args:
            agent: name of the agent asked.
            correlation_id: of the whole piece of work; the turn's id when None.

        Raises:
            SessionBusy: when another process is in a turn of the session, or this very one asks
                from inside its own turn. Another task of this process is waited for.
        """
        self._refuse_reentry()
        async with self._one_at_a_time, self.lease() as lease:
            turn = self._turn(lease, agent, correlation_id, implicit=False)
            self._implicit = None
            self.stream.turn, self.stream.context = turn, None
            try:
                with turn.scope():
                    try:
                        yield turn
                    except BaseException as error:
                        if self.stream.context is not None:
                            turn.keep_variables(self.stream.context.variables)
                        await turn.end(error)
                        raise
                    await turn.end(None)
            finally:
                self.stream.turn = None

    async def _send_outside_ask(
        self,
        event: BaseEvent,
        context: ConversationContext,
        send: Callable[[BaseEvent, ConversationContext], Awaitable[None]],
    ) -> None:
        """Publish an event that AG2 sends without ``session.ask``, as part of an implicit turn.

        Such a turn is a series of sends, and nothing says which is the last: each holds the lease
        by itself, and the turn is over when a model answered without calling tools.
        """
        begins = isinstance(event, (ModelRequest, ToolResultsEvent))
        if not begins and not (self._implicit and isinstance(event, ToolCallsEvent)):
            await send(event, context)
            return
        async with self.lease() as lease:
            turn = self._implicit
            is_new = turn is None
            if turn is None:
                turn = self._turn(lease, agent_name(context), None, implicit=True)
            turn.continue_with(lease)
            self._implicit, self.stream.turn = turn, turn
            try:
                with turn.scope():
                    try:
                        if is_new:
                            await self._begin_implicit(turn, event, context)
                        await send(event, context)
                        await self._end_if_answered(turn, context)
                    except BaseException as error:
                        self._implicit = None
                        turn.keep_variables(context.variables)
                        await turn.end(error)
                        raise
            finally:
                self.stream.turn = None

    async def _begin_implicit(
        self, turn: Turn, event: BaseEvent, context: ConversationContext
    ) -> None:
        await turn.bootstrap(self.stream, answers_calls=isinstance(event, ToolResultsEvent))
        parts: list[Input] = event.parts if isinstance(event, ModelRequest) else []
        variables = await turn.normalise(
            parts, len(self.stream.pending_messages), context.variables
        )
        for name, value in variables.items():
            context.variables.setdefault(name, value)

    async def _end_if_answered(self, turn: Turn, context: ConversationContext) -> None:
        response = turn.last_response
        if response is None or (response.tool_calls and not response.response_force):
            return
        await turn.conclude(response, context.variables)
        await turn.end(None)
        self._implicit = None

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[Lease]:
        """Hold the session's lease while the block runs.

        Raises:
            SessionBusy: when somebody else holds it.
        """
        try:
            async with holding(
                self._leases,
                self._conversation.stream,
                owner=self._owner,
                seconds=self._lease_seconds,
                on_lost=self._conversation.refuse_further_events,
            ) as lease:
                yield lease
        except LeaseHeld as error:
            if error.resource != self._conversation.stream:
                raise
            raise SessionBusy(
                self._conversation.session, error.owner, error.seconds_left
            ) from error

    def _turn(
        self, lease: Lease, agent: str | None, correlation_id: str | None, *, implicit: bool
    ) -> Turn:
        return Turn(
            self._conversation,
            agent=agent,
            lease=lease,
            leases=self._leases,
            lease_seconds=self._lease_seconds,
            correlation_id=correlation_id,
            implicit=implicit,
        )

    def _refuse_reentry(self) -> None:
        scope = current_turn.get()
        if scope is not None and scope.session == self._conversation.session and self.stream.turn:
            raise SessionBusy(self._conversation.session, "the turn that is asking", 0.0)

"""How turns are run on one session: one at a time, under a lease that other processes respect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from ag2.context import ConversationContext
from ag2.events import (
    BaseEvent,
    ModelRequest,
    ModelResponse,
    ToolCallsEvent,
    ToolResultEvent,
    ToolResultsEvent,
)

from retold.agents.claim import Claim, Use
from retold.agents.conversation import Conversation
from retold.agents.policies.parts import are_same
from retold.agents.policies.session_policies import Grant, PolicyBook, grant_in
from retold.agents.policies.turn_policies import TurnPolicies
from retold.agents.storage import agent_name
from retold.agents.stream import Send, SessionStream
from retold.agents.turn import Turn
from retold.agents.turn_lease import TurnLease
from retold.domain.recording import conversation_of
from retold.errors import LeaseHeld, SessionBusy, TurnAborted
from retold.store.lease import Lease, Leases

longest_pause_seconds = 0.5

# AG2 sends these from outside a turn only to begin one.
_beginnings = (ModelRequest, ModelResponse, ToolCallsEvent, ToolResultsEvent)


class Turns:
    """Runs the turns of one session.

    A turn is either asked for (:meth:`begin`) or begun by AG2 on the session's stream: by
    ``reply.ask``, ``agent.ask(stream=...)``, ``agent.run`` or ``agent.resume``. AG2 has a lock of
    its own for each stream, which both kinds need, and which it takes where nobody can follow it.
    So a turn of the second kind never waits for one of the first kind that has yet to get it.
    """

    def __init__(
        self,
        conversation: Conversation,
        stream: SessionStream,
        leases: Leases,
        policies: PolicyBook,
        *,
        owner: str,
        lease_seconds: float,
    ) -> None:
        """Store what is needed.

        Args:
            conversation: the session's.
            stream: the session's.
            leases: where leases are taken.
            policies: of the log; they say which govern the session's.
            owner: names this process, uniquely.
            lease_seconds: how long a lease lasts once nobody renews it.
        """
        self._conversation = conversation
        self._stream = stream
        self._policies = policies
        self._lease = TurnLease(leases, conversation.stream, owner=owner, seconds=lease_seconds)
        # In the order they came; a claim alone would let a newcomer go first.
        self._asks = asyncio.Lock()
        self._claim: Claim | None = None
        stream.publish = self._publish
        conversation.exclusive = self._exclusive

    # Turns that are asked for ----------------------------------------------------------------

    @asynccontextmanager
    async def begin(
        self, agent: str | None, correlation_id: str | None, grant: Grant
    ) -> AsyncIterator[Turn]:
        """Begin a turn, and record its end when the block is left.

        Args:
            agent: name of the agent asked.
            correlation_id: of the whole piece of work; the turn's id when None.
            grant: what the caller gave along.

        Raises:
            SessionBusy: when another process is in a turn of the session, or this very one asks
                from inside its own turn. Another task of this process is waited for.
            TurnAborted: when the turn can no longer be recorded.
        """
        async with self._claimed(Use.ASKED_TURN) as claim:
            lease = await self._take_lease()
            try:
                turn = Turn(
                    self._conversation,
                    lease,
                    self._lease,
                    agent=agent,
                    correlation_id=correlation_id,
                    policies=partial(self._governing, grant),
                )
                claim.hold(self._conversation, turn)
                with turn.scope():
                    async with self._lease.kept(lease, self._conversation.guard.refuse):
                        try:
                            yield turn
                            await turn.complete()
                        except (Exception, asyncio.CancelledError) as error:
                            await self._fail(turn, error)
                            raise
            finally:
                self._conversation.guard.let_go()
                await self._lease.give_back(lease)

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Keep every turn out while the block runs; what is recorded in it belongs to none.

        Raises:
            SessionBusy: as in :meth:`begin`.
        """
        async with self._claimed(Use.WRITE) as claim:
            lease = await self._take_lease()
            try:
                claim.hold(self._conversation, None)
                await self._conversation.read_on()
                yield
            finally:
                self._conversation.guard.let_go()
                await self._lease.give_back(lease)

    @asynccontextmanager
    async def _claimed(self, use: Use) -> AsyncIterator[Claim]:
        if self._claim is not None and self._claim.is_of_this_context:
            raise SessionBusy(self._name, "the turn that is asking", 0.0)
        async with self._asks:
            while self._claim is not None and not self._claim.is_abandoned:
                await self._claim.over.wait()
            claim = await self._take_over(use)
            try:
                yield claim
            finally:
                self._release(claim)

    # Turns that AG2 begins -------------------------------------------------------------------

    async def _publish(self, event: BaseEvent, context: ConversationContext, send: Send) -> None:
        """Publish an event, as part of the turn it belongs to."""
        claim = self._claim
        if claim is not None and claim.turn is not None and claim.is_of_this_context:
            await self._publish_in(claim.turn, event, context, send)
            return
        implicit = await self._implicit_claim(event) if isinstance(event, _beginnings) else None
        if implicit is None:
            await send(event, context)
        else:
            await self._publish_implicitly(implicit, event, context, send)

    async def _publish_in(
        self, turn: Turn, event: BaseEvent, context: ConversationContext, send: Send
    ) -> None:
        if turn.context is None and context.stream.id == self._stream.id:
            turn.context = context
        if isinstance(event, ToolResultEvent):
            # A process that dies between the two must not leave the result without its effect.
            await turn.record_variables()
        await send(event, context)
        turn.observe(event)

    async def _implicit_claim(self, event: BaseEvent) -> Claim | None:
        """Return the claim under which AG2 begins a turn or goes on with one.

        None when it must not wait: a turn that was asked for is about to wait for AG2's own lock,
        which is held here. What happens until then is recorded as part of no turn.
        """
        while True:
            claim = self._claim
            if claim is None:
                return await self._take_over(Use.IMPLICIT_TURN)
            if claim.is_abandoned:
                if claim.turn is not None and _continues(claim.turn, event):
                    return claim
                return await self._take_over(Use.IMPLICIT_TURN)
            if not claim.ends_by_itself:
                return None
            await claim.over.wait()

    async def _publish_implicitly(
        self, claim: Claim, event: BaseEvent, context: ConversationContext, send: Send
    ) -> None:
        """Publish one of the events that AG2 sends one after the other to make a turn.

        Nothing says which is the last. The turn is over when a model answered without calling
        tools and no message waits; the lease is held in between and renewed while one is sent.
        """
        claim.is_sending = True
        is_over = True
        try:
            turn, is_new = claim.turn, claim.turn is None
            if turn is None:
                lease = await self._take_lease()
                grant = grant_in(context.dependencies, self._conversation.session)
                turn = Turn(
                    self._conversation,
                    lease,
                    self._lease,
                    agent=agent_name(context),
                    implicit=True,
                    policies=partial(self._governing, grant),
                )
                claim.hold(self._conversation, turn)
            refuse = self._conversation.guard.refuse
            with turn.scope():
                async with self._lease.kept(turn.lease, refuse):
                    try:
                        if is_new:
                            event = await self._bootstrapped(turn, event, context)
                        is_over = await self._executed(turn, event, context, send)
                    except (Exception, asyncio.CancelledError) as error:
                        await self._fail(turn, error)
                        raise
        finally:
            claim.is_sending = False
            if is_over:
                await self._end_implicit(claim)

    async def _bootstrapped(
        self, turn: Turn, event: BaseEvent, context: ConversationContext
    ) -> BaseEvent:
        """Begin an implicit turn, and return the event that AG2 begins it with."""
        await turn.bootstrap(answers_calls=not isinstance(event, ModelRequest))
        waiting = self._stream.inbox.settle(self._stream.pending_messages, taken=event)
        message = event.parts if isinstance(event, ModelRequest) else []
        kept = self._stream.inbox.undelivered(message)
        parts, variables = await turn.normalise(
            kept, inbox=waiting, defaults={}, given=context.variables
        )
        # In place: AG2's contexts of tool calls share the dictionary.
        context.variables.update(variables)
        if isinstance(event, ModelRequest) and not are_same(parts, message):
            return type(event)(parts, created_at=event.created_at)
        return event

    async def _executed(
        self, turn: Turn, event: BaseEvent, context: ConversationContext, send: Send
    ) -> bool:
        """Publish an event of an implicit turn, and return whether the turn is over by that."""
        with turn.part_of_execution():
            await self._publish_in(turn, event, context, send)
        response = turn.last_response
        if response is not None and response.tool_calls and not response.response_force:
            return False
        if self._stream.pending_messages:
            return False
        turn.end_execution()
        await turn.conclude(response, context.variables)
        await turn.complete()
        return True

    async def _end_implicit(self, claim: Claim) -> None:
        try:
            if claim.turn is not None:
                self._conversation.guard.let_go()
                await self._lease.give_back(claim.turn.lease)
        finally:
            self._release(claim)

    # What is written outside of turns --------------------------------------------------------

    @asynccontextmanager
    async def _exclusive(self, wait: bool) -> AsyncIterator[None]:  # noqa: FBT001 - a callback
        """Keep other processes out; a turn of this one that is going on lets the write join in."""
        while True:
            claim = self._claim
            if claim is None or claim.is_abandoned:
                claim = await self._take_over(Use.WRITE)
                try:
                    lease = await self._take_lease()
                except SessionBusy as busy:
                    if not wait:
                        raise
                    pause = min(busy.seconds_left, longest_pause_seconds)
                else:
                    try:
                        claim.hold(self._conversation, None)
                        await self._conversation.read_on()
                        yield
                    finally:
                        self._conversation.guard.let_go()
                        await self._lease.give_back(lease)
                    return
                finally:
                    self._release(claim)
                await asyncio.sleep(pause)
                continue
            await claim.settled.wait()
            if self._conversation.guard.is_held:
                yield
                return

    # All of them -----------------------------------------------------------------------------

    def _governing(self, grant: Grant, turn: str) -> TurnPolicies | None:
        return self._policies.of_turn(self._conversation, turn, grant)

    @property
    def _name(self) -> str:
        return conversation_of(self._conversation.stream)

    async def _take_over(self, use: Use) -> Claim:
        """Claim the session, which nobody uses or an implicit turn left behind."""
        abandoned, claim = self._claim, Claim(use)
        self._claim = claim
        if abandoned is not None:
            try:
                await self._end_implicit(abandoned)
            except BaseException:
                self._release(claim)
                raise
        return claim

    def _release(self, claim: Claim) -> None:
        if self._claim is claim:
            self._claim = None
        claim.settled.set()
        claim.over.set()

    async def _take_lease(self) -> Lease:
        try:
            return await self._lease.take()
        except LeaseHeld as error:
            raise SessionBusy(self._name, error.owner, error.seconds_left) from error

    async def _fail(self, turn: Turn, error: BaseException) -> None:
        """Record that the turn failed; raise what is to be raised instead of ``error``, if so."""
        await turn.fail(error)
        refusal = self._conversation.guard.refusal
        if refusal is not None and not isinstance(error, (TurnAborted, asyncio.CancelledError)):
            # AG2 may have taken it for something else, such as a human who cannot be asked.
            raise TurnAborted(self._conversation.stream) from refusal


def _continues(turn: Turn, event: BaseEvent) -> bool:
    """Return whether AG2 goes on with a turn by ``event``, having had the last response."""
    response = turn.last_response
    if response is None:
        return False
    calls_tools = bool(response.tool_calls) and not response.response_force
    return isinstance(event, ToolCallsEvent if calls_tools else ModelRequest)

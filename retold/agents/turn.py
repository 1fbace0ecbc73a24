"""A turn: six stages, each of which leaves its success or failure in the log.

1. Bootstrap: with the lease taken, read on and settle what a dead process left behind.
2. Input normalisation: the message as AG2's inputs, the inbox, the stored variables.
3. Execution: AG2's own loop of model and tools, and what tools change in the context variables.
4. Policy checks: the lease still holds and everything was recorded.
5. Output composition: the reply, and what else the turn changed in the context variables.
6. Telemetry: tokens, calls and times of the turn.

What a stage did is recorded with the next append of the turn, and at its end at the latest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ag2.context import ConversationContext
from ag2.events import BaseEvent, Input, ModelResponse, ToolResultEvent, UsageEvent
from ag2.history import unanswered_tool_calls
from ag2.types import SendableMessage

from retold.agents.conversation import Conversation
from retold.agents.policies.turn_checks import TurnChecks
from retold.agents.policies.turn_policies import TurnPolicies
from retold.agents.scope import TurnScope, within
from retold.agents.telemetry import Telemetry
from retold.agents.turn_lease import TurnLease
from retold.agents.turn_stages import TurnStages
from retold.agents.unanswered import close_calls
from retold.agents.variables import Variables
from retold.domain.conversation_state import Reference
from retold.domain.event import DomainEvent
from retold.domain.recording import (
    Stage,
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
)
from retold.errors import RetoldError, SessionClosed
from retold.logs import get_logger
from retold.store.lease import Lease
from retold.store.row import new_event_id

log = get_logger("retold.turn")

abandoned_result = (
    "This tool call has no result: the turn ended before the tool answered. "
    "It is unknown whether the tool took effect."
)


class Turn(TurnStages):
    """One turn of a conversation, from lease to telemetry.

    Attributes:
        lease: held on the conversation's stream.
        last_response: the newest response of a model in this turn.
        context: AG2's context of the turn, once it has sent anything.
    """

    def __init__(
        self,
        conversation: Conversation,
        lease: Lease,
        turn_lease: TurnLease,
        *,
        agent: str | None,
        correlation_id: str | None = None,
        implicit: bool = False,
        policies: Callable[[str], TurnPolicies | None] = lambda _: None,
    ) -> None:
        """Store what is needed; :meth:`bootstrap` begins.

        Args:
            conversation: whose turn it is.
            lease: held on the conversation's stream.
            turn_lease: what it was taken from.
            agent: name of the agent asked.
            correlation_id: of the whole piece of work; None for that of the turn in which this
                one is asked for, or else the turn's id.
            implicit: begun by AG2 on the session's stream, not by ``session.ask``.
            policies: returns what is allowed in a turn, given its id.
        """
        turn = str(new_event_id())
        governing = policies(turn)
        super().__init__(conversation, turn, agent, governing)
        self.lease = lease
        self.last_response: ModelResponse | None = None
        self.context: ConversationContext | None = None
        self._turn_lease = turn_lease
        self._implicit = implicit
        self._scope = TurnScope.begun(
            self.id,
            correlation_id,
            session=conversation.session,
            tenant=conversation.tenant,
            agent=self.agent,
            policies=governing,
        )
        self._checks = None if governing is None else TurnChecks(governing, self)
        self._variables = Variables({})
        self._telemetry = Telemetry()
        self._settled: tuple[list[Reference], int] = ([], 0)

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Let what is recorded in the block belong to this turn."""
        with within(self._scope):
            yield

    async def bootstrap(self, *, answers_calls: bool = False) -> None:
        """Read on, and settle what an interrupted turn left.

        Its start is recorded by then if there is something to settle, or else with what is next.

        Args:
            answers_calls: the turn begins with something else than a request, such as results
                for calls that are still unanswered.

        Raises:
            SessionClosed: when the session was closed.
            PolicyError: when a policy does not let the agent work.
            StoreError: when the log does not do its work.
        """
        state = self.conversation.state
        with self.stage(Stage.BOOTSTRAP) as detail:
            self.pending.append(
                TurnStarted(
                    turn=self.id,
                    agent=self.agent,
                    owner=self.lease.owner,
                    fencing_token=self.lease.token,
                    implicit=self._implicit,
                )
            )
            await self.conversation.read_on()
            if state.refuses_turns:
                raise SessionClosed(self.conversation.session)
            abandoned = state.open_turn
            if abandoned is not None:
                self.pending.insert(0, TurnFailed(turn=abandoned.turn, abandoned=True))
            interrupted = state.interrupted and not answers_calls
            if abandoned is not None or interrupted:
                recorded = await self.flush()
                if abandoned is not None and recorded > 1:
                    detail["abandoned_turn"] = abandoned.turn
            if interrupted:
                detail["closed_calls"] = await self._close_calls()
            detail["version"] = state.version
            detail["history"] = len(state.history)
            if self._checks is not None:
                await self._checks.begin()
            # What is before it has no open calls, as long as it is there.
            self._settled = state.history, 0 if answers_calls else len(state.history)

    async def _close_calls(self) -> int:
        closed = close_calls(await self.conversation.history(), abandoned_result)
        if closed.batches:
            await self.conversation.replace(closed.events)
        return closed.stand_ins

    async def normalise(
        self,
        message: Iterable[SendableMessage | Input],
        *,
        inbox: int,
        defaults: Mapping[Any, Any],
        given: Mapping[Any, Any],
        at_once: bool = False,
    ) -> tuple[list[Input], dict[Any, Any]]:
        """Take in the message and the variables; all up to here is recorded with what is next.

        Args:
            message: what is asked.
            inbox: messages waiting in the conversation's inbox.
            defaults: variables of the agent; the stored ones win over them.
            given: variables of the caller; they win over the stored ones.
            at_once: record it now; what comes next may be in another conversation.

        Returns:
            The message as AG2's inputs, and the variables the turn begins with.

        Raises:
            PolicyError: when a policy refuses the message.
            TurnAborted: when it cannot be recorded.
        """
        with self.stage(Stage.INPUT_NORMALISATION) as detail:
            parts = [Input.ensure_input(item) for item in message]
            detail["parts"] = [type(part).__name__ for part in parts]
            detail["inbox"] = inbox
            if self._checks is not None:
                parts = await self._checks.input(parts)
            self._variables = Variables(self.conversation.state.variables)
            variables = {**defaults, **self._variables.restored(), **given}
            self._note_changes(variables, complete=False)
        if at_once or self.conversation.state.started is None:
            await self.flush()
        else:
            pending, self.pending = self.pending, []
            self.conversation.record_with_next(pending, agent=self.agent)
        return parts, variables

    def observe(self, event: BaseEvent) -> None:
        """Take note of an event of this turn."""
        match event:
            case UsageEvent():
                self._telemetry.usages.append(event.usage)
            case ModelResponse():
                self._telemetry.responses += 1
                self.last_response = event
            case ToolResultEvent():
                self._telemetry.tool_results += 1
            case _:
                pass

    async def record_variables(self) -> None:
        """Record what a tool changed in the context variables, before its result is recorded.

        Raises:
            TurnAborted: when it cannot be recorded.
        """
        if self.context is None:
            return
        try:
            # A copy: a tool beside this one may be changing them in its thread.
            self._note_changes(dict(self.context.variables), complete=True)
        except Exception as error:
            # What AG2 would show to the model; the end of the turn records them, or fails.
            log.warning("variables not recorded yet", turn=self.id, error=type(error).__name__)
        else:
            if self.pending:
                await self.flush()

    async def conclude(self, response: ModelResponse | None, variables: Mapping[Any, Any]) -> None:
        """Go through the stages after the execution.

        Args:
            response: the turn's last; None when no model was asked.
            variables: the context variables at its end.

        Raises:
            PolicyError: when something was refused on the way, or the reply is.
            TurnAborted: when the lease was lost, or an event could not be recorded.
        """
        with self.stage(Stage.POLICY_CHECKS) as detail:
            self.conversation.guard.check()
            await self.conversation.guard.or_abort(self._turn_lease.check(self.lease))
            history = await self.conversation.history(flush=False)
            settled, since = self._settled
            since = since if settled is self.conversation.state.history else 0
            detail["unanswered_calls"] = len(unanswered_tool_calls(history[since:]))
            if self._checks is not None:
                await self._checks.conclude(response, detail)
        with self.stage(Stage.OUTPUT_COMPOSITION) as detail:
            if response is not None:
                detail["characters"] = len(response.content or "")
                # By its id: its version is not known before it is appended, with this.
                event_id = self.conversation.causes.response
                detail["reply"] = None if event_id is None else str(event_id)
            self._note_changes(variables, complete=True)
        try:
            with self.stage(Stage.TELEMETRY) as detail:
                detail.update(self._telemetry.summary())
                detail["version"] = self.conversation.state.version
        except Exception as error:
            # The reply is worth more than its figures; that they are missing is in the log.
            log.warning("no telemetry of a turn", turn=self.id, error=type(error).__name__)

    async def complete(self) -> None:
        """Record that the turn gave its reply.

        Raises:
            TurnAborted: when that cannot be recorded.
        """
        self.pending.append(TurnCompleted(turn=self.id, duration_ms=self.milliseconds))
        await self.flush()

    async def fail(self, error: BaseException) -> None:
        """Record that the turn failed or was cancelled, and what it had changed by then.

        Nothing is raised when that cannot be recorded: ``error`` matters more, and the next turn
        finds this one abandoned.

        Args:
            error: what it raised.
        """
        if isinstance(error, SessionClosed) or self._is_completed:
            return
        try:
            if self.context is not None:
                self._note_changes(self.context.variables, complete=True)
        except Exception as failure:
            log.warning("variables not recorded", turn=self.id, error=type(failure).__name__)
        duration = self.milliseconds
        ended: DomainEvent = TurnFailed(
            turn=self.id,
            error=self.conversation.describe(error),
            stage=self.current_stage,
            duration_ms=duration,
        )
        if isinstance(error, asyncio.CancelledError):
            ended = TurnCancelled(turn=self.id, stage=self.current_stage, duration_ms=duration)
        # A turn that gave its reply, but could not be recorded so, did not complete.
        self.pending = [e for e in self.pending if not isinstance(e, TurnCompleted)]
        self.pending.append(ended)
        try:
            await self.flush()
        except RetoldError as failure:
            log.warning("end of turn not recorded", turn=self.id, error=failure.code)

    def _note_changes(self, variables: Mapping[Any, Any], *, complete: bool) -> None:
        changes = self._variables.changes(variables, complete=complete)
        if changes is not None:
            self.pending.append(changes)

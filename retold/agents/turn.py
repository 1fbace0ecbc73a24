"""A turn: six stages, each of which leaves its success or failure in the log.

1. Bootstrap: with the lease taken, read on and settle what a dead process left behind.
2. Input normalisation: the message as AG2's inputs, the inbox, the stored variables.
3. Execution: AG2's own loop of model and tools.
4. Policy checks: the lease still holds and everything was recorded.
5. Output composition: the reply, and what the turn changed in the context variables.
6. Telemetry: tokens, calls and times of the turn.

What a stage did is recorded with the next append of the turn, and at its end at the latest.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from ag2.context import strip_reserved_variables
from ag2.events import BaseEvent, Input, ModelResponse, ToolResultEvent, Usage, UsageEvent
from ag2.history import close_unanswered_tool_calls, unanswered_tool_calls
from ag2.stream import Stream

from retold.agents.codec import encode_event, event_codec
from retold.agents.conversation import Conversation
from retold.agents.scope import TurnScope, current_turn
from retold.domain.event import DomainEvent
from retold.domain.recording import (
    ErrorInfo,
    Stage,
    StageFinished,
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    VariablesChanged,
)
from retold.errors import RetoldError, SessionClosed
from retold.logs import get_logger
from retold.store.lease import Lease, Leases
from retold.store.row import new_event_id

log = get_logger("retold.turn")

abandoned_result = (
    "This tool call has no result: the turn ended before the tool answered. "
    "It is unknown whether the tool took effect."
)


class Turn:
    """One turn of a conversation, from lease to telemetry.

    Attributes:
        id: a UUIDv7.
        implicit: begun by AG2 on the session's stream, not by ``session.ask``.
        last_response: the newest response of a model in this turn.
    """

    def __init__(
        self,
        conversation: Conversation,
        *,
        agent: str | None,
        lease: Lease,
        leases: Leases,
        lease_seconds: float,
        correlation_id: str | None = None,
        implicit: bool = False,
    ) -> None:
        """Store what is needed; :meth:`bootstrap` begins.

        Args:
            conversation: whose turn it is.
            agent: name of the agent asked.
            lease: held on the conversation's stream.
            leases: where it was taken.
            lease_seconds: how long it lasts.
            correlation_id: of the whole piece of work; the turn's id when None.
            implicit: see the attribute.
        """
        self.id = str(new_event_id())
        self.implicit = implicit
        self._conversation = conversation
        self._agent = agent
        self._lease = lease
        self._leases = leases
        self._lease_seconds = lease_seconds
        self._scope = TurnScope(self.id, correlation_id or self.id, conversation.session)
        self._began = time.monotonic()
        self._pending: list[DomainEvent] = []
        self._stage: Stage | None = None
        self._usage = Usage()
        self._counts = {"model_calls": 0, "tool_results": 0}
        self._stored: dict[str, Any] = {}
        self.last_response: ModelResponse | None = None

    @contextmanager
    def scope(self) -> Iterator[None]:
        """Let what is recorded in the block belong to this turn; the lease must be held."""
        token = current_turn.set(self._scope)
        self._conversation.hold()
        try:
            yield
        finally:
            self._conversation.let_go()
            current_turn.reset(token)

    def continue_with(self, lease: Lease) -> None:
        """Go on under another lease, taken because the first was let go in between."""
        self._lease = lease

    async def bootstrap(self, stream: Stream, *, answers_calls: bool = False) -> None:
        """Read on, record the turn's start, and settle what an interrupted turn left.

        Args:
            stream: AG2's stream of the conversation.
            answers_calls: the turn begins with results for calls that are still unanswered.

        Raises:
            SessionClosed: when the session was closed.
            TurnAborted: when nothing can be recorded.
        """
        state = self._conversation.state
        async with self.stage(Stage.BOOTSTRAP) as detail:
            await self._conversation.read_on()
            if state.closed is not None:
                raise SessionClosed(self._conversation.session)
            if state.open_turn is not None:
                self._pending.append(TurnFailed(turn=state.open_turn.turn, abandoned=True))
                detail["abandoned_turn"] = state.open_turn.turn
            interrupted = state.interrupted and not answers_calls
            self._pending.append(
                TurnStarted(
                    turn=self.id,
                    agent=self._agent,
                    owner=self._lease.owner,
                    fencing_token=self._lease.token,
                    implicit=self.implicit,
                )
            )
            if interrupted and unanswered_tool_calls(await self._conversation.history()):
                await self._flush()
                detail["closed_calls"] = await close_unanswered_tool_calls(
                    stream.history, result=abandoned_result
                )
            detail["version"] = state.version
            detail["history"] = len(state.history)

    async def normalise(
        self, parts: Iterable[Input], inbox: int, variables: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Take in the message and the variables, and record all up to here.

        Args:
            parts: the message as AG2's inputs.
            inbox: messages waiting in the conversation's inbox.
            variables: given by the caller; they win over the stored ones.

        Returns:
            The variables the turn begins with.
        """
        async with self.stage(Stage.INPUT_NORMALISATION) as detail:
            detail["parts"] = [type(part).__name__ for part in parts]
            detail["inbox"] = inbox
            self._stored = dict(self._conversation.state.variables)
            merged = {n: event_codec.decode(v) for n, v in self._stored.items()} | dict(variables)
            self._note_variables(merged, complete=False)
        await self._flush()
        return merged

    def observe(self, event: BaseEvent) -> None:
        """Count an event of this turn for its telemetry."""
        match event:
            case UsageEvent():
                self._usage += event.usage
            case ModelResponse():
                self._counts["model_calls"] += 1
                self.last_response = event
            case ToolResultEvent():
                self._counts["tool_results"] += 1
            case _:
                pass

    async def conclude(self, response: ModelResponse, variables: Mapping[str, Any]) -> None:
        """Go through the stages after the execution.

        Args:
            response: the turn's last.
            variables: the context variables at its end.

        Raises:
            LeaseLost: when the lease lapsed and was taken by another.
            TurnAborted: when an event of the turn could not be recorded.
        """
        state = self._conversation.state
        async with self.stage(Stage.POLICY_CHECKS) as detail:
            if self._conversation.aborted is not None:
                raise self._conversation.aborted
            await self._leases.renew(self._lease, self._lease_seconds)
            unanswered = unanswered_tool_calls(await self._conversation.history())
            detail["unanswered_calls"] = len(unanswered)
        async with self.stage(Stage.OUTPUT_COMPOSITION) as detail:
            reference = self._conversation.reference_of(response, encode_event(response))
            detail["reply_version"] = reference.version if reference else None
            detail["characters"] = len(response.content or "")
            self._note_variables(variables, complete=True)
        async with self.stage(Stage.TELEMETRY) as detail:
            detail.update(self._counts)
            detail["prompt_tokens"] = self._usage.prompt_tokens
            detail["completion_tokens"] = self._usage.completion_tokens
            detail["version"] = state.version
            log.debug("turn done", turn=self.id, session=self._conversation.session, **detail)

    @asynccontextmanager
    async def stage(self, stage: Stage) -> AsyncIterator[dict[str, Any]]:
        """Run a stage; what the block puts into the dictionary is recorded with its outcome."""
        self._stage = stage
        began = time.monotonic()
        detail: dict[str, Any] = {}
        error: ErrorInfo | None = None
        try:
            yield detail
        except BaseException as raised:
            error = ErrorInfo.of(raised)
            raise
        finally:
            self._pending.append(
                StageFinished(
                    turn=self.id,
                    stage=stage,
                    ok=error is None,
                    detail=detail,
                    error=error,
                    duration_ms=_milliseconds_since(began),
                )
            )

    def keep_variables(self, variables: Mapping[str, Any]) -> None:
        """Record what a turn that failed had changed by then."""
        self._note_variables(variables, complete=True)

    async def _flush(self) -> None:
        pending, self._pending = self._pending, []
        await self._conversation.record(*pending, agent=self._agent)

    async def end(self, error: BaseException | None) -> None:
        """Record how the turn ended.

        Args:
            error: what it raised; None when it gave its reply.

        Raises:
            TurnAborted: when a turn that gave its reply cannot be recorded. After an error
                nothing is raised: that error matters more.
        """
        duration = _milliseconds_since(self._began)
        match error:
            case None:
                self._pending.append(TurnCompleted(turn=self.id, duration_ms=duration))
            case asyncio.CancelledError():
                self._pending.append(
                    TurnCancelled(turn=self.id, stage=self._stage, duration_ms=duration)
                )
            case _:
                self._pending.append(
                    TurnFailed(
                        turn=self.id,
                        error=ErrorInfo.of(error),
                        stage=self._stage,
                        duration_ms=duration,
                    )
                )
        if error is None:
            await self._flush()
            return
        if self._conversation.state.closed is not None:
            return
        try:
            await asyncio.shield(self._flush())
        except RetoldError as failure:
            # The turn's own error is the one to raise; the next turn finds this one abandoned.
            log.warning("end of turn not recorded", turn=self.id, error=failure.code)

    def _note_variables(self, variables: Mapping[str, Any], *, complete: bool) -> None:
        """Compare with what is stored, and remember the changes to be recorded."""
        named = {name: value for name, value in variables.items() if isinstance(name, str)}
        kept = strip_reserved_variables(named, source="the conversation", warn=False)
        encoded = {name: event_codec.encode(value) for name, value in kept.items()}
        changed = {
            n: v for n, v in encoded.items() if n not in self._stored or self._stored[n] != v
        }
        removed = tuple(n for n in self._stored if n not in encoded) if complete else ()
        if changed or removed:
            self._pending.append(VariablesChanged(changed=changed, removed=removed))
            self._stored = {n: v for n, v in self._stored.items() if n not in removed} | changed


def _milliseconds_since(began: float) -> float:
    return round((time.monotonic() - began) * 1_000, 3)

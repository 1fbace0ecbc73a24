"""The stages of a turn as they go: what came of each, and what waits to be recorded of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from retold.agents.conversation import Conversation
from retold.agents.policies.turn_policies import TurnPolicies
from retold.agents.stream_writer import anything
from retold.domain.event import DomainEvent
from retold.domain.recording import Stage, StageFinished, TurnCompleted, TurnFailed, TurnStarted
from retold.errors import PolicyError, RetoldError
from retold.store.codec.values import made_plain


class TurnStages:
    """What a turn records of itself.

    Attributes:
        conversation: whose turn it is.
        id: a UUIDv7.
        agent: name of the agent asked.
        pending: recorded with the next append of the turn.
        current_stage: the stage that is going on, or was last.
        is_executed: whether AG2 is done with it.
    """

    def __init__(
        self,
        conversation: Conversation,
        turn: str,
        agent: str | None,
        policies: TurnPolicies | None,
    ) -> None:
        """Store what is needed.

        Args:
            conversation: whose turn it is.
            turn: its id.
            agent: name of the agent asked.
            policies: what is allowed in it; None for anything.
        """
        self.conversation = conversation
        self.id = turn
        self.agent = agent if agent is None else made_plain(agent)
        self.pending: list[DomainEvent] = []
        self.current_stage: Stage | None = None
        self.is_executed = False
        self._policies = policies
        self._began = time.monotonic()
        self._execution_began: float | None = None
        self._is_completed = False

    @property
    def milliseconds(self) -> float:
        """Since it began, by a monotonic clock."""
        return _milliseconds_since(self._began)

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[dict[str, Any]]:
        """Run a stage; what the block puts into the dictionary is recorded with its outcome."""
        self._enter(stage)
        began = time.monotonic()
        detail: dict[str, Any] = {}
        try:
            yield detail
        except BaseException as error:
            self._fail(stage, began, detail, error)
            raise
        self._finish(stage, began, detail)

    @contextmanager
    def part_of_execution(self) -> Iterator[None]:
        """Run a part of the execution of an implicit turn; its failure is the stage's."""
        self._enter(Stage.EXECUTION)
        if self._execution_began is None:
            self._execution_began = time.monotonic()
        try:
            yield
        except BaseException as error:
            self._fail(Stage.EXECUTION, self._execution_began, {}, error)
            raise

    def end_execution(self) -> None:
        """Note that the parts so far were all."""
        self._finish(Stage.EXECUTION, self._execution_began or self._began, {})

    def _enter(self, stage: Stage) -> None:
        self.current_stage = stage
        if self._policies is not None:
            self._policies.stage = stage

    def _fail(
        self, stage: Stage, began: float, detail: dict[str, Any], error: BaseException
    ) -> None:
        """Note that a stage failed, and raise the refusal instead where that is why."""
        refusal = None if self._policies is None else self._policies.refusal
        if refusal is not None and isinstance(error, Exception) and not _explains(error):
            # What AG2, or a tool, made of it.
            self._end_by(stage, began, detail, refusal)
            raise refusal from error
        self._end_by(stage, began, detail, error)

    def _end_by(
        self, stage: Stage, began: float, detail: dict[str, Any], error: BaseException
    ) -> None:
        if stage is Stage.EXECUTION and getattr(error, "stage", None) == Stage.POLICY_CHECKS:
            # The model has answered; it is the answer that is refused, before it is given.
            self._finish(stage, began, detail)
            self._enter(Stage.POLICY_CHECKS)
            self._finish(Stage.POLICY_CHECKS, time.monotonic(), {}, error)
        else:
            self._finish(stage, began, detail, error)

    def _finish(
        self,
        stage: Stage,
        began: float,
        detail: dict[str, Any],
        error: BaseException | None = None,
    ) -> None:
        self.is_executed = self.is_executed or stage is Stage.EXECUTION
        self.pending.append(
            StageFinished(
                turn=self.id,
                stage=stage,
                ok=error is None,
                detail=detail,
                error=None if error is None else self.conversation.describe(error),
                duration_ms=_milliseconds_since(began),
            )
        )

    async def flush(self) -> int:
        """Record what is pending and true, and return how many events that were.

        Raises:
            TurnAborted: when it cannot be recorded.
        """
        return await self.conversation.uninterrupted(self._record_pending())

    async def _record_pending(self) -> int:
        pending, self.pending = self.pending, []
        try:
            recorded = await self.conversation.record(
                *pending,
                agent=self.agent,
                # Whoever lost the lease may have written something, the end of its turn included.
                tolerates=anything if any(isinstance(e, TurnStarted) for e in pending) else None,
                is_true=self._is_true,
            )
        except RetoldError:
            self.pending[:0] = pending
            raise
        self._is_completed = any(isinstance(event, TurnCompleted) for event in pending)
        return len(recorded)

    def _is_true(self, event: DomainEvent) -> bool:
        if not isinstance(event, TurnFailed) or not event.abandoned:
            return True
        open_turn = self.conversation.state.open_turn
        return open_turn is not None and open_turn.turn == event.turn


def _explains(error: Exception) -> bool:
    """Return whether an error says what happened, whatever a policy refused before it."""
    return isinstance(error, RetoldError) and (
        isinstance(error, PolicyError) or error.code == "turn_aborted"
    )


def _milliseconds_since(began: float) -> float:
    return round((time.monotonic() - began) * 1_000, 3)

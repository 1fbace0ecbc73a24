"""One taking of a step's row: asked for and recorded, or settled after a worker that died."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

from retold.agents.folded_states import Decided
from retold.agents.orchestrator.asking import (
    StepAnswer,
    ask_for_step,
    is_of_the_log,
    may_pass_again,
    recorded_answer,
)
from retold.agents.orchestrator.choosing import Chosen, NobodyNow, choose
from retold.agents.orchestrator.entries import StepEntry
from retold.agents.orchestrator.given import Given
from retold.agents.orchestrator.parts import Parts
from retold.agents.secrets import error_info
from retold.agents.trace_context import joined
from retold.domain.value import ErrorInfo
from retold.domain.workflow.commands import (
    CompleteStep,
    FailStep,
    LoseStep,
    RunCommand,
    StartStep,
    TimeOutStep,
)
from retold.domain.workflow.preparing import prepare_step
from retold.domain.workflow.reading import steps_in_flight
from retold.domain.workflow.state import (
    Item,
    ItemStatus,
    RunStatus,
    StepStatus,
    WorkflowRun,
)
from retold.errors import (
    AgentUnavailable,
    AppendTooLarge,
    EventTooLarge,
    InvalidEvent,
    RunNotFound,
    RunNotRunning,
    RunOver,
    RunStepError,
    StoreClosed,
    StoreUnavailable,
    WorkItemLost,
)
from retold.logs import get_logger
from retold.store.work_queue import NewWorkItem, TakenWorkItem

log = get_logger("retold.worker")

paused_seconds = 5.0
most_looks = 5
most_times_recorded = 6


class StepWork:
    """The work on one taking of a step's row.

    Attributes:
        entry: the step.
        taken: the row, as it was taken.
        next: what was taken in its place when it was done, for the worker to work on.
    """

    def __init__(
        self,
        parts: Parts,
        worker: str,
        entry: StepEntry,
        taken: TakenWorkItem,
        *,
        take_for: Callable[[], float | None],
    ) -> None:
        """Store what is needed.

        Args:
            parts: of the orchestrator.
            worker: name of the worker.
            entry: the step.
            taken: its row.
            take_for: says for how many seconds another row is taken in its place; None for none.
        """
        self.next: tuple[TakenWorkItem, ...] = ()
        self._take_for = take_for
        self._follow: list[NewWorkItem] = []
        self.entry = entry
        self.taken = taken
        self._parts = parts
        self._worker = worker
        self._token = entry.token(taken)
        self._asking: asyncio.Task[StepAnswer] | None = None
        self._given_up: Given | None = None

    @property
    def is_asking(self) -> bool:
        """Whether an agent is being asked."""
        return self._asking is not None

    def give_up(self, why: Given) -> None:
        """Ask the agent no further."""
        if self._given_up is None:
            self._given_up = why
            if self._asking is not None:
                self._asking.cancel()

    async def still_counts(self) -> bool:
        """Return whether the attempt is in flight, as the run says."""
        run = await self._parts.runs.state(self.entry.run)
        return not run.is_over and any(
            one.step == self.entry.step and one.item == self.entry.item and one.token == self._token
            for one in steps_in_flight(run)
        )

    async def run(self) -> None:
        """Work on it, and give the row back, or say that it is done.

        Raises:
            StoreError: when the log does not do its work; the row is swept when its lease lapses.
        """
        for _ in range(most_looks):
            if await self._look():
                return
        # It changes faster than it is looked at.
        await self._release(1.0)

    async def _look(self) -> bool:
        """Do what is to be done as the run stands; return False to look again."""
        entry = self.entry
        known = self._parts.runs.known(entry.run)
        if known is not None and self.taken.token == 1 and self._may_begin(known):
            # Should that be old, the step cannot be begun, and this is called again.
            return await self._begin(known)
        try:
            run = await self._parts.runs.state(entry.run)
        except RunNotFound:
            await self._finish()
            return True
        item = self._item(run)
        if item is not None and item.status is ItemStatus.RUNNING:
            # One of a later taking is at work: it is this worker that lost the row.
            is_before = item.token < self._token and entry.has_given(item.token)
            if is_before and item.attempt == entry.attempt:
                await self._settle(item)
            await self._leave()
        elif self._may_begin(run):
            return await self._begin(run)
        elif not self._is_next(run) or run.is_over or run.is_failing:
            await self._leave()
        else:
            await self._release(paused_seconds)
        return True

    def _item(self, run: WorkflowRun) -> Item | None:
        state, place = run.steps.get(self.entry.step), self.entry.item
        if state is None or (place is not None) is not (state.fanned_out is not None):
            return None
        return state.item(place) if (place or 0) < state.size else None

    def _may_begin(self, run: WorkflowRun) -> bool:
        is_running = run.status is RunStatus.RUNNING and not run.is_failing
        return is_running and self._is_next(run)

    def _is_next(self, run: WorkflowRun) -> bool:
        item = self._item(run)
        if item is None or item.status is not ItemStatus.READY:
            return False
        # Of a fan-out that failed, items may be ready that nobody is to begin any more.
        is_open = run.steps[self.entry.step].status is StepStatus.OPEN
        return is_open and item.attempt + 1 == self.entry.attempt

    # A worker died -----------------------------------------------------------------------------

    async def _settle(self, item: Item) -> None:
        """Record the answer that a worker that died had, or else that it is lost."""
        given = self._parts.log
        answer = await recorded_answer(given.store, self.entry, is_checked=given.has_policies)
        if answer is not None:
            await self._complete(answer, item.token)
            return
        command = LoseStep(**self._place, token=item.token, at=self._parts.clock())
        await self._decide(command, UUID(self.entry.event))

    async def _leave(self) -> None:
        """Say that the row is done, with what a worker that died may have left undone."""
        if self.taken.token > 1:
            await self._parts.runs.put_again(self.entry.run)
            await self._end_calls()
        await self._finish()

    async def _end_calls(self) -> None:
        roster = await self._parts.roster.state()
        await self._parts.limits.end_all(roster, self.entry, self.taken.token, self._parts.clock())

    # It begins ---------------------------------------------------------------------------------

    async def _begin(self, run: WorkflowRun) -> bool:
        entry, parts = self.entry, self._parts
        if self.taken.token > 1:
            await self._end_calls()
        if self._given_up is not None:
            await self._release(0)
            return True
        agent, capability = run.whom(entry.step, entry.item)
        try:
            chosen = await choose(parts, entry, self.taken, agent=agent, capability=capability)
        except AgentUnavailable as error:
            return await self._fail_at_once(error, agent or capability or "")
        if isinstance(chosen, NobodyNow):
            await self._release(chosen.seconds)
            return True
        try:
            started = await self._start(chosen.described.name, chosen.instance)
            if started is None:
                return False
            await self._work(chosen, started.state, self._cause(started))
        finally:
            chosen.here.end(chosen.instance)
            await parts.limits.end(chosen.described, entry, self.taken.token, parts.clock())
        await self._finish()
        return True

    async def _start(self, agent: str, instance: str | None) -> Decided[WorkflowRun] | None:
        """Begin the attempt; return None when it may not begin any more."""
        command = StartStep(
            **self._place,
            attempt=self.entry.attempt,
            agent=agent,
            instance=instance,
            worker=self._worker,
            token=self._token,
            at=self._parts.clock(),
        )
        try:
            return await self._decide(command, UUID(self.entry.event))
        except (RunNotRunning, RunOver, RunStepError):
            return None

    def _cause(self, started: Decided[WorkflowRun]) -> UUID:
        return started.ids[0] if started.ids else UUID(self.entry.event)

    async def _fail_at_once(self, error: AgentUnavailable, agent: str) -> bool:
        started = await self._start(agent, None)
        if started is None:
            return False
        await self._fail(ErrorInfo.of(error), self._cause(started), is_retryable=False)
        await self._finish()
        return True

    # It is asked -------------------------------------------------------------------------------

    async def _work(self, chosen: Chosen, run: WorkflowRun, started: UUID) -> None:
        """Ask, and record what comes of it."""
        timeout = run.definition_of(self.entry.step).timeout
        asking = self._ask(chosen, run, started)
        self._asking = asyncio.create_task(asking, name=f"retold-step-{self.entry.id}")
        try:
            if self._given_up is not None:
                self._asking.cancel()
            done, _ = await asyncio.wait({self._asking}, timeout=timeout)
            if not done:
                self._asking.cancel()
                await asyncio.wait({self._asking})
        except asyncio.CancelledError:
            self._asking.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._asking
            raise
        asked, self._asking = self._asking, None
        await self._record(chosen, asked, started, is_late=not done)

    async def _ask(self, chosen: Chosen, run: WorkflowRun, started: UUID) -> StepAnswer:
        # The worker is in a context of its own, and maybe in another process than who asked.
        with joined(await self._parts.runs.queued_in(self.entry.run)):
            return await ask_for_step(
                self._parts.log,
                self.entry,
                # One that cannot be made fails the attempt, as one that cannot answer.
                chosen.here.agent(chosen.instance),
                prepare_step(run, self.entry.step, self.entry.item),
                caused_by=started,
                correlation_id=await self._parts.runs.correlation_of(self.entry.run),
            )

    async def _record(
        self, chosen: Chosen, asked: asyncio.Task[StepAnswer], started: UUID, *, is_late: bool
    ) -> None:
        here, instance = chosen.here, chosen.instance
        error = asyncio.CancelledError() if asked.cancelled() else asked.exception()
        if error is None:
            here.note(instance, succeeded=True)
            await self._complete(asked.result(), self._token)
        elif self._given_up is Given.STOPPING or is_of_the_log(error):
            # The agent did not fail: it may be asked again, as if its worker had died.
            command = LoseStep(**self._place, token=self._token, at=self._parts.clock())
            await self._report(command, started)
        elif self._given_up is not None:
            log.info("step given up", run=self.entry.run, step=self.entry.step, why=self._given_up)
        elif is_late:
            here.note(instance, succeeded=False)
            await self._time_out(started)
        else:
            here.note(instance, succeeded=False)
            info = error_info(self._parts.log.store, error)
            await self._fail(info, started, is_retryable=may_pass_again(error))

    async def _time_out(self, started: UUID) -> None:
        run = await self._parts.runs.state(self.entry.run)
        item = self._item(run)
        at = self._parts.clock()
        if item is not None and item.deadline is not None:
            # The clock that measured the wait is another one.
            at = max(at, item.deadline)
        await self._report(TimeOutStep(**self._place, token=self._token, at=at), started)

    async def _complete(self, answer: StepAnswer, token: int) -> None:
        command = CompleteStep(
            **self._place, token=token, result=answer.result, at=self._parts.clock()
        )
        cause = answer.event or UUID(self.entry.event)
        try:
            await self._report(command, cause)
        except (InvalidEvent, EventTooLarge, AppendTooLarge) as error:
            failed = FailStep(
                **self._place,
                token=token,
                error=ErrorInfo.of(error),
                is_retryable=False,
                at=self._parts.clock(),
            )
            await self._report(failed, cause)

    async def _fail(self, error: ErrorInfo, started: UUID, *, is_retryable: bool) -> None:
        command = FailStep(
            **self._place,
            token=self._token,
            error=error,
            is_retryable=is_retryable,
            at=self._parts.clock(),
        )
        await self._report(command, started)

    # What is recorded --------------------------------------------------------------------------

    @property
    def _place(self) -> dict[str, Any]:
        return {"step": self.entry.step, "item": self.entry.item}

    async def _report(self, command: RunCommand, cause: UUID) -> None:
        """Record an outcome; one that does not count any more is dropped."""
        for times in range(most_times_recorded):
            try:
                await self._decide(command, cause)
            except (RunStepError, RunOver) as error:
                log.info(
                    "outcome dropped", run=self.entry.run, step=self.entry.step, why=error.code
                )
            except StoreClosed:
                raise
            except StoreUnavailable:
                if times + 1 == most_times_recorded:
                    raise
                await asyncio.sleep(0.1 * 2**times)
                continue
            if times:
                # It may have been recorded before, and then what follows was not told.
                await self._parts.runs.put_again(self.entry.run)
            return

    async def _decide(self, command: RunCommand, cause: UUID) -> Decided[WorkflowRun]:
        return await self._parts.runs.decide(
            self.entry.run, command, caused_by=cause, follow=self._follow
        )

    async def _finish(self) -> None:
        """Say that the row is done, put what follows upon the step, and take what is first now."""
        with suppress(WorkItemLost):
            finished = await self._parts.queue.finish(
                self.taken, put=self._follow, take_for=self._take_for()
            )
            self.next = finished.taken
        if len(self._follow) > len(self.next):
            self._parts.woken.set()

    async def _release(self, seconds: float) -> None:
        with suppress(WorkItemLost):
            await self._parts.queue.release(self.taken, delay=seconds, attempted=False)

"""One taking of a run's row: the run is started, and looked after until it is over."""

from __future__ import annotations

from contextlib import suppress
from math import inf

from retold.agents.orchestrator.entries import RunEntry
from retold.agents.orchestrator.parts import Parts
from retold.domain.workflow.commands import ExpireApproval, StartRun
from retold.domain.workflow.reading import approvals_pending
from retold.domain.workflow.state import RunStatus
from retold.errors import RunNotFound, RunNotRunning, RunOver, WorkflowError, WorkItemLost
from retold.store.work_queue import TakenWorkItem

first_look_seconds, longest_look_seconds = 30.0, 600.0
# Whoever puts a run's row first and then records the run may be slow, or dead.
most_looks_for_none, longest_look_for_none = 200, 60.0
# The row of an approval is ready by the database's clock, and its time is over by the worker's.
most_clocks_differ_seconds = 60.0
# Nor does whoever retries a run record that at once.
looks_before_retry = (1.0, 30.0)


class RunWork:
    """The work on one taking of a run's row.

    It does what nobody else is sure to do: start the run, put rows of steps that a process which
    died left out, and refuse approvals whose time is over.
    """

    def __init__(self, parts: Parts, worker: str, entry: RunEntry, taken: TakenWorkItem) -> None:
        """Store what is needed.

        Args:
            parts: of the orchestrator.
            worker: name of the worker.
            entry: the run.
            taken: its row.
        """
        self.entry = entry
        self.taken = taken
        self._parts = parts
        self._worker = worker

    async def run(self) -> None:
        """Look after the run, and give the row back, or say that it is done.

        Raises:
            StoreError: when the log does not do its work; the row is swept when its lease lapses.
        """
        run, parts, looks = self.entry.run, self._parts, self.taken.attempts
        try:
            state = await parts.runs.state(run)
        except RunNotFound:
            await self._look_again_for_it(looks)
            return
        if state.status is RunStatus.QUEUED:
            with suppress(RunOver, RunNotRunning):
                command = StartRun(worker=self._worker, at=parts.clock())
                cause = await parts.runs.queued_by(run)
                await parts.runs.decide(run, command, caused_by=cause)
        else:
            await self._refuse_what_is_late()
            await parts.runs.put_again(run)
        state = await parts.runs.state(run)
        if state.is_over:
            await self._leave(looks)
            return
        seconds = min(first_look_seconds * 2 ** min(looks - 1, 10), longest_look_seconds)
        if self.entry.once:
            seconds = inf
        for expires_at in approvals_pending(state).values():
            if expires_at is not None:
                left = (expires_at - parts.clock()).total_seconds()
                seconds = min(seconds, max(left, 0.01))
        if self.entry.once and seconds > most_clocks_differ_seconds:
            await self._finish()
        else:
            await self._release(seconds)

    async def _refuse_what_is_late(self) -> None:
        run, now = self.entry.run, self._parts.clock()
        for step, expires_at in approvals_pending(await self._parts.runs.state(run)).items():
            if expires_at is not None and expires_at <= now:
                with suppress(WorkflowError):
                    await self._parts.runs.decide(run, ExpireApproval(step=step, at=now))

    async def _look_again_for_it(self, looks: int) -> None:
        if looks > most_looks_for_none:
            # Whoever put it died before the run was recorded: there is none.
            await self._finish()
            return
        await self._release(min(0.05 * 2 ** min(looks, 20), longest_look_for_none))

    async def _leave(self, looks: int) -> None:
        if self.entry.is_of_retry and looks <= len(looks_before_retry):
            # It was put before the retry is recorded, which may be about to be.
            await self._release(looks_before_retry[looks - 1])
        else:
            await self._finish()

    async def _finish(self) -> None:
        with suppress(WorkItemLost):
            await self._parts.queue.finish(self.taken)

    async def _release(self, seconds: float) -> None:
        with suppress(WorkItemLost):
            await self._parts.queue.release(self.taken, delay=seconds)

"""Workflows are defined, and run: what of an orchestrator is about them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from contextvars import Context
from typing import Any
from weakref import WeakSet

from retold.agents.decided_stream import DecidedStream
from retold.agents.orchestrator.outcome import is_waiting, result_of_run
from retold.agents.orchestrator.parts import Parts
from retold.agents.orchestrator.run_request import checked_input, checked_priority, checked_run
from retold.agents.orchestrator.worker import Worker
from retold.agents.scope import enclosing_traceparent
from retold.domain.result import Result
from retold.domain.workflow.commands import (
    CancelRun,
    GiveApproval,
    PauseRun,
    QueueRun,
    RefuseApproval,
    ResumeRun,
    RetryFrom,
    RunCommand,
)
from retold.domain.workflow.defining import check_workflow, define_workflow
from retold.domain.workflow.definition import Step, Workflow
from retold.domain.workflow.events import definitions_stream
from retold.domain.workflow.versions import DefineWorkflow, WorkflowVersions, workflow_versions
from retold.errors import WorkflowNotDefined
from retold.store.row import new_event_id

_longest_pause = 0.5


class RunsWorkflows:
    """Defines workflows and runs them; see
    :class:`~retold.agents.orchestrator.orchestrator.AgentOrchestrator`."""

    def __init__(self, parts: Parts, *, concurrency: int, lease_seconds: float) -> None:
        """Store what is needed.

        Args:
            parts: of the orchestrator.
            concurrency: steps that a worker works on at once, unless it is told otherwise.
            lease_seconds: how long a step stays a worker's when nothing is heard of it, likewise.

        Raises:
            ValueError: when a number is out of range.
        """
        self._parts = parts
        self._concurrency = concurrency
        self._lease_seconds = lease_seconds
        self._blocks = 0
        self._worker: tuple[Worker, asyncio.Task[None]] | None = None
        self._workers: WeakSet[Worker] = WeakSet()
        self.worker()

    # Workflows ---------------------------------------------------------------------------------

    async def define(
        self,
        workflow: Workflow | str,
        steps: Iterable[Step | Mapping[str, Any]] | None = None,
        **options: Any,
    ) -> Workflow:
        """Define a workflow; another definition of the same name is its next version.

        Args:
            workflow: a definition, such as one of a YAML file; or its name, with steps.
            steps: as of :func:`~retold.domain.workflow.defining.define_workflow`.
            options: likewise.

        Returns:
            The definition with its version. Runs go on with the version they began with.

        Raises:
            WorkflowInvalid: with all that is wrong with it, unknown agents and capabilities that
                nobody has included; nothing was defined.
            WorkflowVersionConflict: when its version is taken.
            StoreError: when the log cannot be read or written.
        """
        agents = (await self._parts.roster.state()).capabilities
        if isinstance(workflow, Workflow):
            checked = check_workflow(workflow, agents=agents)
        else:
            checked = define_workflow(workflow, steps or (), agents=agents, **options)
        decided = await self._versions(checked.name).decide(DefineWorkflow(workflow=checked))
        return decided.state.newest or checked

    async def workflow(self, name: str) -> Workflow:
        """Return the newest version of a workflow.

        Raises:
            WorkflowNotDefined: when there is none.
            StoreError: when the log cannot be read.
        """
        newest = (await self._versions(name).state()).newest
        if newest is None:
            raise WorkflowNotDefined(name)
        return newest

    def _versions(self, name: str) -> DecidedStream[DefineWorkflow, WorkflowVersions]:
        return DecidedStream(self._parts.log.store, definitions_stream(name), workflow_versions)

    # Runs --------------------------------------------------------------------------------------

    async def queue(
        self,
        workflow: str | Workflow,
        input: Any = None,  # noqa: A002 - what it is called in workflows
        *,
        priority: int = 0,
        correlation_id: str | None = None,
        run: str | None = None,
    ) -> str:
        """Queue a run of a workflow, for workers to run, and return its id at once.

        Args:
            workflow: name of a defined one, whose newest version is taken; or a definition.
            input: what the run is given, JSON-native.
            priority: the greater goes first.
            correlation_id: of the whole piece of work; the run's id when None.
            run: id of the run; a new one when None.

        Raises:
            WorkflowNotDefined, WorkflowInvalid: when there is no such workflow to run.
            MissingRunInput: when the input has not all that it needs.
            RunExists: when there is a run of that id.
            InvalidRun: when the id, the input or the priority is none.
            StoreError: when the log cannot be read or written.
        """
        run_id = str(new_event_id()) if run is None else checked_run(run)
        given, priority = checked_input(input), checked_priority(priority)
        if isinstance(workflow, Workflow):
            definition = await self.define(workflow)
        else:
            definition = await self.workflow(workflow)
        command = QueueRun(
            run=run_id,
            workflow=definition,
            input=given,
            priority=priority,
            at=self._parts.clock(),
        )
        is_new = await self._parts.runs.look_after(run_id, priority, is_new=True)
        await self._parts.runs.decide(
            run_id,
            command,
            correlation_id=correlation_id or run_id,
            traceparent=enclosing_traceparent(),
        )
        if not is_new:
            # The row of who died before it came to record the run.
            await self._parts.runs.put_again(run_id, now=True)
        self._parts.woken.set()
        return run_id

    async def run(
        self,
        workflow: str | Workflow,
        input: Any = None,  # noqa: A002 - what it is called in workflows
        *,
        priority: int = 0,
        correlation_id: str | None = None,
        run: str | None = None,
    ) -> Result[dict[str, Any]]:
        """Run a workflow, and wait for it; arguments and errors as of :meth:`queue`.

        This process works while it waits, on whatever is first in the queue; workers of other
        processes help.

        Returns:
            As of :meth:`wait`.
        """
        run_id = await self.queue(
            workflow, input, priority=priority, correlation_id=correlation_id, run=run
        )
        return await self.wait(run_id)

    async def wait(self, run: str, *, work: bool = True) -> Result[dict[str, Any]]:
        """Wait for a run until it is over, or can only go on when somebody decides.

        Args:
            run: id of the run.
            work: this process works meanwhile.

        Returns:
            The results of its completed steps, by name. ``completed``, ``failed`` or ``cancelled``;
            ``waiting`` when nothing is in work and it is paused, or waits for an approval.

        Raises:
            RunNotFound: when there is none.
            StoreError: when the log cannot be read.
        """
        await self._parts.runs.state(run)
        if not work:
            return await self._wait(run)
        async with self.working():
            return await self._wait(run)

    async def _wait(self, run: str) -> Result[dict[str, Any]]:
        pause = 0.02
        while True:
            state = await self._parts.runs.state(run)
            if state.is_over or is_waiting(state):
                correlation_id = await self._parts.runs.correlation_of(run)
                return await result_of_run(self._parts.log.store, state, correlation_id)
            if self._worker is not None and self._worker[1].done():
                # It ended by an error, or with the log; else nobody would ever be told.
                self._worker[1].result()
            await self._parts.runs.wait(run, seconds=pause)
            pause = min(pause * 2, _longest_pause)

    async def pause(self, run: str, *, by: str | None = None, reason: str | None = None) -> None:
        """Let no step of a run begin any more; those in flight go on.

        Raises:
            RunNotFound, RunOver: when there is none, or it is over.
        """
        await self._control(run, PauseRun(by=by, reason=reason))

    async def resume(self, run: str, *, by: str | None = None) -> None:
        """Let steps of a run begin again.

        Raises:
            RunNotFound, RunOver: when there is none, or it is over.
        """
        await self._control(run, ResumeRun(by=by))
        await self._parts.runs.put_again(run, now=True)

    async def cancel(self, run: str, *, by: str | None = None, reason: str | None = None) -> None:
        """End a run. Steps in flight are cancelled, in other processes by the next heartbeat.

        Raises:
            RunNotFound, RunOver: when there is none, or it is over otherwise.
        """
        await self._control(run, CancelRun(by=by, reason=reason))
        # Others may begin meanwhile.
        for worker in tuple(self._workers):
            await worker.look_at(run)

    async def retry_from(self, run: str, step: str, *, by: str | None = None) -> None:
        """Let a run that is over go on from a step; all that depends on it begins anew, too.

        Raises:
            RunNotFound, RunNotOver, UnknownRunStep: when that cannot be.
        """
        state = await self._parts.runs.state(run)
        await self._parts.runs.look_after(run, state.priority, is_new=False)
        await self._control(run, RetryFrom(step=step, by=by, at=self._parts.clock()))

    async def approve(
        self, run: str, step: str, *, by: str | None = None, reason: str | None = None
    ) -> None:
        """Agree to a step that waits for it.

        Raises:
            RunNotFound, UnknownRunStep, ApprovalNotPending: when nobody asked for it.
        """
        command = GiveApproval(step=step, by=by, reason=reason, at=self._parts.clock())
        await self._control(run, command)

    async def refuse(
        self, run: str, step: str, *, by: str | None = None, reason: str | None = None
    ) -> None:
        """Do not agree to a step that waits for it.

        Raises:
            RunNotFound, UnknownRunStep, ApprovalNotPending: when nobody asked for it.
        """
        command = RefuseApproval(step=step, by=by, reason=reason, at=self._parts.clock())
        await self._control(run, command)

    async def _control(self, run: str, command: RunCommand) -> None:
        await self._parts.runs.state(run)
        await self._parts.runs.decide(run, command)

    # Work --------------------------------------------------------------------------------------

    def worker(
        self,
        *,
        concurrency: int | None = None,
        lease_seconds: float | None = None,
        name: str | None = None,
    ) -> Worker:
        """Return a worker of this orchestrator; :meth:`Worker.run` works.

        Args:
            concurrency, lease_seconds: those of the orchestrator when None.
            name: unique; one is made when None.

        Raises:
            ValueError: when a number is out of range.
        """
        worker = Worker(
            self._parts,
            concurrency=self._concurrency if concurrency is None else concurrency,
            lease_seconds=self._lease_seconds if lease_seconds is None else lease_seconds,
            name=name,
        )
        self._workers.add(worker)
        return worker

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Work on what is queued while the block runs; what is in work at its end is finished.

        All such blocks of this orchestrator share one worker, until the last one is left.

        Raises:
            Exception: what the worker raised, should it have ended before the block.
        """
        self._blocks += 1
        if self._blocks == 1:
            worker = self.worker()
            # In a context of its own: who calls this may be in a turn, the steps are not part of.
            task = asyncio.create_task(
                worker.run(), name=f"retold-worker-{worker.name}", context=Context()
            )
            self._worker = worker, task
        try:
            yield
        finally:
            self._blocks -= 1
            working = self._worker
            if not self._blocks and working is not None:
                self._worker = None
                await _end(*working)


async def _end(worker: Worker, task: asyncio.Task[None]) -> None:
    worker.stop()
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise

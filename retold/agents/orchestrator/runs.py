"""The runs of an orchestrator: what is decided of them, and put into its queue by that."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from retold.agents.decided_stream import DecidedStream
from retold.agents.folded_states import Decided
from retold.agents.orchestrator.entries import RunEntry, StepEntry, first_entry
from retold.agents.trace_context import carried
from retold.domain.workflow.commands import RunCommand
from retold.domain.workflow.events import ApprovalRequested, StepReady, run_stream
from retold.domain.workflow.reading import ready_steps
from retold.domain.workflow.run import runs
from retold.domain.workflow.state import WorkflowRun
from retold.errors import RunNotFound, WorkItemNotFound
from retold.store import EventStore
from retold.store.row import new_event_id
from retold.store.uninterrupted import uninterrupted
from retold.store.work_queue import NewWorkItem, WorkQueue

most_known = 512


@dataclass(slots=True)
class _Known:
    stream: DecidedStream[RunCommand, WorkflowRun]
    correlation_id: str | None = None
    queued_by: UUID | None = None
    metadata: Mapping[str, object] = field(default_factory=dict)


class Runs:
    """Decides commands of runs; each ``workflow.step_ready`` that comes of one is put.

    A row that was not put, because its process died right after the event, is put by whoever
    looks after the run.
    """

    def __init__(
        self,
        store: EventStore,
        queue: WorkQueue,
        *,
        clock: Callable[[], datetime],
        on_put: Callable[[], None],
    ) -> None:
        """Store what is needed.

        Args:
            store: the log.
            queue: of the orchestrator.
            clock: gives the time, with a zone.
            on_put: called when there is more to take.
        """
        self._store = store
        self._queue = queue
        self._clock = clock
        self._on_put = on_put
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._changes: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._watched: defaultdict[str, int] = defaultdict(int)

    async def state(self, run: str) -> WorkflowRun:
        """Return where a run stands.

        Raises:
            RunNotFound: when there is none.
            StoreError: when the log cannot be read.
        """
        state = await self._run(run).stream.state()
        if state.id is None:
            raise RunNotFound(run)
        return state

    def known(self, run: str) -> WorkflowRun | None:
        """Return where a run stood when this process last looked at it; None when it did not."""
        return self._run(run).stream.known

    async def decide(
        self,
        run: str,
        command: RunCommand,
        *,
        caused_by: UUID | None = None,
        correlation_id: str | None = None,
        follow: list[NewWorkItem] | None = None,
        traceparent: str | None = None,
    ) -> Decided[WorkflowRun]:
        """Decide a command of a run, record what happens, and put what may begin by that.

        Args:
            run: id of the run.
            command: the command.
            caused_by: id of the event that led to it.
            correlation_id: of a new run; that of the run when None.
            follow: takes the rows of what may begin, for the caller to put; None to put them here.
            traceparent: of the span in which it is commanded, by W3C Trace Context; None for none.

        Raises:
            WorkflowError: when it cannot be obeyed; nothing happened.
            StoreError: when the log cannot be read or written.
        """
        known = self._run(run)
        correlation_id = correlation_id or await self.correlation_of(run)

        async def decide_and_put() -> Decided[WorkflowRun]:
            decided = await known.stream.decide(
                command,
                caused_by=caused_by,
                correlation_id=correlation_id,
                metadata={"session": run, **carried(traceparent)},
            )
            rows = self._rows_of(run, decided)
            if follow is None:
                await self.put(rows)
            else:
                follow.extend(rows)
            if decided.state.is_over and not decided.before.is_over:
                await self._look_after_no_more(run)
            return decided

        decided = await uninterrupted(decide_and_put())
        if decided.events and run in self._watched:
            self._changes[run].set()
        return decided

    async def correlation_of(self, run: str) -> str | None:
        """Return the correlation id of a run; None when it has none, or is not there."""
        return (await self._begun(run)).correlation_id

    async def queued_by(self, run: str) -> UUID | None:
        """Return the id of the event that queued a run; None when it is not there."""
        return (await self._begun(run)).queued_by

    async def queued_in(self, run: str) -> Mapping[str, object]:
        """Return the metadata a run was queued with, its trace among them; empty without a run."""
        return (await self._begun(run)).metadata

    async def _begun(self, run: str) -> _Known:
        known = self._run(run)
        if known.queued_by is None:
            async for event in self._store.read_stream(
                run_stream(run), to_version=2, missing_ok=True
            ):
                known.correlation_id, known.queued_by = event.correlation_id, event.event_id
                known.metadata = event.metadata
        return known

    async def look_after(self, run: str, priority: int, *, is_new: bool) -> bool:
        """Put a row for a run that is about to be queued, or to go on.

        It is put before anything is recorded, so that no run is recorded without.

        Returns:
            False when there was one: of a run that is there already, or of a process that died
            before it recorded the run. Such a row may be far from being looked at again.
        """
        if is_new:
            first = RunEntry(run, first_entry)
            if await self._queue.put([first.row(priority)]):
                self._on_put()
                return True
            if (await self._queue.find(first.id)).finished_at is None:
                return False
            if (await self._run(run).stream.state()).id is not None:
                return False
            # It was given up, for want of a run.
        await self.put([RunEntry(run, str(new_event_id())).row(priority)])
        return True

    async def put(self, rows: list[NewWorkItem]) -> None:
        """Put rows; those that were put before change nothing."""
        if rows and await self._queue.put(rows):
            self._on_put()

    async def put_again(self, run: str, *, now: bool = False) -> None:
        """Put the rows of all steps that are ready, should any be missing.

        A run that is over is looked after no more: who ended it may have died before it said so.

        Args:
            run: id of the run.
            now: rows that were given back for later are to be taken now, that of the run as well.
                What pauses between two attempts goes on to.
        """
        if now and await self._queue.hasten([RunEntry(run, first_entry).id]):
            self._on_put()
        state = await self.state(run)
        if state.is_over:
            await self._look_after_no_more(run)
        ready = {(one.step, one.item, one.attempt) for one in ready_steps(state)}
        if not ready:
            return
        rows: dict[tuple[str, int | None, int], NewWorkItem] = {}
        async for event in self._store.read_stream(run_stream(run)):
            if event.type != StepReady.type:
                continue
            one = StepReady.from_recorded(event)
            key = (one.step, one.item, one.attempt)
            if key in ready:
                rows[key] = StepEntry.of(run, one, event.version, event.event_id).row(
                    one, self._clock()
                )
        await self.put(list(rows.values()))
        given_back = [row.id for row in rows.values() if row.ready_at is None]
        if now and await self._queue.hasten(given_back):
            self._on_put()

    async def wait(self, run: str, *, seconds: float) -> None:
        """Wait until this process decided something of a run, or for so many seconds."""
        self._watched[run] += 1
        try:
            async with asyncio.timeout(seconds):
                await self._changes[run].wait()
        except TimeoutError:
            pass
        finally:
            self._changes[run].clear()
            self._watched[run] -= 1
            if not self._watched[run]:
                del self._watched[run], self._changes[run]

    def _rows_of(self, run: str, decided: Decided[WorkflowRun]) -> list[NewWorkItem]:
        rows: list[NewWorkItem] = []
        first = decided.version - len(decided.events) + 1
        for place, event in enumerate(decided.events):
            version, event_id = first + place, decided.ids[place]
            if isinstance(event, StepReady):
                rows.append(StepEntry.of(run, event, version, event_id).row(event, self._clock()))
            elif isinstance(event, ApprovalRequested) and event.expires_at is not None:
                expiry = RunEntry(run, f"{version}", once=True)
                rows.append(expiry.row(decided.state.priority, event.expires_at))
        return rows

    async def _look_after_no_more(self, run: str) -> None:
        with suppress(WorkItemNotFound):
            await self._queue.cancel(RunEntry(run, first_entry).id)

    def _run(self, run: str) -> _Known:
        known = self._known.get(run)
        if known is None:
            known = self._known[run] = _Known(DecidedStream(self._store, run_stream(run), runs))
            if len(self._known) > most_known:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(run)
        return known

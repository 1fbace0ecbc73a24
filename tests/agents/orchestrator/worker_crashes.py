"""Workers killed at one point each, and what must be true of the log and the queue after it."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import retold
from retold.domain.event import RecordedEvent
from retold.domain.model_call import ModelCallCompleted
from retold.domain.workflow.events import StepCompleted, StepLost
from retold.errors import RunExists, RunNotFound
from tests.agents.orchestrator.crash_workflow import (
    CallFile,
    agents,
    given,
    places,
    register,
    steps,
    usual_calls,
    value,
    workflow,
)
from tests.agents.orchestrator.dying_worker import (
    calls_file,
    claim_file,
    labels_file,
    ready_prefix,
)
from tests.store.fork_server import Child, ForkServer

child_module = "tests.agents.orchestrator.dying_worker"
# Nobody but who is dead loses a lease, however slow the machine is: the tests let it lapse.
long_lease_seconds = 60.0
give_up_seconds = 120.0
settled_seconds = 0.3


class Kill(StrEnum):
    """Who dies at a point.

    Attributes:
        ONE: the worker that comes there first; the others go on.
        ALL: all workers; new ones go on.
        QUEUER: whoever queues the run; the workers go on.
    """

    ONE = "one"
    ALL = "all"
    QUEUER = "queuer"


@dataclass(frozen=True)
class Case:
    """A run in which workers are killed.

    Attributes:
        point: label of the point; None for a run that nobody disturbs.
        kill: who dies there.
        lease_seconds: of all workers. When it is short, leases lapse by themselves.
    """

    point: str | None
    kill: Kill = Kill.ONE
    lease_seconds: float = long_lease_seconds

    def __str__(self) -> str:
        return f"{self.kill} killed {self.point}"


@dataclass
class Crash:
    """One case on a log: an orchestrator of its own, its processes, and what they left."""

    log: retold.Log
    url: str
    folder: Path
    server: ForkServer
    asking: asyncio.Lock
    case: Case
    name: str
    workers: int
    live: dict[str, Child] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Make the orchestrator, and the folder of what its processes write."""
        self.folder.mkdir()
        self.orchestrator = retold.AgentOrchestrator(self.log, self.name)
        self.calls = CallFile(self.folder / calls_file)
        self.run = f"run-{self.name}"

    async def play(self) -> bool:
        """Kill who is to be killed, let the others go on, and check; return False if none was."""
        await register(self.orchestrator, self.log, "parent", self.calls, lambda _: None)
        await self.orchestrator.define(workflow, steps)
        try:
            if self.case.kill is not Kill.QUEUER:
                await self.orchestrator.queue(workflow, given, run=self.run)
            if self.case.kill is Kill.QUEUER:
                await self._start_workers(self.case.point and "none")
                was_killed = await self._kill_queuer()
            else:
                await self._start_workers(self.case.point)
                was_killed = await self._kill_worker()
            await self._until(self._is_over, "the run does not end")
            await self._until(self._is_empty, "the queue does not empty")
            await self._stop()
            await self._check()
        finally:
            for child in self.live.values():
                with suppress(ProcessLookupError):
                    child.send(signal.SIGKILL)
        return was_killed

    # The processes -----------------------------------------------------------------------------

    async def _start_workers(self, point: str | None) -> None:
        for _ in range(self.workers):
            await self._start("work", point)

    async def _start(self, does: str, point: str | None) -> str:
        worker = f"{does}-{len(self.live) + len(self.dead)}"
        order: dict[str, Any] = {
            "url": self.url,
            "orchestrator": self.name,
            "run": self.run,
            "worker": worker,
            "folder": str(self.folder),
            "does": does,
            "point": point,
            "lease_seconds": self.case.lease_seconds,
            "beats": point is None or "extend_all" in point,
        }
        async with self.asking:
            self.live[worker] = await asyncio.to_thread(self.server.start, child_module, order)
        return worker

    async def _ended(self, worker: str) -> int:
        async with self.asking:
            status = await asyncio.to_thread(self.live[worker].wait)
        del self.live[worker]
        return status

    async def _bury(self, worker: str) -> None:
        assert await self._ended(worker) == -signal.SIGKILL, f"{worker} ended by itself"
        self.dead.add(worker)

    async def _kill_worker(self) -> bool:
        claimed = self.folder / claim_file
        quiet_since: float | None = None
        began = time.monotonic()
        while not (claimed.exists() and claimed.read_text()):
            assert time.monotonic() - began < give_up_seconds, await self._tell("it takes too long")
            if await self._is_over() and await self._is_empty():
                quiet_since = quiet_since or time.monotonic()
                if time.monotonic() - quiet_since > settled_seconds:
                    return False
            await asyncio.sleep(0.02)
        await self._bury(claimed.read_text())
        if self.case.kill is Kill.ALL:
            for worker, child in list(self.live.items()):
                child.send(signal.SIGKILL)
                await self._bury(worker)
            await self._start_workers("none")
        await self._lapse()
        return True

    async def _kill_queuer(self) -> bool:
        worker = await self._start("queue", self.case.point)
        status = await self._ended(worker)
        if status == -signal.SIGKILL:
            self.dead.add(worker)
        else:
            assert status == 0
        try:
            await self.orchestrator.status(self.run)
        except RunNotFound:
            assert self.dead, "it was queued, and is not there"
            # Whoever is not sure asks again.
            await self.orchestrator.queue(workflow, given, run=self.run)
        else:
            try:
                await self.orchestrator.queue(workflow, given, run=self.run)
            except RunExists:
                pass
            else:
                raise AssertionError("the run was queued twice")
        return bool(self.dead)

    async def _lapse(self) -> None:
        """Let the leases of the dead be over, unless they are short."""
        if self.case.lease_seconds < long_lease_seconds:
            return
        statement = sa.text(
            "UPDATE work_items SET lease_until = 0"
            " WHERE queue = :queue AND state = 'taken' AND owner IN :owners"
        ).bindparams(sa.bindparam("owners", expanding=True))
        values = {"queue": f"orchestrator.{self.name}", "owners": sorted(self.dead)}
        async with self.log.store.transaction() as connection:
            await connection.execute(statement, values)

    async def _stop(self) -> None:
        # Others may have done it all before a worker came to listen to signals.
        await self._until(self._are_ready, "workers do not begin")
        for child in self.live.values():
            child.send(signal.SIGTERM)
        for worker in list(self.live):
            assert await self._ended(worker) == 0, f"{worker} failed; see standard error"

    # What comes of it --------------------------------------------------------------------------

    async def _until(self, true: Callable[[], Awaitable[bool]], else_: str) -> None:
        began = time.monotonic()
        while not await true():
            assert time.monotonic() - began < give_up_seconds, await self._tell(else_)
            await asyncio.sleep(0.03)

    async def _is_over(self) -> bool:
        return (await self.orchestrator.status(self.run)).is_over

    async def _are_ready(self) -> bool:
        return all((self.folder / f"{ready_prefix}{worker}").exists() for worker in self.live)

    async def _is_empty(self) -> bool:
        figures = await self.orchestrator._parts.queue.figures()
        return figures.ready == figures.delayed == figures.taken == 0

    async def _tell(self, what: str) -> str:
        rows = [
            f"{row.id} {row.state} owner {row.owner} ready {row.ready_at}"
            async for row in self.orchestrator._parts.queue.items()
            if row.finished_at is None
        ]
        happened = [f"{one.type} {_place(one)}" for one in await self._events()]
        return "\n".join([f"{what}: {self.case}; dead: {self.dead}", *rows, *happened])

    async def _events(self) -> list[RecordedEvent]:
        stream = self.log.store.read_stream(f"workflow-{self.run}", missing_ok=True)
        return [event async for event in stream]

    async def _check(self) -> None:
        case = str(self.case)
        result = await self.orchestrator.wait(self.run, work=False)
        assert result.status == "completed", await self._tell("it failed")
        assert result.value == value, f"{case}: {result.value}"
        events = await self._events()
        completed = Counter(_place(event) for event in events if event.type == StepCompleted.type)
        assert completed == Counter(places), case
        lost = [event for event in events if event.type == StepLost.type]
        await self._check_lost(lost)
        self._check_calls(lost)
        for agent in agents:
            calls = await self.orchestrator._parts.limits.state(agent)
            assert not calls.in_flight, f"{case}: {agent} is at work for ever"

    async def _check_lost(self, lost: Sequence[RecordedEvent]) -> None:
        """Only what a dead worker had in flight was begun anew, and only without an answer."""
        if self.case.lease_seconds < long_lease_seconds:
            # On a slow machine, who is alive may lose one as well.
            return
        for event in lost:
            one = StepLost.from_recorded(event)
            assert one.worker in self.dead, f"{self.case}: {one} was no dead worker's"
            parts = (self.run, one.step, one.item, one.attempt)
            stream = "conversation-" + "/".join(str(part) for part in parts if part is not None)
            async for said in self.log.store.read_stream(stream, missing_ok=True):
                is_answer = said.type == ModelCallCompleted.type
                assert not is_answer, f"{self.case}: {one} had its answer in the log"

    def _check_calls(self, lost: Sequence[RecordedEvent]) -> None:
        """No call was repeated but those of attempts that were lost, once each."""
        counted = self.calls.count()
        most = usual_calls.copy()
        for event in lost:
            step, item = _place(event)
            most[step if item is None else f"{step} {given['items'][item]}"] += 1
        for told, usual in usual_calls.items():
            assert usual <= counted[told] <= most[told], f"{self.case}: {told}: {counted}"
        assert not set(counted) - set(usual_calls)


def _place(event: RecordedEvent) -> tuple[Any, Any]:
    return event.data.get("step"), event.data.get("item")


def labels_in(folder: Path, does: str = "work") -> list[str]:
    """Return the labels that the processes of a case which do something came by, sorted."""
    lines = (folder / labels_file).read_text().splitlines()
    return sorted({line.partition("\t")[2] for line in lines if line.startswith(does)})

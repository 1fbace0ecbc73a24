"""What an orchestrator and its workers have in common."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from retold.agents.decided_stream import DecidedStream
from retold.agents.orchestrator.agents_here import AgentsHere
from retold.agents.orchestrator.limits import Limits
from retold.agents.orchestrator.open_log import OpenLog
from retold.agents.orchestrator.runs import Runs
from retold.domain.orchestrator.events import orchestrator_stream
from retold.domain.orchestrator.queue import orchestrator_queue
from retold.domain.orchestrator.roster import Roster, RosterCommand, roster
from retold.store.work_queue import WorkQueue

Clock = Callable[[], datetime]


def now() -> datetime:
    """Return the time, with a zone."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one orchestrator in this process.

    Attributes:
        name: of the orchestrator.
        log: where everything is recorded.
        queue: of what is to be done.
        runs: decides what happens in runs.
        roster: the agents as all processes see them.
        agents: those that this process has.
        limits: of the agents.
        clock: gives the time, with a zone.
        woken: set when there may be more to take.
    """

    name: str
    log: OpenLog
    queue: WorkQueue
    runs: Runs
    roster: DecidedStream[RosterCommand, Roster]
    agents: AgentsHere
    limits: Limits
    clock: Clock
    woken: asyncio.Event

    @classmethod
    def of(cls, log: OpenLog, name: str, *, clock: Clock = now) -> Parts:
        """Put the parts of an orchestrator together.

        Args:
            log: where everything is recorded.
            name: of the orchestrator.
            clock: gives the time, with a zone.
        """
        store, woken = log.store, asyncio.Event()
        queue = WorkQueue(store, orchestrator_queue(name))
        return cls(
            name=name,
            log=log,
            queue=queue,
            runs=Runs(store, queue, clock=clock, on_put=woken.set),
            roster=DecidedStream(store, orchestrator_stream(name), roster),
            agents=AgentsHere(),
            limits=Limits(store, name),
            clock=clock,
            woken=woken,
        )

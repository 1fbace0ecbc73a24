"""``AgentOrchestrator``: registered agents, and the workflows they run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import overload

from ag2 import Agent

from retold.agents.orchestrator.agents_here import AgentOrFactory
from retold.agents.orchestrator.describing import described_as
from retold.agents.orchestrator.open_log import OpenLog
from retold.agents.orchestrator.parts import Clock, Parts, now
from retold.agents.orchestrator.running import RunsWorkflows
from retold.agents.orchestrator.worker import default_concurrency, default_lease_seconds
from retold.domain.orchestrator.agents import AgentLimits, TokenPrices
from retold.domain.orchestrator.roster import (
    DrainAgent,
    RegisterAgents,
    RemoveAgent,
    ResumeAgent,
)
from retold.domain.workflow.state import WorkflowRun
from retold.errors import AgentProblem, InvalidOrchestratorName
from retold.projections.metrics.agents import AgentFigures
from retold.projections.metrics.status import OrchestratorStatus

_name = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,49}")


class AgentOrchestrator(RunsWorkflows):
    """Runs workflows of steps with registered agents, in any number of processes.

    It keeps nothing itself: what is registered, defined, queued and done is in the log, and who
    works next is in a queue beside it. So a run goes on after a crash where it was, and processes
    that give the same name to the same log share the work.
    """

    def __init__(
        self,
        log: OpenLog,
        name: str = "default",
        *,
        concurrency: int = default_concurrency,
        lease_seconds: float = default_lease_seconds,
        clock: Clock = now,
    ) -> None:
        """Store what is needed; nothing is read or written before the first call.

        Args:
            log: of ``retold.open(...)``.
            name: of the orchestrator; what others of the same name do on this log is shared.
            concurrency: steps that this process works on at once while it runs workflows.
            lease_seconds: how long a step stays a worker's when nothing is heard of it.
            clock: gives the time, with a zone.

        Raises:
            InvalidOrchestratorName: when the name is none.
            ValueError: when a number is out of range.
        """
        if not isinstance(name, str) or not _name.fullmatch(name):
            raise InvalidOrchestratorName(name)
        self.name = name
        parts = Parts.of(log, name, clock=clock)
        super().__init__(parts, concurrency=concurrency, lease_seconds=lease_seconds)

    # Agents ------------------------------------------------------------------------------------

    async def register(
        self,
        name: str,
        agent: AgentOrFactory,
        *,
        capabilities: Iterable[str] = (),
        instances: int | Sequence[str] = 1,
        limits: AgentLimits | Mapping[str, float] | None = None,
        priority: int = 0,
        prices: TokenPrices | None = None,
    ) -> None:
        """Register an agent, or describe it anew.

        Every process that is to work with it registers it; the newest description holds for all.

        Args:
            name: by which steps ask for it.
            agent: any AG2 agent, or what makes one for each instance.
            capabilities: what it can do, by which steps may ask for it as well.
            instances: how many places it can work in, or their names.
            limits: what it may take, all instances in all processes together.
            priority: of two that can do the same, the greater is asked first.
            prices: of its model's tokens, which a limit of its cost needs.

        Raises:
            AgentsInvalid: with all that is wrong with it; nothing was registered.
            StoreError: when the log cannot be read or written.
        """
        problems = []
        if not (isinstance(agent, Agent) or callable(agent)):
            message = f"it is {type(agent).__name__}; give an ag2.Agent, or what makes one"
            problems.append(AgentProblem("invalid_agent", message, str(name), "agent"))
        held = self._parts.agents.get(name)
        if held is not None and held.source is not agent:
            message = "another agent of this process is named so; remove it first"
            problems.append(AgentProblem("duplicate_agent", message, name, "name"))
        described = described_as(
            name,
            capabilities=capabilities,
            instances=instances,
            limits=limits,
            priority=priority,
            prices=prices,
            problems=problems,
        )
        await self._parts.roster.decide(RegisterAgents(agents=(described,)))
        self._parts.agents.put(described, agent)

    async def drain(self, name: str, *, by: str | None = None, reason: str | None = None) -> None:
        """Give an agent no more steps, in whatever process; those it has go on.

        Raises:
            AgentNotRegistered: when there is no such agent.
        """
        await self._parts.roster.decide(DrainAgent(name=name, by=by, reason=reason))

    async def resume_agent(self, name: str, *, by: str | None = None) -> None:
        """Give an agent steps again that was draining.

        Raises:
            AgentNotRegistered: when there is no such agent.
        """
        await self._parts.roster.decide(ResumeAgent(name=name, by=by))
        self._parts.woken.set()

    async def remove(self, name: str, *, by: str | None = None, reason: str | None = None) -> None:
        """Let an agent be no longer of this orchestrator; steps it has go on.

        A step that nobody else can do fails then, for its fallback to help.

        Raises:
            AgentNotRegistered: when there is no such agent.
        """
        await self._parts.roster.decide(RemoveAgent(name=name, by=by, reason=reason))
        self._parts.agents.remove(name)

    async def agents(self) -> Mapping[str, AgentFigures]:
        """Return all registered agents by name: their status, limits and figures.

        Raises:
            ProjectionError, StoreError: when a read model cannot be brought up to the log.
        """
        return (await self.status()).agents

    # Status ------------------------------------------------------------------------------------

    @overload
    async def status(self, run: str) -> WorkflowRun: ...
    @overload
    async def status(
        self, run: None = None, *, at: datetime | int | None = None
    ) -> OrchestratorStatus: ...
    async def status(
        self, run: str | None = None, *, at: datetime | int | None = None
    ) -> WorkflowRun | OrchestratorStatus:
        """Return how the orchestrator stands, or where a run does; all of it is read from the log.

        Args:
            run: id of a run, to ask for that.
            at: of the orchestrator: a moment by the log's clock, itself included, or a position in
                the log; None for now.

        Returns:
            As of ``log.audit.orchestrator_status``; of a run, each step with its attempts, its
            result and its errors.

        Raises:
            RunNotFound: when there is no such run.
            ProjectionError, StoreError: when the log cannot be read, or a read model cannot be
                brought up to it.
        """
        if run is not None:
            return await self._parts.runs.state(run)
        return await self._parts.log.audit.orchestrator_status(self.name, at=at)

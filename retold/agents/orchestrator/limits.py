"""The limits of agents, as they are held to: by events that all processes decide on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from retold.agents.decided_stream import DecidedStream
from retold.agents.orchestrator.asking import usage_within
from retold.agents.orchestrator.entries import StepEntry
from retold.domain.orchestrator.agents import AgentDescription
from retold.domain.orchestrator.calls import (
    AdmitCall,
    AgentCalls,
    CallCommand,
    EndCall,
    agent_calls,
    calls_stream,
)
from retold.domain.orchestrator.events import LimitRefused, orchestrator_stream
from retold.domain.recording import conversation_stream
from retold.errors import AgentLimitsReached, DuplicateEventId
from retold.store import EventStore
from retold.store.append import ExpectedVersion

most_remembered = 10_000


class Limits:
    """Admits calls of agents that have limits, and ends them.

    The id of a call is that of the step's row in the queue: whoever takes the row after a crash
    goes on with the call, or ends it.
    """

    def __init__(self, store: EventStore, orchestrator: str) -> None:
        """Store the log, and the name of the orchestrator."""
        self._store = store
        self._orchestrator = orchestrator
        self._streams: dict[str, DecidedStream[CallCommand, AgentCalls]] = {}
        # What is in the log already, so that a step that waits does not ask it each time.
        self._recorded: set[UUID] = set()

    async def state(self, agent: str) -> AgentCalls:
        """Return the calls of an agent; without limits, it has none on record.

        Raises:
            StoreError: when the log cannot be read.
        """
        return await self._stream(agent).state()

    async def admit(
        self, agent: AgentDescription, entry: StepEntry, worker: str, at: datetime
    ) -> None:
        """Admit a call for an attempt at a step.

        Raises:
            AgentLimitsReached: when a limit keeps it from beginning; that is recorded, once for
                each attempt and limit.
            StoreError: when the log cannot be read or written.
        """
        if not agent.limits.given:
            return
        command = AdmitCall(
            agent=agent.name, call=entry.id, at=at, worker=worker, limits=agent.limits
        )
        try:
            await self._stream(agent.name).decide(command, metadata={"session": entry.run})
        except AgentLimitsReached as error:
            await self._record(error, entry)
            raise

    async def end(self, agent: AgentDescription, entry: StepEntry, at: datetime) -> None:
        """End a call, with what its conversation took; a no-op when it was never admitted.

        Raises:
            StoreError: when the log cannot be read or written.
        """
        if not agent.limits.given:
            return
        stream = self._stream(agent.name)
        if entry.id not in (await stream.state()).in_flight:
            return
        conversation = conversation_stream(entry.conversation)
        usage = await usage_within(self._store, root=entry.run, stream=conversation)
        known = usage.prompt_tokens is not None or usage.completion_tokens is not None
        cost = None
        if agent.prices is not None:
            cost = agent.prices.cost_of(usage.prompt_tokens, usage.completion_tokens)
        command = EndCall(call=entry.id, at=at, tokens=usage.tokens if known else None, cost=cost)
        await stream.decide(command, metadata={"session": entry.run})

    async def end_all(
        self, agents: Iterable[AgentDescription], entry: StepEntry, at: datetime
    ) -> None:
        """End what a worker that died may have left of an attempt's calls."""
        for agent in agents:
            await self.end(agent, entry, at)

    async def _record(self, error: AgentLimitsReached, entry: StepEntry) -> None:
        for one in error.reached:
            refused = LimitRefused(
                agent=error.agent,
                limit=one.limit,
                used=one.used,
                allowed=one.allowed,
                run=entry.run,
                step=entry.step,
                item=entry.item,
                attempt=entry.attempt,
                retry_at=one.retry_at,
            )
            if refused.id in self._recorded:
                continue
            if len(self._recorded) >= most_remembered:
                self._recorded.clear()
            if await self._store.find_event(refused.id) is None:
                await self._append(refused, entry)
            self._recorded.add(refused.id)

    async def _append(self, refused: LimitRefused, entry: StepEntry) -> None:
        new = refused.to_new_event(event_id=refused.id, metadata={"session": entry.run})
        try:
            await self._store.append(
                orchestrator_stream(self._orchestrator), [new], expected_version=ExpectedVersion.ANY
            )
        except DuplicateEventId:
            # Another process was refused at the same time, with other figures.
            return

    def _stream(self, agent: str) -> DecidedStream[CallCommand, AgentCalls]:
        found = self._streams.get(agent)
        if found is None:
            name = calls_stream(self._orchestrator, agent)
            found = self._streams[agent] = DecidedStream(self._store, name, agent_calls)
        return found

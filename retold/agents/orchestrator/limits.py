"""The limits of agents, as they are held to: by events that all processes decide on."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from retold.agents.decided_stream import DecidedStream
from retold.agents.orchestrator.asking import usage_within
from retold.agents.orchestrator.entries import StepEntry
from retold.domain.orchestrator.agents import AgentDescription, TokenPrices
from retold.domain.orchestrator.calls import (
    AdmitCall,
    AgentCalls,
    CallCommand,
    EndCall,
    agent_calls,
    calls_category,
    calls_stream,
)
from retold.domain.orchestrator.events import LimitRefused, orchestrator_stream
from retold.domain.orchestrator.roster import Roster
from retold.domain.recording import conversation_stream
from retold.errors import AgentLimitsReached, DuplicateEventId
from retold.store import EventStore
from retold.store.append import ExpectedVersion
from retold.store.work_queue import TakenWorkItem

most_remembered = 10_000
# Between the id of a row and the taking of it.
_taking = "#"


class Limits:
    """Admits calls of agents that have limits, and ends them.

    A call is named by the step's row in the queue and the taking of it: whoever takes the row
    after a crash ends it, and whoever lost the row ends no call of who has it now.
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
        self, agent: AgentDescription, entry: StepEntry, taken: TakenWorkItem, at: datetime
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
            agent=agent.name,
            call=f"{entry.id}{_taking}{taken.token}",
            at=at,
            worker=taken.owner,
            limits=agent.limits,
        )
        try:
            await self._stream(agent.name).decide(command, metadata={"session": entry.run})
        except AgentLimitsReached as error:
            await self._record(error, entry)
            raise

    async def end(
        self, agent: AgentDescription, entry: StepEntry, token: int, at: datetime
    ) -> None:
        """End a call, with what its conversation took; a no-op when it was never admitted.

        Args:
            agent: whose call it is.
            entry: the step.
            token: of the taking of its row; calls of those before are ended as well.
            at: the time.

        Raises:
            StoreError: when the log cannot be read or written.
        """
        if agent.limits.given:
            await self._end(agent.name, agent.prices, entry, token, at)

    async def end_all(self, roster: Roster, entry: StepEntry, token: int, at: datetime) -> None:
        """End what workers that died may have left of an attempt's calls.

        They are looked for with all agents that ever had limits: those that were removed, or have
        none now, may be back.

        Args:
            roster: the agents there are.
            entry: the step.
            token: of the taking of its row; calls of those before are ended as well.
            at: the time.

        Raises:
            StoreError: when the log cannot be read or written.
        """
        begins = calls_stream(self._orchestrator, "")
        async for head in self._store.streams(category=calls_category):
            if head.stream.startswith(begins):
                name = head.stream.removeprefix(begins)
                described = roster.agents.get(name)
                prices = None if described is None else described.prices
                await self._end(name, prices, entry, token, at)

    async def _end(
        self, agent: str, prices: TokenPrices | None, entry: StepEntry, token: int, at: datetime
    ) -> None:
        stream = self._stream(agent)
        calls = [one for one in (await stream.state()).in_flight if _is_of(one, entry, token)]
        if not calls:
            return
        conversation = conversation_stream(entry.conversation)
        usage = await usage_within(self._store, root=entry.run, stream=conversation)
        known = usage.prompt_tokens is not None or usage.completion_tokens is not None
        tokens = usage.tokens if known else None
        cost = None
        if prices is not None:
            cost = prices.cost_of(usage.prompt_tokens, usage.completion_tokens)
        for call in calls:
            command = EndCall(call=call, at=at, tokens=tokens, cost=cost)
            await stream.decide(command, metadata={"session": entry.run})
            # What the conversation took counts once.
            tokens = cost = None

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


def _is_of(call: str, entry: StepEntry, token: int) -> bool:
    """Return whether a call is of a taking of a step's row, or of one before that."""
    row, _, taking = call.rpartition(_taking)
    # Logs of earlier versions name calls by the row alone.
    return call == entry.id or (row == entry.id and int(taking) <= token)

"""The calls of an agent that has limits, in a stream that all processes decide on.

A call is one attempt at a step. It is admitted before the agent is asked, and ended, with what it
took, once it is over. So a limit holds however many processes ask the agent. The time comes in
with commands and is kept in events: nothing here asks a clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import ClassVar, TypeAlias

from pydantic import AwareDatetime, Field

from retold.domain.decider import Decider
from retold.domain.event import DomainEvent, EventRegistry
from retold.domain.orchestrator.agents import AgentLimits
from retold.domain.value import Value
from retold.errors.orchestrating import AgentLimitsReached, LimitReached

calls_category = "orchestrator_calls"
minute, hour = 60.0, 3600.0


def calls_stream(orchestrator: str, agent: str) -> str:
    """Return the name of the stream with the calls of an agent."""
    return f"{calls_category}-{orchestrator}.{agent}"


class CallAdmitted(DomainEvent):
    """A call of an agent may begin.

    Attributes:
        call: id of the call.
        at: by the clock of the process that asks.
        worker: that process.
    """

    type: ClassVar[str] = "orchestrator.call_admitted"
    call: str
    at: datetime
    worker: str


class CallEnded(DomainEvent):
    """A call is over.

    Attributes:
        call: id of the call.
        at: by the clock of the process that saw it end.
        tokens: sent and produced; None when that is not known.
        cost: of them; None likewise.
    """

    type: ClassVar[str] = "orchestrator.call_ended"
    call: str
    at: datetime
    tokens: int | None = None
    cost: float | None = None


call_event_types: tuple[type[DomainEvent], ...] = (CallAdmitted, CallEnded)
call_events = EventRegistry(*call_event_types)


class Window(Value):
    """What was used within a time that ends now, to a sixtieth of it.

    Attributes:
        seconds: how long the window is.
        used: amounts by the number of their sixtieth since 1970, the oldest first.
    """

    seconds: float
    used: tuple[tuple[int, float], ...] = ()

    @property
    def _width(self) -> float:
        return self.seconds / 60

    def add(self, at: datetime, amount: float) -> Window:
        """Return the window with an amount used at a time, without what is too old by then."""
        place = int(at.timestamp() // self._width)
        kept = dict(self._since(at))
        kept[place] = kept.get(place, 0) + amount
        return Window(seconds=self.seconds, used=tuple(sorted(kept.items())))

    def total(self, at: datetime) -> float:
        """Return what was used within the window that ends at a time."""
        return sum(amount for _, amount in self._since(at))

    def free_at(self, at: datetime, allowed: float) -> datetime | None:
        """Return when less than what is allowed is used; None when it is by ``at``."""
        left = self.total(at)
        if left < allowed:
            return None
        found = None
        for place, amount in self._since(at):
            left -= amount
            found = at + timedelta(
                seconds=(place + 1) * self._width + self.seconds - at.timestamp()
            )
            if left < allowed:
                break
        return found

    def _since(self, at: datetime) -> Iterator[tuple[int, float]]:
        # A sixtieth counts until all of it is out of the window.
        first = (at.timestamp() - self.seconds) / self._width
        return ((place, amount) for place, amount in self.used if place + 1 > first)


class AgentCalls(Value):
    """The calls of one agent.

    Attributes:
        in_flight: ids of those that are not over, with when they were admitted.
        begun: calls within a minute.
        tokens: within a minute.
        tokens_by_hour: within an hour.
        cost: within an hour.
    """

    in_flight: dict[str, datetime] = Field(default_factory=dict)
    begun: Window = Window(seconds=minute)
    tokens: Window = Window(seconds=minute)
    tokens_by_hour: Window = Window(seconds=hour)
    cost: Window = Window(seconds=hour)

    def used(self, at: datetime) -> dict[str, float]:
        """Return what is used by a time, by the name of the limit it counts for."""
        windows = {name: window.total(at) for name, window in self._windows.items()}
        return {"concurrent_calls": float(len(self.in_flight)), **windows}

    def reached(self, limits: AgentLimits, at: datetime) -> list[LimitReached]:
        """Return the limits that keep another call from beginning at a time."""
        used = self.used(at)
        found = []
        for name, allowed in limits.given.items():
            if used[name] < allowed:
                continue
            window = self._windows.get(name)
            retry_at = None if window is None else window.free_at(at, allowed)
            found.append(LimitReached(name, used[name], allowed, retry_at))
        return found

    @property
    def _windows(self) -> dict[str, Window]:
        return {
            "calls_per_minute": self.begun,
            "tokens_per_minute": self.tokens,
            "tokens_per_hour": self.tokens_by_hour,
            "cost_per_hour": self.cost,
        }


class AdmitCall(Value):
    """Let a call begin; nothing happens when it was admitted and is not over.

    Attributes:
        agent: its name.
        limits: that hold for it.
    """

    agent: str
    call: str
    at: AwareDatetime
    worker: str
    limits: AgentLimits


class EndCall(Value):
    """End a call; nothing happens when it is over, or was never admitted."""

    call: str
    at: AwareDatetime
    tokens: int | None = None
    cost: float | None = None


CallCommand: TypeAlias = AdmitCall | EndCall


def decide(command: CallCommand, state: AgentCalls) -> Sequence[DomainEvent]:
    """Return what happens upon a command.

    Raises:
        AgentLimitsReached: when a limit keeps the call from beginning.
    """
    is_in_flight = command.call in state.in_flight
    if isinstance(command, EndCall):
        ended = CallEnded.model_validate(command.model_dump())
        return [ended] if is_in_flight else []
    if is_in_flight:
        return []
    reached = state.reached(command.limits, command.at)
    if reached:
        raise AgentLimitsReached(command.agent, reached)
    return [CallAdmitted(call=command.call, at=command.at, worker=command.worker)]


def evolve(state: AgentCalls, event: DomainEvent) -> AgentCalls:
    """Return the calls after an event."""
    match event:
        case CallAdmitted(call=call, at=at):
            in_flight = {**state.in_flight, call: at}
            begun = state.begun.add(at, 1)
            return state.model_copy(update={"in_flight": in_flight, "begun": begun})
        case CallEnded(call=call, at=at, tokens=tokens, cost=cost):
            left = {other: since for other, since in state.in_flight.items() if other != call}
            changes: dict[str, object] = {"in_flight": left}
            if tokens:
                changes["tokens"] = state.tokens.add(at, tokens)
                changes["tokens_by_hour"] = state.tokens_by_hour.add(at, tokens)
            if cost:
                changes["cost"] = state.cost.add(at, cost)
            return state.model_copy(update=changes)
    return state


agent_calls: Decider[CallCommand, AgentCalls] = Decider(
    "agent_calls", AgentCalls, decide, evolve, call_event_types
)
"""The calls of an agent that has limits, in the stream ``orchestrator_calls-<name>.<agent>``."""

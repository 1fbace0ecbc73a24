"""What Retold adds to a model call: a turn's time, less that of the same agent in memory.

A turn has a cost of its own, which its model calls share. So besides a turn of one call there is
one in which the model calls a tool ten times, one after the other, and answers then.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, NoReturn, Self

from ag2 import Agent
from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.context import ConversationContext
from ag2.events import BaseEvent, ModelMessage, ModelResponse, ToolCallEvent, ToolCallsEvent
from ag2.stream import MemoryStream

import retold
from benchmarks.chat import chat_message
from benchmarks.log import scratch_folder, sqlite_url
from benchmarks.measure import Settings
from benchmarks.result import Bar, Measured, Reference, Result

name = "model_call_cost"
turns = 1_000
tool_turns = 100
tool_rounds = 10
early = 10
# Enough of them for a median, few enough to be of one length of the conversation.
window = 20
cost_bar = Bar(at_most=2.0)
growth_bar = Bar(at_most=1.5)


class Answering(ModelConfig):
    """A model that answers at once, so that a turn takes what is around the model."""

    def __init__(self, rounds: int = 0) -> None:
        """Store how often it calls the tool before it answers."""
        self._rounds = rounds

    @property
    def model(self) -> str:
        """Its name."""
        return "answering"

    @property
    def provider(self) -> ModelProvider:
        """No provider."""
        raise NotImplementedError

    def copy(self) -> Self:
        """Return itself."""
        return self

    def create(self) -> LLMClient:
        """Return a client."""
        return _Client(self._rounds)

    def create_files_client(self) -> NoReturn:
        """Refuse."""
        raise NotImplementedError


class _Client(LLMClient):
    def __init__(self, rounds: int) -> None:
        self._rounds = self._left = rounds

    async def __call__(
        self,
        messages: Sequence[BaseEvent],
        context: ConversationContext,
        *,
        tools: Iterable[Any] = (),
        **_: Any,
    ) -> ModelResponse:
        if self._left:
            self._left -= 1
            call = ToolCallEvent("look_up", id=f"call_{len(messages)}", arguments='{"order": 4711}')
            return ModelResponse(tool_calls=ToolCallsEvent([call]))
        self._left = self._rounds
        return ModelResponse(ModelMessage(chat_message(len(messages), "s").text))


def look_up(order: int) -> str:
    """Return how an order stands."""
    return f"Order {order} is on its way."


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds a turn took in a conversation.

    Attributes:
        early: median around turn 10.
        late: median of the last turns.
        early_cpu: processor time of all threads, likewise.
        late_cpu: likewise.
    """

    early: float
    late: float
    early_cpu: float
    late_cpu: float

    def less(self, other: Costs, *, calls: int) -> Costs:
        """Return what it is more than ``other`` by, for each of so many model calls."""
        return Costs(
            (self.early - other.early) / calls,
            (self.late - other.late) / calls,
            (self.early_cpu - other.early_cpu) / calls,
            (self.late_cpu - other.late_cpu) / calls,
        )


def run(settings: Settings) -> Iterator[Result]:
    """Measure a plain agent, then a stateful one, each beside the plain one in memory."""
    last = settings.scaled(turns, least=2 * (early + window))
    yield from _measured("plain agent", Agent, settings, last)
    yield from _measured("StatefulAgent", retold.StatefulAgent, settings, last)
    # Turns of many model calls, whose cost is shared by them.
    last = settings.scaled(tool_turns, least=early + 2 * window)
    who = f"plain agent, {tool_rounds + 1} calls a turn"
    yield from _measured(who, Agent, settings, last, tool_rounds)


def _measured(
    who: str, kind: type[Agent[Any]], settings: Settings, last: int, rounds: int = 0
) -> Iterator[Result]:
    memory: list[Costs] = []
    found: list[Costs] = []
    for _ in range(min(settings.rounds, 3)):
        plain, own = asyncio.run(_side_by_side(kind, last, rounds))
        memory.append(plain)
        found.append(own)
    calls = rounds + 1
    yield from _shares(who, _less(found, memory, calls=calls), memory, last, calls=calls)


def _less(costs: Sequence[Costs], memory: Sequence[Costs], *, calls: int) -> list[Costs]:
    """Return Retold's share of each model call."""
    return [own.less(plain, calls=calls) for own, plain in zip(costs, memory, strict=True)]


def _shares(
    who: str, shares: Sequence[Costs], memory: Sequence[Costs], last: int, *, calls: int
) -> Iterator[Result]:
    for place, turn in (("early", early), ("late", last)):
        without = median(getattr(costs, place) for costs in memory) / calls
        cpu = median(getattr(share, f"{place}_cpu") for share in shares)
        yield Measured(
            benchmark=name,
            case=f"{who}, normal, turn {turn:,}: Retold's share of a call",
            unit="ms",
            rounds=tuple(getattr(share, place) for share in shares),
            bar=cost_bar,
            note=f"processor time {cpu:.2f} ms; without Retold {without:.2f} ms",
        )
    yield Measured(
        benchmark=name,
        case=f"{who}, normal, Retold's share at turn {last:,}",
        unit="ms",
        rounds=tuple(share.late for share in shares),
        reference=Reference(name=f"turn {early}", rounds=tuple(s.early for s in shares)),
        bar=growth_bar,
    )


async def _side_by_side(kind: type[Agent[Any]], last: int, rounds: int) -> tuple[Costs, Costs]:
    """Ask a plain agent in memory and a recorded one, turn by turn, and return what each took.

    In turns, since a machine that others use is not as fast at one time as at another.
    """
    tools = [look_up] if rounds else []
    plain = Agent("support", "You help customers.", config=Answering(rounds), tools=tools)
    stream = MemoryStream()
    with scratch_folder() as folder:
        async with retold.open(sqlite_url(folder / "log.db"), durability="normal") as log:
            config = log.model(Answering(rounds))
            agent: Agent[Any] = kind("support", "You help customers.", config=config, tools=tools)
            session = await log.session("s")
            in_memory, recorded = _Turns(), _Turns()
            gc.collect()
            for turn in range(last):
                text = chat_message(2 * turn, "s").text
                await in_memory.timed(plain.ask(text, stream=stream))
                await recorded.timed(session.ask(agent, text))
            return in_memory.costs(), recorded.costs()


class _Turns:
    """What the turns of a conversation took, in seconds."""

    def __init__(self) -> None:
        self._seconds: list[float] = []
        self._cpu: list[float] = []

    async def timed(self, turn: Awaitable[object]) -> None:
        began, cpu_began = time.perf_counter(), time.process_time()
        await turn
        self._seconds.append(time.perf_counter() - began)
        self._cpu.append(time.process_time() - cpu_began)

    def costs(self) -> Costs:
        around = slice(early - 1, early - 1 + window)
        latest = slice(-window, None)
        return Costs(
            median(self._seconds[around]) * 1_000,
            median(self._seconds[latest]) * 1_000,
            median(self._cpu[around]) * 1_000,
            median(self._cpu[latest]) * 1_000,
        )

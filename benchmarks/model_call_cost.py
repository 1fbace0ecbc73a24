"""What Retold adds to a model call: a turn's time, less that of the same agent in memory."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, NoReturn, Self

from ag2 import Agent
from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.context import ConversationContext
from ag2.events import BaseEvent, ModelMessage, ModelResponse
from ag2.stream import MemoryStream

import retold
from benchmarks.chat import chat_message
from benchmarks.log import scratch_folder, sqlite_url
from benchmarks.measure import Settings
from benchmarks.result import Bar, Measured, Reference, Result

name = "model_call_cost"
turns = 1_000
early = 10
# Enough of them for a median, few enough to be of one length of the conversation.
window = 20
cost_bar = Bar(at_most=2.0)
growth_bar = Bar(at_most=1.5)


class Answering(ModelConfig):
    """A model that answers at once, so that a turn takes what is around the model."""

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
        return _Client()

    def create_files_client(self) -> NoReturn:
        """Refuse."""
        raise NotImplementedError


class _Client(LLMClient):
    async def __call__(
        self,
        messages: Sequence[BaseEvent],
        context: ConversationContext,
        *,
        tools: Iterable[Any] = (),
        **_: Any,
    ) -> ModelResponse:
        return ModelResponse(ModelMessage(chat_message(len(messages), "s").text))


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds a turn of one model call took in a conversation.

    Attributes:
        early: median around turn 10.
        late: median of the last turns.
    """

    early: float
    late: float


def run(settings: Settings) -> Iterator[Result]:
    """Measure a plain agent, then a stateful one, each against the plain one in memory."""
    last = settings.scaled(turns, least=2 * (early + window))
    rounds = min(settings.rounds, 3)
    memory: list[Costs] = []
    found: dict[str, list[Costs]] = {"plain agent": [], "StatefulAgent": []}
    for _ in range(rounds):
        memory.append(asyncio.run(_in_memory(last)))
        found["plain agent"].append(asyncio.run(_recorded(Agent, last)))
        found["StatefulAgent"].append(asyncio.run(_recorded(retold.StatefulAgent, last)))
    for who, costs in found.items():
        shares = [
            Costs(own.early - plain.early, own.late - plain.late)
            for own, plain in zip(costs, memory, strict=True)
        ]
        for place, turn in (("early", early), ("late", last)):
            yield Measured(
                benchmark=name,
                case=f"{who}, normal, turn {turn:,}: Retold's share",
                unit="ms",
                rounds=tuple(getattr(share, place) for share in shares),
                bar=cost_bar,
                note=f"without Retold {median(getattr(c, place) for c in memory):.2f} ms",
            )
        yield Measured(
            benchmark=name,
            case=f"{who}, normal, Retold's share at turn {last:,}",
            unit="ms",
            rounds=tuple(share.late for share in shares),
            reference=Reference(name=f"turn {early}", rounds=tuple(s.early for s in shares)),
            bar=growth_bar,
        )


async def _in_memory(last: int) -> Costs:
    agent = Agent("support", "You help customers.", config=Answering())
    stream = MemoryStream()
    return await _costs(lambda text: agent.ask(text, stream=stream), last)


async def _recorded(kind: type[Agent[Any]], last: int) -> Costs:
    with scratch_folder() as folder:
        async with retold.open(sqlite_url(folder / "log.db"), durability="normal") as log:
            config = log.model(Answering())
            agent: Agent[Any] = kind("support", "You help customers.", config=config)
            session = await log.session("s")
            return await _costs(lambda text: session.ask(agent, text), last)


async def _costs(ask: Callable[[str], Awaitable[object]], last: int) -> Costs:
    """Ask turn after turn, and return what the early and the last of them took."""
    seconds: list[float] = []
    gc.collect()
    for turn in range(last):
        text = chat_message(2 * turn, "s").text
        began = time.perf_counter()
        await ask(text)
        seconds.append(time.perf_counter() - began)
    around = seconds[early - 1 : early - 1 + window]
    return Costs(median(around) * 1_000, median(seconds[-window:]) * 1_000)

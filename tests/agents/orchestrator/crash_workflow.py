"""A diamond with a fan-out, a retry and a fallback, whose agents count their calls in a file."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, Self

from ag2 import Agent
from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.context import ConversationContext
from ag2.events import BaseEvent, ModelMessage, ModelResponse, Usage

import retold
from tests.agents.scripted import requests_in

workflow = "diamond"
# Leases lapse on a slow machine, too, and a run that is not over yet says nothing.
_patient: dict[str, Any] = {"restarts": 100}
steps: list[dict[str, Any]] = [
    {"name": "plan", "agent": "planner", "task": "plan", "depends_on": []},
    {"name": "left", "agent": "left", "task": "left", "depends_on": ["plan"]},
    {
        "name": "right",
        "agent": "flaky",
        "task": "right",
        "depends_on": ["plan"],
        "retry": {**_patient, "attempts": 2, "wait_initial": 0.15, "wait_jitter": 0},
    },
    {
        "name": "help",
        "agent": "broken",
        "task": "help",
        "depends_on": ["plan"],
        "fallback": [{"agent": "helper"}],
    },
    {
        "name": "each",
        "agent": "lister",
        "task": "each {{ item }}",
        "depends_on": ["plan"],
        "fan_out": {"over": "input.items", "max_parallel": 2},
    },
    {
        "name": "join",
        "agent": "planner",
        "task": "join {{ left }} {{ right }} {{ help }} {{ each }}",
        "depends_on": ["left", "right", "help", "each"],
    },
]
steps = [{"inputs": {}, "retry": _patient, **step} for step in steps]
given: dict[str, Any] = {"items": ["a", "b", "c"]}

agents = ("planner", "left", "flaky", "broken", "helper", "lister")
places = (
    ("plan", None),
    ("left", None),
    ("right", None),
    ("help", None),
    ("each", 0),
    ("each", 1),
    ("each", 2),
    ("join", None),
)
value: dict[str, Any] = {
    "plan": "plan, done",
    "left": "left, done",
    "right": "right, done",
    "help": "help, done",
    "each": ["each a, done", "each b, done", "each c, done"],
    "join": "join, done",
}
# Of a run that nobody disturbs, by what the model is told first.
usual_calls = Counter({"plan": 1, "left": 1, "right": 2, "help": 2, "join": 1})
usual_calls |= Counter({f"each {item}": 1 for item in given["items"]})


class CallFile:
    """The calls of models, a line each, in one file that all processes append to."""

    def __init__(self, path: Path) -> None:
        """Store which file."""
        self._path = path

    def add(self, worker: str, told: str) -> None:
        """Write that a worker asks, in one write, so that a kill leaves all of the line or none."""
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(file, f"{worker}\t{told}\n".encode())
        finally:
            os.close(file)

    def count(self) -> Counter[str]:
        """Return how often each was told what it was."""
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        return Counter(line.partition("\t")[2] for line in lines)


class CountedModel(ModelConfig):
    """A model that says by what it is told whether, and with what, it answers.

    ``right`` fails at the first call of all processes, and ``help`` fails for the agent that is
    broken.
    """

    def __init__(self, agent: str, worker: str, calls: CallFile, amid: Callable[[str], None]):
        """Store what is needed.

        Args:
            agent: who asks it.
            worker: in which process.
            calls: where it counts.
            amid: called in the midst of each call, with what it was told.
        """
        self.agent = agent
        self.worker = worker
        self.calls = calls
        self.amid = amid

    @property
    def model(self) -> str:
        """Its name."""
        return "counted"

    @property
    def provider(self) -> ModelProvider:
        """No provider."""
        raise NotImplementedError

    def copy(self) -> Self:
        """Return itself."""
        return self

    def create(self) -> LLMClient:
        """Return a client."""
        return _Client(self)

    def create_files_client(self) -> NoReturn:
        """Refuse."""
        raise NotImplementedError


class _Client(LLMClient):
    def __init__(self, config: CountedModel) -> None:
        self._config = config

    async def __call__(
        self, messages: Sequence[BaseEvent], context: ConversationContext, **_: Any
    ) -> ModelResponse:
        config = self._config
        words = requests_in(messages)[-1][0].removeprefix("Task:").split()
        told = " ".join(words[:2]) if words[0] == "each" else words[0]
        is_first = not config.calls.count()[told]
        config.calls.add(config.worker, told)
        await asyncio.sleep(0.01)
        config.amid(told)
        await asyncio.sleep(0.01)
        if config.agent == "broken" or (config.agent == "flaky" and is_first):
            raise ConnectionError(f"{config.agent} is away")
        message = ModelMessage(f"{told}, done")
        return ModelResponse(message, usage=Usage(prompt_tokens=3, completion_tokens=2))


async def register(
    orchestrator: retold.AgentOrchestrator,
    log: retold.Log,
    worker: str,
    calls: CallFile,
    amid: Callable[[str], None],
) -> None:
    """Register the agents, as every process does; arguments as of the model."""
    for name in agents:
        agent = Agent(name, config=log.model(CountedModel(name, worker, calls, amid)))
        await orchestrator.register(name, agent, limits={"concurrent_calls": 8})

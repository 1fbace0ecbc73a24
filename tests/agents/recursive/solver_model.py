"""A model that assesses, splits, solves and synthesises by a plan, and counts what it is asked."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn, Self, TypeAlias

from ag2 import Agent
from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.context import ConversationContext
from ag2.events import BaseEvent, ModelMessage, ModelRequest, ModelResponse, TextInput, Usage

import retold

Said: TypeAlias = "str | BaseException | Callable[[], Awaitable[str]]"

# Three levels: the root, two halves, and two pieces of each; the last piece equals another.
platform = {
    "Build a shop": ["Build the front", "Build the back"],
    "Build the front": ["Design the pages", "Write the texts"],
    "Build the back": ["Store the orders", "design the pages."],
}


class SolverModel(ModelConfig):
    """Answers by what is asked, whoever asks; a problem of the plan is complex, others simple."""

    def __init__(
        self,
        plan: Mapping[str, Sequence[str]],
        said: Mapping[tuple[str, str], Said] | None = None,
        *,
        tokens: int = 10,
    ) -> None:
        """Take the plan.

        Args:
            plan: by problem, what it is split into.
            said: what is said instead, by the step and the problem.
            tokens: of each prompt; each answer has one.
        """
        self.plan = {_key(problem): list(pieces) for problem, pieces in plan.items()}
        self.instead = {(s, _key(problem)): text for (s, problem), text in (said or {}).items()}
        self.tokens = tokens
        self.asked: list[tuple[str, str]] = []
        self.prompts: list[str] = []
        self.schemas: list[Any] = []
        self.at_once = 0
        self.most_at_once = 0

    @property
    def model(self) -> str:
        """Its name."""
        return "solver"

    @property
    def provider(self) -> ModelProvider:
        """No provider."""
        raise NotImplementedError

    def copy(self) -> Self:
        """Return itself: what it was asked is kept once."""
        return self

    def create(self) -> LLMClient:
        """Return a client."""
        return _Client(self)

    def create_files_client(self) -> NoReturn:
        """Refuse."""
        raise NotImplementedError

    async def answer(self, prompt: str) -> str:
        """Return what it says to a prompt."""
        step, problem = step_of(prompt), problem_of(prompt)
        self.asked.append((step, problem))
        self.prompts.append(prompt)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            said = self.instead.get((step, _key(problem)))
            if isinstance(said, BaseException):
                raise said
            if callable(said):
                return await said()
            return self._by_plan(step, problem, prompt) if said is None else said
        finally:
            self.at_once -= 1

    def _by_plan(self, step: str, problem: str, prompt: str) -> str:
        pieces = self.plan.get(_key(problem), [])
        if step == "assess":
            return json.dumps({"complexity": "complex" if pieces else "simple"})
        if step == "decompose":
            return json.dumps({"subproblems": pieces})
        if step == "synthesise":
            parts = re.findall(r"^Solution \d+: (.*)$", prompt, re.MULTILINE)
            return " + ".join(f"[{part}]" for part in parts)
        return f"solved {problem}"


class _Client(LLMClient):
    def __init__(self, model: SolverModel) -> None:
        self._model = model

    async def __call__(
        self,
        messages: Sequence[BaseEvent],
        context: ConversationContext,
        *,
        tools: Iterable[Any] = (),
        response_schema: Any = None,
        **_: Any,
    ) -> ModelResponse:
        del tools
        asked = next(event for event in reversed(messages) if isinstance(event, ModelRequest))
        prompt = "".join(part.content for part in asked.parts if isinstance(part, TextInput))
        self._model.schemas.append(response_schema)
        message = ModelMessage(await self._model.answer(prompt))
        await context.send(message)
        usage = Usage(prompt_tokens=self._model.tokens, completion_tokens=1)
        return ModelResponse(message, usage=usage, model="solver", finish_reason="stop")


def step_of(prompt: str) -> str:
    """Return which step a prompt asks for."""
    if prompt.startswith("How complex"):
        return "assess"
    if prompt.startswith("Split"):
        return "decompose"
    return "synthesise" if "putting the solutions" in prompt.splitlines()[0] else "solve"


def problem_of(prompt: str) -> str:
    """Return the problem a prompt is about."""
    found = re.search(r"^Problem: (.*)$", prompt, re.MULTILINE)
    assert found is not None
    return found[1]


def solver(log: retold.Log, model: ModelConfig, **options: Any) -> retold.RecursiveAgent:
    """Return an agent whose model's calls are recorded."""
    return retold.RecursiveAgent(
        Agent("solver", "You solve problems.", config=log.model(model)), **options
    )


def _key(problem: str) -> str:
    return problem.casefold().rstrip(".")

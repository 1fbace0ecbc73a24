"""The scenarios there are, and what they have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ag2 import Agent
from ag2.annotations import Context
from ag2.events import ModelMessage, ModelResponse, Usage
from ag2.stream import Stream

from tests.agents.scripted import call
from tests.agents.worlds import Scenario, World

catalogue: dict[str, Scenario] = {}
unordered: set[str] = set()
# A session closes calls that a cancelled turn left unanswered; AG2 leaves them.
repaired_in_sessions: set[str] = set()


def scenario(*, ordered: bool = True, repaired: bool = False) -> Callable[[Scenario], Scenario]:
    """Add a scenario to the catalogue."""

    def add(function: Any) -> Any:
        catalogue[function.__name__] = function
        if not ordered:
            unordered.add(function.__name__)
        if repaired:
            repaired_in_sessions.add(function.__name__)
        return function

    return add


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def divide(a: int, b: int) -> float:
    """Divide two numbers."""
    return a / b


adds = call("add", "call_1", '{"a": 1, "b": 2}')


async def ask(world: World, agent: Agent[Any], text: str, stream: Stream, **options: Any) -> None:
    """Ask, and note the answer or the error."""
    try:
        reply = await agent.ask(text, stream=stream, **options)
    except Exception as error:
        world.notes.append([type(error).__name__, str(error)])
    else:
        world.notes.append(reply.body)


async def ask_human(ctx: Context) -> str:
    """Ask the human."""
    return await ctx.input("May I?")


def said(text: str) -> ModelResponse:
    """Return an answer that cost something."""
    usage = Usage(prompt_tokens=7, completion_tokens=3)
    return ModelResponse(ModelMessage(text), usage=usage, model="m", finish_reason="stop")

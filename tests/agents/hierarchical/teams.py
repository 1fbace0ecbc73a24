"""Directors and their sub-agents, with scripted models."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from ag2 import Agent
from ag2.events import ModelMessage, ModelResponse, ToolCallEvent, ToolCallsEvent, Usage

import retold
from retold.domain.event import RecordedEvent
from tests.agents.scripted import Script, Turn, call


def said(text: str, tokens: int = 5) -> ModelResponse:
    """Return an answer with its usage."""
    return ModelResponse(ModelMessage(text), usage=Usage(prompt_tokens=tokens, completion_tokens=1))


def asked(*calls: ToolCallEvent, tokens: int = 5) -> ModelResponse:
    """Return a response that calls tools, with its usage."""
    usage = Usage(prompt_tokens=tokens, completion_tokens=1)
    return ModelResponse(tool_calls=ToolCallsEvent(list(calls)), usage=usage)


def expert(log: retold.Log, name: str, *turns: Turn | Script, **options: Any) -> Agent[str]:
    """Return an agent to delegate to."""
    scripts = [turn for turn in turns if isinstance(turn, Script)]
    says = [turn for turn in turns if not isinstance(turn, Script)]
    return Agent(name, config=log.model(scripts[0] if scripts else Script(*says)), **options)


def director(
    log: retold.Log, *turns: Turn, sub_agents: dict[str, Agent[Any]], **options: Any
) -> retold.HierarchicalAgent:
    """Return an agent that delegates; its model says ``turns``."""
    name = options.pop("name", "director")
    return retold.HierarchicalAgent(
        name, config=log.model(Script(*turns)), sub_agents=sub_agents, **options
    )


def delegation(call_id: str, to: str, task: str, **arguments: Any) -> ToolCallEvent:
    """Return a call of the tool that delegates."""
    return call("delegate", call_id, json.dumps({"to": to, "task": task, **arguments}))


async def delegation_events(session: retold.Session) -> list[RecordedEvent]:
    """Return what was decided of delegations in a session, in order."""
    return [event for event in await session.events() if event.type.startswith("delegation.")]


async def delegation_types(session: retold.Session) -> list[str]:
    """Return the types of those, without what they have in common."""
    return [e.type.removeprefix("delegation.") for e in await delegation_events(session)]


class Never:
    """An answer that never comes.

    Attributes:
        asked: set once the model is asked.
    """

    def __init__(self) -> None:
        """Wait for nobody yet."""
        self.asked = asyncio.Event()

    async def __call__(self) -> str:
        """Wait for ever."""
        self.asked.set()
        await asyncio.Event().wait()
        return ""

"""A director and its sub-agents over real HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ag2 import Agent
from ag2.config import OpenAIConfig

import retold
from tests.agents import openai_server
from tests.agents.hierarchical.teams import delegation_types


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def delegating(body: dict[str, Any]) -> dict[str, Any]:
    """Answer as the server does, but let whoever can delegate do so, and two tasks at once."""
    message = plain_answer(body)
    tools = [tool["function"]["name"] for tool in body.get("tools") or []]
    if "tool_calls" in message and tools == ["delegate"]:
        message["tool_calls"] = [
            {
                "id": f"call_{number}",
                "type": "function",
                "function": {
                    "name": "delegate",
                    "arguments": json.dumps({"to": "adder", "task": f"{number} + 3?"}),
                },
            }
            for number in (1, 2)
        ]
    return message


plain_answer = openai_server.answer


@pytest.mark.parametrize("streaming", [False, True])
async def test_a_model_delegates_over_http(
    store_url: str, streaming: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not streaming:
        monkeypatch.setattr(openai_server, "answer", delegating)
    with openai_server.running() as server:
        async with retold.open(store_url) as log:
            config = log.model(
                OpenAIConfig("fake-1", base_url=server.url, api_key="k", streaming=streaming)
            )
            adder = Agent("adder", "You add.", config=config, tools=[add])
            boss = retold.HierarchicalAgent("boss", config=config, sub_agents={"adder": adder})
            session = await log.session("http")
            if streaming:
                async with boss.in_session(session) as work:
                    result = await work.delegate("2 + 3?", to="adder", context={"exact": True})
                assert (result.value, result.usage.tokens) == ("echo:5", 20)
            else:
                reply = await session.ask(boss, "2 + 3?")
                assert reply.body == "echo:echo:5"
            tree = (await log.audit.delegation_tree("http")).rows
            expected = [("completed", "echo:5")] * (1 if streaming else 2)
            assert [(row.status, row.result) for row in tree[1:]] == expected
            calls = 2 if streaming else 6
            assert tree[0].total_prompt_tokens == calls * openai_server.usage["prompt_tokens"]
            assert len(server.requests) == calls
            assert (await delegation_types(session)).count("completed") == len(expected)

"""Nested conversations whose history AG2 compacts: what they took, and which answer is which."""

from __future__ import annotations

from ag2 import Agent, KnowledgeConfig
from ag2.compact import CompactTrigger, TailWindowCompact
from ag2.events import ModelMessage, ModelResponse, ToolCallsEvent, Usage
from ag2.knowledge import MemoryKnowledgeStore

import retold
from tests.agents.scripted import Script, call


def compacting() -> KnowledgeConfig:
    return KnowledgeConfig(
        store=MemoryKnowledgeStore(),
        compact=TailWindowCompact(target=2),
        compact_trigger=CompactTrigger(max_events=3),
    )


def said(text: str) -> ModelResponse:
    return ModelResponse(ModelMessage(text), usage=Usage(prompt_tokens=5, completion_tokens=1))


def calls(tool: str, call_id: str, arguments: str = "{}") -> ModelResponse:
    return ModelResponse(
        tool_calls=ToolCallsEvent([call(tool, call_id, arguments)]), usage=Usage(prompt_tokens=2)
    )


async def test_what_was_compacted_away_was_taken_all_the_same() -> None:
    def look_up() -> str:
        """Look it up."""
        return "found"

    script = Script(calls("look_up", "c1"), calls("look_up", "c2"), said("done"))
    async with retold.open("sqlite:///:memory:") as log:
        agent = Agent("one", config=log.model(script), tools=[look_up], knowledge=compacting())
        session = await log.session("s")
        async with session.turn("director") as work:
            answers = [await work.ask(agent, "Q", key="k") for _ in range(2)]
        recorded = [e.type async for e in log.store.read_stream(answers[0].ids.stream)]
    assert "conversation.history_replaced" in recorded
    for answer in answers:
        assert (answer.text, answer.usage.model_calls, answer.usage.tokens) == ("done", 3, 10)


async def test_an_equal_call_of_a_compacted_conversation_is_delegated_anew() -> None:
    """The provider calls every call ``c1``, and the history never holds more than the last turn."""
    arguments = '{"task": "Report", "to": "clerk"}'
    asking = [calls("delegate", "c1", arguments), said("done")]
    clerk = Script("Monday's", "Tuesday's", "Wednesday's")
    boss = Script(*asking * 3)
    async with retold.open("sqlite:///:memory:") as log:
        agent = retold.HierarchicalAgent(
            "boss",
            config=log.model(boss),
            sub_agents={"clerk": Agent("clerk", config=log.model(clerk))},
            knowledge=compacting(),
        )
        session = await log.session("s")
        for _ in range(3):
            await session.ask(agent, "The report, please.")
    assert not clerk.turns
    assert "Wednesday's" in boss.seen[-1].text

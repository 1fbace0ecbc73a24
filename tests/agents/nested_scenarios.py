"""What agents do that have others work for them, one kind a scenario."""

from __future__ import annotations

import asyncio
from typing import Any

from ag2 import Agent, TaskConfig
from ag2.annotations import Context
from ag2.events import (
    HumanInputRequest,
    TextInput,
)
from ag2.tools.subagents import background_agent_tool

from tests.agents.scenario_catalogue import add, ask, ask_human, said, scenario
from tests.agents.scripted import call
from tests.agents.worlds import World


@scenario(ordered=False)
async def subtasks(world: World) -> None:
    outer = world.script(
        [call("run_subtasks", "call_1", '{"tasks": ["dig", "dig"]}')], "both dug", "yes"
    )
    inner = world.script("dug", "dug")
    for text in ("dig twice", "done?"):
        async with world.step() as stream:
            agent = Agent(
                "boss",
                config=world.model(outer),
                tools=[add],
                tasks=TaskConfig(config=world.model(inner)),
            )
            await ask(world, agent, text, stream)


@scenario()
async def agent_as_tool(world: World) -> None:
    outer = world.script([call("task_expert", "call_1", '{"objective": "1 + 2"}')], "3", "yes")
    inner = world.script([call("add", "call_1", '{"a": 1, "b": 2}')], said("it is 3"))
    for text in ("ask the expert", "done?"):
        async with world.step() as stream:
            expert = Agent("expert", "You add.", config=world.model(inner), tools=[add])
            boss = Agent(
                "boss", config=world.model(outer), tools=[expert.as_tool(description="adds")]
            )
            await ask(world, boss, text, stream)


@scenario()
async def agent_as_tool_that_fails(world: World) -> None:
    outer = world.script([call("task_expert", "call_1", '{"objective": "1 + 2"}')], "oh", "yes")
    inner = world.script(ConnectionError("lost"))
    for text in ("ask the expert", "done?"):
        async with world.step() as stream:
            expert = Agent("expert", config=world.model(inner))
            boss = Agent(
                "boss", config=world.model(outer), tools=[expert.as_tool(description="adds")]
            )
            await ask(world, boss, text, stream)


@scenario()
async def human_asked_by_a_nested_agent(world: World) -> None:
    outer = world.script([call("task_expert", "call_1", '{"objective": "ask"}')], "he agrees")
    inner = world.script([call("ask_human", "call_1")], "he said yes")

    def human(request: HumanInputRequest) -> str:
        return "yes"

    async with world.step() as stream:
        expert = Agent("expert", config=world.model(inner), tools=[ask_human])
        boss = Agent(
            "boss",
            config=world.model(outer),
            tools=[expert.as_tool(description="asks")],
            hitl_hook=human,
        )
        await ask(world, boss, "may we?", stream)


@scenario()
async def enqueued_before_the_turn(world: World) -> None:
    script = world.script("to both", "later")
    async with world.step() as stream:
        stream.enqueue("early", TextInput("bird"))
        stream.enqueue("worm")
        await ask(world, Agent("a", config=world.model(script)), "late", stream)
        await ask(world, Agent("a", config=world.model(script)), "later", stream)


@scenario()
async def enqueued_in_the_turn(world: World) -> None:
    def note(ctx: Context) -> str:
        """Put something into the inbox, from a worker thread."""
        ctx.enqueue("from the thread")
        return "noted"

    async def hint(ctx: Context) -> str:
        """Put something into the inbox, from the loop."""
        ctx.enqueue("from the loop")
        return "hinted"

    script = world.script([call("note", "call_1")], [call("hint", "call_2")], "read", "yes")
    for text in ("note and hint", "read?"):
        async with world.step() as stream:
            await ask(
                world, Agent("a", config=world.model(script), tools=[note, hint]), text, stream
            )


@scenario()
async def enqueued_while_the_model_answers(world: World) -> None:
    async with world.step() as stream:

        async def answer() -> str:
            stream.enqueue("one thing more")
            return "is that all?"

        script = world.script(answer, "now it is")
        await ask(world, Agent("a", config=world.model(script)), "go", stream)


@scenario(ordered=False)
async def background_tool(world: World) -> None:
    inner_asked, outer_asked = asyncio.Event(), asyncio.Event()

    async def slowly() -> str:
        inner_asked.set()
        await outer_asked.wait()
        return "dug deep"

    async def once_started(call_next: Any, event: Any, context: Any) -> Any:
        """Let the task begin before its tool answers, which is otherwise a race."""
        result = await call_next(event, context)
        await inner_asked.wait()
        return result

    async def waiting() -> str:
        outer_asked.set()
        # The model answers once the background task has delivered.
        # AG2 tells nobody when its inbox fills.
        while not stream.pending_messages:  # noqa: ASYNC110
            await asyncio.sleep(0)
        return "I wait"

    inner = world.script(slowly)
    starts = call("background_task_digger", "call_1", '{"objective": "dig"}')
    outer = world.script([starts], waiting, "it dug deep")
    async with world.step() as stream:
        digger = Agent("digger", config=world.model(inner))
        boss = Agent(
            "boss",
            config=world.model(outer),
            tools=[background_agent_tool(digger, description="digs", middleware=[once_started])],
        )
        await ask(world, boss, "dig", stream)

"""What agents do, one kind a scenario, to be run on AG2's own memory and on ours."""

from __future__ import annotations

import asyncio

from ag2 import Agent, KnowledgeConfig, ToolResult
from ag2.annotations import Context
from ag2.compact import CompactTrigger, SummarizeCompact, TailWindowCompact
from ag2.events import (
    HumanInputRequest,
    ModelMessageChunk,
    ModelReasoning,
    ModelRequest,
    ModelResponse,
    TextInput,
    ToolCallsEvent,
    ToolResultEvent,
    ToolResultsEvent,
)
from ag2.knowledge import MemoryKnowledgeStore
from ag2.middleware import RetryMiddleware
from pydantic import BaseModel

from tests.agents.scenario_catalogue import add, adds, ask, ask_human, divide, said, scenario
from tests.agents.scripted import call
from tests.agents.worlds import World


@scenario()
async def plain(world: World) -> None:
    script = world.script("hello", "hello again", "and again")
    for text in ("hi", "hi", "hi"):
        async with world.step() as stream:
            agent = Agent("a", "You greet.", config=world.model(script))
            await ask(world, agent, text, stream)


@scenario()
async def tools(world: World) -> None:
    script = world.script([adds], "3", [call("add", "call_2", '{"a": 3, "b": 4}')], "7")
    for text in ("1 + 2?", "3 + 4?"):
        async with world.step() as stream:
            agent = Agent("a", "You add.", config=world.model(script), tools=[add])
            await ask(world, agent, text, stream)


@scenario(ordered=False)
async def parallel_tools(world: World) -> None:
    calls = [call("add", f"call_{n}", f'{{"a": {n}, "b": 1}}') for n in range(4)]
    script = world.script(calls, "done", "still done")
    for text in ("all of them", "are you?"):
        async with world.step() as stream:
            await ask(world, Agent("a", config=world.model(script), tools=[add]), text, stream)


@scenario()
async def tool_error(world: World) -> None:
    divides = call("divide", "call_1", '{"a": 1, "b": 0}')
    script = world.script([divides], "it cannot be done", "no")
    for text in ("1 / 0?", "really?"):
        async with world.step() as stream:
            await ask(world, Agent("a", config=world.model(script), tools=[divide]), text, stream)


@scenario()
async def unknown_tool(world: World) -> None:
    script = world.script([call("fly", "call_1")], "I cannot fly", "no")
    for text in ("fly!", "really?"):
        async with world.step() as stream:
            await ask(world, Agent("a", config=world.model(script), tools=[add]), text, stream)


@scenario()
async def malformed_arguments(world: World) -> None:
    script = world.script([call("add", "call_1", '{"a": 1, "b":')], "sorry", "no")
    for text in ("1 + 2?", "really?"):
        async with world.step() as stream:
            await ask(world, Agent("a", config=world.model(script), tools=[add]), text, stream)


@scenario()
async def final_tool(world: World) -> None:
    def answer() -> ToolResult:
        """Give the final answer."""
        return ToolResult("forty-two", final=True, metadata={"sure": True})

    script = world.script([call("answer", "call_1")], "it stands")
    for text in ("the question", "sure?"):
        async with world.step() as stream:
            await ask(world, Agent("a", config=world.model(script), tools=[answer]), text, stream)


@scenario()
async def human_who_answers(world: World) -> None:
    script = world.script([call("ask_human", "call_1")], "thanks", "bye")

    def human(request: HumanInputRequest) -> str:
        return f"yes to {request.content}"

    for text in ("ask", "done?"):
        async with world.step() as stream:
            agent = Agent("a", config=world.model(script), tools=[ask_human], hitl_hook=human)
            await ask(world, agent, text, stream)


@scenario()
async def human_who_cannot_be_asked(world: World) -> None:
    script = world.script([call("ask_human", "call_1")], "never mind")
    for text in ("ask", "done?"):
        async with world.step() as stream:
            agent = Agent("a", config=world.model(script), tools=[ask_human])
            await ask(world, agent, text, stream)


@scenario(repaired=True)
async def cancelled_in_a_tool(world: World) -> None:
    script = world.script([call("wait", "call_1")], "welcome back")
    started = asyncio.Event()

    async def wait() -> str:
        """Wait for ever."""
        started.set()
        await asyncio.Event().wait()
        return "never"

    async with world.step() as stream:
        agent = Agent("a", config=world.model(script), tools=[wait])
        asking = asyncio.create_task(agent.ask("wait", stream=stream))
        await started.wait()
        asking.cancel()
        await asyncio.wait([asking])
        world.notes.append(asking.cancelled())
    async with world.step() as stream:
        agent = Agent("a", config=world.model(script), tools=[wait])
        await ask(world, agent, "back", stream)


@scenario()
async def model_that_fails_and_is_asked_again(world: World) -> None:
    script = world.script(ConnectionError("lost"), "here I am", "still here")
    for text in ("hello?", "hello?", "hello?"):
        async with world.step() as stream:
            await ask(world, Agent("a", config=world.model(script)), text, stream)


@scenario()
async def model_that_is_retried(world: World) -> None:
    script = world.script(ConnectionError("lost"), ConnectionError("lost"), "here I am", "still")
    for text in ("hello?", "and now?"):
        async with world.step() as stream:
            agent = Agent("a", config=world.model(script), middleware=[RetryMiddleware()])
            await ask(world, agent, text, stream)


@scenario()
async def compaction_by_tail(world: World) -> None:
    script = world.script(*(said(f"answer {n}") for n in range(6)))
    knowledge = MemoryKnowledgeStore()
    for n in range(6):
        async with world.step() as stream:
            agent = Agent(
                "a",
                config=world.model(script),
                knowledge=KnowledgeConfig(
                    knowledge,
                    compact=TailWindowCompact(3),
                    compact_trigger=CompactTrigger(max_events=4),
                ),
            )
            await ask(world, agent, f"question {n}", stream)


@scenario()
async def compaction_by_summary(world: World) -> None:
    script = world.script(*(said(f"answer {n}") for n in range(4)))
    writer = world.script(said("first summary"), said("second summary"), said("third summary"))
    for n in range(4):
        async with world.step() as stream:
            compact = SummarizeCompact(2, world.model(writer))
            agent = Agent(
                "a",
                config=world.model(script),
                knowledge=KnowledgeConfig(
                    MemoryKnowledgeStore(),
                    compact=compact,
                    compact_trigger=CompactTrigger(max_events=3),
                ),
            )
            await ask(world, agent, f"question {n}", stream)


@scenario()
async def resume(world: World) -> None:
    script = world.script("resumed", "and on")
    async with world.step() as stream:
        agent = Agent("a", config=world.model(script), tools=[add])
        result = ToolResultEvent(parent_id="call_1", name="add", result=ToolResult("3"))
        reply = await agent.resume(
            ModelRequest([TextInput("1 + 2?")]),
            ModelResponse(tool_calls=ToolCallsEvent([adds])),
            ToolResultsEvent([result]),
            stream=stream,
        )
        world.notes.append(reply.body)
    async with world.step() as stream:
        await ask(world, Agent("a", config=world.model(script), tools=[add]), "on", stream)


@scenario()
async def resume_from_calls(world: World) -> None:
    script = world.script("first", "resumed", "and on")
    async with world.step() as stream:
        agent = Agent("a", config=world.model(script), tools=[add])
        await ask(world, agent, "first", stream)
        kept = list(await stream.history.get_events())
        reply = await agent.resume(
            *kept, ModelRequest([TextInput("1 + 2?")]), ToolCallsEvent([adds]), stream=stream
        )
        world.notes.append(reply.body)
    async with world.step() as stream:
        await ask(world, Agent("a", config=world.model(script), tools=[add]), "on", stream)


@scenario()
async def replies_that_go_on(world: World) -> None:
    script = world.script("one", [adds], "two", "three")
    async with world.step() as stream:
        agent = Agent("a", "You add.", config=world.model(script), tools=[add])
        reply = await agent.ask("first", stream=stream, variables={"n": 1})
        reply = await reply.ask("second", variables={"n": 2})
        reply = await reply.ask("third")
        world.notes += [reply.body, reply.context.variables["n"]]


@scenario()
async def runs(world: World) -> None:
    script = world.script([adds], "done")
    async with world.step() as stream:
        agent = Agent("a", config=world.model(script), tools=[add])
        async with agent.run("1 + 2?", stream=stream) as run:
            with run.stream.join() as events:
                run.start()
                async for event in events:
                    if isinstance(event, ModelResponse) and event.content:
                        break
            world.notes.append((await run.result()).body)
        async with agent.run("never driven", stream=stream):
            pass


class Answer(BaseModel):
    """A structured answer."""

    number: int


@scenario()
async def structured_output(world: World) -> None:
    script = world.script("no json", '{"number": 3}', '{"number": 4}')
    async with world.step() as stream:
        agent = Agent("a", config=world.model(script), response_schema=Answer)
        reply = await agent.ask("1 + 2?", stream=stream)
        content = await reply.content(retries=1)
        assert content is not None
        world.notes.append(content.model_dump())
    async with world.step() as stream:
        agent = Agent("a", config=world.model(script), response_schema=Answer)
        reply = await agent.ask("1 + 3?", stream=stream)
        content = await reply.content()
        assert content is not None
        world.notes.append(content.model_dump())


@scenario()
async def streamed_answer(world: World) -> None:
    script = world.script(
        ModelReasoning("hm"), ModelMessageChunk("on"), ModelMessageChunk("ce"), "once", "twice"
    )
    for text in ("count", "and?"):
        async with world.step() as stream:
            await ask(world, Agent("a", config=world.model(script)), text, stream)


@scenario()
async def dropped_history(world: World) -> None:
    script = world.script("hello", "who are you?", "still?")
    for n in range(3):
        async with world.step() as stream:
            if n == 1:
                await stream.history.storage.drop_history(stream.id)
                assert list(await stream.history.get_events()) == []
            await ask(world, Agent("a", config=world.model(script)), "hi", stream)


@scenario()
async def history_cut_in_place(world: World) -> None:
    """What a caller does to the list it was given must not matter; AG2's own memory suffers."""
    script = world.script("one", "two")
    for n in range(2):
        async with world.step() as stream:
            if n == 1:
                events = list(await stream.history.get_events())
                events.clear()
            await ask(world, Agent("a", config=world.model(script)), "hi", stream)


@scenario()
async def prompts_from_variables(world: World) -> None:
    script = world.script([call("rename", "call_1")], "done", "again")

    def rename(ctx: Context) -> str:
        """Change a variable."""
        ctx.variables["name"] = "Bob"
        return "renamed"

    async with world.step() as stream:
        agent = Agent(
            "a", "SYS", config=world.model(script), tools=[rename], variables={"name": "Ann"}
        )

        @agent.prompt
        def greeting(ctx: Context) -> str:
            return f"You talk to {ctx.variables['name']}."

        reply = await agent.ask("rename", stream=stream)
        world.notes += [reply.body, reply.context.variables]
        reply = await reply.ask("who am I?")
        world.notes += [reply.body, reply.context.variables]

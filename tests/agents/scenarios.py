"""What agents do, one kind a scenario, to be run on AG2's own memory and on ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ag2 import Agent, KnowledgeConfig, TaskConfig, ToolResult
from ag2.annotations import Context
from ag2.compact import CompactTrigger, SummarizeCompact, TailWindowCompact
from ag2.events import (
    HumanInputRequest,
    ModelMessage,
    ModelMessageChunk,
    ModelReasoning,
    ModelRequest,
    ModelResponse,
    TextInput,
    ToolCallsEvent,
    ToolResultEvent,
    ToolResultsEvent,
    Usage,
)
from ag2.knowledge import MemoryKnowledgeStore
from ag2.middleware import RetryMiddleware
from ag2.stream import Stream
from ag2.tools.subagents import background_agent_tool
from pydantic import BaseModel

from tests.agents.scripted import call
from tests.agents.worlds import Scenario, World

scenarios: dict[str, Scenario] = {}
unordered: set[str] = set()
# A session closes calls that a cancelled turn left unanswered; AG2 leaves them.
repaired_in_sessions: set[str] = set()


def scenario(*, ordered: bool = True, repaired: bool = False) -> Callable[[Scenario], Scenario]:
    """Add a scenario to the catalogue."""

    def add(function: Any) -> Any:
        scenarios[function.__name__] = function
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


async def ask_human(ctx: Context) -> str:
    """Ask the human."""
    return await ctx.input("May I?")


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


def said(text: str) -> ModelResponse:
    """Return an answer that cost something."""
    usage = Usage(prompt_tokens=7, completion_tokens=3)
    return ModelResponse(ModelMessage(text), usage=usage, model="m", finish_reason="stop")


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

"""AG2's own subscribers are looked at once, and called as if they were looked at each time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from ag2 import Agent, Depends
from ag2.annotations import Context
from ag2.context import ConversationContext
from ag2.events import BaseEvent, ModelResponse
from ag2.tools.executor import _tool_not_found
from ag2.utils import build_model

import retold
from retold.agents import subscribers
from retold.agents.subscribers import subscriber
from tests.agents.recorded import names_of
from tests.agents.scripted import Script, call


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    async with retold.open(sqlite_url) as opened:
        yield opened


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The functions of which a model is made, in order."""
    found: list[str] = []

    def noting(function: Callable[..., Any], **options: Any) -> Any:
        found.append(function.__qualname__)
        return build_model(function, **options)

    monkeypatch.setattr(subscribers, "build_model", noting)
    return found


def look_up() -> str:
    """Look something up."""
    return "found"


async def test_a_second_turn_looks_at_none_of_what_ag2_subscribes(
    log: retold.Log, looked_at: list[str]
) -> None:
    session = await log.session("s")
    script = Script([call("look_up", "call_1")], "x", [call("look_up", "call_2")], "y")
    agent = Agent("a", config=log.model(script), tools=[look_up])
    assert (await session.ask(agent, "one")).body == "x"
    looked_at.clear()
    assert (await session.ask(agent, "two")).body == "y"
    assert looked_at == []
    names = await names_of(session)
    assert names.count("ToolResultEvent") == names.count("ToolCallEvent") == 2


async def test_a_subscriber_of_a_user_is_looked_at_and_given_what_it_depends_on(
    log: retold.Log, looked_at: list[str]
) -> None:
    session = await log.session("s")
    seen: list[tuple[BaseEvent, str, object]] = []

    def made(word: str) -> Callable[..., Awaitable[None]]:
        async def sees(
            event: BaseEvent, context: Context, said: str = Depends(lambda: word)
        ) -> None:
            seen.append((event, said, context.stream))

        return sees

    agent = Agent("a", config=log.model(Script("x")))
    with (
        session.stream.where(ModelResponse).sub_scope(made("one")),
        session.stream.where(ModelResponse).sub_scope(made("two")),
    ):
        await session.ask(agent, "go")
    assert [said for _, said, _ in seen] == ["one", "two"]
    assert all(isinstance(event, ModelResponse) for event, _, _ in seen)
    assert {id(stream) for _, _, stream in seen} == {id(session.stream)}
    assert sum(name.endswith("sees") for name in looked_at) == 2


def test_closures_of_one_function_are_each_called_themselves() -> None:
    one, other = _tool_not_found(["a"]), _tool_not_found(["b"])
    models = [subscriber(one), subscriber(other)]
    assert [model.call for model in models if model is not None] == [one, other]


def test_what_is_known_of_a_function_is_what_ag2_would_find() -> None:
    function = _tool_not_found([])
    for _ in range(2):
        known, anew = subscriber(function), build_model(function, serialize_result=False)
        assert known is not None
        for name in ("is_async", "is_generator", "args_name", "kwargs_name", "use_cache"):
            assert getattr(known, name) == getattr(anew, name)
        for name in ("positional_args", "keyword_args", "alias_arguments", "dependencies"):
            assert getattr(known, name) == getattr(anew, name)
        assert known.custom_fields.keys() == anew.custom_fields.keys()
        assert [repr(param) for param in known.params] == [repr(param) for param in anew.params]


def test_a_subscriber_that_is_gone_is_not_kept_alive() -> None:
    function = _tool_not_found([])
    assert subscriber(function) is not None
    known = subscribers._known[function.__code__]
    assert known.model.call is subscribers._nothing


@pytest.mark.parametrize("function", [look_up, print, lambda: None, str.upper])
def test_whatever_is_not_of_ag2_is_left_to_ag2(function: Callable[..., Any]) -> None:
    assert subscriber(function) is None


def test_a_function_with_attributes_is_left_to_ag2() -> None:
    function = _tool_not_found([])
    vars(function)["__wrapped__"] = look_up
    assert subscriber(function) is None


async def test_an_interrupting_subscriber_comes_first_and_one_that_left_is_not_called(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    stream, seen = session.stream, list[str]()

    async def listens(event: BaseEvent) -> None:
        seen.append("listens")

    async def interrupts(event: BaseEvent) -> BaseEvent | None:
        seen.append("interrupts")
        return None if swallows else event

    swallows = False
    stream.where(ModelResponse).subscribe(listens)
    first = stream.where(ModelResponse).subscribe(interrupts, interrupt=True)
    context = ConversationContext(stream=stream)
    await stream.send(ModelResponse(), context)
    assert seen == ["interrupts", "listens"]
    swallows = True
    await stream.send(ModelResponse(), context)
    assert seen == ["interrupts", "listens", "interrupts"]
    stream.unsubscribe(first)
    await stream.send(ModelResponse(), context)
    assert seen == ["interrupts", "listens", "interrupts", "listens"]

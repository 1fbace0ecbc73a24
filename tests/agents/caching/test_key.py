"""Equal requests have equal keys, and every difference that matters makes another one."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, NoReturn

import pytest
from ag2 import MemoryStream
from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.context import ConversationContext
from ag2.events import (
    BaseEvent,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextInput,
    ToolCallEvent,
    ToolCallsEvent,
    ToolResultEvent,
    ToolResultsEvent,
    Usage,
    UsageEvent,
)
from ag2.response import ResponseSchema
from ag2.tools.final import FunctionToolSchema
from ag2.tools.schemas import ToolSchema
from hypothesis import given, settings, strategies as st
from pydantic import BaseModel

from retold.agents.caching.key import CacheKey, all_parameters, cache_key
from retold.agents.call_trail import CallTrail
from retold.agents.resilience.guarded_model import ModelCall
from tests.agents.scripted import Script


class Effort(Enum):
    """As Gemini's thinking level."""

    LOW = "low"
    HIGH = "high"


class Thinking(BaseModel):
    """As Gemini's thinking configuration."""

    budget: int = 1
    effort: Effort = Effort.LOW


@dataclass
class Config(ModelConfig):
    """A configuration whose fields never change."""

    name: str = "fake-1"
    temperature: float | None = None
    stop: Sequence[str] | None = None
    extra_body: dict[str, Any] | None = None
    thinking: Thinking | None = None
    effort: Effort | None = None
    api_key: str | None = None
    default_headers: dict[str, str] | None = None
    http_client: object | None = None
    kind: ModelProvider = ModelProvider.OPENAI

    @property
    def model(self) -> str:
        return self.name

    @property
    def provider(self) -> ModelProvider:
        return self.kind

    def copy(self) -> Config:
        return self

    def create(self) -> LLMClient:
        return Script().create()

    def create_files_client(self) -> NoReturn:
        raise NotImplementedError


def said(text: str) -> ModelRequest:
    return ModelRequest([TextInput(text)])


def tool_turn(call_id: str, result: str = "22") -> list[BaseEvent]:
    """Return a call and its result, as a history has them."""
    call = ToolCallEvent("weather", id=call_id, arguments='{"city": "Oslo"}')
    return [
        ModelResponse(tool_calls=ToolCallsEvent([call])),
        ToolResultsEvent([ToolResultEvent.from_call(call, result)]),
    ]


def tool(name: str, **properties: Any) -> ToolSchema:
    function = {
        "name": name,
        "description": "d",
        "parameters": {"type": "object", "properties": properties},
    }
    return FunctionToolSchema.from_dict({"function": function})


def key_of(
    *messages: BaseEvent,
    config: ModelConfig | None = None,
    prompt: Sequence[str] = ("You help.",),
    tools: Sequence[ToolSchema] = (),
    schema: ResponseSchema[Any] | None = None,
    tenant: str = "default",
    scope: str | None = None,
) -> CacheKey:
    config = config or Config()
    call = ModelCall(
        config=config,
        client=config.create(),
        messages=messages or [said("hello")],
        context=ConversationContext(MemoryStream(), prompt=list(prompt)),
        tools=tools,
        response_schema=schema,
        serializer=None,  # type: ignore[arg-type] # no part of a request
        recorder=None,
        trail=CallTrail(),
    )
    return cache_key(call, tenant=tenant, scope=scope)


def test_keys_stay_what_they_were() -> None:
    """Else every entry of every log is lost; raise ``key_version`` when that is meant."""
    plain = key_of()
    assert plain == CacheKey(
        key="d34041d94d538fce49e917969c3b6a0dc53ec678f48ce7e4df6d4ca50aaee7a4",
        partition="38fc481ff9f1af0b9e8f1d66906e73244161b9202436087f340efc18554d18b8",
        context="c374e334f87a219394270e49379f8b44b9f670bb6c2b1ab032b45b464dab2e91",
        question="hello",
        begins=True,
    )
    config = Config(temperature=0.5, stop=["\n"], thinking=Thinking(budget=3), effort=Effort.HIGH)
    full = key_of(
        said("What is the weather?"),
        *tool_turn("call_abc"),
        ModelResponse(ModelMessage("22 degrees.")),
        said("And in Rome? 🌦"),
        config=config,
        prompt=("You help.", "Be brief."),
        tools=[tool("weather", city={"type": "string"})],
        schema=ResponseSchema(int, name="degrees"),
        tenant="acme",
        scope="user:7",
    )
    assert full == CacheKey(
        key="97ab17129eee5d8227f6b48e7b7ebc29927dcf073878962b2b345acd7aef7f10",
        partition="53036196cebe56057e24ef95eb8e0796d40d0c8abc71682215b46c2e865be796",
        context="96154180a421759a85dccc236cfb17999b3563b0cb0fc9c587107e233ba32ed2",
        question="And in Rome? 🌦",
        earlier="c374e334f87a219394270e49379f8b44b9f670bb6c2b1ab032b45b464dab2e91",
        before="What is the weather?\n22 degrees.",
    )


variants: dict[str, Callable[[], CacheKey]] = {
    "plain": key_of,
    "text": lambda: key_of(said("Hello")),
    "two parts": lambda: key_of(ModelRequest([TextInput("he"), TextInput("llo")])),
    "a turn before": lambda: key_of(said("hi"), ModelResponse(ModelMessage("hi")), said("hello")),
    "another answer before": lambda: key_of(
        said("hi"), ModelResponse(ModelMessage("ho")), said("hello")
    ),
    "prompt": lambda: key_of(prompt=["You refuse."]),
    "no prompt": lambda: key_of(prompt=[]),
    "prompt in two": lambda: key_of(prompt=["You ", "help."]),
    "tenant": lambda: key_of(tenant="acme"),
    "scope": lambda: key_of(scope="user:7"),
    "model": lambda: key_of(config=Config("fake-2")),
    "provider": lambda: key_of(config=Config(kind=ModelProvider.MISTRAL)),
    "temperature": lambda: key_of(config=Config(temperature=0.0)),
    "temperature 1": lambda: key_of(config=Config(temperature=1)),
    "stop": lambda: key_of(config=Config(stop=["\n"])),
    "extra body": lambda: key_of(config=Config(extra_body={"a": {"b": 1}})),
    "a provider's own class": lambda: key_of(config=Config(thinking=Thinking(budget=2))),
    "an enum in it": lambda: key_of(config=Config(thinking=Thinking(effort=Effort.HIGH))),
    "an enum": lambda: key_of(config=Config(effort=Effort.HIGH)),
    "tool": lambda: key_of(tools=[tool("weather")]),
    "another tool": lambda: key_of(tools=[tool("news")]),
    "parameters of a tool": lambda: key_of(tools=[tool("weather", city={"type": "string"})]),
    "two tools": lambda: key_of(tools=[tool("weather"), tool("news")]),
    "schema": lambda: key_of(schema=ResponseSchema(int, name="n")),
    "another schema": lambda: key_of(schema=ResponseSchema(str, name="n")),
    "tool result": lambda: key_of(said("hello"), *tool_turn("1")),
    "another result": lambda: key_of(said("hello"), *tool_turn("1", "23")),
    "two calls": lambda: key_of(said("hello"), *tool_turn("1"), *tool_turn("2")),
    "one id twice": lambda: key_of(said("hello"), *tool_turn("1"), *tool_turn("1")),
}


def test_every_relevant_change_makes_another_key() -> None:
    keys = {name: make().key for name, make in variants.items()}
    for one, other in itertools.combinations(keys, 2):
        assert keys[one] != keys[other], f"{one} = {other}"


@pytest.mark.parametrize("name", sorted(variants))
def test_a_request_has_one_key_whenever_it_is_made(name: str) -> None:
    assert variants[name]() == variants[name]()


def test_what_no_provider_is_shown_makes_no_difference() -> None:
    served = ModelResponse(ModelMessage("hi"), usage=Usage(), response_id="r1", model="m")
    called = ModelResponse(
        ModelMessage("hi"), usage=Usage(prompt_tokens=7), finish_reason="stop", provider="x"
    )
    told = UsageEvent(Usage(prompt_tokens=7))
    one = key_of(said("a"), served, said("hello"))
    assert key_of(said("a"), called, told, said("hello")) == one


def test_ids_of_calls_make_no_difference_and_what_they_join_does() -> None:
    assert key_of(said("a"), *tool_turn("call_1")) == key_of(said("a"), *tool_turn("call_2"))
    one, other = (ToolCallEvent("weather", id=name, arguments="{}") for name in ("1", "2"))
    results = [ToolResultEvent.from_call(one, "22"), ToolResultEvent.from_call(other, "22")]
    asked = ModelResponse(tool_calls=ToolCallsEvent([one, other]))
    straight = key_of(said("a"), asked, ToolResultsEvent(results))
    assert key_of(said("a"), asked, ToolResultsEvent(results[::-1])) != straight


def test_an_id_of_a_users_own_is_no_id_of_a_call() -> None:
    one, other = (ToolCallEvent("find", id="1", arguments=f'{{"id": "{n}"}}') for n in "ab")
    keys = {
        key_of(said("a"), ModelResponse(tool_calls=ToolCallsEvent([call]))).key
        for call in (one, other)
    }
    assert len(keys) == 2


ids = ("0" * 31 + "a", "0" * 31 + "b")


@pytest.mark.parametrize(
    "text", ["Background task started: {}", "Background task {} (look it up) completed:\ndone"]
)
def test_the_id_of_a_background_task_makes_no_difference_and_is_remembered(text: str) -> None:
    one, other = (key_of(said("a"), *tool_turn("1", text.format(task))) for task in ids)
    assert one.key == other.key
    assert (one.volatile, other.volatile) == ((ids[0],), (ids[1],))


def test_an_id_that_ag2_did_not_tell_of_is_part_of_the_request() -> None:
    one, other = (key_of(said(f"My order is {task}")) for task in ids)
    assert one.key != other.key
    assert one.volatile == ()


def test_secrets_and_clients_are_no_part_of_a_key() -> None:
    config = Config(temperature=0.5)
    secretive = replace(
        config, api_key="sk-1", default_headers={"x": "y"}, extra_body={"api_key": "sk-2"}
    )
    assert key_of(config=replace(config, extra_body={})) == key_of(config=secretive)
    assert "sk-" not in str(all_parameters(secretive))
    one, other = (replace(config, http_client=object()) for _ in range(2))
    assert key_of(config=one) == key_of(config=other)


def test_a_partition_is_all_but_the_messages() -> None:
    plain = key_of()
    follow_up = key_of(said("hi"), ModelResponse(ModelMessage("ho")), said("hello"))
    assert (plain.partition, plain.question) == (follow_up.partition, follow_up.question)
    assert plain.context != follow_up.context
    assert follow_up.before == "hi\nho"
    # Another last text, and nothing else, differs in the key alone.
    other = key_of(said("bye"))
    assert (other.partition, other.context) == (plain.partition, plain.context)
    assert other.key != plain.key
    of_messages = {
        "plain", "text", "two parts", "a turn before", "another answer before", "tool result",
        "another result", "two calls", "one id twice",
    }  # fmt: skip
    partitions = {name: make().partition for name, make in variants.items()}
    assert {name for name, found in partitions.items() if found == plain.partition} == of_messages


def test_a_request_that_ends_otherwise_has_no_question() -> None:
    assert key_of(said("hello"), *tool_turn("1")).question is None


names = st.text("ab$é", max_size=3)
leaves = st.none() | st.booleans() | st.integers(-9, 9) | names
inner = leaves | st.lists(leaves, max_size=2) | st.dictionaries(names, leaves, max_size=3)
bodies = st.dictionaries(names, inner | st.dictionaries(names, inner, max_size=3), max_size=3)


def reordered(value: Any) -> Any:
    match value:
        case dict():
            return {name: reordered(value[name]) for name in reversed(value)}
        case list():
            return [reordered(item) for item in value]
        case _:
            return value


@settings(max_examples=50)
@given(body=bodies)
def test_the_order_of_json_keys_makes_no_difference(body: dict[str, Any]) -> None:
    one, other = (Config(extra_body=data) for data in (body, reordered(body)))
    assert key_of(config=one) == key_of(config=other)
    named = {f"x{name}": item for name, item in body.items()}
    schemas = [[tool("t", x=data)] for data in (named, reordered(named))]
    assert key_of(tools=schemas[0]) == key_of(tools=schemas[1])


@settings(max_examples=50)
@given(texts=st.lists(st.text(max_size=8), min_size=2, max_size=2, unique=True))
def test_any_difference_in_text_makes_another_key(texts: list[str]) -> None:
    one, other = texts
    assert key_of(said(one)).key != key_of(said(other)).key
    assert key_of(prompt=[one]).key != key_of(prompt=[other]).key
    answers = [[said("a"), ModelResponse(ModelMessage(text)), said("b")] for text in texts]
    assert key_of(*answers[0]).key != key_of(*answers[1]).key


def test_a_configuration_that_is_no_dataclass_is_read_by_its_public_attributes() -> None:
    class Plain(Script):
        def __init__(self, temperature: float) -> None:
            super().__init__()
            self.temperature = temperature
            self._private = object()

    assert not dataclasses.is_dataclass(Plain)
    assert key_of(config=Plain(0.1)) == key_of(config=Plain(0.1))
    assert key_of(config=Plain(0.1)).key != key_of(config=Plain(0.2)).key

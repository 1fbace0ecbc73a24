"""An answer is given again when the same is asked, and never when it must not be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ag2 import Agent
from ag2.events import (
    BaseEvent,
    BinaryResult,
    BuiltinToolCallEvent,
    ModelMessage,
    ModelMessageChunk,
    ModelReasoning,
    ModelResponse,
    ToolCallEvent,
    ToolResultsEvent,
    UsageEvent,
)
from pydantic import BaseModel

import retold
from retold import Cache
from retold.domain.model_call import ModelCallStarted
from retold.errors import CacheWithoutLog
from tests.agents.caching.asked import (
    Model,
    answer,
    ask,
    cache_events,
    calls,
    happened,
    hear,
)
from tests.agents.resilience.failing import RateLimitError
from tests.agents.scripted import Script, call


async def test_what_was_answered_in_one_session_is_served_in_another(store_url: str) -> None:
    model = Model.of(answer("one"))
    async with retold.open(store_url) as log:
        config = log.cached(model, Cache(cost=lambda _, usage: usage["prompt_tokens"] / 100))
        assert await ask(log, config, session="a") == "one"
        assert await ask(log, config, session="b") == "one"
        assert model.asked == 1

        missed, entry, hit = await cache_events(log)
        assert [e.type for e in (missed, entry, hit)] == [
            "cache.missed",
            "cache.entry_stored",
            "cache.hit",
        ]
        assert entry.data["entry"] == hit.data["entry"] == str(entry.event_id)
        assert entry.stream == f"cache-{hit.data['key']}"
        assert (hit.stream, hit.data["level"]) == ("conversation-b", "exact")
        assert hit.data["partition"] == missed.data["partition"]
        assert (hit.data["usage"], hit.data["cost_usd"]) == (
            {"prompt_tokens": 7, "completion_tokens": 3},
            0.07,
        )
        # Each has its cause: the request was missed, the answer stored, and the next one served.
        first, second = [(await log.session(name)) for name in "ab"]
        events = {e.event_id: e for e in [*await first.events(), *await second.events()]}
        assert entry.causation_id is not None
        assert events[entry.causation_id].type == "model.call_completed"
        assert entry.metadata == {**missed.metadata, "session": "a", "agent": "a"}
        for decided in (missed, hit):
            assert decided.causation_id is not None
            cause = events[decided.causation_id]
            assert cause.data["event"]["$"] == "ag2.ModelRequest"
        responses = [
            e for e in events.values() if e.data.get("event", {}).get("$") == "ag2.ModelResponse"
        ]
        assert responses[1].causation_id == hit.event_id
        assert not [e for e in await second.events() if e.type == ModelCallStarted.type]
        # No tokens were used the second time.
        assert [isinstance(e, UsageEvent) for e in await first.history()].count(True) == 1
        assert not [e for e in await second.history() if isinstance(e, UsageEvent)]
        assert (await log.verify()).ok


async def test_why_something_was_said_leads_through_the_cache_to_the_model(
    sqlite_url: str,
) -> None:
    model = Model.of(answer("one"))
    async with retold.open(sqlite_url) as log:
        config = log.cached(model)
        for name in "ab":
            await ask(log, config, session=name)
        session = await log.session("b")
        said = [
            event.version
            for event in await session.events()
            if event.data.get("event", {}).get("$") == "ag2.ModelResponse"
        ]
        chain = await session.why(said[-1])
        steps = [(step.event.stream[:14], step.event.type) for step in chain.steps]
        assert steps[1] == ("conversation-b", "cache.hit")
        assert ("conversation-a", "model.call_completed") in steps
        (given,) = chain.model_inputs
        assert given.prompt == ("You help.",)
        (stored,) = [step for step in chain.steps if step.event.type == "cache.entry_stored"]
        assert stored.reason == "its answer was served from the cache"


async def test_what_is_published_before_an_answer_is_published_again(sqlite_url: str) -> None:
    search = BuiltinToolCallEvent("web_search", arguments="{}", id="s1")
    model = Model.of(
        ModelReasoning("hm"), search, ModelMessageChunk("on"), ModelMessageChunk("e"), "one"
    )
    seen: list[list[BaseEvent]] = []
    async with retold.open(sqlite_url) as log:
        config = log.cached(model, Cache(read_only_tools={"web_search"}))
        for name in "ab":
            session = await log.session(name)
            seen.append(hear(session))
            await session.ask(Agent("a", config=config), "hello")
    shown = [[(type(e).__name__, getattr(e, "content", None)) for e in one] for one in seen]
    assert model.asked == 1
    assert shown[0] == shown[1]
    assert ("ModelMessageChunk", "on") in shown[1]
    # They are of now, not of then.
    times = [[event.created_at for event in one] for one in seen]
    assert min(times[1]) > max(times[0])


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (lambda: answer(""), "empty"),
        (lambda: answer(" \n"), "empty"),
        (lambda: answer(None), "empty"),
        (lambda: answer("I cannot", finish_reason="content_filter"), "refusal"),
        (lambda: answer("I cannot", finish_reason="refusal"), "refusal"),
        (lambda: answer("No", finish_reason="FINISH_REASON_SAFETY"), "refusal"),
        (lambda: answer("And then", finish_reason="length"), "incomplete"),
        (lambda: answer("And then", finish_reason="max_tokens"), "incomplete"),
        (lambda: answer("no, sorry"), "declined"),
    ],
)
async def test_what_is_no_answer_is_not_stored(
    sqlite_url: str, said: Callable[[], ModelResponse], reason: str
) -> None:
    model = Model.of(said(), answer("fine"))
    async with retold.open(sqlite_url) as log:
        config = log.cached(model, Cache(accepts=lambda r: "sorry" not in (r.content or "")))
        await ask(log, config, session="a")
        assert await ask(log, config, session="b") == "fine"
        assert await happened(log) == [
            "missed absent",
            f"not_stored {reason}",
            "missed absent",
            "entry_stored",
        ]


async def test_a_file_is_an_answer(sqlite_url: str) -> None:
    model = Model.of(answer(None, files=[BinaryResult(b"\x00\xff")]))
    async with retold.open(sqlite_url) as log:
        config = log.cached(model)
        for name in "ab":
            reply = await (await log.session(name)).ask(Agent("a", config=config), "draw")
            assert [file.data for file in reply.response.files] == [b"\x00\xff"]
    assert model.asked == 1


async def test_an_error_is_not_stored_and_asked_again(sqlite_url: str) -> None:
    model = Model.of(RateLimitError(), answer("fine"))
    async with retold.open(sqlite_url) as log:
        config = log.cached(model)
        with pytest.raises(RateLimitError):
            await ask(log, config, session="a")
        assert await ask(log, config, session="b") == "fine"
        assert await happened(log, "cache-") == ["entry_stored"]


async def test_an_answer_that_is_not_of_the_form_asked_for_is_not_stored(sqlite_url: str) -> None:
    class Degrees(BaseModel):
        degrees: int

    model = Model.of(answer("about 22"), answer('{"degrees": 22}'))
    async with retold.open(sqlite_url) as log:
        config = log.cached(model)
        for name in "abc":
            await ask(log, config, session=name, response_schema=Degrees)
        assert await happened(log) == [
            "missed absent",
            "not_stored invalid",
            "missed absent",
            "entry_stored",
            "hit",
        ]


async def test_another_model_prompt_scope_or_tenant_is_not_served(sqlite_url: str) -> None:
    script = Script(*(answer(str(number)) for number in range(6)))
    model = Model(script)
    async with (
        retold.open(sqlite_url) as log,
        retold.open(sqlite_url, tenant="acme") as theirs,
    ):
        said = [
            await ask(log, log.cached(model), session="a"),
            await ask(log, log.cached(model.copy(name="fake-2")), session="b"),
            await ask(log, log.cached(model.copy(temperature=0.0)), session="c"),
            await ask(log, log.cached(model), session="d", prompt="You refuse."),
            await ask(log, log.cached(model, Cache(scope="user:7")), session="e"),
            await ask(theirs, theirs.cached(model), session="a"),
            # And the same once more, which is.
            await ask(log, log.cached(model.copy(api_key="sk-another")), session="f"),
        ]
    assert said == ["0", "1", "2", "3", "4", "5", "0"]


async def test_a_scope_is_told_by_the_call(sqlite_url: str) -> None:
    model = Model.of(answer("one"), answer("two"))
    async with retold.open(sqlite_url) as log:
        config = log.cached(model, Cache(scope=lambda context: context.variables.get("user")))
        agent = Agent("a", config=config)
        said = [
            (await (await log.session(s)).ask(agent, "hello", variables={"user": u})).body
            for s, u in (("a", "7"), ("b", "8"), ("c", "7"))
        ]
    assert said == ["one", "two", "one"]


async def test_a_follow_up_is_served_after_the_same_conversation_only(sqlite_url: str) -> None:
    model = Model.of(answer("Oslo"), answer("600,000"), answer("Rome"), answer("3 million"))
    async with retold.open(sqlite_url) as log:
        agent = Agent("a", config=log.cached(model))

        async def talk(session: str, *texts: str) -> list[str | None]:
            held = await log.session(session)
            return [(await held.ask(agent, text)).body for text in texts]

        first = ("Capital of Norway?", "How many live there?")
        assert await talk("a", *first) == ["Oslo", "600,000"]
        assert await talk("b", "Capital of Italy?", first[1]) == ["Rome", "3 million"]
        # Served answers are no other history than those of the model.
        assert await talk("c", *first) == ["Oslo", "600,000"]
    assert model.asked == 4


class Weather:
    """A tool, and how often it ran."""

    def __init__(self) -> None:
        self.ran = 0

    def get_weather(self, city: str) -> str:
        """Tell the weather."""
        self.ran += 1
        return f"22 in {city}"


def asks_for_weather(call_id: str = "c1") -> ModelResponse:
    return calls(call("get_weather", call_id, '{"city": "Oslo"}'))


async def test_calls_of_unknown_tools_are_never_served(sqlite_url: str) -> None:
    weather = Weather()
    model = Model.of(asks_for_weather(), answer("22"), asks_for_weather("c2"))
    async with retold.open(sqlite_url) as log:
        config = log.cached(model)
        for name in "ab":
            assert await ask(log, config, session=name, tools=[weather.get_weather]) == "22"
        # The text after it is: the ids of the calls before it make no difference.
        assert await happened(log) == [
            "missed absent",
            "not_stored tool_calls",
            "missed absent",
            "entry_stored",
            "missed absent",
            "not_stored tool_calls",
            "hit",
        ]
    assert weather.ran == 2


async def test_calls_of_tools_that_change_nothing_are_served_and_run_again(
    sqlite_url: str,
) -> None:
    weather = Weather()
    model = Model.of(asks_for_weather(), answer("22"))
    async with retold.open(sqlite_url) as log:
        config = log.cached(model, Cache(read_only_tools={"get_weather"}))
        ids: list[str] = []
        for name in "ab":
            assert await ask(log, config, session=name, tools=[weather.get_weather]) == "22"
            history = await (await log.session(name)).history()
            ids += [e.id for e in history if isinstance(e, ToolCallEvent)]
            results = [e for e in history if isinstance(e, ToolResultsEvent)]
            assert [r.parent_id for e in results for r in e.results] == ids[-1:]
        assert (model.asked, weather.ran) == (2, 2)
        # A conversation that is served twice does not take the second call for the first.
        assert len(set(ids)) == 2
        # Who has not allowed the tool is not served what another reader may be.
        strict = Model.of(asks_for_weather())
        await ask(log, log.cached(strict), session="c", tools=[weather.get_weather])
        assert (await happened(log, "conversation-c"))[:2] == [
            "missed not_allowed",
            "not_stored tool_calls",
        ]


async def test_an_answer_with_the_id_of_a_task_of_this_conversation_is_not_stored(
    sqlite_url: str,
) -> None:
    tasks = iter(["0" * 31 + "a", "0" * 31 + "b", "0" * 31 + "c"])

    def look_up() -> str:
        """Look it up in the background."""
        return f"Background task started: {next(tasks)}"

    model = Model.of(
        calls(call("look_up", "1")),
        answer(f"I began task {'0' * 31}a."),
        calls(call("look_up", "2")),
        answer("I look it up."),
        calls(call("look_up", "3")),
    )
    async with retold.open(sqlite_url) as log:
        config = log.cached(model)
        said = [await ask(log, config, session=name, tools=[look_up]) for name in "abc"]
        assert said == [f"I began task {'0' * 31}a.", "I look it up.", "I look it up."]
        assert (await happened(log, "conversation-a"))[-1] == "not_stored names_a_task"


def test_a_cache_needs_a_log_and_sensible_numbers() -> None:
    with pytest.raises(CacheWithoutLog):
        Cache().around(Model.of())
    options: list[dict[str, Any]] = [
        {"ttl_seconds": 0},
        {"max_age_seconds": -1},
        {"capacity": 0},
        {"lease_seconds": 0},
        {"evict": "fifo"},
        {"name": ""},
        {"read_only_tools": "get_weather"},
        {"ttl_seconds": float("nan")},
    ]
    for wrong in options:
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Cache(**wrong)


async def test_copies_and_attributes_are_those_of_what_is_inside(sqlite_url: str) -> None:
    model = Model.of(answer("one"), answer("two"), temperature=0.5)
    async with retold.open(sqlite_url) as log:
        config = log.cached(model)
        assert (config.temperature, config.model) == (0.5, "fake-1")
        assert await ask(log, config, session="a") == "one"
        assert await ask(log, config.copy(temperature=0.6), session="b") == "two"
        assert log.model(config) is config


async def test_messages_are_given_as_they_were(sqlite_url: str) -> None:
    text = 'Ünï "quoted"\n\tcode  \n'
    model = Model.of(ModelResponse(ModelMessage(text, metadata={"a": 1})))
    async with retold.open(sqlite_url) as log:
        config = log.cached(model)
        for name in "ab":
            session = await log.session(name)
            reply = await session.ask(Agent("a", config=config), "hello")
            assert (reply.response.content, reply.response.metadata) == (text, {"a": 1})
    assert model.asked == 1

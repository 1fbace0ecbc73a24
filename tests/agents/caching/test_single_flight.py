"""Of equal requests at the same time one calls the model, and the others are given its answer."""

from __future__ import annotations

import asyncio

from ag2 import Agent
from ag2.config import ModelConfig
from ag2.events import ToolResultsEvent

import retold
from retold import Cache
from retold.agents.caching.flight import flights_in
from tests.agents.caching.asked import Model, answer, ask, cache_events, calls, happened, until
from tests.agents.resilience.failing import RateLimitError
from tests.agents.scripted import Say, call


class Held:
    """A turn of a script that waits until it is let go."""

    def __init__(self, *says: Say) -> None:
        self.says = list(says)
        self.begun = asyncio.Event()
        self.free = asyncio.Event()

    async def __call__(self) -> Say:
        self.begun.set()
        await self.free.wait()
        return self.says.pop(0)


async def at_once(
    log: retold.Log, config: ModelConfig, count: int, held: Held
) -> list[str | BaseException | None]:
    """Ask the same so often at once, with all of them under way before the model answers."""
    tasks = [asyncio.create_task(ask(log, config, session=f"s{number}")) for number in range(count)]
    await held.begun.wait()
    await all_wait(log, count - 1)
    held.free.set()
    return await asyncio.gather(*tasks, return_exceptions=True)


async def all_wait(log: retold.Log, count: int) -> None:
    """Return when so many wait for the request that is under way."""
    (flight,) = flights_in(log.store)._by_key.values()
    await until(lambda: len(flight.over._waiters) >= count)


async def test_a_hundred_equal_requests_make_one_call(store_url: str) -> None:
    held = Held(answer("one"))
    model = Model.of(held)
    # PostgreSQL is no other in this, and a hundred turns take it a while.
    many = 100 if store_url.startswith("sqlite") else 20
    async with retold.open(store_url) as log:
        assert await at_once(log, log.cached(model), many, held) == ["one"] * many
        assert model.asked == 1
        (stats,) = await log.cache.stats()
        assert (stats.hits, stats.coalesced, stats.misses) == (0, many - 1, 1)
        assert (stats.tokens_saved, stats.hit_rate) == (10 * (many - 1), 0.0)
        coalesced = [e for e in await cache_events(log) if e.type == "cache.coalesced"]
        (entry,) = {e.data["entry"] for e in coalesced}
        assert [row.coalesced for row in (await log.audit.cache_entries()).rows] == [many - 1]
        assert len((await log.audit.cache_recall(entry)).rows) == many - 1
        assert not any(e.data["across_processes"] for e in coalesced)


async def test_one_that_fails_hands_over_to_one_that_waits(sqlite_url: str) -> None:
    held = Held(RateLimitError())
    model = Model.of(held, answer("one"))
    async with retold.open(sqlite_url) as log:
        said = await at_once(log, log.cached(model), 10, held)
        assert [type(one) for one in said].count(RateLimitError) == 1
        assert said.count("one") == 9
        assert model.asked == 2
        found = [h for h in await happened(log) if h != "coalesced"]
        assert found == ["missed absent", "missed absent", "entry_stored"]


async def test_one_that_is_cancelled_hands_over_and_one_that_waits_may_be(sqlite_url: str) -> None:
    held = Held(answer("one"), answer("two"))
    model = Model.of(held, held)
    async with retold.open(sqlite_url) as log:
        config = log.cached(model)
        first = asyncio.create_task(ask(log, config, session="first"))
        await held.begun.wait()
        others = [asyncio.create_task(ask(log, config, session=f"s{n}")) for n in range(3)]
        await all_wait(log, 3)
        others[2].cancel()
        first.cancel()
        held.free.set()
        said = await asyncio.gather(first, *others, return_exceptions=True)
        assert [type(one) for one in said].count(asyncio.CancelledError) == 2
        assert said[1:3] == ["one", "one"]
        assert not flights_in(log.store)._by_key
        # The lease is given back: nobody waits for a process that does not ask.
        assert await ask(log, config, session="later") == "one"


async def test_an_answer_that_is_not_stored_is_not_shared(sqlite_url: str) -> None:
    held = Held(answer("sorry", finish_reason="content_filter"))
    model = Model.of(held, *(answer(str(number)) for number in range(4)))
    async with retold.open(sqlite_url) as log:
        said = await at_once(log, log.cached(model), 5, held)
        assert sorted(map(str, said)) == ["0", "1", "2", "3", "sorry"]


async def test_tool_calls_of_one_are_not_given_to_another_that_has_not_allowed_them(
    sqlite_url: str,
) -> None:
    def get_weather() -> str:
        """Tell the weather."""
        return "22"

    async def call_or_answer() -> Say:
        is_told = isinstance(model.script.said[-1], ToolResultsEvent)
        return answer("22") if is_told else calls(call("get_weather", "2"))

    held = Held(calls(call("get_weather", "1")))
    model = Model.of(held, call_or_answer, call_or_answer)
    async with retold.open(sqlite_url) as log:
        allowing = log.cached(model, Cache(read_only_tools={"get_weather"}))
        strict = log.cached(model)
        one, other = (
            asyncio.create_task(ask(log, config, session=name, tools=[get_weather]))
            for name, config in (("a", allowing), ("b", strict))
        )
        await held.begun.wait()
        await all_wait(log, 1)
        held.free.set()
        assert await one == "22"
        assert await other == "22"
        decided = await happened(log, "conversation-b")
        assert decided[:2] == ["missed absent", "not_stored tool_calls"]
    assert model.asked == 3


async def test_without_single_flight_each_asks_by_itself(sqlite_url: str) -> None:
    model = Model.of(answer("one"), answer("two"))
    async with retold.open(sqlite_url) as log:
        config = log.cached(model, Cache(single_flight=False))
        said = await asyncio.gather(*(ask(log, config, session=name) for name in "ab"))
        assert (sorted(map(str, said)), model.asked) == (["one", "two"], 2)
        # What was stored first stays.
        rows = (await log.audit.cache_entries()).rows
        assert len(rows) == 1


async def test_across_processes_one_calls_and_another_is_given_the_answer(store_url: str) -> None:
    held = Held(answer("one"))
    model, other = Model.of(held), Model.of(answer("not asked"))
    # Each log has its own requests under way, as two processes have.
    async with retold.open(store_url) as here, retold.open(store_url) as there:
        first = asyncio.create_task(ask(here, here.cached(model), session="a"))
        await held.begun.wait()
        config = there.cached(other)
        waiting = [asyncio.create_task(ask(there, config, session=f"s{n}")) for n in range(3)]
        await until(lambda: bool(flights_in(there.store)._by_key))
        await all_wait(there, 2)
        held.free.set()
        assert await asyncio.gather(first, *waiting) == ["one"] * 4
        assert (model.asked, other.asked) == (1, 0)
        coalesced = [e for e in await cache_events(here) if e.type == "cache.coalesced"]
        assert sorted(e.data["across_processes"] for e in coalesced) == [False, False, True]


async def test_what_one_process_stored_or_removed_another_sees_at_once(store_url: str) -> None:
    model = Model.of(answer("one"), answer("two"))
    async with retold.open(store_url) as here, retold.open(store_url) as there:
        ours, theirs = here.cached(model), there.cached(model)
        assert await ask(there, theirs, session="x", text="another") == "one"
        assert await ask(here, ours, session="a") == "two"
        assert await ask(there, theirs, session="b") == "two"
        (entry,) = [r.entry for r in (await there.audit.cache_entries()).rows if r.answer == "two"]
        await here.cache.invalidate(entry=entry)
        model.script.turns.append(answer("three"))
        assert await ask(there, theirs, session="c") == "three"
        assert await happened(there, "conversation-c") == ["missed invalidated"]


async def test_the_agent_that_waits_is_served_in_its_own_conversation(sqlite_url: str) -> None:
    held = Held(answer("one"))
    model = Model.of(held)
    async with retold.open(sqlite_url) as log:
        config = log.cached(model)
        agent = Agent("a", config=config)
        sessions = [await log.session(name) for name in "ab"]
        tasks = [asyncio.create_task(session.ask(agent, "hello")) for session in sessions]
        await held.begun.wait()
        await all_wait(log, 1)
        held.free.set()
        replies = await asyncio.gather(*tasks)
        assert [reply.body for reply in replies] == ["one", "one"]
        histories = [await session.history() for session in sessions]
        kinds = [[type(e).__name__ for e in history] for history in histories]
        # Either may come first; who waits is accounted no tokens.
        assert min(kinds, key=len) == ["ModelRequest", "ModelResponse"]

"""An answer is served to a question that means the same, and to no other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from ag2.events import BinaryResult, ModelResponse
from pydantic import BaseModel

import retold
from retold import Cache, FixedThreshold, Meaning, SameText
from retold.agents.caching.by_meaning.levels import ContextualLevel, SemanticLevel
from retold.agents.caching.level import ExactLevel
from retold.domain.cache.events import CacheHit, CacheMissed
from tests.agents.caching.asked import Clock, Model, answer, ask, cache_events, calls, happened
from tests.agents.caching.meant import (
    Failing,
    Plane,
    by_meaning,
    lookups,
    reasons,
    semantic,
    talk,
)
from tests.agents.resilience.failing import RateLimitError
from tests.agents.scripted import Script, call


async def test_what_means_the_same_is_served_as_it_was_answered(store_url: str) -> None:
    model = Model.of(answer("one"))
    async with retold.open(store_url) as log:
        config = semantic(log, model, threshold=0.9)
        assert await talk(log, config, "a", "open? @0") == ["one"]
        assert await talk(log, config, "b", "are you open? @20") == ["one"]
        assert model.asked == 1
        missed, hit = (await lookups(log, "a"))[0], (await lookups(log, "b"))[0]
        assert isinstance(missed, CacheMissed)
        assert [(m.level, m.reason) for m in missed.levels] == [
            ("exact", "absent"),
            ("contextual", "first_turn"),
            ("semantic", "nothing_near"),
        ]
        assert isinstance(hit, CacheHit)
        assert (hit.level, hit.threshold, hit.partition) == ("semantic", 0.9, missed.partition)
        assert hit.similarity == pytest.approx(0.9397, abs=1e-4)
        assert (hit.key, hit.usage["prompt_tokens"]) == (missed.key, 7)
        assert hit.asked_key not in {None, hit.key}
        decision = hit.decision
        assert decision is not None
        assert (decision.scope, decision.policy) == ("default/semantic/plane", "fixed")
        assert (decision.near_key, decision.near_question) == (missed.key, "open? @0")
        stored, embedded = (await cache_events(log, "cache-"))[:2]
        # Both at once: no entry is ever without its meaning.
        assert (stored.type, embedded.type) == ("cache.entry_stored", "cache.entry_embedded")
        assert stored.transaction_id == embedded.transaction_id
        assert (await log.verify()).ok


async def test_why_something_was_said_leads_to_the_model_that_answered_another_question(
    sqlite_url: str,
) -> None:
    model = Model.of(answer("one"))
    async with retold.open(sqlite_url) as log:
        config = semantic(log, model)
        await talk(log, config, "a", "open? @0")
        await talk(log, config, "b", "are you open? @20")
        session = await log.session("b")
        said = [
            event.version
            for event in await session.events()
            if event.data.get("event", {}).get("$") == "ag2.ModelResponse"
        ]
        steps = (await session.why(said[-1])).steps
        assert ("conversation-a", "model.call_completed") in [
            (step.event.stream, step.event.type) for step in steps
        ]


async def test_what_is_not_near_enough_is_asked(sqlite_url: str) -> None:
    model = Model.of(answer("one"), answer("two"))
    async with retold.open(sqlite_url) as log:
        config = semantic(log, model, threshold=0.9)
        await talk(log, config, "a", "open? @0")
        assert await talk(log, config, "b", "where? @30") == ["two"]
        (missed,) = await lookups(log, "b")
        assert isinstance(missed, CacheMissed)
        near = missed.levels[-1]
        assert (near.reason, near.threshold) == ("below_threshold", 0.9)
        assert near.similarity == pytest.approx(0.866, abs=1e-3)
        assert near.decision is not None
        assert near.decision.near_question == "open? @0"


@pytest.mark.parametrize(
    ("threshold", "angle", "served"),
    [(0.0, 89, True), (0.0, 91, False), (-0.5, 119, True), (-0.5, 121, False), (1.0, 1, False)],
)
async def test_any_cosine_is_a_threshold_and_0_is_none_less(
    sqlite_url: str, threshold: float, angle: int, served: bool
) -> None:
    model = Model.of(answer("one"), answer("two"))
    async with retold.open(sqlite_url) as log:
        config = semantic(log, model, threshold=threshold)
        await talk(log, config, "a", "open? @0")
        assert await talk(log, config, "b", f"x @{angle}") == ["one" if served else "two"]


async def test_the_nearest_entry_is_served(sqlite_url: str) -> None:
    model = Model.of(answer("one"), answer("two"))
    async with retold.open(sqlite_url) as log:
        config = semantic(log, model, threshold=0.8)
        await talk(log, config, "a", "one @0")
        await talk(log, config, "b", "two @60")
        assert await talk(log, config, "c", "like two @40") == ["two"]
        assert await talk(log, config, "d", "like one @20") == ["one"]


def one_tool() -> str:
    """Do something."""
    return "done"


class Form(BaseModel):
    """What is asked for."""

    text: str


changed: dict[str, dict[str, Any]] = {
    "tenant": {},
    "model": {"config": {"name": "fake-2"}},
    "parameter": {"config": {"temperature": 0.1}},
    "provider's own parameter": {"config": {"thinking": Form(text="long")}},
    "prompt": {"ask": {"prompt": "You refuse."}},
    "tools": {"ask": {"tools": [one_tool]}},
    "schema": {"ask": {"response_schema": Form}},
    "scope": {"cache": {"scope": "user:7"}},
    "embedder": {"cache": {"meaning": by_meaning(embedder=Plane("another"))}},
}


@pytest.mark.parametrize("what", changed)
async def test_nothing_crosses_from_another(sqlite_url: str, what: str) -> None:
    model = Model(Script(answer('{"text": "one"}'), answer('{"text": "two"}')))
    change = changed[what]
    options: dict[str, Any] = {"meaning": by_meaning(threshold=-1.0)}
    async with retold.open(sqlite_url) as log, retold.open(sqlite_url, tenant="acme") as theirs:
        await ask(log, log.cached(model, Cache(**options)), session="a", text="open? @0")
        other = log if what != "tenant" else theirs
        changed_model = replace(model, **change.get("config", {}))
        config = other.cached(changed_model, Cache(**(options | change.get("cache", {}))))
        said = await ask(
            other, config, session="b", text="are you open? @1", **change.get("ask", {})
        )
        assert said == '{"text": "two"}'
        assert (await reasons(other, "b"))[0] == "nothing_near"
        # And the same as before is, whatever the threshold.
        same = log.cached(model, Cache(**options))
        assert await ask(log, same, session="c", text="open now? @2") == '{"text": "one"}'


async def test_caches_of_two_names_share_entries_and_no_threshold(sqlite_url: str) -> None:
    model = Model.of(answer("one"))
    async with retold.open(sqlite_url) as log:
        await talk(log, semantic(log, model), "a", "open? @0")
        config = log.cached(model, Cache(name="other", meaning=by_meaning()))
        assert await talk(log, config, "b", "are you open? @1") == ["one"]
        (hit,) = await lookups(log, "b")
        assert isinstance(hit, CacheHit)
        assert hit.decision is not None
        assert hit.decision.scope == "other/semantic/plane"


@pytest.mark.parametrize(
    "said",
    [
        lambda: answer(None, files=[BinaryResult(b"\x00")]),
        lambda: answer("I cannot", finish_reason="content_filter"),
        lambda: answer("And then", finish_reason="length"),
        lambda: answer(""),
        RateLimitError,
    ],
)
async def test_what_is_more_or_less_than_a_text_is_never_served_by_meaning(
    sqlite_url: str, said: Callable[[], ModelResponse | Exception]
) -> None:
    model = Model.of(said(), answer("fine"))
    async with retold.open(sqlite_url) as log:
        config = semantic(log, model, threshold=-1.0)
        with suppress(RateLimitError):
            await talk(log, config, "a", "open? @0")
        assert await talk(log, config, "b", "are you open? @1") == ["fine"]
        assert await reasons(log, "b") == ["nothing_near"]


async def test_calls_of_tools_are_served_to_equal_requests_only(sqlite_url: str) -> None:
    model = Model.of(
        calls(call("one_tool", "1")), answer("did"), calls(call("one_tool", "2")), answer("did it")
    )
    async with retold.open(sqlite_url) as log:
        cache = Cache(read_only_tools={"one_tool"}, meaning=by_meaning(threshold=-1.0))
        config = log.cached(model, cache)
        assert await ask(log, config, session="a", text="do @0", tools=[one_tool]) == "did"
        assert await ask(log, config, session="b", text="do it @1", tools=[one_tool]) == "did it"
        # What follows upon a tool's result is no answer to a question either.
        assert await reasons(log, "b") == ["nothing_near", "no_question"]
        assert await ask(log, config, session="c", text="do @0", tools=[one_tool]) == "did"
        assert await reasons(log, "c") == ["hit exact", "hit exact"]


async def test_a_follow_up_is_served_where_what_was_said_before_means_the_same(
    sqlite_url: str,
) -> None:
    model = Model.of(answer("Oslo @10"), answer("600,000"), answer("Rome @80"), answer("3 million"))
    async with retold.open(sqlite_url) as log:
        config = semantic(log, model, threshold=0.9)
        assert await talk(log, config, "a", "Norway? @10", "how many? @40") == [
            "Oslo @10",
            "600,000",
        ]
        # The same question after something else is another question, however near it is.
        assert await talk(log, config, "b", "Italy? @80", "how many? @40") == [
            "Rome @80",
            "3 million",
        ]
        assert (await reasons(log, "b"))[1] == "context"
        # After something that means the same it is not.
        said = await talk(log, config, "c", "the Norwegian capital? @12", "and how many? @41")
        assert said == ["Oslo @10", "600,000"]
        assert await reasons(log, "c") == ["hit semantic", "hit contextual"]
        hit = (await lookups(log, "c"))[1]
        assert isinstance(hit, CacheHit)
        assert hit.decision is not None
        assert hit.decision.context_similarity == pytest.approx(1.0)


async def test_a_first_question_and_a_follow_up_never_meet(sqlite_url: str) -> None:
    model = Model.of(answer("first @0"), answer("follow-up @0"), answer("alone @0"))
    async with retold.open(sqlite_url) as log:
        config = semantic(log, model, threshold=-1.0, context_at_least=-1.0)
        await talk(log, config, "a", "hello @0", "how many? @1")
        assert await reasons(log, "a") == ["nothing_near", "nothing_near"]
        # As the first question it is near the first one, and not the follow-up it equals.
        assert await talk(log, config, "b", "how many? @1") == ["first @0"]
        hit = (await lookups(log, "b"))[0]
        assert isinstance(hit, CacheHit)
        assert hit.decision is not None
        assert hit.decision.near_question == "hello @0"


async def test_an_embedder_that_is_down_costs_nobody_an_answer(sqlite_url: str) -> None:
    model = Model.of(answer("one"), answer("two"))
    async with retold.open(sqlite_url) as log:
        config = semantic(log, model, embedder=Failing())
        assert await talk(log, config, "a", "open? @0") == ["one"]
        assert await reasons(log, "a") == ["not_embedded"]
        # Equal requests are served all the same.
        assert await talk(log, config, "b", "open? @0") == ["one"]
        assert await happened(log, "cache-") == ["entry_stored"]


@pytest.mark.parametrize(
    ("removed", "reason"),
    [("expired", "gone"), ("too_old", "too_old"), ("invalidated", "nothing_near")],
)
async def test_what_is_no_longer_served_is_not_served_by_meaning(
    sqlite_url: str, removed: str, reason: str
) -> None:
    clock, model = Clock(), Model.of(answer("one"), answer("two"), answer("three"))
    async with retold.open(sqlite_url) as log:
        cache = Cache(ttl_seconds=60, clock=clock, meaning=by_meaning())
        config = log.cached(model, cache)
        await talk(log, config, "a", "open? @0")
        clock.seconds = 30
        if removed == "expired":
            clock.seconds = 60
        elif removed == "too_old":
            young = Cache(ttl_seconds=60, max_age_seconds=10, clock=clock, meaning=by_meaning())
            config = log.cached(model, young)
        else:
            await log.cache.invalidate(model="fake-1")
        assert await talk(log, config, "b", "are you open? @1") == ["two"]
        assert await reasons(log, "b") == [reason]
        if removed == "expired":
            assert "expired" in await happened(log, "cache-")
        # An old answer that differs says nothing of how near two questions are.
        assert "labelled" not in await happened(log)


async def test_a_stale_index_serves_nothing_that_is_gone(sqlite_url: str) -> None:
    """As another process removed it, and this one has not heard of it."""
    model = Model.of(answer("one"), answer("two"), answer("three"))
    async with retold.open(sqlite_url) as log, retold.open(sqlite_url) as elsewhere:
        config = semantic(log, model)
        await talk(log, config, "a", "open? @0")
        await talk(log, config, "b", "far @90")
        await elsewhere.cache.invalidate(predicate=lambda row: row.question == "open? @0")
        assert await talk(log, config, "c", "are you open? @1") == ["three"]
        assert (await reasons(log, "c"))[0] in {"gone", "below_threshold", "nothing_near"}


async def test_levels_can_be_put_together_by_hand(sqlite_url: str) -> None:
    model = Model.of(answer("one"), answer("two"))
    async with retold.open(sqlite_url) as log:
        config = log.cached(model, Cache(levels=[ExactLevel(), SemanticLevel(by_meaning())]))
        await talk(log, config, "a", "open? @0")
        assert await talk(log, config, "b", "are you open? @1") == ["one"]
        assert ContextualLevel.name == "contextual"


def test_numbers_that_are_none_are_refused() -> None:
    for make in (
        lambda: FixedThreshold(1.01),
        lambda: FixedThreshold(0.9, audit_share=2),
        lambda: retold.RiskControlled(per_request=0),
        lambda: retold.RiskControlled(per_hit=1),
        lambda: retold.RiskControlled(confidence=1),
        lambda: Meaning(embedder=Plane(), judge=SameText(), context_at_least=2),
        lambda: Cache(meaning=by_meaning(), levels=[ExactLevel()]),
    ):
        with pytest.raises(ValueError, match=r"threshold|share|per_|confidence|context|meaning"):
            make()

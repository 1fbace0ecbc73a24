"""A cache among the pieces of resilience."""

from __future__ import annotations

import pytest

import retold
from retold import Breaker, Cache, Fallback, resilient
from tests.agents.caching.asked import (
    Model,
    answer,
    ask,
    happened,
)
from tests.agents.resilience.failing import RateLimitError, at_once


async def test_what_answers_instead_of_a_model_is_not_stored_as_its_answer(
    sqlite_url: str,
) -> None:
    model = Model.of(RateLimitError(), RateLimitError(), answer("its own"))
    async with retold.open(sqlite_url) as log:
        other = log.model(Model.of(answer("another's"), name="other"))
        config = log.cached(resilient(model, fallback=Fallback(other, answer="Later.")))
        assert await ask(log, config, session="a") == "another's"
        other.inner.script.turns[:] = [RateLimitError()]
        assert await ask(log, config, session="b") == "Later."
        assert await ask(log, config, session="c") == "its own"
        assert await ask(log, config, session="d") == "its own"
        assert [h for h in await happened(log) if h.startswith("not")] == [
            "not_stored fallback"
        ] * 2


async def test_a_cache_within_a_fallback_stores_what_its_own_model_says(sqlite_url: str) -> None:
    other = Model.of(answer("another's"), name="other")
    async with retold.open(sqlite_url) as log:
        failing = Model.of(RateLimitError(), RateLimitError())
        config = Fallback(log.cached(other)).around(log.cached(failing))
        for name in "ab":
            assert await ask(log, config, session=name) == "another's"
    assert other.asked == 1


async def test_it_works_with_the_other_pieces_and_is_served_while_the_circuit_is_open(
    sqlite_url: str,
) -> None:
    model = Model.of(RateLimitError(), answer("one"), RateLimitError(), RateLimitError())
    async with retold.open(sqlite_url) as log:
        config = resilient(
            log.model(model),
            retry=at_once(2),
            breaker=Breaker("x", failures=1),
            cache=Cache(),
        )
        assert config.temperature is None
        assert await ask(log, config, session="a") == "one"
        with pytest.raises(RateLimitError):
            await ask(log, config, session="b", text="another")
        assert await ask(log, config, session="c") == "one"
    assert model.asked == 4

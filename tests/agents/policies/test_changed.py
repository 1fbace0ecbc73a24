"""What is changed after it was checked is checked again, and no reason quotes what was checked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ag2 import Agent
from ag2.events import ModelMessage
from ag2.middleware import BaseMiddleware
from ag2.middleware.base import Middleware

import retold
from retold import PatternCheck, errors
from tests.agents.policies.asking import Asked
from tests.agents.scripted import Script


@pytest.mark.parametrize("hook", ["on_llm_call", "on_turn"])
@pytest.mark.parametrize("holds", [False, True])
async def test_an_answer_that_a_middleware_changes_is_checked_again(
    log: retold.Log, hook: str, holds: bool
) -> None:
    async def change(_: object, call_next: Any, event: Any, context: Any) -> Any:
        response = await call_next(event, context)
        response.message = ModelMessage("the key is sk-proj-abcdefghijklmnop1234")
        return response

    changing = type("Changing", (BaseMiddleware,), {hook: change})
    agent = Agent("a", config=log.model(Script("x")), middleware=[Middleware(changing)])
    masking = PatternCheck(action="mask", holds_output=holds)
    session = await log.session("s")
    reply = await session.ask(agent, "hi", policies=[masking])
    assert reply.body == "the key is [API key]"
    assert "sk-proj" not in str([getattr(e, "content", "") for e in await session.history()])


@pytest.mark.parametrize("quote", [str, repr, json.dumps])
async def test_a_reason_does_not_quote_the_text_however_it_is_written(
    log: retold.Log, quote: Any
) -> None:
    text = 'the "password"\nis hünter2'

    def decide(check: retold.Check) -> retold.Refuse | None:
        return retold.Refuse(reason=f"no {quote(check.text)}") if check.text else None

    session = await log.session("s")
    with pytest.raises(errors.ContentRefused) as caught:
        await session.ask(Agent("a", config=log.model(Script())), text, policies=[Asked(decide)])
    assert "***" in caught.value.reason
    assert "password" not in caught.value.reason

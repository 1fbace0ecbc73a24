"""A plan made and judged by a model over real HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ag2 import Agent
from ag2.config import OpenAIConfig

import retold
from retold.domain.plan.events import ReadAs
from retold.domain.result import ResultStatus
from tests.agents import openai_server
from tests.agents.openai_server import running
from tests.agents.planner.test_planner import as_json, goal, met


def answer(body: dict[str, Any]) -> dict[str, Any]:
    """Answer in the form that was asked for, if one was."""
    said = as_json if "Plan a conversation" in body["messages"][-1]["content"] else met
    return {"role": "assistant", "content": said}


async def test_a_model_over_http_is_asked_for_json_of_a_form(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openai_server, "answer", answer)
    with running() as server:
        async with retold.open(store_url) as log:
            config = OpenAIConfig("fake-1", base_url=server.url, api_key="k")
            planner = retold.ConversationPlanner(
                Agent("planner", "You plan.", config=log.model(config))
            )
            session = await log.session("s")
            planned = await planner.plan(session, goal)
            assert planned.value is not None
            assert (planned.value.read_as, planned.usage.tokens) == (ReadAs.JSON, 10)
            done = await planner.execute(session, "I know HTML")
            assert (done.status, done.usage.tokens) == (ResultStatus.COMPLETED, 10)
            totals = await log.totals()
            assert totals.prompt_tokens == 14
    planning, judging = server.requests
    names = [r["response_format"]["json_schema"]["name"] for r in (planning, judging)]
    assert names == ["PlanForm", "VerdictForm"]
    asked = judging["messages"][-1]["content"]
    assert json.dumps("I know HTML") in asked

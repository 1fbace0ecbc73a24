"""The tree of a problem as others see it: while it is worked on, and over real HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from ag2 import Agent
from ag2.config import OpenAIConfig

import retold
from retold.domain.result import ResultStatus
from retold.errors import SessionNotFound
from tests.agents import openai_server
from tests.agents.openai_server import running, text_of
from tests.agents.recursive.solver_model import (
    SolverModel,
    platform,
    problem_of,
    solver,
    step_of,
)


async def test_the_tree_is_seen_while_it_is_worked_on_and_after_a_restart(store_url: str) -> None:
    asked, answered = asyncio.Event(), asyncio.Event()

    async def later() -> str:
        asked.set()
        await answered.wait()
        return "solved at last"

    async with retold.open(store_url) as log:
        model = SolverModel(platform, {("solve", "Write the texts"): later})
        session = await log.session("s")
        agent = solver(log, model, max_depth=2, concurrency=1)
        task = asyncio.create_task(agent.solve(session, "Build a shop"))
        await asked.wait()
        asked_before = len(model.asked) - 1
        async with retold.open(store_url) as other:
            page = await other.audit.problem_tree("s")
            counted = await other.sql(
                "SELECT status, count(*) FROM problems GROUP BY status ORDER BY status"
            )
        answered.set()
        result = await task
    assert [(row.node, row.status) for row in page.rows][:3] == [
        ("0", "decomposed"),
        ("0.1", "decomposed"),
        ("0.1.1", "solved"),
    ]
    root = page.rows[0]
    assert root.total_problems == len(page.rows) == 5
    assert root.total_solved == sum(row.status == "solved" for row in page.rows)
    assert root.total_model_calls == sum(row.model_calls for row in page.rows) == asked_before
    assert sum(int(row[1]) for row in counted.rows) == 5

    async with retold.open(store_url) as log:
        whole = await log.audit.problem_tree("s")
        assert [row.status for row in whole.rows] == ["solved"] * 7
        top = whole.rows[0]
        assert result.value is not None
        assert (top.answer, top.solve) == (result.value.answer, result.value.solve)
        assert (top.total_model_calls, top.total_prompt_tokens) == (12, 120)
        assert (top.model_calls, top.depth, top.parent, top.how) == (3, 0, None, "synthesis")
        equal = whole.rows[-1]
        assert (equal.node, equal.how, equal.equal_to) == ("0.2.2", "equal", "0.1.1")
        assert top.posed_at is not None
        assert top.ended_at is not None
        assert top.posed_at <= top.ended_at
        assert not (await log.audit.problem_tree("s", solve="other")).rows
        with pytest.raises(SessionNotFound):
            await log.audit.problem_tree("nobody")


async def test_one_whose_budget_is_spent_says_so(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        budget = retold.Budget(model_calls=4)
        agent = solver(log, SolverModel(platform), max_depth=2, budget=budget)
        result = await agent.solve(await log.session("s"), "Build a shop")
        assert result.status is ResultStatus.STOPPED
        root, *pieces = (await log.audit.problem_tree("s")).rows
        assert (root.status, root.total_model_calls) == ("stopped", 4)
        assert {piece.status for piece in pieces} <= {"posed", "assessed", "decomposed"}


async def test_a_problem_is_solved_over_http(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = {"Open a cafe": "1. Find a place\n2. Find a cook\n\nGood luck!"}

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        prompt = text_of(body["messages"][-1]["content"])
        step, problem = step_of(prompt), problem_of(prompt)
        said = {
            "assess": '```json\n{"complexity": "%s"}\n```'
            % ("complex" if problem in plan else "simple"),
            "decompose": plan.get(problem, ""),
        }
        return {"role": "assistant", "content": said.get(step, f"{step}: {problem}")}

    monkeypatch.setattr(openai_server, "answer", answer)
    with running() as server:
        async with retold.open(f"sqlite:///{tmp_path / 'log.db'}") as log:
            config = OpenAIConfig("fake-1", base_url=server.url, api_key="sk-none")
            agent = retold.RecursiveAgent(
                Agent("solver", "You solve problems.", config=log.model(config))
            )
            session = await log.session("http")
            result = await agent.solve(session, "Open a cafe")
            again = await agent.solve(session, "Open a cafe")
    assert result.ok
    assert result.value is not None
    assert again.value == result.value
    assert [node.answer for node in result.value.walk()] == [
        "synthesise: Open a cafe",
        "solve: Find a place",
        "solve: Find a cook",
    ]
    assert (result.usage.model_calls, result.usage.prompt_tokens) == (7, 49)
    assert len(server.requests) == 7
    formats = [request.get("response_format", {}).get("type") for request in server.requests]
    assert formats.count("json_schema") == 4
    first = server.requests[0]["response_format"]["json_schema"]["schema"]
    assert first["properties"]["complexity"]["enum"] == ["simple", "medium", "complex"]

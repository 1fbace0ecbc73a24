"""What becomes of a problem when models fail, answer absurdly, or cost too much."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from ag2 import Agent

import retold
from retold.domain.problem.events import How
from retold.domain.problem.state import NodeStatus
from retold.domain.result import Result, ResultStatus
from retold.errors import TurnAborted
from tests.agents.faults import failing, is_event
from tests.agents.recursive.solver_model import Said, SolverModel, platform, solver
from tests.agents.scripted import Script, call

forty = json.dumps({"subproblems": [f"Part {n}" for n in range(40)]})


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    async with retold.open(sqlite_url) as opened:
        yield opened


async def solving(
    log: retold.Log,
    plan: Mapping[str, list[str]],
    said: Mapping[tuple[str, str], Said] | None = None,
    **options: Any,
) -> tuple[Result[retold.Solution], SolverModel]:
    model = SolverModel(plan, said)
    result = await solver(log, model, **options).solve(await log.session("s"), "P")
    return result, model


def nodes_of(result: Result[retold.Solution]) -> dict[str, retold.Solution]:
    assert result.value is not None
    return {node.node: node for node in result.value.walk()}


async def event_of(log: retold.Log, event_type: str) -> Mapping[str, Any]:
    session = await log.session("s")
    return next(event.data for event in await session.events() if event.type == event_type)


@pytest.mark.parametrize(
    "answer", ["I cannot help with that.", "", '{"subproblems": ["A"', '{"subproblems": 7}', "[]"]
)
async def test_what_cannot_be_split_is_solved_as_it_is(log: retold.Log, answer: str) -> None:
    result, model = await solving(log, {"P": ["A", "B"]}, {("decompose", "P"): answer})
    assert result.ok
    assert nodes_of(result)["0"].kind is How.DIRECT
    assert [step for step, _ in model.asked] == ["assess", "decompose", "solve"]
    recorded = await event_of(log, "problem.left_whole")
    assert (recorded["reason"], recorded["spent"]["model_calls"]) == ("unreadable", 1)


async def test_one_subproblem_is_none(log: retold.Log) -> None:
    result, _ = await solving(log, {"P": ["Do it"]})
    assert nodes_of(result)["0"].kind is How.DIRECT
    assert (await event_of(log, "problem.left_whole"))["reason"] == "single"


async def test_forty_subproblems_are_cut_to_four(log: retold.Log) -> None:
    result, _ = await solving(log, {"P": ["A", "B"]}, {("decompose", "P"): forty})
    assert result.ok
    assert sorted(nodes_of(result)) == ["0", "0.1", "0.2", "0.3", "0.4"]
    assert (await event_of(log, "problem.decomposed"))["offered"] == 40


@pytest.mark.parametrize("text", ["1. A\n2. B", '```json\n["A", "B"]\n```', "- A\n- B"])
async def test_lists_are_read_as_they_come(log: retold.Log, text: str) -> None:
    result, _ = await solving(log, {"P": ["A"]}, {("decompose", "P"): text})
    assert [node.problem for node in nodes_of(result).values()] == ["P", "A", "B"]


async def test_an_assessment_nobody_can_read_leads_to_a_split(log: retold.Log) -> None:
    result, _ = await solving(log, {"P": ["A", "B"]}, {("assess", "P"): "Who knows?"})
    assert result.ok
    recorded = await event_of(log, "problem.assessed")
    assert (recorded["complexity"], recorded["reading"]) == ("medium", "fallback")


async def test_failure_of_one_leaves_the_others_and_is_said(log: retold.Log) -> None:
    plan = {"P": ["A", "B", "C"]}
    result, model = await solving(log, plan, {("solve", "B"): ValueError("no model")})
    assert result.status is ResultStatus.COMPLETED
    nodes = nodes_of(result)
    assert (nodes["0"].missing, nodes["0"].is_partial) == (("0.2",), True)
    assert nodes["0.2"].status is NodeStatus.FAILED
    assert nodes["0.2"].error is not None
    assert nodes["0.2"].error.message == "no model"
    assert "Subproblem 2: B\nSolution 2: It could not be solved" in model.prompts[-1]


async def test_one_failure_fails_it_where_that_was_asked_for(log: retold.Log) -> None:
    plan = {"P": ["A", "B"], "B": ["BA", "BB"]}
    said: dict[tuple[str, str], Said] = {("solve", "BA"): ValueError("no model")}
    result, _ = await solving(log, plan, said, on_failure="fail")
    assert result.status is ResultStatus.FAILED
    assert result.error is not None
    assert result.error.message.startswith("1 of 2 subproblems failed. 0.2: 1 of 2")
    assert "0.2.1: no model" in result.error.message
    nodes = nodes_of(result)
    assert nodes["0.1"].answer == "solved A"
    assert nodes["0.2.2"].answer == "solved BB"


async def test_what_failed_is_tried_again_and_nothing_else(log: retold.Log) -> None:
    plan = {"P": ["A", "B", "b."]}
    said: dict[tuple[str, str], Said] = {("solve", "B"): "", ("solve", "A"): ValueError("busy")}
    result, first = await solving(log, plan, said)
    assert result.status is ResultStatus.FAILED
    nodes = nodes_of(result)
    assert [nodes[n].error.type for n in ("0.1", "0.2", "0.3") if nodes[n].error] == [  # type: ignore[union-attr] # filtered
        "ValueError",
        "EmptyAnswer",
        "EmptyAnswer",
    ]
    model = SolverModel(plan)
    again = await solver(log, model).resume(await log.session("s"))
    assert again.status is ResultStatus.COMPLETED
    assert sorted(model.asked) == [("solve", "A"), ("solve", "B"), ("synthesise", "P")]
    # The calls that failed gave no answer, and one that was empty was an answer.
    assert again.usage.model_calls == len(first.asked) - 1 + len(model.asked)


async def test_a_question_that_takes_too_long_fails_its_problem(log: retold.Log) -> None:
    async def never() -> str:
        await asyncio.Event().wait()
        return ""

    said: dict[tuple[str, str], Said] = {("solve", "A"): never}
    # Long enough for the others on a busy machine.
    result, _ = await solving(log, {"P": ["A", "B"]}, said, timeout=1.5)
    node = nodes_of(result)["0.1"]
    assert node.error is not None
    assert (node.error.type, nodes_of(result)["0"].missing) == ("Expired", ("0.1",))


async def test_cancelled_it_can_be_gone_on_with(log: retold.Log) -> None:
    asked = asyncio.Event()

    async def never() -> str:
        asked.set()
        await asyncio.Event().wait()
        return ""

    plan = {"P": ["A", "B"]}
    said: dict[tuple[str, str], Said] = {("solve", "B"): never}
    task = asyncio.create_task(solving(log, plan, said, concurrency=1))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    result, model = await solving(log, plan)
    assert result.ok
    assert model.asked == [("solve", "B"), ("synthesise", "P")]


async def test_a_log_that_does_not_record_is_an_error(log: retold.Log) -> None:
    with failing(log.store, is_event("problem.solved")), pytest.raises(TurnAborted):
        await solving(log, {"P": ["A", "B"]})
    result, model = await solving(log, {"P": ["A", "B"]})
    assert result.ok
    # Both pieces may have been answered before the first of them could not be recorded.
    assert {step for step, _ in model.asked} <= {"solve", "synthesise", "assess"}


async def test_a_budget_of_calls_stops_it_with_what_is_solved(log: retold.Log) -> None:
    result, model = await solving(
        log, {"P": ["A", "B"]}, budget=retold.Budget(model_calls=5), concurrency=1
    )
    assert result.status is ResultStatus.STOPPED
    assert len(model.asked) == result.usage.model_calls == 5
    assert result.error is not None
    assert result.error.type == "BudgetSpent"
    nodes = nodes_of(result)
    assert [nodes[n].answer for n in ("0", "0.1", "0.2")] == [None, "solved A", None]
    assert (await event_of(log, "problem.stopped"))["reason"] == "model_calls"

    # The same budget again: it is spent already.
    result, model = await solving(
        log, {"P": ["A", "B"]}, budget=retold.Budget(model_calls=5), concurrency=1
    )
    assert (result.status, model.asked) == (ResultStatus.STOPPED, [])
    result, model = await solving(log, {"P": ["A", "B"]}, budget=retold.Budget(model_calls=7))
    assert result.ok
    assert model.asked == [("solve", "B"), ("synthesise", "P")]
    assert result.usage.model_calls == 7


@pytest.mark.parametrize("concurrency", [1, 2, 8])
@pytest.mark.parametrize("calls", [1, 4, 9, 11])
async def test_no_more_than_the_budget_is_asked_whatever_is_at_once(
    log: retold.Log, calls: int, concurrency: int
) -> None:
    model = SolverModel(platform)
    agent = solver(
        log,
        model,
        max_depth=2,
        concurrency=concurrency,
        budget=retold.Budget(model_calls=calls),
    )
    session = await log.session("s")
    result = await agent.solve(session, "Build a shop")
    assert (result.status, len(model.asked)) == (ResultStatus.STOPPED, calls)
    assert result.usage.model_calls == calls
    result = await solver(log, model, max_depth=2).resume(session)
    assert result.ok
    assert len(model.asked) == 12


async def test_a_budget_of_tokens_stops_it(log: retold.Log) -> None:
    result, model = await solving(
        log, {"P": ["A", "B"]}, budget=retold.Budget(tokens=30), concurrency=1
    )
    # Eleven a call: after three of them 33 are spent.
    assert (result.status, len(model.asked), result.usage.tokens) == (ResultStatus.STOPPED, 3, 33)
    assert (await event_of(log, "problem.stopped"))["limit"] == 30


async def test_one_piece_is_finished_before_the_next_is_begun(log: retold.Log) -> None:
    plan = {"P": ["A", "B"], "A": ["AA", "AB"], "B": ["BA", "BB"]}
    result, model = await solving(
        log, plan, budget=retold.Budget(model_calls=9), concurrency=1, max_depth=2
    )
    assert result.status is ResultStatus.STOPPED
    assert [question for question in model.asked if question[0] != "assess"] == [
        ("decompose", "P"),
        ("decompose", "A"),
        ("solve", "AA"),
        ("solve", "AB"),
        ("synthesise", "A"),
        ("decompose", "B"),
    ]
    assert nodes_of(result)["0.1"].answer == "[solved AA] + [solved AB]"


async def test_what_a_cancelled_attempt_took_is_counted(log: retold.Log) -> None:
    looking = asyncio.Event()

    async def look() -> str:
        """Look it up."""
        looking.set()
        await asyncio.Event().wait()
        return ""

    async def found() -> str:
        """Look it up."""
        return "found"

    session = await log.session("s")
    said = Script('{"complexity": "simple"}', [call("look", "c1")])
    agent = Agent("solver", config=log.model(said), tools=[look])
    task = asyncio.create_task(retold.RecursiveAgent(agent).solve(session, "P"))
    await looking.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    said = Script([call("found", "c2")], "done")
    agent = Agent("solver", config=log.model(said), tools=[found])
    result = await retold.RecursiveAgent(agent).solve(session, "P")
    assert result.ok
    # The assessment, the call that was broken off, and the two of the second attempt.
    assert result.usage.model_calls == 4

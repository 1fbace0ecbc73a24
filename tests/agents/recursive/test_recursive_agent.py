"""Problems that are split until their pieces can be solved."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from ag2 import Agent
from ag2.annotations import Context

import retold
from retold.agents.recursive.prompts import Assessment, Decomposition
from retold.agents.work import Work
from retold.domain.problem.events import How
from retold.domain.result import ResultStatus
from retold.errors import (
    EmptyProblem,
    InvalidLimit,
    InvalidProblemContext,
    InvalidSolveId,
    ProblemError,
    UnknownProblem,
)
from tests.agents.absurd import nested
from tests.agents.recursive.solver_model import SolverModel, platform, solver
from tests.agents.scripted import Script, call


@pytest.fixture
async def log(store_url: str) -> AsyncIterator[retold.Log]:
    async with retold.open(store_url) as opened:
        yield opened


async def test_answers_of_answers_are_put_together(log: retold.Log) -> None:
    model = SolverModel(platform)
    session = await log.session("s")
    # One after the other, so that of equal problems the same one comes first in every run.
    agent = solver(log, model, max_depth=2, concurrency=1)
    result = await agent.solve(session, "Build a shop")
    assert result.ok
    assert result.status is ResultStatus.COMPLETED
    tree = result.value
    assert tree is not None
    assert {node.node: (node.kind, node.answer) for node in tree.walk()} == {
        "0": (
            How.SYNTHESIS,
            " + ".join(
                (
                    "[[solved Design the pages] + [solved Write the texts]]",
                    "[[solved Store the orders] + [solved Design the pages]]",
                )
            ),
        ),
        "0.1": (How.SYNTHESIS, "[solved Design the pages] + [solved Write the texts]"),
        "0.1.1": (How.DIRECT, "solved Design the pages"),
        "0.1.2": (How.DIRECT, "solved Write the texts"),
        "0.2": (How.SYNTHESIS, "[solved Store the orders] + [solved Design the pages]"),
        "0.2.1": (How.DIRECT, "solved Store the orders"),
        "0.2.2": (How.EQUAL, "solved Design the pages"),
    }
    assert (tree.is_partial, tree.depth, tree.children[1].children[1].depth) == (False, 0, 2)
    assert result.usage.model_calls == len(model.asked) == 12
    assert result.usage.tokens == 12 * 11
    assert (await log.totals()).prompt_tokens == 120
    assert (await log.verify()).ok


async def test_equal_problems_are_solved_once_also_when_both_are_under_way(
    log: retold.Log,
) -> None:
    model = SolverModel({"P": ["Same", "same.", "SAME"]})
    result = await solver(log, model).solve(await log.session("s"), "P")
    assert model.asked.count(("solve", "Same")) == 1
    assert [step for step, _ in model.asked] == [
        "assess",
        "decompose",
        "assess",
        "solve",
        "synthesise",
    ]
    assert result.value is not None
    assert [node.equal_to for node in result.value.children] == [None, "0.1", "0.1"]
    assert {node.answer for node in result.value.children} == {"solved Same"}


async def test_children_are_worked_on_at_once_within_the_limit(log: retold.Log) -> None:
    started, enough = 0, asyncio.Event()

    async def both() -> str:
        nonlocal started
        started += 1
        if started == 3:
            enough.set()
        await enough.wait()
        return "done"

    leaves = [f"Leaf {n}" for n in range(4)]
    model = SolverModel({"P": leaves}, {("solve", leaf): both for leaf in leaves})
    agent = solver(log, model, max_depth=1, concurrency=3)
    async with asyncio.timeout(20):
        result = await agent.solve(await log.session("s"), "P")
    assert result.ok
    assert model.most_at_once == 3


async def test_one_question_at_a_time_is_enough_for_any_depth(log: retold.Log) -> None:
    plan = {"P": ["A", "B"], "A": ["AA", "AB"], "B": ["BA", "AA"], "BA": ["X", "AB"]}
    model = SolverModel(plan)
    async with asyncio.timeout(30):
        result = await solver(log, model, concurrency=1).solve(await log.session("s"), "P")
    assert result.ok
    assert model.most_at_once == 1


async def test_a_problem_that_is_always_its_own_piece_comes_to_an_end(log: retold.Log) -> None:
    model = SolverModel({"P": ["P", "Q"], "Q": ["P", "R"], "R": ["Q", "P"]})
    async with asyncio.timeout(30):
        result = await solver(log, model).solve(await log.session("s"), "P")
    assert result.ok
    assert len(model.asked) < 20


async def test_the_model_is_told_what_it_is_about(log: retold.Log) -> None:
    model = SolverModel(platform)
    session = await log.session("s")
    agent = solver(log, model, max_depth=2)
    await agent.solve(session, "Build a shop", context={"budget": "small"})
    leaf = next(p for p in model.prompts if "Problem: Write the texts" in p)
    assert "It is a part of: Build a shop > Build the front" in leaf
    assert '"budget": "small"' in leaf
    top = model.prompts[-1]
    assert "Subproblem 2: Build the back\nSolution 2: [solved Store the orders]" in top
    names = [getattr(schema, "name", None) for schema in model.schemas]
    assert names.count(Assessment.__name__) == names.count(Decomposition.__name__) == 3

    model = SolverModel(platform)
    plain = solver(log, model, max_depth=2, response_schemas=False)
    assert (await plain.solve(session, "Build a shop")).ok
    assert set(model.schemas) == {None}


async def test_a_problem_is_its_own_solve_unless_it_is_given_a_name(log: retold.Log) -> None:
    model = SolverModel({})
    agent, session = solver(log, model), await log.session("s")
    first = await agent.solve(session, "What is 6 times 7?")
    assert len(model.asked) == 2
    again = await agent.solve(session, "  what is 6 times 7? ")
    assert again.value == first.value
    assert again.usage == first.usage
    assert len(model.asked) == 2
    other = await agent.solve(session, "What is 6 times 7?", solve_id="second")
    assert len(model.asked) == 4
    assert other.value is not None
    assert other.value.solve == "second"
    assert (await agent.resume(session)).value == other.value
    assert first.value is not None
    assert (await agent.resume(session, first.value.solve)).value == first.value
    assert list((await session.state("problems")).trees) == [first.value.solve, "second"]


async def test_what_it_says_of_its_causes(log: retold.Log) -> None:
    session = await log.session("s")
    result = await solver(log, SolverModel(platform), max_depth=2).solve(session, "Build a shop")
    assert result.value is not None
    explained = await session.explain(
        f'problems.trees["{result.value.solve}"].nodes["0.2.1"].answer'
    )
    solved = explained.event
    assert solved is not None
    assert solved.type == "problem.solved"
    events = {event.event_id: event for event in await session.events()}
    chain, event = [], solved
    while event.type.startswith("problem."):
        chain.append((event.type.removeprefix("problem."), event.data.get("node")))
        assert event.causation_id is not None
        event = events[event.causation_id]
    assert chain == [
        ("solved", "0.2.1"),
        ("decomposed", "0.2"),
        ("assessed", "0.2"),
        ("decomposed", "0"),
        ("assessed", "0"),
        ("posed", None),
    ]
    version = solved.version
    before = (await session.state("problems", at=version - 1)).trees[result.value.solve]
    assert before.nodes["0.2.1"].answer is None


async def test_a_tool_solves_in_the_conversation_it_was_called_in(log: retold.Log) -> None:
    agent = solver(log, SolverModel({}))

    async def think(context: Context) -> str:
        """Think."""
        result = await agent.solve(await Work.of(context), "What is it?")
        return "" if result.value is None else str(result.value.answer)

    boss = Agent("boss", config=log.model(Script([call("think", "c1")], "There.")), tools=[think])
    session = await log.session("s")
    assert (await session.ask(boss, "Think!")).body == "There."
    (tree,) = (await session.state("problems")).trees.values()
    assert tree.root.answer == "solved What is it?"


class TestBadInput:
    """Misuse is a named error, and nothing is recorded."""

    @pytest.mark.parametrize("name", ["max_depth", "concurrency"])
    @pytest.mark.parametrize("limit", [0, -1, 2.5, True, None])
    def test_limits(self, name: str, limit: Any) -> None:
        options: dict[str, Any] = {name: limit}
        with pytest.raises(InvalidLimit, match=re.escape(f"{name} is {limit!r}")) as caught:
            retold.RecursiveAgent(Agent("a"), **options)
        assert caught.value.code == "invalid_limit"

    @pytest.mark.parametrize("timeout", [0, -1, float("nan"), "3"])
    def test_timeouts(self, timeout: float) -> None:
        with pytest.raises(InvalidLimit, match="timeout"):
            retold.RecursiveAgent(Agent("a"), timeout=timeout)

    def test_what_becomes_of_failures(self) -> None:
        with pytest.raises(ValueError, match="ignore"):
            retold.RecursiveAgent(Agent("a"), on_failure="ignore")  # type: ignore[arg-type] # wrong on purpose

    @pytest.mark.parametrize(
        ("given", "error"),
        [
            ({"problem": ""}, EmptyProblem),
            ({"problem": " \n\t"}, EmptyProblem),
            ({"problem": "P", "context": {"at": object()}}, InvalidProblemContext),
            ({"problem": "P", "context": {"at": float("nan")}}, InvalidProblemContext),
            ({"problem": "P", "context": {1: "one"}}, InvalidProblemContext),
            ({"problem": "P", "context": nested(300)}, InvalidProblemContext),
            ({"problem": "P", "context": nested(5_000)}, InvalidProblemContext),
            ({"problem": "P", "context": ["one"]}, InvalidProblemContext),
            ({"problem": "P", "solve_id": ""}, InvalidSolveId),
            ({"problem": "P", "solve_id": "x" * 101}, InvalidSolveId),
            ({"problem": "P", "solve_id": "a\nb"}, InvalidSolveId),
        ],
    )
    async def test_problems(
        self, log: retold.Log, given: dict[str, Any], error: type[ProblemError]
    ) -> None:
        model = SolverModel({})
        with pytest.raises(error):
            await solver(log, model).solve(await log.session("s"), **given)
        assert not model.asked
        assert await log.store.head("conversation-s") is None

    async def test_nothing_to_go_on_with(self, log: retold.Log) -> None:
        agent, session = solver(log, SolverModel({})), await log.session("s")
        for solve_id in (None, "p"):
            with pytest.raises(UnknownProblem):
                await agent.resume(session, solve_id)
        assert await log.store.head("conversation-s") is None

    async def test_odd_text_is_spelled_out(self, log: retold.Log) -> None:
        model = SolverModel({}, {("solve", "a\\x00b\\ud800"): "c\0d\ud800"})
        result = await solver(log, model).solve(
            await log.session("s"), "a\0b\ud800", context={"k\0": ["v\ud800", {"\0": 1}]}
        )
        assert result.value is not None
        assert (result.value.problem, result.value.answer) == ("a\\x00b\\ud800", "c\\x00d\\ud800")

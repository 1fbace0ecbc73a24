"""What is wrong is refused before anything is recorded, with all that is wrong at once."""

from __future__ import annotations

from typing import Any

import pytest
from ag2 import Agent

import retold
from retold.agents.orchestrator.yaml_file import load_workflows
from retold.domain.orchestrator.agents import AgentLimits
from retold.errors import (
    AgentsInvalid,
    InvalidOrchestratorName,
    InvalidRun,
    MissingRunInput,
    RunExists,
    WorkflowInvalid,
    WorkflowNotDefined,
)
from tests.agents.orchestrator.orchestras import orchestra


async def test_a_definition_is_refused_with_all_its_problems() -> None:
    async with orchestra() as band:
        await band.add("a", capabilities=["coding"])
        steps: list[dict[str, Any]] = [
            {"name": "one", "agent": "nobody", "task": "x", "depends_on": ["two"]},
            {"name": "two", "capability": "cooking", "task": "x", "depends_on": ["one", "none"]},
            {"name": "two", "agent": "a", "task": "x", "timeout": -1},
        ]
        with pytest.raises(WorkflowInvalid) as raised:
            await band.orchestrator.define("w", steps)
        assert {problem.code for problem in raised.value.problems} >= {
            "unknown_agent",
            "unknown_capability",
            "unknown_dependency",
            "duplicate_step",
            "invalid_limit",
        }
        with pytest.raises(WorkflowNotDefined):
            await band.orchestrator.run("w")
        with pytest.raises(WorkflowInvalid) as cyclic:
            await band.orchestrator.define(
                "w",
                [
                    {"name": "one", "agent": "a", "task": "x", "depends_on": ["two"]},
                    {"name": "two", "agent": "a", "task": "x", "depends_on": ["one"]},
                ],
            )
        assert [problem.code for problem in cyclic.value.problems] == ["cyclic_dependency"]


async def test_a_workflow_of_a_file_is_checked_against_the_agents(tmp_path: Any) -> None:
    path = tmp_path / "workflows.yaml"
    path.write_text("name: w\nsteps:\n  - {name: one, agent: nobody, task: x}\n", "utf-8")
    [workflow] = load_workflows(path)
    async with orchestra() as band:
        await band.add("a", "A")
        with pytest.raises(WorkflowInvalid, match="there is no agent 'nobody'"):
            await band.orchestrator.define(workflow)
        path.write_text("name: w\nsteps:\n  - {name: one, agent: a, task: x}\n", "utf-8")
        [workflow] = load_workflows(path)
        assert (await band.orchestrator.run(workflow)).value == {"one": "A"}


async def test_an_agent_is_refused_with_all_its_problems() -> None:
    async with orchestra() as band:
        agent = Agent("a")
        with pytest.raises(AgentsInvalid) as raised:
            await band.orchestrator.register(
                " ", agent, capabilities=["x", "x"], instances=0, limits={"calls_per_minute": -1}
            )
        assert [problem.code for problem in raised.value.problems] == [
            "invalid_name",
            "duplicate_capability",
            "invalid_instances",
            "invalid_limit",
        ]
        with pytest.raises(AgentsInvalid) as raised:
            await band.orchestrator.register(
                "a",
                "agent",  # type: ignore[arg-type]
                instances=0,
                limits={
                    "calls_per_year": 1,
                    "calls_per_minute": "many",  # type: ignore[dict-item]
                    "concurrent_calls": -1,
                },
                priority="high",  # type: ignore[arg-type]
            )
        assert [(problem.code, problem.field) for problem in raised.value.problems] == [
            ("unknown_limit", "limits.calls_per_year"),
            ("invalid_agent", "agent"),
            ("invalid_value", "limits.calls_per_minute"),
            ("invalid_value", "priority"),
            ("invalid_instances", "instances"),
            ("invalid_limit", "limits.concurrent_calls"),
        ]
        with pytest.raises(AgentsInvalid, match="there is no such limit"):
            await band.orchestrator.register("a", agent, limits={"calls_per_year": 1})
        with pytest.raises(AgentsInvalid, match=r"limits\.calls_per_minute"):
            await band.orchestrator.register("a", agent, limits={"calls_per_minute": "many"})  # type: ignore[dict-item]
        with pytest.raises(AgentsInvalid, match=r"give an ag2\.Agent"):
            await band.orchestrator.register("a", "agent")  # type: ignore[arg-type]
        assert await band.orchestrator.agents() == {}
        await band.orchestrator.register("a", agent, limits=AgentLimits(concurrent_calls=1))
        await band.orchestrator.register("a", agent, priority=2)
        with pytest.raises(AgentsInvalid, match="another agent of this process is named so"):
            await band.orchestrator.register("a", Agent("b"))


async def test_a_run_is_refused_that_cannot_be() -> None:
    async with orchestra() as band:
        await band.add("a", "A")
        step = {"name": "one", "agent": "a", "task": "x"}
        await band.orchestrator.define("w", [step], needs=["feature"])
        with pytest.raises(MissingRunInput):
            await band.orchestrator.queue("w", {"other": 1})
        bad: list[dict[str, Any]] = [
            {"input": {"feature": object()}},
            {"input": {"feature": float("nan")}},
            {"priority": 0.5},
            {"priority": 10**7},
            {"run": ""},
            {"run": " r"},
            {"run": "r" * 101},
        ]
        for options in bad:
            with pytest.raises(InvalidRun):
                await band.orchestrator.queue("w", **{"input": {"feature": 1}, **options})
        await band.orchestrator.queue("w", {"feature": 1}, run="r")
        with pytest.raises(RunExists):
            await band.orchestrator.queue("w", {"feature": 1}, run="r")


async def test_an_orchestrator_is_named_and_its_numbers_are_numbers() -> None:
    async with retold.open("sqlite:///:memory:") as log:
        for name in ("", " ", "a b", "x" * 51, "-a"):
            with pytest.raises(InvalidOrchestratorName):
                retold.AgentOrchestrator(log, name)
        for options in ({"concurrency": 0}, {"lease_seconds": 0.0}, {"lease_seconds": -1.0}):
            with pytest.raises(ValueError, match=r"concurrency|lease_seconds"):
                retold.AgentOrchestrator(log, **options)

"""Independent steps run side by side; what fails is tried again, or falls back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.agents.orchestrator.orchestras import at_once, orchestra

diamond: list[dict[str, Any]] = [
    {"name": "plan", "agent": "planner", "task": "Plan {{ input.what }}", "depends_on": []},
    {"name": "left", "agent": "left", "task": "Left of {{ plan }}", "depends_on": ["plan"]},
    {
        "name": "right",
        "agent": "flaky",
        "task": "Right of {{ plan }}",
        "depends_on": ["plan"],
        "retry": {"attempts": 3, **at_once},
    },
    {
        "name": "join",
        "agent": "planner",
        "task": "{{ left }} and {{ right }}",
        "inputs": {},
        "depends_on": ["left", "right"],
    },
]


def meeting(parties: int) -> Callable[[str], Callable[[], Awaitable[str]]]:
    """Return what makes answers that wait until all of them are being given."""
    barrier = asyncio.Barrier(parties)

    def saying(text: str) -> Callable[[], Awaitable[str]]:
        async def say() -> str:
            async with asyncio.timeout(20):
                await barrier.wait()
            return text

        return say

    return saying


async def test_the_flaky_side_is_tried_again_and_both_are_joined() -> None:
    async with orchestra() as band:
        await band.add("planner", "the plan", "joined")
        await band.add("left", "L")
        await band.add("flaky", ConnectionError("no answer"), ValueError("nonsense"), "R")
        await band.orchestrator.define("diamond", diamond)
        result = await band.orchestrator.run("diamond", {"what": "a bridge"})
        assert result.status == "completed"
        assert result.value == {"plan": "the plan", "left": "L", "right": "R", "join": "joined"}
        assert band.told("planner")[-1] == "Task: L and R"
        run = result.ids.session
        assert await band.happened(run, "right") == [
            "step_ready right",
            "step_started right",
            "step_failed right",
            "step_ready right",
            "step_started right",
            "step_failed right",
            "step_ready right",
            "step_started right",
            "step_completed right",
        ]
        failed = [e for e in await band.events(run) if e.type == "workflow.step_failed"]
        assert [e.data["error"]["type"] for e in failed] == ["ConnectionError", "ValueError"]
        agents = await band.orchestrator.agents()
        assert agents["flaky"].metrics.success_rate == pytest.approx(1 / 3)
        assert agents["left"].metrics.success_rate == 1


async def test_independent_steps_are_in_work_at_the_same_time() -> None:
    async with orchestra() as band:
        together = meeting(2)
        await band.add("planner", "the plan", "joined")
        await band.add("left", together("L"))
        await band.add("flaky", together("R"))
        await band.orchestrator.define("diamond", diamond)
        result = await band.orchestrator.run("diamond", {"what": "a bridge"})
        assert result.status == "completed"


async def test_items_of_a_fan_out_are_in_work_at_the_same_time_and_come_back_in_order() -> None:
    async with orchestra() as band:
        together = meeting(3)
        await band.add("planner", '["a", "b", "c"]')
        await band.add("worker", *(together(text) for text in "xyz"))
        workflow = [
            {"name": "list", "agent": "planner", "task": "List"},
            {"name": "each", "agent": "worker", "task": "Do {{ item }}", "fan_out": "list"},
        ]
        await band.orchestrator.define("fan", workflow)
        result = await band.orchestrator.run("fan")
        assert result.value is not None
        assert sorted(result.value["each"]) == ["x", "y", "z"]
        for told, said in zip(band.told("worker"), "xyz", strict=True):
            place = "abc".index(told.splitlines()[0][-1])
            assert result.value["each"][place] in "xyz"
            del said


fallbacks: list[tuple[Any, str, Any]] = [
    ({"agent": "other"}, "completed", "the other's"),
    ({"capability": "helping"}, "completed", "the other's"),
    ({"answer": {"n": 1}}, "completed", {"n": 1}),
    ("skip", "completed", None),
    ("fail", "failed", None),
]


@pytest.mark.parametrize(("fallback", "status", "value"), fallbacks)
async def test_what_has_failed_for_good_falls_back(fallback: Any, status: str, value: Any) -> None:
    async with orchestra() as band:
        await band.add("broken", *(RuntimeError("broken") for _ in range(2)))
        await band.add("other", "the other's", capabilities=["helping"])
        step = {
            "name": "one",
            "agent": "broken",
            "task": "x",
            "retry": {"attempts": 2, **at_once},
            "fallback": fallback,
        }
        await band.orchestrator.define("w", [step])
        result = await band.orchestrator.run("w")
        assert result.status == status
        assert (result.value or {}).get("one") == value
        if status == "failed":
            assert result.error is not None
            assert (result.error.type, result.error.message) == ("RuntimeError", "broken")


@pytest.mark.parametrize(("said", "asked"), [("yes", 1), ("no", 0)])
async def test_a_step_whose_condition_is_not_true_is_skipped(said: str, asked: int) -> None:
    async with orchestra() as band:
        await band.add("a", said)
        script = await band.add("b", "done")
        workflow = [
            {"name": "ask", "agent": "a", "task": "?"},
            {"name": "then", "agent": "b", "task": "x", "condition": "ask == 'yes'"},
        ]
        await band.orchestrator.define("w", workflow)
        result = await band.orchestrator.run("w")
        assert result.status == "completed"
        assert len(script.seen) == asked


async def test_a_step_that_takes_too_long_is_cancelled_and_tried_again() -> None:
    async with orchestra() as band:
        cancelled = asyncio.Event()

        async def hang() -> str:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.set()
                raise
            return "never"

        await band.add("slow", hang, "in time")
        step = {
            "name": "one",
            "agent": "slow",
            "task": "x",
            "timeout": 0.2,
            "retry": {"attempts": 2, **at_once},
        }
        await band.orchestrator.define("w", [step])
        # The second attempt is not to be held to the first one's limit on a slow machine.
        result = await band.orchestrator.run("w")
        happened = await band.happened(result.ids.session, "one")
        assert happened[:3] == ["step_ready one", "step_started one", "step_timed_out one"]
        assert cancelled.is_set()
        session = await band.log.session(f"{result.ids.session}/one/1")
        assert "turn.cancelled" in [event.type for event in await session.events()]

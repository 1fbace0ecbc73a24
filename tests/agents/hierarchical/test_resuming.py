"""After a crash at any event, what is in the log is asked of nobody again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from ag2.events import ModelResponse

import retold
from retold.domain.recorded import RecordedEvent
from retold.domain.result import Result, ResultStatus
from retold.projections.models.tree import tree
from tests.agents.hierarchical.teams import asked, delegation, director, expert, said
from tests.agents.prefixes import everything_in, log_of
from tests.agents.scripted import Script


class Told(Script):
    """A model that goes on with its script from where the log has its answers."""

    def __init__(self, *turns: ModelResponse, answered: int = 0) -> None:
        """Leave out what was answered before."""
        super().__init__(*turns[answered:])


def answered_in(events: list[RecordedEvent]) -> dict[str | None, int]:
    """Return how many answers of models a log holds, by agent."""
    counts: dict[str | None, int] = {}
    for event in events:
        if event.type == "model.call_completed":
            agent = event.metadata.get("agent")
            counts[agent] = counts.get(agent, 0) + 1
    return counts


async def research(log: retold.Log, answered: dict[str | None, int]) -> list[Result[str]]:
    """Delegate one task, then two at once, the same sub-agent included, then one with them."""
    models = {
        "business": Told(
            said("b1", 1), said("b2", 2), said("b3", 4), answered=answered.get("business", 0)
        ),
        "technical": Told(said("t", 8), answered=answered.get("technical", 0)),
    }
    boss = director(log, sub_agents={name: expert(log, name, m) for name, m in models.items()})
    async with boss.in_session(await log.session("s")) as work:
        first = await work.delegate("plan", to="business")
        second, third = await asyncio.gather(
            work.delegate("build", to="technical"), work.delegate("sell", to="business")
        )
        last = await work.delegate(
            "sum up", to="business", context={"found": [second.value, third.value]}
        )
    assert not any(model.turns for model in models.values())
    return [first, second, third, last]


steps = [pytest.param(5, id="sample"), pytest.param(1, id="all", marks=pytest.mark.stress)]
"""Of how many events one is the last of a log; a sample by default."""


def prefixes_of(events: list[RecordedEvent], step: int) -> Iterator[list[RecordedEvent]]:
    """Yield what a log holds after a crash, but for the end of the piece of work."""
    for length in range(1, len(events), step):
        if _is_over(events[:length]):
            return
        yield events[:length]


@pytest.mark.parametrize("step", steps)
async def test_code_goes_on_after_a_crash_at_any_event(step: int) -> None:
    async with log_of([]) as log:
        results = await research(log, {})
        events = await everything_in(log.store)
    values = [result.value for result in results]
    ids = [result.ids.task for result in results]
    assert sum(event.type == "model.call_started" for event in events) == 4

    for prefix in prefixes_of(events, step):
        length = len(prefix)
        async with log_of(prefix) as log:
            again = await research(log, answered_in(prefix))
            assert [result.ids.task for result in again] == ids, length
            assert [result.value for result in again] == values, length
            root, *nodes = await tree(log.store, "s")
            assert root.total.prompt_tokens == 15, length
            assert [node.status for node in nodes] == ["completed"] * 4, length
            state = await (await log.session("s")).state("delegations")
            assert [c.status for c in state.by_id.values()] == [ResultStatus.COMPLETED] * 4, length


def _is_over(events: list[RecordedEvent]) -> bool:
    return any(event.type == "delegation.work_completed" for event in events)


async def led_by_model(log: retold.Log, answered: dict[str | None, int]) -> Result[str]:
    """Let the director's model delegate two tasks at once, one of which is delegated further."""
    models = {
        "director": Told(
            asked(
                delegation("c1", "technical", "build", context={"by": "May"}),
                delegation("c2", "lead", "sell"),
                tokens=1,
            ),
            said("all done", 2),
            answered=answered.get("director", 0),
        ),
        "lead": Told(
            asked(delegation("c1", "business", "price it"), tokens=4),
            said("led", 8),
            answered=answered.get("lead", 0),
        ),
        "business": Told(said("9.99", 16), answered=answered.get("business", 0)),
        "technical": Told(said("built", 32), answered=answered.get("technical", 0)),
    }
    agents: dict[str, Any] = {
        "technical": expert(log, "technical", models["technical"]),
        "lead": retold.HierarchicalAgent(
            "lead",
            config=log.model(models["lead"]),
            sub_agents={"business": expert(log, "business", models["business"])},
        ),
    }
    boss = retold.HierarchicalAgent(
        "director", config=log.model(models["director"]), sub_agents=agents
    )
    async with boss.in_session(await log.session("s")) as work:
        result = await work.ask("Launch it")
    assert not any(model.turns for model in models.values())
    return result


@pytest.mark.parametrize("step", steps)
async def test_delegations_of_models_go_on_after_a_crash_at_any_event(step: int) -> None:
    async with log_of([]) as log:
        result = await led_by_model(log, {})
        events = await everything_in(log.store)
    assert result.value == "all done"
    assert result.usage.tokens == 63 + 6

    for prefix in prefixes_of(events, step):
        length = len(prefix)
        async with log_of(prefix) as log:
            again = await led_by_model(log, answered_in(prefix))
            assert (again.value, again.ids.task) == ("all done", result.ids.task), length
            assert again.usage.tokens == result.usage.tokens, length
            nodes = await tree(log.store, "s")
            assert nodes[0].total.prompt_tokens == 63, length
            assert sorted(str(node.depth) for node in nodes) == list("01223"), length
            assert [node.status for node in nodes] == ["completed"] * 5, length

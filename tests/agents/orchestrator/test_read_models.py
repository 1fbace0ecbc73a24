"""The conversations of steps stand in the read models as any other, with their tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest
from ag2.events import ModelMessage, ModelResponse, Usage

from retold.projections.models.session_list import SessionQuery
from tests.agents.orchestrator.orchestras import Orchestra, orchestra

steps: list[dict[str, Any]] = [
    {"name": "one", "agent": "a", "task": "x"},
    {"name": "two", "agent": "a", "task": "y"},
]


def answer(text: str) -> ModelResponse:
    return ModelResponse(ModelMessage(text), usage=Usage(prompt_tokens=7, completion_tokens=3))


@pytest.fixture
async def band() -> AsyncIterator[Orchestra]:
    """An orchestrator that ran a workflow of two steps."""
    async with orchestra() as made:
        await made.add("a", answer("1"), answer("2"))
        await made.orchestrator.define("w", steps)
        result = await made.orchestrator.run("w", run="r")
        assert (result.usage.prompt_tokens, result.usage.completion_tokens) == (14, 6)
        yield made


async def test_steps_are_sessions_of_their_own_and_in_the_totals(band: Orchestra) -> None:
    summaries = [one async for one in band.log.sessions()]
    assert {(one.session, one.root_session, one.parent_stream) for one in summaries} == {
        ("r/one/1", "r", "workflow-r"),
        ("r/two/1", "r", "workflow-r"),
    }
    assert not any(one.nested for one in summaries)
    rows = (await band.log.audit.sessions()).rows
    assert {(row.session, row.prompt_tokens) for row in rows} == {("r/one/1", 7), ("r/two/1", 7)}
    of_run = [one async for one in band.log.sessions(SessionQuery(root_session="r"))]
    assert len(of_run) == 2
    totals = await band.log.totals()
    assert (totals.sessions, totals.turns, totals.prompt_tokens) == (2, 2, 14)


@pytest.mark.parametrize("by", ["session", "agent", "model", "tenant", "day"])
async def test_the_cost_of_a_run_is_that_of_its_steps(
    band: Orchestra, by: Literal["session", "agent", "model", "tenant", "day"]
) -> None:
    (row,) = (await band.log.audit.cost(by=by)).rows
    assert (row.sessions, row.model_calls) == (2, 2)
    assert (row.prompt_tokens, row.completion_tokens) == (14, 6)
    keys = {"session": "r", "agent": "a", "tenant": "default"}
    assert row.key == keys.get(by, row.key)


async def test_steps_are_below_the_run_and_can_be_read_and_exported(band: Orchestra) -> None:
    rows = (await band.log.audit.delegation_tree("r")).rows
    assert [(row.depth, row.session, row.parent_session, row.prompt_tokens) for row in rows] == [
        (0, "r/one/1", "r", 7),
        (0, "r/two/1", "r", 7),
    ]
    step = await band.log.session("r/one/1")
    assert [entry.text for entry in await step.transcript()][-1] == "1"
    said = (await band.log.audit.transcript("r/two/1")).rows
    assert (said[-1].text, said[-1].root_session) == ("2", "r")
    exported = await step.export("spans")
    spans = exported["resourceSpans"][0]["scopeSpans"][0]["spans"]
    counted = [
        attribute["value"]["intValue"]
        for span in spans
        for attribute in span["attributes"]
        if attribute["key"] == "llm.token_count.prompt" and span["name"].startswith("model call")
    ]
    assert counted == ["7"]

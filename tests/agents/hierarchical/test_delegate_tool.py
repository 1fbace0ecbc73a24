"""A model delegates with the tool: whom it can, how deep, and what it is told."""

from __future__ import annotations

from typing import Any

import pytest
from ag2.annotations import Context
from ag2.context import ConversationContext
from ag2.events import HumanInputRequest, HumanMessage, ModelResponse
from ag2.exceptions import HumanInputNotProvidedError

import retold
from retold.domain.result import ResultStatus
from retold.projections.models.human_inputs import list_human_inputs
from retold.projections.models.tree import tree
from tests.agents.hierarchical.teams import (
    asked,
    delegation,
    delegation_events,
    delegation_types,
    director,
    expert,
    said,
)
from tests.agents.scripted import Script, call, requests_in, results_in


async def told(boss: retold.HierarchicalAgent, log: retold.Log, text: str = "go") -> dict[str, str]:
    """Ask an agent in session "s", and return what its tools told its model."""
    session = await log.session("s")
    await session.ask(boss, text)
    return results_in(await session.history())


async def test_a_model_delegates_several_tasks_at_once(log: retold.Log) -> None:
    model = Script(said("one"), said("two"))
    boss = director(
        log,
        asked(
            delegation("c1", "a", "first", context={"k": None}),
            delegation("c2", "a", "second", context="mind the gap"),
        ),
        said("both"),
        sub_agents={"a": expert(log, "a", model)},
    )
    answers = await told(boss, log)
    assert sorted(answers) == ["c1", "c2"]
    assert sorted(answers.values()) == ["one", "two"]
    # Which of the two asks its model first is chance.
    first, second = sorted(requests_in(seen.messages)[0][0] for seen in model.seen)
    assert first == 'first\n\n## Context\n{\n  "k": null\n}'
    assert second == 'second\n\n## Context\n{\n  "notes": "mind the gap"\n}'
    root, *below = await tree(log.store, "s")
    assert {node.tool_call_id for node in below} == {"c1", "c2"}
    assert {node.status for node in below} == {"completed"}
    assert root.total.prompt_tokens == 20


async def test_the_model_is_told_whom_it_can_delegate_to(log: retold.Log) -> None:
    boss = director(log, said("fine"), sub_agents={"a": expert(log, "a")})
    boss.add_sub_agent("late", expert(log, "late"))
    (tool,) = boss.tools
    (schema,) = await tool.schemas(ConversationContext((await log.session("s")).stream))
    assert "Sub-agents: a, late." in schema.function.description


async def test_an_unknown_sub_agent_is_named_to_the_model_and_recorded(log: retold.Log) -> None:
    boss = director(
        log,
        asked(delegation("c1", "legal", "check")),
        said("then not"),
        sub_agents={"business": expert(log, "b"), "ux": expert(log, "u")},
    )
    answers = await told(boss, log)
    assert "'legal'" in answers["c1"]
    assert "'business', 'ux'" in answers["c1"]
    session = await log.session("s")
    (refused,) = await delegation_events(session)
    assert refused.type == "delegation.refused"
    assert refused.data["error"]["type"] == "UnknownSubAgent"
    assert refused.data["tool_call_id"] == "c1"
    assert len(await tree(log.store, "s")) == 1


@pytest.mark.parametrize("arguments", [{"task": ""}, {"task": "t", "context": {"a": float("inf")}}])
async def test_absurd_arguments_are_answered(log: retold.Log, arguments: dict[str, Any]) -> None:
    boss = director(
        log,
        asked(delegation("c1", "a", **arguments)),
        said("sorry"),
        sub_agents={"a": expert(log, "a")},
    )
    assert "c1" in await told(boss, log)
    last = (await (await log.session("s")).history())[-1]
    assert isinstance(last, ModelResponse)
    assert last.content == "sorry"


async def test_a_call_id_that_no_database_takes_is_spelled_out(log: retold.Log) -> None:
    boss = director(
        log,
        asked(delegation("c\ud800", "a", "t")),
        said("done"),
        sub_agents={"a": expert(log, "a", said("one"))},
    )
    assert list((await told(boss, log)).values()) == ["one"]
    requested = (await delegation_events(await log.session("s")))[0]
    assert requested.data["tool_call_id"] == "c\\ud800"


async def test_agents_that_delegate_in_a_circle_are_refused(log: retold.Log) -> None:
    second = director(
        log,
        asked(delegation("c2", "boss", "no, you")),
        said("I did it myself"),
        sub_agents={},
        name="second",
    )
    first = director(
        log,
        asked(delegation("c1", "helper", "you do it")),
        said("done"),
        sub_agents={"helper": second},
        name="first",
    )
    second.add_sub_agent("boss", first)
    assert await told(first, log) == {"c1": "I did it myself"}
    (_, child) = await tree(log.store, "s")
    assert child.session is not None
    below = await log.session(child.session)
    (refused,) = await delegation_events(below)
    assert refused.data["error"]["type"] == "CyclicDelegation"
    assert refused.data["above"] == ["first", "second"]
    assert "'first' > 'second'" in results_in(await below.history())["c2"]


async def test_agents_nest_to_any_depth_and_no_deeper_than_allowed(log: retold.Log) -> None:
    def chain(levels: int, **options: Any) -> retold.HierarchicalAgent:
        agent: Any = expert(log, "leaf", said("leaf"))
        for level in range(levels, 0, -1):
            agent = director(
                log,
                asked(delegation("c", "next", f"below {level}")),
                said(f"level {level}"),
                sub_agents={"next": agent},
                name=f"level {level}",
                **(options if level == 1 else {}),
            )
        assert isinstance(agent, retold.HierarchicalAgent)
        return agent

    await told(chain(12), log)
    nodes = await tree(log.store, "s")
    assert [node.depth for node in nodes] == list(range(13))
    assert nodes[-1].agent == "leaf"
    assert nodes[0].total.prompt_tokens == 25 * 5

    deep = await log.session("limited")
    await deep.ask(chain(5, max_depth=2), "go")
    nodes = await tree(log.store, "limited")
    assert [node.agent for node in nodes] == ["level 1", "level 2", "level 3"]
    last = await log.session(nodes[-1].session or "")
    (refused,) = await delegation_events(last)
    assert refused.data["error"]["type"] == "DelegationTooDeep"


async def test_a_model_is_told_why_there_is_no_answer(log: retold.Log) -> None:
    boss = director(
        log,
        asked(delegation("c1", "bad", "x"), delegation("c2", "slow", "y")),
        said("pity"),
        sub_agents={
            "bad": expert(log, "bad", ConnectionError("lost")),
            "slow": expert(log, "slow", asked(call("look", "l")), said("late"), tools=[look]),
        },
        max_turns=1,
    )
    answers = await told(boss, log)
    assert answers["c1"] == "'bad' gave no answer: it failed. lost"
    assert "'slow' gave no answer: it stopped." in answers["c2"]


def look() -> str:
    """Look."""
    return "seen"


async def test_a_call_id_that_comes_again_names_another_delegation(log: retold.Log) -> None:
    boss = director(
        log,
        asked(delegation("c1", "a", "t")),
        asked(delegation("c1", "a", "t")),
        said("done"),
        sub_agents={"a": expert(log, "a", said("one"), said("two"))},
    )
    await told(boss, log)
    assert len(await tree(log.store, "s")) == 3


# A human -----------------------------------------------------------------------------------------


async def confirm(ctx: Context) -> str:
    """Ask a human."""
    return await ctx.input("Sure?")


def asking(log: retold.Log, name: str = "a") -> Any:
    return expert(log, name, asked(call("confirm", "q")), said("asked"), tools=[confirm])


@pytest.mark.parametrize("by_model", [True, False])
async def test_the_directors_human_answers_for_sub_agents(log: retold.Log, by_model: bool) -> None:
    questions: list[HumanInputRequest] = []

    def answer(event: HumanInputRequest) -> HumanMessage:
        questions.append(event)
        return HumanMessage("yes", parent_id=event.id)

    middle = director(
        log,
        asked(delegation("c2", "a", "below")),
        said("middle"),
        sub_agents={"a": asking(log)},
        name="middle",
    )
    boss = director(
        log,
        asked(delegation("c1", "m", "ask")),
        said("done"),
        sub_agents={"m": middle},
        hitl_hook=answer,
    )
    session = await log.session("s")
    if by_model:
        await session.ask(boss, "go")
    else:
        async with boss.in_session(session) as work:
            assert (await work.delegate("ask", to="m")).value == "middle"
    assert [question.content for question in questions] == ["Sure?"]

    nodes = await tree(log.store, "s")
    assert [node.status for node in nodes] == ["completed"] * 3
    (asked_for,) = (await list_human_inputs(log.store)).rows
    # Where it was asked, under the name of who asked, and once.
    assert (asked_for.session, asked_for.agent) == (nodes[2].session, "a")
    assert (asked_for.answer, asked_for.outcome) == ("yes", "answered")


async def test_where_no_human_can_be_asked_nobody_waits(log: retold.Log) -> None:
    boss = director(log, sub_agents={"a": asking(log)})
    session = await log.session("s")
    async with boss.in_session(session) as work:
        result = await work.delegate("ask", to="a")
    assert result.status is ResultStatus.FAILED
    assert result.error is not None
    assert result.error.type == "HumanInputNotProvidedError"


async def test_by_a_model_it_ends_the_turn_and_is_recorded(log: retold.Log) -> None:
    boss = director(
        log, asked(delegation("c1", "a", "ask")), said("never"), sub_agents={"a": asking(log)}
    )
    session = await log.session("s")
    with pytest.raises(HumanInputNotProvidedError):
        await session.ask(boss, "go")
    assert await delegation_types(session) == ["requested", "failed"]
    assert [node.status for node in await tree(log.store, "s")] == ["failed", "failed"]

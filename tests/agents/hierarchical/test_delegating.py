"""Code delegates to sub-agents: several at once, with limits, failures and cancellation."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from ag2 import Agent
from ag2.events import ModelRequest

import retold
from retold.domain.result import ResultStatus
from retold.errors import InvalidDelegation, TurnAborted, UnknownSubAgent
from retold.projections.models.tree import tree
from tests.agents.absurd import nested
from tests.agents.hierarchical.teams import (
    Never,
    asked,
    delegation_events,
    delegation_types,
    director,
    expert,
    said,
)
from tests.agents.recorded import names_of
from tests.agents.scripted import Script, call, requests_in


async def test_a_sub_agent_works_in_a_nested_conversation(log: retold.Log) -> None:
    model = Script(said("It sells."))
    boss = director(log, sub_agents={"business": expert(log, "analyst", model)})
    session = await log.session("s")
    async with boss.in_session(session) as work:
        result = await work.delegate("Does it sell?", to="business", context={"year": 2026})
    assert (result.status, result.value, result.error) == (
        ResultStatus.COMPLETED,
        "It sells.",
        None,
    )
    assert (result.usage.model_calls, result.usage.tokens) == (1, 6)
    assert requests_in(model.said) == [['Does it sell?\n\n## Context\n{\n  "year": 2026\n}']]

    assert await delegation_types(session) == ["requested", "completed", "work_completed"]
    requested = (await delegation_events(session))[0].data
    assert requested["delegation"] == result.ids.task
    assert requested["above"] == ["director"]
    assert (requested["to"], requested["agent"]) == ("business", "analyst")
    assert (requested["context"], requested["max_turns"]) == ({"year": 2026}, 5)

    root, child = await tree(log.store, "s")
    assert (child.status, child.objective, child.agent) == ("completed", "Does it sell?", "analyst")
    assert result.ids.stream == f"conversation-{child.session}"
    assert (root.total.prompt_tokens, root.own.prompt_tokens) == (5, None)


async def test_state_and_causes_of_a_delegation(log: retold.Log) -> None:
    boss = director(log, sub_agents={"a": expert(log, "a", said("1"))})
    session = await log.session("s")
    async with boss.in_session(session) as work:
        result = await work.delegate("one", to="a")
    state = await session.state("delegations")
    assert result.ids.task is not None
    chat = state.by_id[result.ids.task]
    assert (chat.task, chat.status, state.open) == ("one", ResultStatus.COMPLETED, ())
    requested = (await delegation_events(session))[0]
    before = await session.state("delegations", at=requested.version)
    assert [chat.task for chat in before.open] == ["one"]
    explained = await session.explain(f'delegations.by_id["{result.ids.task}"].status')
    assert explained.event is not None
    assert explained.event.type == "delegation.completed"


async def test_the_same_sub_agent_several_times_at_once(log: retold.Log) -> None:
    together = asyncio.Barrier(3)

    async def answer() -> Any:
        await together.wait()
        return said("done")

    boss = director(log, sub_agents={"a": expert(log, "a", answer, answer, answer)})
    session = await log.session("s")
    async with boss.in_session(session) as work:
        results = await asyncio.gather(
            work.delegate("same", to="a"),
            work.delegate("same", to="a"),
            work.delegate("other", to="a"),
        )
    assert [result.value for result in results] == ["done"] * 3
    assert len({result.ids.task for result in results}) == 3
    assert len({result.ids.stream for result in results}) == 3
    nodes = (await tree(log.store, "s"))[1:]
    assert sorted(node.objective or "" for node in nodes) == ["other", "same", "same"]


async def test_failure_of_one_leaves_the_others(log: retold.Log) -> None:
    never = Never()
    boss = director(
        log,
        sub_agents={
            "good": expert(log, "good", said("fine")),
            "bad": expert(log, "bad", ConnectionError("lost")),
            "slow": expert(log, "slow", never),
        },
    )
    session = await log.session("s")
    async with boss.in_session(session) as work:
        good, bad, slow = await asyncio.gather(
            work.delegate("g", to="good"),
            work.delegate("b", to="bad"),
            work.delegate("s", to="slow", timeout=0.01),
        )
    assert good.value == "fine"
    assert (bad.status, bad.error and bad.error.message) == (ResultStatus.FAILED, "lost")
    assert (slow.status, slow.value) == (ResultStatus.EXPIRED, None)
    state = await session.state("delegations")
    assert sorted(chat.status for chat in state.by_id.values()) == [
        "completed",
        "expired",
        "failed",
    ]
    assert (await names_of(session))[-1] == "turn.completed"


async def test_the_turn_limit_stops_a_sub_agent_with_what_it_said(log: retold.Log) -> None:
    def look() -> str:
        """Look."""
        return "nothing"

    looking = asked(call("look", "c1"))
    looking.message = said("Let me look.").message
    model = Script(looking, asked(call("look", "c2")), said("never asked for"))
    boss = director(log, sub_agents={"a": expert(log, "a", model, tools=[look])})
    session = await log.session("s")
    async with boss.in_session(session) as work:
        result = await work.delegate("find", to="a", max_turns=2)
    assert (result.status, result.value) == (ResultStatus.STOPPED, "Let me look.")
    assert result.error is not None
    assert result.error.type == "TurnLimitReached"
    assert (result.usage.model_calls, len(model.turns)) == (2, 1)
    assert (await delegation_types(session))[1] == "stopped"
    (_, child) = await tree(log.store, "s")
    assert (child.status, child.error) == ("stopped", f"TurnLimitReached: {result.error.message}")


async def test_cancelling_one_reaches_it_and_leaves_the_others(log: retold.Log) -> None:
    never = Never()
    boss = director(
        log, sub_agents={"a": expert(log, "a", never), "b": expert(log, "b", said("fine"))}
    )
    session = await log.session("s")
    async with boss.in_session(session) as work:
        waiting = asyncio.create_task(work.delegate("wait", to="a"))
        await never.asked.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        other = await work.delegate("do", to="b")
    assert other.value == "fine"
    assert await delegation_types(session) == [
        "requested",
        "cancelled",
        "requested",
        "completed",
        "work_completed",
    ]
    assert [node.status for node in await tree(log.store, "s")][1:] == ["cancelled", "completed"]


async def test_cancelling_the_work_cancels_what_is_under_way(log: retold.Log) -> None:
    never = Never()
    boss = director(log, sub_agents={"a": expert(log, "a", never)})
    session = await log.session("s")

    async def working() -> None:
        async with boss.in_session(session) as work:
            await work.delegate("wait", to="a")

    task = asyncio.create_task(working())
    await never.asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await delegation_types(session) == ["requested", "cancelled"]
    assert (await names_of(session))[-1] == "turn.cancelled"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"to": "nobody"}, UnknownSubAgent),
        ({"task": "  "}, InvalidDelegation),
        ({"max_turns": 0}, InvalidDelegation),
        ({"max_turns": -1}, InvalidDelegation),
        ({"max_turns": 1.5}, InvalidDelegation),
        ({"max_turns": "3"}, InvalidDelegation),
        ({"task": None}, InvalidDelegation),
        ({"to": 3}, InvalidDelegation),
        ({"timeout": "3"}, InvalidDelegation),
        ({"context": nested(300)}, InvalidDelegation),
        ({"context": nested(5_000)}, InvalidDelegation),
        ({"timeout": 0}, InvalidDelegation),
        ({"timeout": float("nan")}, InvalidDelegation),
        ({"context": {"a": object()}}, InvalidDelegation),
        ({"context": {1: "a", "b": 2}}, InvalidDelegation),
        ({"context": ["a"]}, InvalidDelegation),
    ],
)
async def test_what_cannot_be_is_refused_before_anything_is_recorded(
    log: retold.Log, given: dict[str, Any], error: type[Exception]
) -> None:
    model = Script(said("fine"))
    boss = director(log, sub_agents={"a": expert(log, "a", model)})
    session = await log.session("s")
    async with boss.in_session(session) as work:
        before = session.version
        arguments: dict[str, Any] = {"task": "t", "to": "a", **given}
        with pytest.raises(error):
            await work.delegate(**arguments)
        assert session.version == before
        assert (await work.delegate("t", to="a")).value == "fine"
    assert not model.turns


@pytest.mark.parametrize("limit", [{"max_turns": 0}, {"timeout": -1}, {"max_depth": 0}])
def test_an_agent_with_no_limit_for_one_is_refused(limit: dict[str, Any]) -> None:
    with pytest.raises(InvalidDelegation):
        retold.HierarchicalAgent("boss", sub_agents={}, **limit)


def test_two_sub_agents_of_one_name_are_refused(log: retold.Log) -> None:
    boss = retold.HierarchicalAgent("boss", sub_agents={"a": expert(log, "a")})
    with pytest.raises(InvalidDelegation, match="another one's"):
        boss.add_sub_agent("a", expert(log, "other"))
    with pytest.raises(InvalidDelegation, match="printable"):
        boss.add_sub_agent(" ", expert(log, "other"))
    assert list(boss.sub_agents) == ["a"]


async def test_work_that_ended_is_not_gone_on_with(log: retold.Log) -> None:
    boss = director(log, sub_agents={"a": expert(log, "a", said("first"), said("second"))})
    session = await log.session("s")
    for value in ("first", "second"):
        async with boss.in_session(session) as work:
            assert (await work.delegate("t", to="a")).value == value


async def test_work_left_by_an_error_is_gone_on_with(log: retold.Log) -> None:
    model = Script(said("once"))
    boss = director(log, sub_agents={"a": expert(log, "a", model)})
    session = await log.session("s")
    for fails in (True, False):
        try:
            async with boss.in_session(session) as work:
                result = await work.delegate("t", to="a")
                assert not fails, "on purpose"
        except AssertionError:
            assert fails
        else:
            assert result.value == "once"
            assert result.usage.model_calls == 1


async def test_what_failed_is_tried_anew_under_the_same_key(log: retold.Log) -> None:
    boss = director(log, sub_agents={"a": expert(log, "a", ConnectionError("lost"), said("now"))})
    session = await log.session("s")
    async with boss.in_session(session) as work:
        failed = await work.delegate("t", to="a", key="k")
        result = await work.delegate("t", to="a", key="k")
    assert (failed.status, result.value) == (ResultStatus.FAILED, "now")
    requests = [e.data for e in await delegation_events(session) if "attempt" in e.data]
    assert [request["attempt"] for request in requests] == [1, 2]
    assert len({request["key"] for request in requests}) == 1


async def test_two_at_once_under_one_key_are_one(log: retold.Log) -> None:
    model = Script(said("once"))
    boss = director(log, sub_agents={"a": expert(log, "a", model)})
    session = await log.session("s")
    async with boss.in_session(session) as work:
        one, two = await asyncio.gather(
            work.delegate("t", to="a", key="k"), work.delegate("t", to="a", key="k")
        )
    assert (one.value, two.value, one.ids.task) == ("once", "once", two.ids.task)


async def test_texts_no_database_takes_are_spelled_out(log: retold.Log) -> None:
    model = Script(said("fine"))
    boss = director(log, sub_agents={"a": expert(log, "a", model)})
    session = await log.session("s")
    async with boss.in_session(session) as work:
        result = await work.delegate("a\0b", to="a", context={"k\ud800": ["\0"]}, key="\ud800")
    assert result.value == "fine"
    requested = (await delegation_events(session))[0].data
    assert (requested["task"], requested["context"]) == ("a\\x00b", {"k\\ud800": ["\\x00"]})
    assert isinstance(model.said[0], ModelRequest)
    assert requested["key"].endswith("/\\ud800")


async def test_a_log_that_does_not_record_raises(log: retold.Log, monkeypatch: Any) -> None:
    boss = director(log, sub_agents={"a": expert(log, "a", said("lost"))})
    session = await log.session("s")

    async def refuse(_: Any) -> None:
        raise retold.errors.StoreUnavailable("sqlite", "the disk is gone")

    async def working() -> None:
        async with boss.in_session(session) as work:
            monkeypatch.setattr(log.store, "append_many", refuse)
            await work.delegate("t", to="a")

    with pytest.raises(TurnAborted):
        await working()
    monkeypatch.undo()
    assert await delegation_types(session) == []


async def test_a_delegation_may_take_for_ever(log: retold.Log) -> None:
    boss = director(log, sub_agents={"a": expert(log, "a", Script(said("fine")))})
    async with boss.in_session(await log.session("s")) as work:
        result = await work.delegate("T", to="a", timeout=float("inf"))
        (chat,) = (await work.state()).by_id.values()
    assert (result.value, chat.timeout_seconds) == ("fine", None)


@pytest.mark.parametrize("message", [(), ("",), (" \n", "")])
async def test_an_empty_message_is_refused(log: retold.Log, message: tuple[str, ...]) -> None:
    boss = director(log, sub_agents={})
    async with boss.in_session(await log.session("s")) as work:
        with pytest.raises(InvalidDelegation, match="message"):
            await work.ask(*message)


async def test_a_delegation_under_way_is_not_waited_for_by_itself(log: retold.Log) -> None:
    boss = director(log, sub_agents={})
    async with boss.in_session(await log.session("s")) as work:

        async def again() -> str:
            """Delegate the same again."""
            return (await work.delegate("T", to="a", key="k")).value or ""

        script = Script([call("again", "c1")], "by myself")
        boss.add_sub_agent("a", Agent("a", config=log.model(script), tools=[again]))
        result = await work.delegate("T", to="a", key="k")
    assert result.value == "by myself"
    assert "waits for what asks for it here" in script.seen[-1].text

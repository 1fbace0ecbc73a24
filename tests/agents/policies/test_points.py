"""Every point at which policies are asked: what passes, what is refused, and what is replaced."""

from __future__ import annotations

from typing import Any

import pytest
from ag2 import Agent
from ag2.events import ModelMessage, ModelMessageChunk, ModelResponse
from ag2.middleware import BaseMiddleware
from ag2.middleware.base import Middleware

import retold
from retold import errors
from retold.domain.recording import Stage
from tests.agents.policies.asking import Asked, Tools, refusals, refusing, replacing
from tests.agents.recorded import events_of, names_of, stages_of
from tests.agents.scripted import Script, call, requests_in, results_in

looks = call("look_up", "call_1", '{"what": "it"}')
pays = call("pay", "call_2", '{"amount": 7}')
all_ok = [f"{stage} ok" for stage in Stage]


def agent_of(log: retold.Log, script: Script, tools: Tools | None = None) -> Agent[Any]:
    functions = [] if tools is None else tools.functions
    return Agent("a", config=log.model(script), tools=functions)


async def test_policies_are_asked_at_every_point_in_order(log: retold.Log) -> None:
    first, second = Asked(name="first"), Asked(name="second")
    session = await log.session("s", policies=[first])
    agent = agent_of(log, Script([looks], "done"), Tools())
    reply = await session.ask(agent, "look it up", policies=[second])

    assert reply.body == "done"
    assert first.points == second.points
    assert first.points == [
        "agent",
        "input",
        "model_call",
        "tool_offer",
        "tool_offer",
        "tool_call",
        "tool_result",
        "model_call",
        "tool_offer",
        "tool_offer",
        "output",
    ]
    texts = {str(check.point): check.text for check in first.checks}
    assert texts["input"] == "look it up"
    assert texts["tool_call"] == '{"what": "it"}'
    assert texts["tool_result"] == "found it"
    assert texts["output"] == "done"
    assert [str(c.stage) for c in first.checks[:3]] == [
        "bootstrap",
        "input_normalisation",
        "execution",
    ]
    assert first.checks[-1].stage is Stage.POLICY_CHECKS
    assert {check.session for check in first.checks} == {"s"}
    assert {check.agent for check in first.checks} == {"a"}
    (checks,) = [
        event.data["detail"]
        for event in await events_of(session, "turn.stage_finished")
        if event.data["stage"] == "policy_checks"
    ]
    assert checks["policies"] == ["first", "second"]
    assert (checks["refused"], checks["replaced"]) == (0, 0)


async def test_an_agent_that_may_not_work_ends_the_turn_in_bootstrap(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script("never")
    with pytest.raises(errors.PolicyRefused) as refused:
        await session.ask(agent_of(log, script), "hi", policies=[refusing("agent")])
    assert (refused.value.policy, refused.value.reason, refused.value.stage) == (
        "refusing",
        "no",
        "bootstrap",
    )
    assert script.seen == []
    assert await names_of(session) == [
        "conversation.started",
        "turn.started",
        "policy.refused",
        "bootstrap failed",
        "turn.failed",
    ]
    started, refusal = (await session.events())[1:3]
    assert refusal.causation_id == started.event_id
    assert refusal.metadata["agent"] == "a"
    assert refusal.data["turn"] == started.data["turn"]


async def test_a_refused_message_reaches_no_model_and_no_history(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script("back")
    agent = agent_of(log, script)
    with pytest.raises(errors.ContentRefused):
        await session.ask(agent, "something bad", policies=[refusing("input")])
    assert script.seen == []
    assert await stages_of(session) == ["bootstrap ok", "input_normalisation failed"]
    assert await refusals(session) == [("refusing", "input_normalisation", "input", "no")]
    assert await session.history() == []
    assert not any("something bad" in str(event.data) for event in await session.events())

    assert (await session.ask(agent, "hi")).body == "back"
    assert requests_in(script.said) == [["hi"]]


async def test_a_replaced_message_is_the_one_that_is_recorded_and_seen(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script("ok")
    await session.ask(agent_of(log, script), "my card", policies=[replacing("input", "***")])
    assert requests_in(script.said) == [["***"]]
    assert not any("my card" in str(event.data) for event in await session.events())
    (replaced,) = await events_of(session, "policy.replaced")
    assert (replaced.data["point"], replaced.data["characters_before"]) == ("input", 7)
    assert await stages_of(session) == all_ok


async def test_a_refused_model_call_is_not_made(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script("back")
    agent = agent_of(log, script)
    with pytest.raises(errors.PolicyRefused):
        await session.ask(agent, "hi", policies=[refusing("model_call")])
    assert script.seen == []
    names = await names_of(session)
    assert "model.call_started" not in names
    assert await stages_of(session) == [*all_ok[:2], "execution failed"]
    (refusal,) = await events_of(session, "policy.refused")
    (request,) = [e for e in await session.events() if e.type == "conversation.event_recorded"]
    assert refusal.causation_id == request.event_id
    assert (await session.ask(agent, "again")).body == "back"


async def test_a_model_that_is_not_recorded_is_not_called_either(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script("back")
    asked = refusing("model_call")
    with pytest.raises(errors.PolicyRefused):
        await session.ask(Agent("a", config=script), "hi", policies=[asked])
    assert script.seen == []


async def test_a_tool_that_is_refused_on_offer_is_not_shown(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script([looks], "done")
    tools = Tools()

    def decide(check: retold.Check) -> retold.Refuse | None:
        hides = check.point == "tool_offer" and check.tool == "pay"
        return retold.Refuse(reason="not today") if hides else None

    await session.ask(agent_of(log, script, tools), "hi", policies=[Asked(decide)])
    assert [seen.tools for seen in script.seen] == [("look_up",), ("look_up",)]
    # Once in a turn, however often the model is called.
    assert await refusals(session) == [("asked", "execution", "tool_offer", "not today")]
    assert tools.called == ["look_up it"]


async def test_no_tool_of_a_batch_is_called_when_one_is_refused(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script([looks, pays], "back")
    tools = Tools()

    def decide(check: retold.Check) -> retold.Refuse | None:
        is_payment = check.point == "tool_call" and check.tool == "pay"
        return retold.Refuse(reason="too dear") if is_payment else None

    agent = agent_of(log, script, tools)
    with pytest.raises(errors.ToolNotAllowed, match="too dear") as refused:
        await session.ask(agent, "hi", policies=[Asked(decide)])
    assert refused.value.tool == "pay"
    assert tools.called == []
    assert len(script.seen) == 1
    assert await stages_of(session) == [*all_ok[:2], "execution failed"]
    (refusal,) = await events_of(session, "policy.refused")
    (completed,) = await events_of(session, "model.call_completed")
    assert refusal.causation_id == completed.event_id
    assert (refusal.data["tool"], refusal.data["tool_call_id"]) == ("pay", "call_2")
    assert (refusal.data["error"], refusal.data["told"]) == ("ToolNotAllowed", False)

    assert (await session.ask(agent, "again")).body == "back"
    assert tools.called == []


async def test_a_model_is_told_of_a_refused_call_where_the_policy_says_so(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script([looks, pays], "then not")
    tools = Tools()

    def decide(check: retold.Check) -> retold.Refuse | None:
        is_payment = check.point == "tool_call" and check.tool == "pay"
        return retold.Refuse(reason="too dear", tell_model=True) if is_payment else None

    reply = await session.ask(agent_of(log, script, tools), "hi", policies=[Asked(decide)])
    assert reply.body == "then not"
    assert tools.called == ["look_up it"]
    results = results_in(script.said)
    assert results["call_1"] == "found it"
    assert (
        results["call_2"] == "error: The policy 'asked' refused the call of 'pay' by 'a': too dear"
    )
    assert "Traceback" not in script.seen[-1].text
    (refusal,) = await events_of(session, "policy.refused")
    assert refusal.data["told"] is True
    recorded = [e for e in await session.events() if e.type == "conversation.event_recorded"]
    (paying,) = [
        e
        for e in recorded
        if e.data["event"]["$"] == "ag2.ToolCallEvent" and e.data["event"]["name"] == "pay"
    ]
    assert refusal.causation_id == paying.event_id
    (error,) = [e for e in recorded if e.data["event"]["$"] == "ag2.ToolErrorEvent"]
    assert error.causation_id == paying.event_id
    assert await stages_of(session) == all_ok


async def test_replaced_arguments_are_what_the_tool_is_called_with(log: retold.Log) -> None:
    session = await log.session("s")
    tools = Tools()
    policy = replacing("tool_call", '{"amount": 1}')
    await session.ask(agent_of(log, Script([pays], "done"), tools), "hi", policies=[policy])
    assert tools.called == ["pay 1"]
    (replaced,) = await events_of(session, "policy.replaced")
    assert replaced.data["tool"] == "pay"


async def test_arguments_that_are_replaced_by_nothing_usable_are_refused(log: retold.Log) -> None:
    session = await log.session("s")
    tools = Tools()
    agent = agent_of(log, Script([pays]), tools)
    with pytest.raises(errors.PolicyFailed, match="JSON object"):
        await session.ask(agent, "hi", policies=[replacing("tool_call", "[1]")])
    assert tools.called == []


async def test_a_refused_result_reaches_neither_the_model_nor_the_log(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script([looks, pays], "back")
    tools = Tools()

    def decide(check: retold.Check) -> retold.Refuse | None:
        is_found = check.point == "tool_result" and "found" in (check.text or "")
        return retold.Refuse(reason="private") if is_found else None

    agent = agent_of(log, script, tools)
    with pytest.raises(errors.ContentRefused, match="private"):
        await session.ask(agent, "hi", policies=[Asked(decide)])
    assert sorted(tools.called) == ["look_up it", "pay 7"]
    assert len(script.seen) == 1
    assert not any("found it" in str(event.data) for event in await session.events())
    assert (await session.ask(agent, "again")).body == "back"
    assert "found it" not in script.seen[-1].text


async def test_a_model_is_told_of_a_refused_result_where_the_policy_says_so(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    script = Script([looks], "a pity")
    policy = refusing("tool_result", tell_model=True, reason="private")
    reply = await session.ask(agent_of(log, script, Tools()), "hi", policies=[policy])
    assert reply.body == "a pity"
    assert results_in(script.said) == {
        "call_1": "The policy 'refusing' refused what 'look_up' gave to 'a': private"
    }
    (refusal,) = await events_of(session, "policy.refused")
    assert refusal.data["told"] is True
    assert (await log.verify()).ok


async def test_a_replaced_result_is_what_the_model_sees(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script([looks], "done")
    policy = replacing("tool_result", "[masked]")
    await session.ask(agent_of(log, script, Tools()), "hi", policies=[policy])
    assert results_in(script.said) == {"call_1": "[masked]"}
    assert not any("found it" in str(event.data) for event in await session.events())


async def test_a_refused_answer_fails_the_policy_checks_and_is_in_no_history(
    log: retold.Log,
) -> None:
    session = await log.session("s")
    script = Script("a secret", "back")
    agent = agent_of(log, script)
    with pytest.raises(errors.ContentRefused) as refused:
        await session.ask(agent, "hi", policies=[refusing("output")])
    assert refused.value.stage == "policy_checks"
    assert await stages_of(session) == [*all_ok[:3], "policy_checks failed"]
    (failed,) = await events_of(session, "turn.failed")
    assert failed.data["stage"] == "policy_checks"
    assert failed.data["error"]["type"] == "ContentRefused"
    (refusal,) = await events_of(session, "policy.refused")
    (completed,) = await events_of(session, "model.call_completed")
    assert refusal.causation_id == completed.event_id

    assert (await session.ask(agent, "again")).body == "back"
    assert "a secret" not in script.seen[-1].text


async def test_a_replaced_answer_is_the_reply_and_the_history(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script("a secret", "back")
    agent = agent_of(log, script)
    policy = replacing("output", "[masked]")
    assert (await session.ask(agent, "hi", policies=[policy])).body == "[masked]"
    assert await stages_of(session) == all_ok
    await session.ask(agent, "again")
    assert "a secret" not in script.seen[-1].text
    assert "[masked]" in script.seen[-1].text


class Adds(BaseMiddleware):
    """Makes another answer of the model's."""

    async def on_turn(self, call_next: Any, event: Any, context: Any) -> Any:
        """Answer differently."""
        await call_next(event, context)
        return ModelResponse(ModelMessage("something else"))


async def test_an_answer_that_a_middleware_made_is_checked_as_well(log: retold.Log) -> None:
    session = await log.session("s")
    agent = Agent("a", config=log.model(Script("x", "y")), middleware=[Middleware(Adds)])
    asked = Asked()
    await session.ask(agent, "hi", policies=[asked])
    assert [check.text for check in asked.checks if check.point == "output"] == [
        "x",
        "something else",
    ]

    def decide(check: retold.Check) -> retold.Refuse | None:
        return retold.Refuse(reason="no") if check.text == "something else" else None

    with pytest.raises(errors.ContentRefused):
        await session.ask(agent, "hi", policies=[Asked(decide)])


async def test_published_chunks_are_out_unless_they_are_held(log: retold.Log) -> None:
    def agent() -> Agent[Any]:
        chunks = (ModelMessageChunk("a se"), ModelMessageChunk("cret"))
        return agent_of(log, Script(*chunks, "a secret"))

    session = await log.session("s")
    published: list[str] = []

    async def note(event: ModelMessageChunk) -> None:
        published.append(event.content)

    async def note_message(event: ModelMessage) -> None:
        published.append(event.content)

    session.stream.where(ModelMessageChunk).subscribe(note)
    session.stream.where(ModelMessage).subscribe(note_message)
    refuse = retold.PatternCheck(patterns={"secret": "secret"})
    with pytest.raises(errors.ContentRefused):
        await session.ask(agent(), "hi", policies=[refuse])
    assert published == ["a se", "cret", "a secret"]

    published.clear()
    held = retold.PatternCheck(patterns={"secret": "secret"}, holds_output=True)
    with pytest.raises(errors.ContentRefused):
        await session.ask(agent(), "hi", policies=[held])
    assert published == []
    masks = retold.PatternCheck(patterns={"x": "secret"}, action="mask", holds_output=True)
    assert (await session.ask(agent(), "hi", policies=[masks])).body == "a [x]"
    assert published == ["a [x]"]

    published.clear()
    passes = retold.PatternCheck(patterns={"x": "unsaid"}, holds_output=True)
    assert (await session.ask(agent(), "hi", policies=[passes])).body == "a secret"
    assert published == ["a se", "cret", "a secret"]


async def test_what_a_model_publishes_that_is_not_recorded_cannot_be_held(log: retold.Log) -> None:
    session = await log.session("s")
    script = Script("never")
    held = retold.PatternCheck(holds_output=True)
    with pytest.raises(errors.OutputNotHeld):
        await session.ask(Agent("a", config=script), "hi", policies=[held])
    assert script.seen == []

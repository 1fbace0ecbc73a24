"""The policies that come with Retold: limits, tools, scopes, content."""

from __future__ import annotations

from typing import Any

import pytest
from ag2 import Agent
from ag2.events import ModelMessage, ModelResponse, TextInput, ToolCallsEvent, Usage

import retold
from retold import (
    AllowedTools,
    ContentCheck,
    PatternCheck,
    Price,
    RequiredScopes,
    SessionLimits,
    SizeLimits,
    TurnLimits,
    errors,
)
from retold.agents.policies.content import personal_patterns, secret_patterns
from retold.agents.policies.policy import Policy
from retold.agents.secrets import remember_secrets
from tests.agents.policies.asking import Tools, refusals
from tests.agents.recorded import events_of
from tests.agents.scripted import Script, call, requests_in, results_in

looks = call("look_up", "call_1", '{"what": "it"}')
pays = call("pay", "call_2", '{"amount": 7}')


def says(text: str, tokens: int) -> ModelResponse:
    usage = Usage(prompt_tokens=tokens, completion_tokens=tokens)
    return ModelResponse(ModelMessage(text), usage=usage)


# Limits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_recorded", [True, False])
async def test_a_turn_makes_no_more_model_calls_than_it_may(
    log: retold.Log, *, is_recorded: bool
) -> None:
    session = await log.session("s", policies=[TurnLimits(model_calls=2)])
    script = Script([looks], [pays], "never")
    config: Any = log.model(script) if is_recorded else script
    agent = Agent("a", config=config, tools=Tools().functions)
    with pytest.raises(errors.LimitExceeded, match="2 model calls"):
        await session.ask(agent, "hi")
    assert len(script.seen) == 2
    # Each turn has its own.
    assert (await session.ask(agent, "hi")).body == "never"


async def test_a_turn_calls_no_more_tools_than_it_may(log: retold.Log) -> None:
    session = await log.session("s", policies=[TurnLimits(tool_calls=1)])
    tools = Tools()
    agent = Agent("a", config=log.model(Script([looks, pays])), tools=tools.functions)
    with pytest.raises(errors.LimitExceeded):
        await session.ask(agent, "hi")
    assert tools.called == []


async def test_a_model_can_be_told_of_one_tool_call_too_many(log: retold.Log) -> None:
    session = await log.session("s", policies=[TurnLimits(tool_calls=1, tell_model=True)])
    tools = Tools()
    script = Script([looks, pays], "enough")
    agent = Agent("a", config=log.model(script), tools=tools.functions)
    assert (await session.ask(agent, "hi")).body == "enough"
    assert tools.called == ["look_up it"]
    assert "may call 1 tools" in results_in(script.said)["call_2"]


@pytest.mark.parametrize("is_recorded", [True, False])
async def test_the_call_that_goes_over_the_tokens_is_the_last(
    log: retold.Log, *, is_recorded: bool
) -> None:
    calls_tool = ModelResponse(
        tool_calls=ToolCallsEvent([looks]), usage=Usage(prompt_tokens=8, completion_tokens=4)
    )
    script = Script(calls_tool, "never")
    config: Any = log.model(script) if is_recorded else script
    session = await log.session("s", policies=[TurnLimits(tokens=10)])
    agent = Agent("a", config=config, tools=Tools().functions)
    with pytest.raises(errors.LimitExceeded, match="has used 12"):
        await session.ask(agent, "hi")
    assert len(script.seen) == 1


async def test_a_session_is_limited_whichever_process_asks(sqlite_url: str) -> None:
    limits = SessionLimits(model_calls=3, turns=4)
    reasons: list[str] = []
    for expected in (["a", "b"], ["a", "LimitExceeded", "LimitExceeded"]):
        async with retold.open(sqlite_url, policies=[limits]) as log:
            session = await log.session("s")
            agent = Agent("a", config=log.model(Script("a", "b", "c")))
            answers = []
            for _ in expected:
                try:
                    answers.append((await session.ask(agent, "hi")).body)
                except errors.LimitExceeded as error:
                    answers.append(type(error).__name__)
            assert answers == expected
            reasons = [reason for *_, reason in await refusals(session)]
    # The first was refused a model call, the second a turn.
    assert reasons == ["a session may make 3 model calls", "a session may have 4 turns"]


@pytest.mark.parametrize("is_recorded", [True, False])
async def test_tokens_and_tools_of_earlier_turns_count_for_the_session(
    log: retold.Log, *, is_recorded: bool
) -> None:
    session = await log.session("s")
    script = Script([looks], says("one", 20), says("two", 20))
    config: Any = log.model(script) if is_recorded else script
    agent = Agent("a", config=config, tools=Tools().functions)
    await session.ask(agent, "hi")
    with pytest.raises(errors.LimitExceeded, match="has used 40"):
        await session.ask(agent, "hi", policies=[SessionLimits(tokens=40)])
    script.turns[:] = [[pays]]
    with pytest.raises(errors.LimitExceeded, match="1 tools"):
        await session.ask(agent, "hi", policies=[SessionLimits(tool_calls=1)])
    script.turns[:] = ["ok"]
    await session.ask(agent, "hi", policies=[SessionLimits(tokens=41, model_calls=4)])
    with pytest.raises(errors.LimitExceeded):
        await session.ask(agent, "hi", policies=[SessionLimits(model_calls=4)])


async def test_dollars_are_counted_by_the_prices_of_models(log: retold.Log) -> None:
    session = await log.session("s")
    prices = {"dear": Price(1_000_000, 2_000_000)}
    agent = Agent("a", config=log.model(Script(says("one", 1), "never", name="dear")))
    limit = SessionLimits(cost_usd=3, prices=prices)
    assert (await session.ask(agent, "hi", policies=[limit])).body == "one"
    with pytest.raises(errors.LimitExceeded, match="has cost 3"):
        await session.ask(agent, "hi", policies=[limit])
    other = Agent("b", config=log.model(Script("never", name="unknown")))
    with pytest.raises(errors.LimitExceeded, match="unknown has no price"):
        await session.ask(other, "hi", policies=[TurnLimits(cost_usd=3, prices=prices)])


async def test_texts_may_have_a_limited_length(log: retold.Log) -> None:
    session = await log.session("s")
    agent = Agent("a", config=log.model(Script("12345", "1234")), tools=Tools().functions)
    sizes = SizeLimits(input=8, output=4, arguments=8, result=8)
    with pytest.raises(errors.LimitExceeded, match="9 characters"):
        await session.ask(agent, "12345", TextInput("6789"), policies=[sizes])
    with pytest.raises(errors.LimitExceeded, match="5 characters"):
        await session.ask(agent, "hi", policies=[sizes])
    assert (await session.ask(agent, "hi", policies=[sizes])).body == "1234"
    script = Script([call("look_up", "c", '{"what": "many words"}')])
    agent = Agent("a", config=log.model(script), tools=Tools().functions)
    with pytest.raises(errors.LimitExceeded) as refused:
        await session.ask(agent, "hi", policies=[sizes])
    assert refused.value.point == "tool_call"
    script.turns[:] = [[call("look_up", "d", "{}")], "ok"]
    told = SizeLimits(result=2, tell_model=True)
    assert (await session.ask(agent, "hi", policies=[told])).body == "ok"
    assert "may have 2" in results_in(script.said)["d"]


# Tools and scopes ----------------------------------------------------------------------------


async def test_only_allowed_tools_are_offered_and_called(log: retold.Log) -> None:
    session = await log.session("s", policies=[AllowedTools(allow=["look_*"])])
    tools = Tools()
    script = Script([looks], "ok", [pays])
    agent = Agent("a", config=log.model(script), tools=tools.functions)
    await session.ask(agent, "hi")
    assert {seen.tools for seen in script.seen} == {("look_up",)}
    with pytest.raises(errors.ToolNotAllowed, match="none of those"):
        await session.ask(agent, "hi")
    assert tools.called == ["look_up it"]


async def test_tools_are_denied_to_some_agents_only(log: retold.Log) -> None:
    session = await log.session("s", policies=[AllowedTools(deny=["pay"], agents=["clerk"])])
    tools = Tools()
    for name, expected in (("boss", ("look_up", "pay")), ("clerk", ("look_up",))):
        script = Script("ok")
        await session.ask(Agent(name, config=log.model(script), tools=tools.functions), "hi")
        assert script.seen[0].tools == expected


async def test_scopes_are_the_callers_own(log: retold.Log) -> None:
    policy = RequiredScopes(agents={"a": ["ask"]}, tools={"pay": ["ask", "pay"]})
    plain = await log.session("s", policies=[policy])
    clerk = await log.session("s", scopes=["ask"])
    boss = await log.session("s", scopes=["ask", "pay"])
    tools = Tools()

    def agent(*said: Any) -> Agent[Any]:
        return Agent("a", config=log.model(Script(*said)), tools=tools.functions)

    with pytest.raises(errors.MissingScope, match="ask"):
        await plain.ask(agent("never"), "hi")
    with pytest.raises(errors.MissingScope, match="pay"):
        await clerk.ask(agent([pays]), "hi")
    assert tools.called == []
    reply = await boss.ask(agent([pays], "paid", [pays], "again"), "hi")
    assert (await reply.ask("once more")).body == "again"
    assert tools.called == ["pay 7", "pay 7"]
    assert (await plain.ask(agent("ok"), "hi", scopes=["ask"])).body == "ok"
    # Who has the stream only has no scopes.
    with pytest.raises(errors.MissingScope):
        await agent("never").ask("hi", stream=boss.stream)


# Content -------------------------------------------------------------------------------------

found_in = {
    "private key": "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
    "API key": "sk-proj-abcdefghijklmnop1234",
    "AWS access key": "AKIAABCDEFGHIJKLMNOP",
    "GitHub token": "ghp_" + "a" * 36,
    "Google API key": "AIza" + "b" * 35,
    "Slack token": "xoxb-1234567890-abc",
    "JSON web token": "eyJhbGciOiJI.eyJzdWIiOiIx.abcdefgh1234",
    "e-mail address": "ada@example.co.uk",
    "card number": "4111 1111 1111 1111",
    "IBAN": "CH93 0076 2011 6238 5295 7",
}


@pytest.mark.parametrize("what", found_in)
async def test_what_patterns_find_is_masked_and_never_recorded(log: retold.Log, what: str) -> None:
    patterns = {**secret_patterns, **personal_patterns}
    session = await log.session("s", policies=[PatternCheck(patterns=patterns, action="mask")])
    script = Script("ok")
    agent = Agent("a", config=log.model(script))
    await session.ask(agent, f"It is {found_in[what]} you see")
    assert requests_in(script.said) == [[f"It is [{what}] you see"]]
    assert not any(found_in[what] in str(event.data) for event in await session.events())


@pytest.mark.parametrize(
    "text",
    ["order 4111 1111 1111 1112", "a b@c", "sk-short", "in 2024-11-24T22:59:01, 12345 times", ""],
)
async def test_what_only_looks_alike_passes(log: retold.Log, text: str) -> None:
    patterns = {**secret_patterns, **personal_patterns}
    session = await log.session("s", policies=[PatternCheck(patterns=patterns)])
    assert (await session.ask(Agent("a", config=log.model(Script("ok"))), text)).body == "ok"


async def test_a_callable_checks_content_where_it_is_told_to(log: retold.Log) -> None:
    seen: list[str] = []

    async def check(text: str) -> retold.Refuse | None:
        seen.append(text)
        return retold.Refuse(reason="it is rude") if "damn" in text else None

    policy = ContentCheck(of=check, name="manners", at=["output"])
    session = await log.session("s", policies=[policy])
    agent = Agent("a", config=log.model(Script("fine", "damn")))
    await session.ask(agent, "damn")
    with pytest.raises(errors.ContentRefused, match="it is rude"):
        await session.ask(agent, "hi")
    assert seen == ["fine", "damn"]


# What fails ----------------------------------------------------------------------------------


class Raises:
    """Raises an error with a secret in it."""

    name = "raises"

    def __init__(self, point: str) -> None:
        self.point = point

    def check(self, check: retold.Check) -> None:
        """Raise."""
        if check.point == self.point:
            raise ValueError(f"hunter2hunter2 in {check.text}")


@pytest.mark.parametrize(
    "point",
    ["agent", "input", "model_call", "tool_offer", "tool_call", "tool_result", "output"],
)
async def test_a_policy_that_raises_refuses_and_says_so(log: retold.Log, point: str) -> None:
    session = await log.session("s")
    tools = Tools()
    script = Script([looks], "a text", "back")
    agent = Agent("a", config=log.model(script), tools=tools.functions)
    with pytest.raises(errors.PolicyFailed) as failed:
        await session.ask(agent, "hi", policies=[Raises(point)])
    assert (failed.value.policy, failed.value.error) == ("raises", "ValueError")
    assert failed.value.point == point
    (event,) = await events_of(session, "policy.failed")
    assert (event.data["error"], event.data["point"]) == ("ValueError", point)
    assert not any("hunter2" in str(event.data) for event in await session.events())
    assert len(script.seen) == {"tool_call": 1, "tool_result": 1, "output": 2}.get(point, 0)
    assert tools.called == ([] if point not in {"tool_result", "output"} else ["look_up it"])
    script.turns[:] = ["back"]
    assert (await session.ask(agent, "hi")).body == "back"


@pytest.mark.parametrize("decision", ["yes", 7, True, retold.Refuse(reason=" ")])
async def test_a_decision_that_is_none_refuses(log: retold.Log, decision: Any) -> None:
    policy = ContentCheck(of=lambda _: decision, at=["input"])
    session = await log.session("s", policies=[policy])
    script = Script("never")
    with pytest.raises(errors.PolicyFailed):
        await session.ask(Agent("a", config=log.model(script)), "hi")
    assert script.seen == []


async def test_reasons_hold_neither_the_text_nor_secrets_of_models(log: retold.Log) -> None:
    remember_secrets(log.store, {"api_key": "s3cr3t-k3y-of-model"})
    said = "my password is swordfish"
    reason = f"{said}, and s3cr3t-k3y-of-model"
    policy = ContentCheck(of=lambda _: retold.Refuse(reason=reason), at=["input"])
    session = await log.session("s", policies=[policy])
    with pytest.raises(errors.ContentRefused) as refused:
        await session.ask(Agent("a", config=log.model(Script("never"))), said)
    assert refused.value.reason == "***, and ***"
    assert [reason for *_, reason in await refusals(session)] == ["***, and ***"]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: TurnLimits(model_calls=-1),
        lambda: TurnLimits(tokens=float("nan")),  # type: ignore[arg-type]  # what it is about
        lambda: SessionLimits(turns=True),
        lambda: TurnLimits(cost_usd=1),
        lambda: SizeLimits(input=-1),
        lambda: AllowedTools(allow="pay"),
        lambda: RequiredScopes(tools={"pay": "pay"}),
        lambda: PatternCheck(patterns={"x": "("}),
        lambda: PatternCheck(at=["agent"]),
        lambda: ContentCheck(of=None),  # type: ignore[arg-type]  # what it is about
    ],
)
def test_a_policy_that_cannot_be_is_refused_when_it_is_made(wrong: Any) -> None:
    with pytest.raises(errors.InvalidPolicy):
        wrong()


@pytest.mark.parametrize("wrong", ["policy", [object()], [TurnLimits], 7])
async def test_what_is_no_policy_is_refused_before_anything_happens(
    log: retold.Log, sqlite_url: str, wrong: Any
) -> None:
    session = await log.session("s")
    script = Script("never")
    with pytest.raises(errors.InvalidPolicy):
        await session.ask(Agent("a", config=log.model(script)), "hi", policies=wrong)
    with pytest.raises(errors.InvalidPolicy):
        await log.session("s", policies=wrong)
    with pytest.raises(errors.InvalidPolicy):
        async with retold.open(sqlite_url, policies=wrong):
            pass
    assert session.version == 0


def test_shipped_policies_are_policies() -> None:
    shipped = (TurnLimits(), SessionLimits(), SizeLimits(), AllowedTools(), RequiredScopes())
    for policy in (*shipped, PatternCheck(), ContentCheck(of=lambda _: None)):
        assert isinstance(policy, Policy)

"""Who is registered, who is draining, and what cannot be registered."""

from __future__ import annotations

import pytest

from retold.domain.orchestrator.agents import AgentDescription, AgentLimits, TokenPrices
from retold.domain.orchestrator.events import (
    AgentDraining,
    AgentRegistered,
    AgentRemoved,
    AgentResumed,
    LimitRefused,
)
from retold.domain.orchestrator.roster import (
    DrainAgent,
    RegisterAgents,
    RemoveAgent,
    ResumeAgent,
    roster,
)
from retold.errors import AgentNotRegistered, AgentsInvalid
from retold.testing import given

coder = AgentDescription(name="coder", capabilities=("coding",), instances=("1", "2"), priority=1)
registered = AgentRegistered(
    name="coder", capabilities=("coding",), instances=("1", "2"), priority=1
)


def test_an_agent_is_registered_once() -> None:
    given(roster).when(RegisterAgents(agents=(coder,))).then(registered)
    given(roster, registered).when(RegisterAgents(agents=(coder,))).then()


def test_another_description_takes_the_place_of_the_one_before() -> None:
    limited = coder.model_copy(update={"limits": AgentLimits(calls_per_minute=3)})
    anew = registered.model_copy(update={"limits": AgentLimits(calls_per_minute=3)})
    given(roster, registered).when(RegisterAgents(agents=(limited,))).then(anew)
    assert roster.after([registered, anew]).agents == {"coder": limited}


def test_an_agent_drains_until_it_is_resumed_however_it_is_described_meanwhile() -> None:
    draining = AgentDraining(name="coder", by="ops", reason="new release")
    command = DrainAgent(name="coder", by="ops", reason="new release")
    given(roster, registered).when(command).then(draining)
    given(roster, registered, draining).when(DrainAgent(name="coder")).then()
    anew = registered.model_copy(update={"priority": 7})
    assert roster.after([registered, draining, anew]).draining == ("coder",)
    resumed = AgentResumed(name="coder")
    given(roster, registered, draining).when(ResumeAgent(name="coder")).then(resumed)
    given(roster, registered).when(ResumeAgent(name="coder")).then()


def test_an_agent_that_is_removed_comes_back_without_draining() -> None:
    draining, removed = AgentDraining(name="coder"), AgentRemoved(name="coder")
    given(roster, registered).when(RemoveAgent(name="coder")).then(removed)
    state = roster.after([registered, draining, removed])
    assert (state.agents, state.draining) == ({}, ())
    assert roster.after([registered], state).draining == ()


@pytest.mark.parametrize(
    "command", [DrainAgent(name="cook"), ResumeAgent(name="cook"), RemoveAgent(name="cook")]
)
def test_an_agent_nobody_registered_is_refused(command: DrainAgent) -> None:
    given(roster, registered).when(command).raises(AgentNotRegistered)


def test_whom_a_step_may_be_given_to() -> None:
    tester = AgentRegistered(name="tester", capabilities=("testing", "coding"), instances=("1",))
    state = roster.after([registered, tester])
    assert [agent.name for agent in state.able("tester", None)] == ["tester"]
    assert [agent.name for agent in state.able(None, "coding")] == ["coder", "tester"]
    assert state.able("cook", None) == state.able(None, "cooking") == []


def test_all_that_is_wrong_is_said_at_once() -> None:
    agents = (
        AgentDescription(name=" "),
        AgentDescription(name="a", capabilities=("x", "x"), instances=()),
        AgentDescription(name="b", instances=("1", "1")),
        AgentDescription(
            name="b",
            limits=AgentLimits(
                concurrent_calls=0,
                calls_per_minute=-1,
                tokens_per_minute=-1,
                tokens_per_hour=0,
                cost_per_hour=float("nan"),
            ),
            prices=TokenPrices(prompt_per_million=0, completion_per_million=-1),
        ),
        AgentDescription(name="c" * 101, capabilities=("\n",), limits=AgentLimits(cost_per_hour=1)),
    )
    with pytest.raises(AgentsInvalid) as raised:
        roster.decide(RegisterAgents(agents=agents), roster.state())
    assert [(p.code, p.agent[:1], p.field) for p in raised.value.problems] == [
        ("invalid_name", " ", "name"),
        ("duplicate_capability", "a", "capabilities"),
        ("invalid_instances", "a", "instances"),
        ("duplicate_instance", "b", "instances"),
        ("invalid_limit", "b", "limits.concurrent_calls"),
        ("invalid_limit", "b", "limits.calls_per_minute"),
        ("invalid_limit", "b", "limits.tokens_per_minute"),
        ("invalid_limit", "b", "limits.tokens_per_hour"),
        ("invalid_limit", "b", "limits.cost_per_hour"),
        ("invalid_price", "b", "prices.completion_per_million"),
        ("invalid_name", "c", "name"),
        ("invalid_name", "c", "capabilities"),
        ("missing_prices", "c", "prices"),
        ("duplicate_agent", "b", "name"),
    ]
    assert "agent 'b', limits.calls_per_minute: it is -1" in str(raised.value)


def test_a_refusal_is_named_by_its_agent_limit_and_attempt() -> None:
    refused = LimitRefused(
        agent="coder", limit="calls_per_minute", used=3, allowed=3, run="r", step="s", attempt=1
    )
    assert refused.id == refused.model_copy(update={"used": 9.0}).id
    for change in ({"attempt": 2}, {"item": 0}, {"limit": "cost_per_hour"}, {"agent": "x"}):
        assert refused.model_copy(update=change).id != refused.id

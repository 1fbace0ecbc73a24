"""The limits of an agent hold over all its calls, whoever makes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from retold.domain.event import DomainEvent
from retold.domain.orchestrator.agents import AgentLimits
from retold.domain.orchestrator.calls import (
    AdmitCall,
    CallAdmitted,
    CallEnded,
    EndCall,
    Window,
    agent_calls,
)
from retold.errors import AgentLimitsReached
from retold.testing import given

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return noon + timedelta(seconds=seconds)


def admit(call: str, seconds: float = 0, **limits: float) -> AdmitCall:
    given_limits = AgentLimits.model_validate(limits)
    return AdmitCall(agent="a", call=call, at=at(seconds), worker="w", limits=given_limits)


def admitted(call: str, seconds: float = 0) -> CallAdmitted:
    return CallAdmitted(call=call, at=at(seconds), worker="w")


def refused(
    command: AdmitCall, *events: DomainEvent
) -> list[tuple[str, float, float, datetime | None]]:
    with pytest.raises(AgentLimitsReached) as raised:
        agent_calls.decide(command, agent_calls.after(events))
    return [tuple(one) for one in raised.value.reached]  # type: ignore[misc]


def test_so_many_calls_are_in_flight_at_once() -> None:
    given(agent_calls).when(admit("1", concurrent_calls=1)).then(admitted("1"))
    assert refused(admit("2", concurrent_calls=1), admitted("1")) == [
        ("concurrent_calls", 1, 1, None)
    ]
    ended = CallEnded(call="1", at=at(1))
    given(agent_calls, admitted("1"), ended).when(admit("2", concurrent_calls=1)).then(
        admitted("2")
    )


def test_a_call_that_is_in_flight_is_admitted_once_and_ended_once() -> None:
    given(agent_calls, admitted("1")).when(admit("1", concurrent_calls=1)).then()
    ended = CallEnded(call="1", at=at(1), tokens=7)
    given(agent_calls, admitted("1")).when(EndCall(call="1", at=at(1), tokens=7)).then(ended)
    given(agent_calls, admitted("1"), ended).when(EndCall(call="1", at=at(2))).then()
    given(agent_calls).when(EndCall(call="1", at=at(1))).then()


def test_calls_of_a_minute_count_until_the_minute_is_over() -> None:
    calls = [admitted("1", 0), CallEnded(call="1", at=at(1)), admitted("2", 30.5)]
    assert refused(admit("3", 40, calls_per_minute=2), *calls) == [
        ("calls_per_minute", 2, 2, at(61))
    ]
    given(agent_calls, *calls).when(admit("3", 61, calls_per_minute=2)).then(admitted("3", 61))


def test_tokens_and_cost_count_once_they_are_known() -> None:
    calls = [admitted("1"), CallEnded(call="1", at=at(5), tokens=100, cost=0.5)]
    limits = {"tokens_per_minute": 100, "tokens_per_hour": 100, "cost_per_hour": 0.5}
    assert [
        (name, used, retry_at)
        for name, used, _, retry_at in refused(admit("2", 6, **limits), *calls)
    ] == [
        ("tokens_per_minute", 100, at(66)),
        ("tokens_per_hour", 100, at(3660)),
        ("cost_per_hour", 0.5, at(3660)),
    ]
    given(agent_calls, *calls).when(admit("2", 3660, **limits)).then(admitted("2", 3660))


@for_all(
    st.lists(st.tuples(st.floats(0, 300), st.integers(1, 5)), max_size=40),
    st.floats(0, 60),
    st.integers(1, 20),
)
def test_a_window_never_counts_less_than_was_used(
    used: list[tuple[float, int]], later: float, allowed: int
) -> None:
    window, amounts = Window(seconds=60), sorted(used)
    for seconds, amount in amounts:
        window = window.add(at(seconds), amount)
    now = (amounts[-1][0] if amounts else 0) + later
    exact = sum(amount for seconds, amount in amounts if seconds > now - 60)
    at_most = sum(amount for seconds, amount in amounts if seconds > now - 61.001)
    assert exact <= window.total(at(now)) <= at_most
    free_at = window.free_at(at(now), allowed)
    if free_at is None:
        assert window.total(at(now)) < allowed
    else:
        assert window.total(free_at + timedelta(milliseconds=1)) < allowed

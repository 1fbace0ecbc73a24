"""Decisions on delegations: given events, when a command, then events."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as given_values, strategies as st

from retold.domain.event import DomainEvent
from retold.domain.nested_chat import (
    CompleteDelegatedWork,
    Delegate,
    EndDelegation,
    RefuseDelegation,
    check_limits,
    delegations,
)
from retold.domain.nested_chat_events import (
    DelegatedWorkCompleted,
    DelegationCancelled,
    DelegationCompleted,
    DelegationExpired,
    DelegationFailed,
    DelegationRefused,
    DelegationRequested,
    DelegationResumed,
    DelegationStopped,
    nested_chat_events,
)
from retold.domain.recorded import RecordedEvent
from retold.domain.result import ResultStatus
from retold.domain.value import ErrorInfo
from retold.errors import (
    CyclicDelegation,
    DelegationTooDeep,
    InvalidDelegation,
    UnknownSubAgent,
)
from retold.testing import given
from tests.projections.histories import recorded

lost = ErrorInfo(type="ConnectionError", message="lost")


def delegate(delegation: str = "d1", **given: Any) -> Delegate:
    """Return a command to delegate, "t" to "business" unless said otherwise."""
    fields: dict[str, Any] = {
        "key": "k",
        "task": "t",
        "to": "business",
        "known": {"business": "analyst", "lead": "boss"},
        "above": ("boss",),
    }
    return Delegate(delegation=delegation, **(fields | given))


def requested(delegation: str = "d1", **given: Any) -> DelegationRequested:
    """Return what such a command leads to."""
    fields: dict[str, Any] = {
        "key": "k",
        "task": "t",
        "to": "business",
        "agent": "analyst",
        "above": ("boss",),
    }
    return DelegationRequested(delegation=delegation, **(fields | given))


def ended(status: ResultStatus, error: ErrorInfo | None = None) -> EndDelegation:
    """Return a command to note an end."""
    return EndDelegation(delegation="d1", status=status, error=error)


def test_a_delegation_is_requested_with_its_context_and_limits() -> None:
    command = delegate(
        context={"year": 2026, "none": None},
        max_turns=3,
        timeout_seconds=1.5,
        max_depth=1,
        tool_call_id="c1",
    )
    state = (
        given(delegations)
        .when(command)
        .then(
            requested(
                context={"year": 2026, "none": None},
                max_turns=3,
                timeout_seconds=1.5,
                tool_call_id="c1",
            )
        )
    )
    (chat,) = state.open
    assert (chat.delegation, chat.attempt, chat.context["year"]) == ("d1", 1, 2026)


def test_two_under_way_to_one_sub_agent_are_two() -> None:
    state = given(delegations, requested()).when(delegate("d2", key="other")).state
    assert [chat.delegation for chat in state.open] == ["d1", "d2"]


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (ResultStatus.COMPLETED, DelegationCompleted(delegation="d1")),
        (ResultStatus.STOPPED, DelegationStopped(delegation="d1", error=lost)),
        (ResultStatus.FAILED, DelegationFailed(delegation="d1", error=lost)),
        (ResultStatus.EXPIRED, DelegationExpired(delegation="d1", error=lost)),
        (ResultStatus.CANCELLED, DelegationCancelled(delegation="d1", error=lost)),
    ],
)
def test_a_delegation_ends_once(status: ResultStatus, event: DomainEvent) -> None:
    error = None if status is ResultStatus.COMPLETED else lost
    state = given(delegations, requested()).when(ended(status, lost)).then(event)
    assert (state.by_id["d1"].status, state.by_id["d1"].error) == (status, error)
    assert state.open == ()
    given(delegations, requested(), event).when(ended(ResultStatus.FAILED)).then()
    given(delegations).when(ended(status)).then()


def test_one_that_a_process_left_is_resumed_and_one_that_answered_is_not() -> None:
    state = (
        given(delegations, requested()).when(delegate()).then(DelegationResumed(delegation="d1"))
    )
    assert (state.by_id["d1"].resumed, state.by_id["d1"].status) == (1, "in_progress")
    done = DelegationCompleted(delegation="d1")
    given(delegations, requested(), done).when(delegate()).then()


def test_one_that_failed_is_tried_again_as_another_attempt() -> None:
    failed = DelegationFailed(delegation="d1", error=lost)
    given(delegations, requested(), failed).when(delegate("d2")).then(requested("d2", attempt=2))


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (ResultStatus.FAILED, DelegationFailed(delegation="d1")),
        (ResultStatus.EXPIRED, DelegationExpired(delegation="d1")),
        (ResultStatus.CANCELLED, DelegationCancelled(delegation="d1")),
    ],
)
def test_an_end_that_only_ag2_noted_is_noted_as_what_it_was(
    status: ResultStatus, event: DomainEvent
) -> None:
    command = delegate("d2", ended={"d1": status, "d0": ResultStatus.FAILED})
    given(delegations, requested()).when(command).then(event, requested("d2", attempt=2))


def test_an_end_that_nobody_noted_is_noted_with_the_next_attempt() -> None:
    state = (
        given(delegations, requested())
        .when(delegate("d2"))
        .then(DelegationFailed(delegation="d1"), requested("d2", attempt=2))
    )
    assert [chat.delegation for chat in state.open] == ["d2"]


def test_an_unknown_sub_agent_is_refused_by_name() -> None:
    error = given(delegations).when(delegate(to="legal")).raises(UnknownSubAgent)
    assert (error.agent, error.to, error.known) == ("boss", "legal", ("business", "lead"))
    assert "'business', 'lead'" in str(error)
    error = given(delegations).when(delegate(known={})).raises(UnknownSubAgent)
    assert "It has: none." in str(error)


@pytest.mark.parametrize("above", [("boss",), ("boss", "middle"), ("top", "boss", "middle")])
def test_an_agent_that_waits_for_the_task_is_refused(above: tuple[str, ...]) -> None:
    error = given(delegations).when(delegate(to="lead", above=above)).raises(CyclicDelegation)
    assert (error.to, error.agent, error.above) == ("lead", "boss", above)


def test_deeper_than_allowed_is_refused() -> None:
    above = ("boss", "middle")
    given(delegations).when(delegate(above=above, max_depth=2)).then(requested(above=above))
    error = given(delegations).when(delegate(above=above, max_depth=1)).raises(DelegationTooDeep)
    assert error.limit == 1


@pytest.mark.parametrize(
    "given_values",
    [
        {"task": ""},
        {"task": " \n"},
        {"max_turns": 0},
        {"max_turns": -3},
        {"max_turns": True},
        {"max_depth": 0},
        {"timeout_seconds": 0},
        {"timeout_seconds": -1},
        {"timeout_seconds": float("nan")},
        {"context": {"a": object()}},
        {"context": {1: 2}},
        {"context": {"a": float("inf")}},
    ],
)
def test_what_is_no_task_context_or_limit_is_refused(given_values: dict[str, Any]) -> None:
    given(delegations).when(delegate(**given_values)).raises(InvalidDelegation)


def test_no_limit_is_a_limit_too() -> None:
    check_limits(max_turns=None, timeout_seconds=None)
    check_limits(max_turns=1, timeout_seconds=float("inf"), max_depth=1)


def test_a_refusal_of_a_models_delegation_is_noted() -> None:
    fields: dict[str, Any] = {"task": "t", "to": "x", "above": ("boss",), "tool_call_id": "c"}
    state = (
        given(delegations)
        .when(RefuseDelegation(**fields, error=lost))
        .then(DelegationRefused(**fields, error=lost))
    )
    assert (state.refused, state.by_id) == (1, {})


def test_ends_of_pieces_of_work_are_counted_by_name() -> None:
    over = DelegatedWorkCompleted(work="a")
    state = given(delegations, over).when(CompleteDelegatedWork(work="a")).then(over)
    assert state.works == {"a": 2}


# As folds ----------------------------------------------------------------------------------------

statuses = st.sampled_from([s for s in ResultStatus if s not in {"in_progress", "waiting"}])
commands = st.one_of(
    st.builds(
        lambda number, key: delegate(f"d{number}", key=key),
        st.integers(1, 4),
        st.sampled_from(["k", "l"]),
    ),
    st.builds(
        lambda number, status: EndDelegation(delegation=f"d{number}", status=status, error=lost),
        st.integers(1, 4),
        statuses,
    ),
    st.just(RefuseDelegation(task="t", to="x", above=("boss",), error=lost)),
    st.just(CompleteDelegatedWork(work="a")),
)


@given_values(st.lists(commands, max_size=30))
def test_the_state_is_the_fold_of_what_was_recorded(given_commands: list[Any]) -> None:
    events: list[DomainEvent] = []
    state = delegations.state()
    for command in given_commands:
        decided = list(delegations.decide(command, state))
        events += decided
        state = delegations.after(decided, state)
        assert state == delegations.after(events)
    folded = delegations.fold.initial()
    for event in _recorded(events):
        # A snapshot may be taken after any event.
        folded = delegations.fold.decode(delegations.fold.encode(folded))
        folded = delegations.fold.evolve(folded, event)
    assert folded == state


def _recorded(events: list[DomainEvent]) -> list[RecordedEvent]:
    found = recorded([event.to_new_event() for event in events])
    assert [nested_chat_events.decode(event) for event in found] == events
    return found

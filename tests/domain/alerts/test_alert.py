"""What is decided about alerts: raised once, cleared once, and who is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as examples, strategies as st

from retold.domain.alerts.alert import (
    AlertCleared,
    AlertHookCalled,
    AlertHookFailed,
    AlertPending,
    AlertRaised,
    AlertState,
    AlertStatus,
    AlertSubsided,
    CallHook,
    Change,
    FailHook,
    TakeMeasure,
    alerts,
)
from retold.domain.alerts.rules import AlertRule, Measure, OnUnknown, check_rules
from retold.domain.event import DomainEvent
from retold.domain.value import ErrorInfo
from retold.errors import AlertRulesInvalid
from retold.testing import given

noon = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return noon + timedelta(seconds=seconds)


def rule(**fields: Any) -> AlertRule:
    return AlertRule(**{"name": "errors", "measure": "error_rate", "above": 0.5, **fields})


def take(value: float | None, seconds: float = 0, **fields: Any) -> TakeMeasure:
    return TakeMeasure(rule=rule(**fields), value=value, cause="why", at=at(seconds))


def raised(value: float = 0.6, number: int = 1, seconds: float = 0, **fields: Any) -> AlertRaised:
    since = fields.pop("since", at(seconds))
    return AlertRaised(
        number=number,
        rule=rule(**fields),
        value=value,
        threshold=0.5,
        cause="why",
        since=since,
        at=at(seconds),
    )


def cleared(value: float | None, seconds: float, threshold: float = 0.5) -> AlertCleared:
    return AlertCleared(
        number=1, value=value, threshold=threshold, cause="why", raised_at=noon, at=at(seconds)
    )


def called(change: Change, hook: str = "page", number: int = 1) -> AlertHookCalled:
    return AlertHookCalled(number=number, change=change, hook=hook, at=noon)


def test_it_is_raised_above_the_threshold_and_not_at_it() -> None:
    given(alerts).when(take(0.5)).then()
    given(alerts).when(take(None)).then()
    state = given(alerts).when(take(0.6)).then(raised())
    assert (state.status, state.number, state.since) == (AlertStatus.RAISED, 1, noon)


def test_it_is_raised_once_and_cleared_once() -> None:
    given(alerts, raised()).when(take(0.9, 5)).then()
    given(alerts, raised()).when(take(0.5, 5)).then(cleared(0.5, 5))
    given(alerts, raised(), cleared(0.5, 5)).when(take(0.1, 6)).then()
    given(alerts, raised(), cleared(0.5, 5)).when(take(0.7, 9)).then(
        raised(0.7, number=2, seconds=9)
    )


def test_a_figure_that_was_measured_before_it_was_decided_last_changes_nothing() -> None:
    # A process that is slow to measure: meanwhile another one raised, or cleared.
    given(alerts, raised(), cleared(0.1, 20)).when(take(0.9, 10)).then()
    given(alerts, raised(seconds=20)).when(take(0.1, 10)).then()


def test_between_the_two_thresholds_nothing_changes() -> None:
    given(alerts).when(take(0.4, clear_at=0.2)).then()
    given(alerts, raised(clear_at=0.2)).when(take(0.4, 5, clear_at=0.2)).then()
    given(alerts, raised(clear_at=0.2)).when(take(0.2, 5, clear_at=0.2)).then(
        cleared(0.2, 5, threshold=0.2)
    )


def test_it_is_raised_when_the_figure_was_too_great_for_long_enough() -> None:
    pending = AlertPending(value=0.6, threshold=0.5, at=noon)
    given(alerts).when(take(0.6, for_seconds=60)).then(pending)
    given(alerts, pending).when(take(0.9, 59, for_seconds=60)).then()
    given(alerts, pending).when(take(0.9, 60, for_seconds=60)).then(
        raised(0.9, seconds=60, since=noon, for_seconds=60)
    )
    subsided = AlertSubsided(value=0.1, at=at(30))
    given(alerts, pending).when(take(0.1, 30, for_seconds=60)).then(subsided)
    given(alerts, pending).when(take(None, 30, for_seconds=60)).then(AlertSubsided(at=at(30)))
    again = AlertPending(value=0.6, threshold=0.5, at=at(70))
    given(alerts, pending, subsided).when(take(0.6, 70, for_seconds=60)).then(again)


def test_an_unknown_figure_clears_only_what_says_so() -> None:
    given(alerts, raised()).when(take(None, 5)).then()
    given(alerts, raised()).when(take(None, 5, on_unknown=OnUnknown.CLEAR)).then(cleared(None, 5))


def test_a_hook_is_called_once_for_a_raising_and_once_for_a_clearing() -> None:
    call = CallHook(hook="page", at=noon)
    given(alerts).when(call).then()
    told = called(Change.RAISED)
    given(alerts, raised()).when(call).then(told)
    given(alerts, raised(), told).when(call).then()
    over = (raised(), told, cleared(0.1, 5))
    given(alerts, *over).when(call).then(called(Change.CLEARED))
    given(alerts, *over, called(Change.CLEARED)).when(call).then()
    given(alerts, *over, raised(number=2)).when(call).then(called(Change.RAISED, number=2))


def test_a_hook_that_never_heard_of_a_raising_is_not_told_of_its_clearing() -> None:
    over = (raised(), called(Change.RAISED), cleared(0.1, 5))
    given(alerts, *over).when(CallHook(hook="other", at=noon)).then()


def test_a_hook_that_failed_is_noted_and_not_called_again() -> None:
    error = ErrorInfo(type="ConnectionError", message="nobody there")
    happened = (raised(), called(Change.RAISED))
    failure = FailHook(number=1, change=Change.RAISED, hook="page", error=error)
    failed = AlertHookFailed(number=1, change=Change.RAISED, hook="page", error=error)
    given(alerts, *happened).when(failure).then(failed)
    given(alerts, *happened, failed).when(CallHook(hook="page", at=noon)).then()


@examples(
    st.lists(st.none() | st.floats(0, 1), max_size=30),
    st.floats(0, 0.5),
    st.sampled_from([0, 3]),
)
def test_raisings_and_clearings_alternate_and_each_has_its_figure(
    values: list[float | None], clear_at: float, for_seconds: int
) -> None:
    state, history = AlertState(), list[DomainEvent]()
    for seconds, value in enumerate(values):
        command = take(value, seconds, clear_at=clear_at, for_seconds=for_seconds)
        events = alerts.decide(command, state)
        state = alerts.after(events, state)
        history += events
        # Who measures the same at the same time changes nothing.
        assert alerts.decide(command, state) == []
    changes = [e for e in history if isinstance(e, AlertRaised | AlertCleared)]
    for number, change in enumerate(changes):
        assert isinstance(change, AlertCleared if number % 2 else AlertRaised)
        assert change.number == number // 2 + 1
        if isinstance(change, AlertRaised):
            assert change.value > 0.5
            assert change.at - change.since >= timedelta(seconds=for_seconds)
            upto = values[(change.since - noon).seconds : (change.at - noon).seconds + 1]
            assert all(value is not None and value > 0.5 for value in upto)
        else:
            assert change.value is not None
            assert change.value <= clear_at


def test_all_that_is_wrong_with_rules_is_told_at_once() -> None:
    with pytest.raises(AlertRulesInvalid) as caught:
        check_rules(
            [
                rule(above=1.0),
                rule(above=float("nan"), window_seconds=0),
                rule(name=" ", clear_at=0.9, for_seconds=-1, at_least=0),
                AlertRule(name="c", measure=Measure.OPEN_CIRCUITS, above=0, workflow="w"),
                AlertRule(name="q", measure=Measure.QUEUE_DEPTH, above=9, step="s", circuit="x"),
                {"name": "m", "measure": "mood", "above": "high", "colour": "red"},
            ]
        )
    found = {(problem.rule, problem.code, problem.field) for problem in caught.value.problems}
    assert found == {
        ("errors", "never_raised", "above"),
        ("errors", "invalid_threshold", "above"),
        ("errors", "invalid_time", "window_seconds"),
        ("errors", "duplicate_rule", "name"),
        (" ", "invalid_name", "name"),
        (" ", "invalid_threshold", "clear_at"),
        (" ", "invalid_time", "for_seconds"),
        (" ", "invalid_count", "at_least"),
        ("c", "unfit_target", "workflow"),
        ("q", "unfit_target", "circuit"),
        ("q", "missing_workflow", "workflow"),
        ("m", "unknown_field", "colour"),
        ("m", "invalid_field", "measure"),
        ("m", "invalid_field", "above"),
    }
    assert "none is watched" in str(caught.value)


def test_rules_are_taken_as_such_and_by_their_fields() -> None:
    fields = {"name": "errors", "measure": "error_rate", "above": 0.5}
    assert check_rules([fields]) == check_rules([rule()]) == (rule(),)

"""A circuit decides by what its stream says, and by the time it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given as for_all, strategies as st

from retold.domain.circuit import (
    AdmitCall,
    CircuitCallFailed,
    CircuitCallRefused,
    CircuitClosed,
    CircuitCommand,
    CircuitHalfOpened,
    CircuitOpened,
    CircuitProbeReleased,
    CircuitProbeStarted,
    CircuitRecovered,
    CircuitState,
    CloseCircuit,
    CountFailure,
    ForgetFailures,
    OpenCircuit,
    ReleaseProbe,
    circuit,
)
from retold.domain.event import DomainEvent
from retold.domain.value import ErrorInfo
from retold.testing import given
from tests.projections.histories import recorded

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)
error = ErrorInfo(type="RateLimitError", message="slow down")


def at(seconds: float) -> datetime:
    return noon + timedelta(seconds=seconds)


def failed(call: str, failures: int) -> CircuitCallFailed:
    return CircuitCallFailed(call=call, failures=failures, error=error)


opened = CircuitOpened(call="b", failures=2, error=error, opened_at=noon, retry_at=at(30))
half_opened = [
    opened,
    CircuitHalfOpened(call="c", at=at(30)),
    CircuitProbeStarted(call="c", lost_at=at(90)),
]


def test_a_closed_circuit_lets_calls_through_and_counts_failures_in_a_row() -> None:
    given(circuit).when(AdmitCall(call="a", at=noon)).then()
    given(circuit).when(CountFailure(call="a", error=error)).then(failed("a", 1))
    given(circuit, failed("a", 1)).when(CountFailure(call="b", error=error)).then(failed("b", 2))
    given(circuit, failed("a", 1)).when(ForgetFailures(call="b")).then(CircuitRecovered(call="b"))
    given(circuit).when(ForgetFailures(call="b")).then()


def test_it_opens_until_a_moment() -> None:
    state = (
        given(circuit, failed("a", 1), failed("b", 2))
        .when(OpenCircuit(call="b", error=error, at=noon, retry_at=at(30)))
        .then(opened)
    )
    assert (state.status, state.openings, state.retry_at) == ("open", 1, at(30))
    refused = CircuitCallRefused(call="c", status="open", at=at(29.9), retry_at=at(30))
    state = given(circuit, opened).when(AdmitCall(call="c", at=at(29.9))).then(refused)
    assert state.refused == 1


def test_from_that_moment_on_it_lets_a_probe_through() -> None:
    given(circuit, opened).when(
        AdmitCall(call="c", at=at(30), probe_time=timedelta(seconds=60))
    ).then(*half_opened[1:])


def test_a_half_open_circuit_lets_only_so_many_probes_through() -> None:
    refused = CircuitCallRefused(call="d", status="half_open", at=at(31))
    given(circuit, *half_opened).when(AdmitCall(call="d", at=at(31))).then(refused)
    given(circuit, *half_opened).when(AdmitCall(call="d", at=at(31), probes=2)).then(
        CircuitProbeStarted(call="d", lost_at=at(91))
    )


def test_a_probe_of_a_process_that_died_makes_room_in_time() -> None:
    given(circuit, *half_opened).when(AdmitCall(call="d", at=at(90))).then(
        CircuitProbeStarted(call="d", lost_at=at(150))
    )


def test_a_probe_closes_it_or_opens_it_again() -> None:
    state = given(circuit, *half_opened).when(CloseCircuit(call="c")).then(CircuitClosed(call="c"))
    assert state == CircuitState(openings=1, error=error)
    again = CircuitOpened(call="c", failures=3, error=error, opened_at=at(31), retry_at=at(61))
    given(circuit, *half_opened).when(
        OpenCircuit(call="c", error=error, at=at(31), retry_at=at(61))
    ).then(again)


def test_a_probe_without_an_outcome_gives_its_place_back() -> None:
    state = (
        given(circuit, *half_opened)
        .when(ReleaseProbe(call="c"))
        .then(CircuitProbeReleased(call="c"))
    )
    assert state.probes == {}


def test_the_outcome_of_a_call_from_before_it_opened_changes_nothing() -> None:
    late: list[CircuitCommand] = [
        CountFailure(call="a", error=error),
        OpenCircuit(call="a", error=error, at=at(31), retry_at=at(61)),
        CloseCircuit(call="a"),
        ForgetFailures(call="a"),
        ReleaseProbe(call="a"),
    ]
    for history in ([opened], half_opened):
        for command in late:
            given(circuit, *history).when(command).then()


calls = st.sampled_from("abc")
times = st.floats(0, 200).map(at)
commands: st.SearchStrategy[CircuitCommand] = st.one_of(
    st.builds(
        AdmitCall,
        call=calls,
        at=times,
        probes=st.integers(1, 2),
        probe_time=st.just(timedelta(seconds=20)),
    ),
    st.builds(CountFailure, call=calls, error=st.just(error)),
    st.builds(OpenCircuit, call=calls, error=st.just(error), at=times, retry_at=times),
    st.builds(ForgetFailures, call=calls),
    st.builds(CloseCircuit, call=calls),
    st.builds(ReleaseProbe, call=calls),
)


@for_all(st.lists(commands, max_size=40))
def test_whatever_happens_the_state_is_one_a_circuit_can_be_in(
    commanded: list[CircuitCommand],
) -> None:
    state, history = CircuitState(), list[DomainEvent]()
    for command in commanded:
        before = state
        events = circuit.decide(command, state)
        state = circuit.after(events, state)
        history += events
        if isinstance(command, AdmitCall):
            refused = any(isinstance(event, CircuitCallRefused) for event in events)
            alive = sum(lost_at > command.at for lost_at in state.probes.values())
            assert refused or state.status == "closed" or alive <= command.probes
            assert not refused or before.status != "closed"
        else:
            assert state.refused == before.refused
        assert (state.retry_at is not None) == (state.status == "open")
        assert not state.probes or state.status == "half_open"
        assert state.openings == sum(isinstance(event, CircuitOpened) for event in history)
        assert state.refused == sum(isinstance(event, CircuitCallRefused) for event in history)

    # As read back from a log, and from a snapshot at any point.
    fold = circuit.fold
    folded = fold.initial()
    for event in recorded((event.to_new_event() for event in history), session="s"):
        folded = fold.decode(fold.encode(fold.evolve(folded, event)))
    assert folded == state

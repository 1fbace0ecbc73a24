"""The rows of circuits are what their streams add up to, and the queries give them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import example, given, strategies as st

from retold.agents.stream_writer import as_recorded
from retold.domain.circuit import (
    AdmitCall,
    CircuitCallFailed,
    CircuitCommand,
    CircuitOpened,
    CircuitState,
    CloseCircuit,
    CountFailure,
    ForgetFailures,
    OpenCircuit,
    ReleaseProbe,
    circuit,
    circuit_stream,
)
from retold.domain.event import DomainEvent, NewEvent
from retold.domain.value import ErrorInfo
from retold.projections.audit.failures import failures
from retold.projections.audit.queries import queries
from retold.projections.keeping.catch_up import catch_up
from retold.projections.keeping.rebuild import rebuild
from retold.projections.models.circuit_table import Circuit, circuit_change_rows, circuit_rows
from retold.projections.models.circuits import circuits
from retold.store import EventStore
from retold.store.append import ExpectedVersion
from retold.store.row import new_event_id
from tests.projections.audit.questions import paged_rows, rows_of
from tests.projections.histories import dice
from tests.projections.tables import in_batches, in_database, in_memory

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)
errors = [ErrorInfo(type=name, message=f"{name}!") for name in ("RateLimitError", "Timeout")]


def at(seconds: float) -> datetime:
    return noon + timedelta(seconds=seconds)


calls = st.sampled_from("abc")
times = st.integers(0, 200).map(at)
some_error = st.sampled_from(errors)
commands: st.SearchStrategy[CircuitCommand] = st.one_of(
    st.builds(AdmitCall, call=calls, at=times),
    st.builds(CountFailure, call=calls, error=some_error),
    st.builds(OpenCircuit, call=calls, error=some_error, at=times, retry_at=times),
    st.builds(ForgetFailures, call=calls),
    st.builds(CloseCircuit, call=calls),
    st.builds(ReleaseProbe, call=calls),
)


def decided(commanded: Sequence[CircuitCommand]) -> tuple[list[DomainEvent], CircuitState]:
    """Return what commands lead to, and the state after it."""
    state, history = CircuitState(), list[DomainEvent]()
    for command in commanded:
        events = circuit.decide(command, state)
        state = circuit.after(events, state)
        history += events
    return history, state


def as_new(event: DomainEvent) -> NewEvent:
    return event.to_new_event(
        metadata={"session": "s", "agent": "a"}, occurred_at=noon, event_id=new_event_id()
    )


@example(commanded=[OpenCircuit(call="a", error=errors[0], at=noon, retry_at=noon)], cuts=[])
@given(commanded=st.lists(commands, max_size=40), cuts=st.lists(st.integers(0, 40), max_size=5))
def test_a_row_is_what_the_circuit_is(commanded: list[CircuitCommand], cuts: list[int]) -> None:
    history, state = decided(commanded)
    events = [
        as_recorded(as_new(event), circuit_stream("openai"), version, "default")
        for version, event in enumerate(history, 1)
    ]
    rows = circuits.folded(events)
    assert len(rows.of(circuit_change_rows)) == len(history)
    if history:
        (row,) = rows.of(circuit_rows).values()
        assert (row.circuit, row.version) == ("openai", len(history))
        assert (row.status, row.failures) == (state.status, state.failures)
        assert (row.openings, row.refused) == (state.openings, state.refused)
        assert row.retry_at == state.retry_at
        assert row.error == (None if state.error is None else state.error.message)
    assert in_batches(circuits, events, cuts) == in_memory(circuits, events)


async def fill(store: EventStore) -> None:
    """Let three circuits live, each a life of its own, and a batch of them be kept in between."""
    chance = dice(3)
    for number in range(3):
        state, clock = CircuitState(), 0.0
        for call in range(25):
            clock += chance.randrange(1, 20)
            name, error = f"{number}.{call}", chance.choice(errors)
            outcome: list[CircuitCommand] = [AdmitCall(call=name, at=at(clock))]
            if chance.random() < 0.6:
                outcome += [CountFailure(call=name, error=error)]
                if state.failures >= 1 or state.status == "half_open":
                    opens = OpenCircuit(
                        call=name, error=error, at=at(clock), retry_at=at(clock + 30)
                    )
                    outcome.append(opens)
            else:
                outcome += [ForgetFailures(call=name), CloseCircuit(call=name)]
            for command in outcome:
                events = circuit.decide(command, state)
                state = circuit.after(events, state)
                if events:
                    await store.append(
                        circuit_stream(f"c{number}"),
                        [as_new(event) for event in events],
                        expected_version=ExpectedVersion.ANY,
                    )
        await catch_up(store, circuits, batch_size=chance.randrange(1, 20))


async def test_rows_kept_in_batches_are_those_folded_at_once_and_made_anew(
    store: EventStore,
) -> None:
    await fill(store)
    events = [event async for event in store.read_all()]
    expected = in_memory(circuits, events)
    assert all(expected.values())
    assert await in_database(store, circuits) == expected
    await rebuild(store, circuits, workers=2, batch_size=7)
    assert await in_database(store, circuits) == expected


async def test_the_queries_give_circuits_their_history_and_their_failures(
    store: EventStore,
) -> None:
    await fill(store)
    folded = {name: await store.fold(circuit_stream(name), circuit.fold) for name in _names}
    found = {row.circuit: row for row in await rows_of(store, queries["circuits"])}
    assert list(found) == _names
    for name, row in found.items():
        state = folded[name].state
        assert (row.status, row.openings, row.refused) == (
            state.status,
            state.openings,
            state.refused,
        )
        assert state.openings
        assert state.refused
    open_ones = [name for name in _names if folded[name].state.status == "open"]
    rows = await rows_of(store, queries["circuits"], status="open")
    assert [row.circuit for row in rows] == open_ones

    history = await rows_of(store, queries["circuit_history"])
    assert len(history) == sum(each.version for each in folded.values())
    assert await paged_rows(store, queries["circuit_history"], {}, 7) == history
    opened = await rows_of(store, queries["circuit_history"], circuit="c1", what="opened")
    assert len(opened) == folded["c1"].state.openings
    assert {(row.agent, row.session) for row in opened} == {("a", "s")}

    failed = await rows_of(store, failures, kind="circuit")
    for name, each in folded.items():
        of_it = [row for row in failed if row.name == name]
        refused = [row.failures for row in of_it if row.error_type == "CircuitOpen"]
        assert refused == [each.state.refused]
        openings = sum(row.failures for row in of_it if row.error_type != "CircuitOpen")
        assert openings == each.state.openings
    assert {row.agent for row in failed} == {"a"}
    assert await rows_of(store, failures, agent="b") == []


_names = ["c0", "c1", "c2"]


async def test_what_a_later_release_writes_is_kept_as_far_as_it_is_understood(
    store: EventStore,
) -> None:
    strange = {
        "call": 7,
        "failures": "many",
        "error": "broken",
        "retry_at": "soon",
        "opened_at": "0001-01-01T00:00:00+14:00",
    }
    news = [
        NewEvent(type=CircuitOpened.type, data=strange),
        NewEvent(type=CircuitCallFailed.type, data={"failures": -1, "error": {"type": ["x"]}}),
    ]
    await store.append("circuit-x", news, expected_version=0)
    tables = await in_database(store, circuits)
    (row,) = tables["circuits"].values()
    assert isinstance(row, Circuit)
    assert (row.status, row.since, row.retry_at, row.error) == ("open", None, None, None)
    first, second = (tables["circuit_history"][key] for key in sorted(tables["circuit_history"]))
    assert (first.failures, first.error_type, first.agent) == (None, None, None)
    assert second.failures is None

"""The rules of appending, without a database: given a log, when appends arrive, then what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from retold.domain.event import NewEvent
from retold.errors import (
    DuplicateEventId,
    EmptyAppend,
    InvalidExpectedVersion,
    WrongExpectedVersion,
)
from retold.store.append import (
    Append,
    AppendResult,
    ExpectedVersion,
    Outcome,
    check_request,
)
from retold.store.plan import EncodedAppend, Head, plan
from retold.store.request import encode_request
from retold.store.row import EventRow, chain, genesis, hashed_columns
from tests.store.events import ANY, NO_STREAM, STREAM_EXISTS, event, event_id, events

Request = list[Append]


def to(stream: str, *new: NewEvent, at: int | ExpectedVersion = ANY) -> Append:
    """Return an append of events to a stream expected at a version."""
    return Append(stream, new, at)


@dataclass
class Log:
    """A log of plain rows, to which plans are applied as a database would."""

    rows: list[EventRow] = field(default_factory=list)

    def when(self, *requests: Request, confirming: bool = False) -> Sequence[Outcome]:
        """Plan requests as one group, apply the plan, and return the outcomes."""
        encoded = [encode_request(request, 1_000_000) for request in requests]
        ids = {
            one.event_id
            for request in encoded
            for append in request
            if isinstance(append, EncodedAppend)
            for one in append.events
        }
        planned = plan(
            encoded,
            {row.stream: Head(row.version, row.digest) for row in self.rows},
            {row.event_id: row for row in self.rows if row.event_id in ids},
            tenant="default",
            recorded_at=1_700_000_000_000_000,
            confirming=confirming,
        )
        self.rows += planned.rows
        self.sessions = {name: begun.session for name, begun in planned.begun.items()}
        self.heads = planned.heads
        return planned.outcomes

    def stream(self, name: str) -> list[tuple[int, str]]:
        """Return version and data of the events of a stream."""
        return [(row.version, row.data) for row in self.rows if row.stream == name]


def given(*requests: Request) -> Log:
    """Return a log in which requests were carried out."""
    log = Log()
    for outcome in log.when(*requests):
        assert isinstance(outcome, tuple)
    return log


def versions(outcome: Outcome) -> list[tuple[str, int, int]]:
    """Return stream, first and last version of what succeeded."""
    assert isinstance(outcome, tuple), outcome
    return [(result.stream, result.first_version, result.last_version) for result in outcome]


three = to("note-1", *events("a", "b", "c"))


@pytest.mark.parametrize("expected", [0, NO_STREAM, ANY])
def test_a_new_stream_begins_at_version_1(expected: int | ExpectedVersion) -> None:
    log = given()
    [outcome] = log.when([to("note-1", *events("a", "b"), at=expected)])
    assert versions(outcome) == [("note-1", 1, 2)]
    assert log.stream("note-1") == [(1, '{"text":"a"}'), (2, '{"text":"b"}')]


@pytest.mark.parametrize("expected", [3, STREAM_EXISTS, ANY])
def test_a_stream_goes_on_where_it_ended(expected: int | ExpectedVersion) -> None:
    log = given([three])
    [outcome] = log.when([to("note-1", event("d"), at=expected)])
    assert versions(outcome) == [("note-1", 4, 4)]


@pytest.mark.parametrize(
    ("expected", "shown"), [(0, 0), (2, 2), (4, 4), (10**30, 10**30), (NO_STREAM, "no_stream")]
)
def test_a_stream_at_another_version_is_refused(
    expected: int | ExpectedVersion, shown: int | str
) -> None:
    log = given([three])
    [outcome] = log.when([to("note-1", event("d"), at=expected)])
    assert isinstance(outcome, WrongExpectedVersion)
    assert (outcome.stream, outcome.expected, outcome.actual) == ("note-1", shown, 3)
    assert len(log.rows) == 3


@pytest.mark.parametrize(("expected", "shown"), [(1, 1), (STREAM_EXISTS, "stream_exists")])
def test_a_stream_that_does_not_exist_is_at_version_0(
    expected: int | ExpectedVersion, shown: int | str
) -> None:
    [outcome] = given([three]).when([to("note-2", event(), at=expected)])
    assert isinstance(outcome, WrongExpectedVersion)
    assert (outcome.stream, outcome.expected, outcome.actual) == ("note-2", shown, 0)


def test_one_conflict_in_a_group_fails_alone() -> None:
    log = given([three])
    outcomes = log.when(
        [to("note-1", event("d"), at=3)],
        [to("note-1", event("refused"), at=3)],
        [to("note-1", event("e"), at=4)],
    )
    assert isinstance(outcomes[1], WrongExpectedVersion)
    assert outcomes[1].actual == 4
    assert versions(outcomes[0]) == [("note-1", 4, 4)]
    assert versions(outcomes[2]) == [("note-1", 5, 5)]
    assert log.stream("note-1")[3:] == [(4, '{"text":"d"}'), (5, '{"text":"e"}')]


def test_several_streams_are_all_or_nothing() -> None:
    log = given([three])
    [refused] = log.when([to("note-2", event(), at=0), to("note-1", event(), at=1)])
    assert isinstance(refused, WrongExpectedVersion)
    assert refused.stream == "note-1"
    assert log.stream("note-2") == []
    [done] = log.when([to("note-2", event(), at=0), to("note-1", event(), at=3)])
    assert versions(done) == [("note-2", 1, 1), ("note-1", 4, 4)]


def test_a_refused_stream_does_not_begin_for_those_after_it_in_the_group() -> None:
    log = given([three])
    outcomes = log.when(
        [to("note-2", event("refused"), at=0), to("note-1", event("refused"), at=0)],
        [to("note-2", event("kept"), at=0)],
    )
    assert isinstance(outcomes[0], WrongExpectedVersion)
    assert versions(outcomes[1]) == [("note-2", 1, 1)]
    assert log.stream("note-2") == [(1, '{"text":"kept"}')]


def identified(*numbers: int) -> list[NewEvent]:
    return [event(str(number), event_id=event_id(number)) for number in numbers]


@pytest.mark.parametrize("expected", [0, 3, 99, ANY, NO_STREAM, STREAM_EXISTS])
def test_the_same_events_again_change_nothing_and_get_the_first_result(
    expected: int | ExpectedVersion,
) -> None:
    request = [to("note-1", *identified(1, 2)), to("note-2", *identified(3))]
    log = given(request, [to("note-1", event("later"))])
    before = list(log.rows)
    [outcome] = log.when([Append(append.stream, append.events, expected) for append in request])
    assert outcome == (
        AppendResult("note-1", 1, 2, (event_id(1).bytes, event_id(2).bytes), duplicate=True),
        AppendResult("note-2", 1, 1, (event_id(3).bytes,), duplicate=True),
    )
    assert log.rows == before


def test_the_same_events_twice_in_a_group_are_appended_once() -> None:
    log = given()
    first, second = log.when(
        [to("note-1", *identified(1), at=0)], [to("note-1", *identified(1), at=0)]
    )
    assert versions(first) == versions(second) == [("note-1", 1, 1)]
    assert isinstance(first, tuple)
    assert isinstance(second, tuple)
    assert (first[0].duplicate, second[0].duplicate) == (False, True)
    assert len(log.rows) == 1


@pytest.mark.parametrize(
    ("again", "taken", "recorded_in", "version"),
    [
        pytest.param(
            [to("note-1", event("other", event_id=event_id(1)))], 1, "note-1", 1, id="other data"
        ),
        pytest.param(
            [to("note-1", event("1", event_id=event_id(1), correlation_id="c"))],
            1, "note-1", 1, id="other correlation",
        ),
        pytest.param([to("note-2", *identified(1))], 1, "note-1", 1, id="other stream"),
        pytest.param([to("note-1", *identified(2, 1))], 1, "note-1", 1, id="other order"),
        pytest.param([to("note-1", *identified(1, 4))], 1, "note-1", 1, id="more after it"),
        pytest.param([to("note-1", *identified(4, 1))], 1, "note-1", 1, id="more before it"),
        pytest.param([to("note-1", *identified(1, 3))], 3, "note-1", 3, id="with a gap"),
        pytest.param(
            [to("note-1", *identified(1)), to("note-2", *identified(4))],
            1, "note-1", 1, id="another stream beside it",
        ),
    ],
)  # fmt: skip
def test_an_id_with_other_content_or_in_another_place_is_refused(
    again: Request, taken: int, recorded_in: str, version: int
) -> None:
    log = given([to("note-1", *identified(1, 2, 3))])
    [outcome] = log.when(again)
    assert isinstance(outcome, DuplicateEventId)
    assert outcome.event_id == event_id(taken)
    assert (outcome.recorded_in, outcome.version) == (recorded_in, version)
    assert len(log.rows) == 3


def test_a_group_sent_again_after_a_lost_connection_is_confirmed() -> None:
    request = [to("note-1", *identified(1, 2), at=0)]
    log = given(request)
    [outcome] = log.when(request, confirming=True)
    assert outcome == (
        AppendResult("note-1", 1, 2, (event_id(1).bytes, event_id(2).bytes), duplicate=False),
    )
    assert len(log.rows) == 2


def test_each_event_is_chained_to_the_one_before() -> None:
    log = given([three], [to("note-2", event())], [to("note-1", event("d"))])
    previous = genesis
    for row in (row for row in log.rows if row.stream == "note-1"):
        assert row.digest == chain(previous, hashed_columns(row))
        previous = row.digest
    assert log.heads["note-1"] == Head(4, previous)
    assert log.rows[3].digest == chain(genesis, hashed_columns(log.rows[3]))


def test_a_stream_belongs_to_the_session_of_its_first_event() -> None:
    log = given()
    log.when(
        [to("note-1", event(metadata={"session": "s1"}), event(metadata={"session": "s2"}))],
        [to("note-1", event(metadata={"session": "s3"}))],
        [to("note-2", event())],
        [to("note-3", event(metadata={"session": 7}))],
    )
    assert log.sessions == {"note-1": "s1", "note-2": None, "note-3": None}
    log.when([to("note-1", event(metadata={"session": "s4"}))])
    assert log.sessions == {}


@pytest.mark.parametrize("wrong", [-1, True, 1.0, "3", None])
def test_an_expected_version_is_a_version_or_named(wrong: Any) -> None:
    with pytest.raises(InvalidExpectedVersion, match="note-1"):
        check_request([to("note-1", event(), at=wrong)])


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        ([], "at least one stream"),
        ([to("note-1")], "'note-1' holds no event"),
        ([to("note-1", event()), to("note-2")], "'note-2' holds no event"),
        ([to("note-1", event()), to("note-1", event())], "'note-1' is named twice"),
    ],
)
def test_an_append_without_events_or_with_a_stream_twice_is_refused(
    request_: Request, told: str
) -> None:
    with pytest.raises(EmptyAppend, match=told):
        check_request(request_)


def test_events_without_an_id_get_one_each() -> None:
    [outcome] = given().when([three])
    assert isinstance(outcome, tuple)
    ids = outcome[0].event_ids
    assert len(set(ids)) == 3
    assert all(isinstance(one, UUID) and one.version == 7 for one in ids)
    assert list(ids) == sorted(ids)

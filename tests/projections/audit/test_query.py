"""Named queries: their parameters, their pages, and what they refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, strategies as st

from retold.domain.recording import conversation_stream
from retold.errors import (
    DuplicateQuery,
    InvalidPage,
    InvalidParameter,
    UnknownParameter,
    UnknownQuery,
)
from retold.projections.audit.page import key_in, mark_of
from retold.projections.audit.parameter import Kind, Parameter, checked_values
from retold.projections.audit.queries import queries
from retold.projections.audit.query import Queries
from retold.projections.audit.sessions import sessions
from retold.store import EventStore, open_store
from retold.store.append import ExpectedVersion
from tests.projections.audit.questions import paged_rows, rows_of
from tests.projections.histories import started

parameters = (
    Parameter(name="text", description=""),
    Parameter(name="integer", description="", kind=Kind.INTEGER),
    Parameter(name="flag", description="", kind=Kind.FLAG),
    Parameter(name="moment", description="", kind=Kind.MOMENT),
    Parameter(name="day", description="", kind=Kind.DAY),
    Parameter(name="choice", description="", kind=Kind.CHOICE, choices=("a", "b"), default="a"),
)


@pytest.mark.parametrize(
    ("name", "value", "checked"),
    [
        ("text", "x", "x"),
        ("text", "a\0\ud800", "a\\x00\\ud800"),
        ("integer", 7, 7),
        ("integer", "-7", -7),
        ("integer", "9" * 30, 2**63 - 1),
        ("flag", "No", False),
        ("flag", True, True),
        ("moment", "2025-08-01T16:18:00", datetime(2025, 8, 1, 16, 18)),  # noqa: DTZ001 - digits
        ("moment", datetime(2025, 8, 1, tzinfo=UTC), datetime(2025, 8, 1, tzinfo=UTC)),
        ("day", "2025-08-01", "2025-08-01"),
        ("day", date(2025, 8, 1), "2025-08-01"),
        ("choice", "b", "b"),
    ],
)
def test_a_value_is_taken_as_the_parameter_says(name: str, value: object, checked: object) -> None:
    values = checked_values("q", parameters, {name: value})
    assert values[name] == checked
    assert values.get("choice") == (checked if name == "choice" else "a")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("text", 7),
        ("integer", "7.5"),
        ("integer", True),
        ("integer", "seven"),
        ("flag", "maybe"),
        ("moment", "yesterday"),
        ("moment", 7),
        ("day", "2025-02-30"),
        ("day", datetime(2025, 8, 1, tzinfo=UTC)),
        ("choice", "c"),
        ("choice", 7),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(name: str, value: object) -> None:
    with pytest.raises(InvalidParameter, match=f"'{name}' of query 'q'"):
        checked_values("q", parameters, {name: value})


def test_what_is_missing_or_unknown_is_refused() -> None:
    with pytest.raises(UnknownParameter, match=r"'nope'.*text, integer"):
        checked_values("q", parameters, {"nope": None})
    with pytest.raises(InvalidParameter, match="must be given"):
        checked_values("q", [Parameter(name="x", description="", required=True)], {"x": None})


def test_an_unknown_query_is_refused_and_a_known_one_found_with_hyphens() -> None:
    with pytest.raises(UnknownQuery, match=r"'nope'.*sessions"):
        queries["nope"]
    assert queries["state-as-of"] is queries["state_as_of"]


def test_two_queries_of_one_name_are_refused() -> None:
    with pytest.raises(DuplicateQuery, match="sessions"):
        Queries(sessions, replace(sessions, description="another"))


@given(
    st.tuples(
        st.text(),
        st.integers(-(2**63) + 1, 2**63 - 1),
        st.datetimes(timezones=st.just(UTC)),
    )
)
def test_a_mark_leads_back_to_its_key(key: tuple[str, int, datetime]) -> None:
    mark = mark_of("q", {"a": 1}, key)
    assert mark.isascii()
    assert key_in("q", {"a": 1}, mark, [str, int, datetime]) == key


@pytest.mark.parametrize("after", ["", "x", "é", "W10", "bnVsbA", "e30", "WzFd", "=", "a b"])
def test_a_text_that_is_no_mark_is_refused(after: str) -> None:
    with pytest.raises(InvalidPage):
        key_in("q", {}, after, [str])


def test_a_mark_of_another_question_or_shape_is_refused() -> None:
    mark = mark_of("q", {"a": 1}, ("x",))
    for query, values, kinds in (
        ("r", {"a": 1}, [str]),
        ("q", {"a": 2}, [str]),
        ("q", {"a": 1}, [int]),
        ("q", {"a": 1}, [str, str]),
    ):
        with pytest.raises(InvalidPage):
            key_in(query, values, mark, kinds)
    far = mark_of("q", {}, (2**62,))
    with pytest.raises(InvalidPage):
        key_in("q", {}, far, [datetime])


@pytest.mark.parametrize("limit", [0, -1, 10_001, True])
async def test_a_limit_that_is_none_is_refused(limit: int) -> None:
    async with await open_store("sqlite:///:memory:") as store:
        with pytest.raises(InvalidPage, match="limit"):
            await sessions.page(store, limit=limit)


async def test_pages_put_together_are_the_whole(store: EventStore) -> None:
    for number in range(7):
        # Ends of names that locales and bytes order differently.
        stream = conversation_stream(f"s{'aBé_Z-9'[number]}")
        await store.append(stream, [started()], expected_version=ExpectedVersion.NO_STREAM)
    whole = await rows_of(store, sessions)
    assert [row.recorded_from for row in whole] == sorted(
        (row.recorded_from for row in whole), reverse=True
    )
    for limit in range(1, 9):
        assert await paged_rows(store, sessions, {}, limit) == whole


async def test_a_page_goes_on_where_it_ended_whatever_is_appended_meanwhile(
    store: EventStore,
) -> None:
    for session in "abc":
        stream = conversation_stream(session)
        await store.append(stream, [started()], expected_version=ExpectedVersion.NO_STREAM)
    first = await sessions.page(store, limit=2)
    stream = conversation_stream("d")
    await store.append(stream, [started()], expected_version=ExpectedVersion.NO_STREAM)
    second = await sessions.page(store, limit=2, after=first.next)
    assert [row.session for row in (*first.rows, *second.rows)] == ["c", "b", "a"]

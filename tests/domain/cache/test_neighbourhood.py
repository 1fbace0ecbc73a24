"""How near an entry is counts less where its neighbourhood is others'."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from retold.domain.cache.neighbourhood import agreed_similarity, full_discount

neighbourhoods = st.lists(
    st.tuples(st.sampled_from("abc"), st.floats(min_value=-1, max_value=1)), min_size=1, max_size=10
).map(lambda found: sorted(found, key=lambda one: -one[1]))


def test_without_neighbours_there_is_no_similarity() -> None:
    assert agreed_similarity([]) is None


def test_where_all_are_of_one_entry_it_is_the_cosine() -> None:
    assert agreed_similarity([("a", 0.8), ("a", 0.79), ("a", 0.2)]) == 0.8


def test_an_equally_near_other_entry_takes_half_of_the_discount() -> None:
    assert agreed_similarity([("a", 0.8), ("b", 0.8)]) == pytest.approx(0.8 - full_discount / 2)


@given(neighbourhoods)
def test_no_more_than_the_full_discount_is_taken_off(found: list[tuple[str, float]]) -> None:
    similarity = agreed_similarity(found)
    assert similarity is not None
    assert found[0][1] - full_discount <= similarity <= found[0][1]


@given(neighbourhoods)
def test_one_more_of_the_same_entry_never_takes_off_more(found: list[tuple[str, float]]) -> None:
    before = agreed_similarity(found)
    after = agreed_similarity([*found, (found[0][0], found[-1][1])])
    assert before is not None
    assert after is not None
    assert after >= before - 1e-12

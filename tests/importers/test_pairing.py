from __future__ import annotations

from hypothesis import given, strategies as st

from retold.importers.pairing import Step, pair


def calls(*ids: str | None) -> Step:
    return Step(calls=ids)


def result(call_id: str | None = None) -> Step:
    return Step(answers=True, answered_id=call_id)


talk = Step()


def test_results_answer_calls_in_order_when_ids_repeat() -> None:
    steps = [calls("x"), result("x"), calls("x"), result("x"), calls("x"), result("x")]
    assert pair(steps) == {1: 0, 3: 1, 5: 2}


def test_parallel_results_with_one_id_answer_in_order() -> None:
    assert pair([calls("x", "x", "x"), result("x"), result("x"), result("x")]) == {1: 0, 2: 1, 3: 2}


def test_reversed_parallel_results_are_found_by_their_distinct_ids() -> None:
    assert pair([calls("a", "b", "c"), result("c"), result("b"), result("a")]) == {1: 2, 2: 1, 3: 0}


def test_a_unique_id_is_believed_and_the_rest_goes_in_order() -> None:
    assert pair([calls("x", "x", "y"), result("y"), result("x"), result("x")]) == {1: 2, 2: 0, 3: 1}


def test_an_id_given_by_two_results_is_not_believed() -> None:
    assert pair([calls("x", "y"), result("y"), result("y")]) == {1: 0, 2: 1}


def test_an_id_no_call_has_is_answered_in_order() -> None:
    assert pair([calls("a", "b"), result("z"), result("b")]) == {1: 0, 2: 1}


def test_results_without_ids_answer_in_order() -> None:
    assert pair([calls(None, None), result(), result()]) == {1: 0, 2: 1}


def test_a_missing_parallel_result_leaves_its_call_open() -> None:
    assert pair([calls("a", "b"), result("b"), talk]) == {1: 1}


def test_an_abandoned_call_does_not_take_the_result_of_a_later_one() -> None:
    assert pair([calls("x"), talk, calls("x"), result("x")]) == {3: 1}


def test_an_unanswered_parallel_call_does_not_take_the_result_of_a_later_one() -> None:
    assert pair([calls("a", "b"), result("a"), calls("c"), result("c")]) == {1: 0, 3: 2}


def test_calls_of_consecutive_messages_wait_together() -> None:
    assert pair([calls("x"), calls("x"), result("x"), result("x")]) == {2: 0, 3: 1}


def test_an_interjection_does_not_part_a_result_from_its_call() -> None:
    assert pair([calls("a"), talk, result("a")]) == {2: 0}


def test_a_result_beyond_the_open_calls_answers_none() -> None:
    assert pair([result("a"), calls("a"), result("a"), result("a")]) == {2: 0}


ids = st.sampled_from([None, "a", "b", "c"])
steps = st.one_of(
    st.just(talk), st.builds(lambda i: calls(*i), st.lists(ids, max_size=3)), st.builds(result, ids)
)


@given(st.lists(steps, max_size=30))
def test_no_call_is_answered_twice_nor_before_it_was_made(conversation: list[Step]) -> None:
    pairs = pair(conversation)
    assert len(set(pairs.values())) == len(pairs)
    for index, ordinal in pairs.items():
        assert conversation[index].answers
        assert ordinal < sum(len(step.calls) for step in conversation[:index])

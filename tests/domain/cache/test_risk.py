"""The threshold keeps the share of wrong answers that is accepted, and says what it knows."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from math import inf

import pytest
from hypothesis import given, settings, strategies as st

from retold.domain.cache.calibration import fitted, logistic
from retold.domain.cache.guards import GuardFinding, is_refused
from retold.domain.cache.risk import Risk, RiskBounds, bin_of, bins, floor_of, least_labels

bounds = RiskBounds(per_request=0.02)


@dataclass(frozen=True)
class Seen:
    """A request or a label, as a test makes them up."""

    similarity: float | None
    served: bool = False
    equal: bool | None = None
    probability: float = 1.0
    guards: tuple[str, ...] = ()


cosines = st.floats(min_value=-1, max_value=1, allow_nan=False)
requests = st.builds(Seen, st.none() | cosines, served=st.booleans())
labels = st.builds(
    Seen,
    cosines,
    equal=st.booleans(),
    probability=st.floats(min_value=0.01, max_value=1),
    guards=st.sampled_from([(), ("numbers",), ("dates", "units")]),
)
histories = st.lists(requests | labels, max_size=120)


def folded(history: list[Seen], risk: Risk | None = None) -> Risk:
    """Return what a history adds up to, on top of what is known."""
    risk = Risk() if risk is None else risk
    for seen in history:
        if seen.equal is None:
            risk.note_request(seen.similarity, served=seen.served and seen.similarity is not None)
        elif seen.similarity is not None:
            risk.note_label(
                seen.similarity,
                equal=seen.equal,
                probability=seen.probability,
                guards=seen.guards,
            )
    return risk


def labelled(count: int, similarity: float, *, wrong: int = 0) -> Risk:
    """Return what misses of one similarity add up to, some of them wrong."""
    risk = Risk()
    for number in range(count):
        risk.note_request(similarity, served=False)
        risk.note_label(similarity, equal=number >= wrong)
    return risk


@given(histories, st.integers(min_value=0, max_value=120))
def test_a_fold_that_is_kept_halfway_and_gone_on_with_is_the_fold_of_all(
    history: list[Seen], kept_after: int
) -> None:
    kept = json.loads(json.dumps(folded(history[:kept_after]).dump()))

    gone_on = folded(history[kept_after:], Risk.load(kept))

    assert gone_on == folded(history)
    assert gone_on.threshold(bounds) == folded(history).threshold(bounds)
    assert gone_on.estimate() == folded(history).estimate()


@given(histories)
def test_what_is_asked_changes_nothing(history: list[Seen]) -> None:
    asked = Risk()
    for seen in history:
        folded([seen], asked)
        asked.threshold(bounds)
        asked.audit_probability(0.5, bounds)
    assert asked == folded(history)


@given(histories)
def test_a_threshold_is_a_cosine_or_infinite_and_falls_with_what_is_accepted(
    history: list[Seen],
) -> None:
    risk = folded(history)
    found = [risk.threshold(RiskBounds(per_request=share)) for share in (0.01, 0.05, 0.2, 0.6)]
    assert all(one == inf or -1 <= one < 1 for one in found)
    assert found == sorted(found, reverse=True)


@given(histories, cosines)
def test_an_audit_is_a_probability_and_is_never_quite_given_up(
    history: list[Seen], similarity: float
) -> None:
    probability = folded(history).audit_probability(similarity, bounds)
    assert bounds.audit_share / 4 <= probability <= 0.5


@given(histories)
def test_an_estimate_lies_within_its_bounds(history: list[Seen]) -> None:
    rate = folded(history).estimate()
    if rate.per_request is not None:
        assert rate.per_request_low is not None
        assert rate.per_request_high is not None
        assert 0 <= rate.per_request_low <= rate.per_request + 1e-9
        assert rate.per_request_low <= rate.per_request_high <= 1


@given(cosines)
def test_a_cosine_lies_in_its_bin(similarity: float) -> None:
    floor = floor_of(bin_of(similarity))
    assert floor - 1e-6 <= similarity
    assert similarity <= floor + 2 / bins + 1e-6


def test_zero_is_a_similarity_like_any_other() -> None:
    risk = labelled(400, 0.0)
    assert risk.threshold(RiskBounds(per_request=0.3)) <= 0.0
    assert risk.dump()["requests"][bin_of(0.0)] == 400


def test_nothing_is_served_before_there_are_labels() -> None:
    risk = labelled(least_labels - 1, 0.9)
    assert Risk().threshold(bounds) == inf
    assert risk.threshold(bounds) == inf


def test_what_is_more_often_wrong_than_right_is_not_served_whatever_is_accepted() -> None:
    risk = labelled(600, 0.9, wrong=400)
    assert risk.threshold(RiskBounds(per_request=0.9)) == inf


def test_no_threshold_is_below_the_similarities_there_were() -> None:
    assert labelled(600, 0.9).threshold(RiskBounds(per_request=0.9)) == 0.9


def test_where_nothing_was_wrong_answers_are_served() -> None:
    assert labelled(600, 0.9).threshold(bounds) <= 0.9


def test_where_much_was_wrong_nothing_is_served() -> None:
    assert labelled(600, 0.9, wrong=300).threshold(bounds) > 0.9


def test_a_bound_per_hit_is_kept_beside_the_one_per_request() -> None:
    risk = labelled(800, 0.6, wrong=80)
    for number in range(600):
        risk.note_request(0.95, served=False)
        risk.note_label(0.95, equal=number > 1)
    per_request = risk.threshold(RiskBounds(per_request=0.2))
    both = risk.threshold(RiskBounds(per_request=0.2, per_hit=0.03))
    assert per_request <= 0.6 < both < inf


def test_wrong_answers_served_are_paid_back() -> None:
    risk = labelled(1_000, 0.9, wrong=20)
    before = risk.threshold(RiskBounds(per_request=0.04))
    for _ in range(1_000):
        risk.note_request(0.7, served=True)
    for number in range(100):
        risk.note_label(0.7, equal=number % 3 > 0, probability=0.1)
    assert before < 1
    assert risk.threshold(RiskBounds(per_request=0.04)) == inf


def test_audits_that_find_more_than_misses_say_raise_what_is_estimated() -> None:
    told = labelled(1_000, 0.8, wrong=20)
    found = labelled(1_000, 0.8, wrong=20)
    for risk, wrong in ((told, 0), (found, 20)):
        for number in range(500):
            risk.note_request(0.95, served=True)
            if number % 10 == 0:
                risk.note_label(0.95, equal=number // 10 >= wrong, probability=0.1)
    assert (told.estimate().per_hit or 0) < 0.05
    assert (found.estimate().per_hit or 0) > 0.2


def test_an_estimate_is_unknown_without_labels() -> None:
    risk = Risk()
    risk.note_request(0.9, served=True)
    rate = risk.estimate()
    assert rate.per_request is None
    assert (rate.requests, rate.served, rate.labels) == (1, 1, 0)


def test_a_guard_that_is_wrong_here_is_heard_no_more() -> None:
    finding = GuardFinding("numbers", 0.97, "2 is not 3")
    risk = Risk()
    assert is_refused(risk.weighed([finding]))
    for _ in range(8):
        risk.note_label(0.9, equal=True, guards=["numbers"], candidate=False)
    assert not is_refused(risk.weighed([finding]))
    assert risk.estimate().labels == 0


@pytest.mark.parametrize("probability", [0, -0.1, 1.1, float("nan")])
def test_a_label_of_no_possible_probability_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        Risk().note_label(0.9, equal=True, probability=probability)


def test_a_state_of_other_bins_is_refused() -> None:
    with pytest.raises(ValueError, match="fold it anew"):
        Risk.load({**Risk().dump(), "bins": 10})


@given(st.floats(min_value=-4, max_value=0), st.floats(min_value=-25, max_value=-3))
@settings(max_examples=30)
def test_a_curve_is_found_again_from_many_labels(level: float, slope: float) -> None:
    shares = [(n / 100, logistic(level + slope * (n / 100 - 0.85))) for n in range(50, 100, 2)]
    curve = fitted([(similarity, 1e5, 1e5 * share) for similarity, share in shares])
    for similarity, share in shares:
        assert curve.at(similarity) == pytest.approx(share, rel=0.02, abs=1e-4)
        assert curve.at(similarity, -2) < curve.at(similarity) < curve.at(similarity, 2)


@pytest.mark.parametrize("seed", range(3))
def test_a_stream_of_known_risk_is_kept_within_what_is_accepted(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a draw, no secret
    risk, served, wrong = Risk(), 0, 0
    for _ in range(3_000):
        similarity = chance.uniform(0.4, 1.0)
        equal = chance.random() >= logistic(-1 - 18 * (similarity - 0.8))
        if similarity >= risk.threshold(bounds):
            probability = risk.audit_probability(similarity, bounds)
            if chance.random() >= probability:
                risk.note_request(similarity, served=True)
                served, wrong = served + 1, wrong + (not equal)
                continue
            risk.note_label(similarity, equal=equal, probability=probability)
        else:
            risk.note_label(similarity, equal=equal)
        risk.note_request(similarity, served=False)
    assert wrong <= 0.02 * 3_000
    assert served >= 0.15 * 3_000

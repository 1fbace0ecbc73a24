"""On real questions the cache keeps what it promises; all runs are in ``-m stress``."""

from __future__ import annotations

import pytest

from benchmarks.cache_context import across_conversations, follow_ups
from benchmarks.cache_data import data_folder, sampled
from benchmarks.cache_guards import precisions, setting_shares
from benchmarks.cache_replay import FixedThreshold, RiskControlled, best_fixed, replay
from benchmarks.cache_streams import run
from benchmarks.measure import Settings
from benchmarks.result import Measured, Verdict
from retold.domain.cache.guards import guards
from retold.domain.cache.risk import RiskBounds

pytestmark = pytest.mark.skipif(
    data_folder() is None, reason="the questions are not there (RETOLD_SHARED_DATA)"
)


@pytest.mark.parametrize("name", ["banking77", "clinc150"])
def test_wrong_answers_stay_within_what_is_accepted(name: str) -> None:
    stream = sampled(name, seed=0, count=1_500)

    done = replay(stream, RiskControlled(RiskBounds(per_request=0.02), seed=0))

    fixed = [replay(stream, FixedThreshold(at / 100)) for at in range(74, 100, 6)]
    assert done.wrong_rate <= 2
    assert done.hit_rate >= 0.6 * best_fixed(fixed, 2).hit_rate > 0


def test_a_replay_is_the_same_each_time() -> None:
    stream = sampled("banking77", seed=1, count=600)
    once, again = (RiskControlled(RiskBounds(per_request=0.05), seed=1) for _ in range(2))
    assert replay(stream, once) == replay(stream, again)
    assert once.risk == again.risk


def test_near_misses_are_refused_and_rewordings_kept() -> None:
    refused, kept = setting_shares()
    assert refused >= 75
    assert kept >= 90


def test_the_precision_of_each_guard_is_what_was_measured() -> None:
    spoke = precisions()
    for guard in guards:
        right, wrong = spoke[guard.name, 0], spoke[guard.name, 1]
        assert guard.precision == pytest.approx((right + 1) / (right + wrong + 2), abs=0.006)


def test_follow_ups_are_found_in_their_own_conversation_only() -> None:
    found = follow_ups()
    assert found.recall >= 85
    assert found.false <= 5
    assert found.foreign <= 5
    by_last_message, of_other_conversations, _ = across_conversations()
    assert of_other_conversations == 0 < by_last_message


@pytest.mark.stress
@pytest.mark.timeout(1200)
def test_all_replays_reach_their_bars() -> None:
    results = [one for one in run(Settings(rounds=1)) if isinstance(one, Measured)]
    missed = [one.case for one in results if one.verdict is Verdict.MISS]
    assert len(results) == 17
    assert not missed

"""Wrong answers and hits of the risk-controlled cache, on replays of real questions.

The reference is the best threshold of plain cosines, fixed for the whole stream, that could have
been chosen with hindsight: the one with the most hits whose wrong answers are within the same
bound. A round is a seed; no labels are given beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.cache_data import data_folder, sampled
from benchmarks.cache_replay import (
    FixedThreshold,
    PerEntry,
    Replayed,
    RiskControlled,
    best_fixed,
    replay,
)
from benchmarks.measure import Settings
from benchmarks.result import Bar, Measured, Missing, Reference, Result
from retold.domain.cache.risk import RiskBounds

name = "cache_streams"
requests = 8_000
seeds = 10
least_share_of_best = {"banking77": 0.8, "clinc150": 0.6}
aimed_share_of_best = 0.9
accepted = (0.01, 0.02)
# The grid of fixed thresholds; beyond it the streams have no hits, or far too many wrong ones.
thresholds = [number / 100 for number in range(70, 100)]


def run(settings: Settings) -> Iterator[Result]:
    """Replay both sets at both bounds."""
    if data_folder() is None:
        yield Missing(benchmark=name, case="replays", reason="no questions; set RETOLD_SHARED_DATA")
        return
    count = settings.scaled(requests, least=400)
    rounds = 2 if settings.quick else seeds
    within = 0
    for stream in least_share_of_best:
        ours: dict[float, list[Replayed]] = {bound: [] for bound in accepted}
        best: dict[float, list[Replayed]] = {bound: [] for bound in accepted}
        single: dict[float, list[Replayed]] = {bound: [] for bound in accepted}
        for seed in range(rounds):
            drawn = sampled(stream, seed, count)
            fixed = [replay(drawn, FixedThreshold(threshold)) for threshold in [*thresholds, 1.5]]
            for bound in accepted:
                policy = RiskControlled(RiskBounds(per_request=bound), seed)
                ours[bound].append(replay(drawn, policy))
                single[bound].append(replay(drawn, PerEntry(bound, seed)))
                best[bound].append(best_fixed(fixed, 100 * bound))
        for bound in accepted:
            within += sum(one.wrong_rate <= 100 * bound for one in ours[bound])
            yield from _results(stream, bound, ours[bound], best[bound], single[bound])
    runs = rounds * len(accepted) * len(least_share_of_best)
    yield Measured(
        benchmark=name,
        case=f"replays within their bound, of {runs}",
        unit="runs",
        rounds=(float(within),),
        bar=Bar(at_least=0.95 * runs),
    )


def _results(
    stream: str,
    bound: float,
    ours: list[Replayed],
    best: list[Replayed],
    single: list[Replayed],
) -> Iterator[Result]:
    case = f"{stream}, at most {bound:.0%} wrong"
    mean = sum(one.hit_rate for one in ours) / len(ours)
    yield Measured(
        benchmark=name,
        case=f"{case}: wrong per request",
        unit="%",
        rounds=tuple(one.wrong_rate for one in ours),
        note=f"worst {max(one.wrong_rate for one in ours):.2f} %",
    )
    yield Measured(
        benchmark=name,
        case=f"{case}: wrong per hit",
        unit="%",
        rounds=tuple(one.wrong_of_hits for one in ours),
    )
    compared = {
        "best fixed threshold, with hindsight": (
            best,
            Bar(at_least=least_share_of_best[stream], aim=aimed_share_of_best),
        ),
        "six labels an entry": (single, Bar(at_least=10.0)),
    }
    for reference, (theirs, bar) in compared.items():
        their_mean = sum(one.hit_rate for one in theirs) / len(theirs)
        compared_case = f"{case}: mean hit rate, to {reference}"
        if not their_mean:
            reason = "it has no hits in so few requests"
            yield Missing(benchmark=name, case=compared_case, reason=reason)
            continue
        their_wrong = sum(one.wrong_rate for one in theirs) / len(theirs)
        yield Measured(
            benchmark=name,
            case=compared_case,
            unit="%",
            rounds=(mean,),
            reference=Reference(name=reference, rounds=(their_mean,)),
            bar=bar,
            note=f"that one was wrong in {their_wrong:.2f} %",
        )

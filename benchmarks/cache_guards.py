"""What the cache's guards are worth: on near misses, on rewordings, and on real streams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from benchmarks.cache_data import data_folder, embedded, rows_of, sampled
from benchmarks.measure import Settings
from benchmarks.result import Bar, Measured, Missing, Result
from retold.domain.cache.guards import guards, guards_against, is_refused, near_miss_threshold

name = "cache_guards"
requests = 8_000
least_refused, least_kept = 75.0, 90.0


def run(settings: Settings) -> Iterator[Result]:
    """Measure the documented setting, each guard's precision, and what guards do to streams."""
    if data_folder() is None:
        yield Missing(benchmark=name, case="guards", reason="no questions; set RETOLD_SHARED_DATA")
        return
    refused, kept = setting_shares()
    setting = f"cosine {near_miss_threshold} and guards"
    yield _figure(f"near misses refused, {setting}", refused, Bar(at_least=least_refused))
    yield _figure(f"rewordings kept, {setting}", kept, Bar(at_least=least_kept))
    spoke = precisions()
    for guard in guards:
        right, all_of_it = spoke[guard.name, 0], spoke[guard.name, 0] + spoke[guard.name, 1]
        yield _figure(
            f"precision of {guard.name}",
            100 * (right + 1) / (all_of_it + 2),
            note=f"right in {right} of {all_of_it}; in code {guard.precision:.2f}",
        )
    disfluent = rows_of("dev_disflqa_pairs.jsonl")
    yield _figure(
        "disfluent rewordings kept", 100 - _refused(40 if settings.quick else 1, disfluent)
    )
    count = settings.scaled(requests, least=400)
    for stream in ("banking77", "clinc150"):
        spoke_in, right_in, wrong_share = _of_stream(stream, count)
        yield _figure(
            f"{stream}, nearest at .8 or more: precision of any guard",
            100 * right_in / max(1, spoke_in),
            note=f"spoke {spoke_in} times; {wrong_share:.1f} % of all such pairs are different",
        )


def setting_shares() -> tuple[float, float]:
    """Return the percent of near misses refused and of rewordings kept, by the setting."""
    rows = rows_of("dev_nearmiss_pairs.jsonl")
    one, other = (embedded([row[side] for row in rows]) for side in "ab")
    cosines = np.einsum("ij,ij->i", one, other)
    served = [
        float(cosine) >= near_miss_threshold and not is_refused(guards_against(row["a"], row["b"]))
        for cosine, row in zip(cosines, rows, strict=True)
    ]
    near = [ok for ok, row in zip(served, rows, strict=True) if row["label"] == 0]
    same = [ok for ok, row in zip(served, rows, strict=True) if row["label"] == 1]
    return 100 * (1 - sum(near) / len(near)), 100 * sum(same) / len(same)


def precisions() -> Counter[tuple[str, int]]:
    """Return how often each guard spoke against pairs that are different, and that are the same."""
    spoke: Counter[tuple[str, int]] = Counter()
    for file in ("dev_nearmiss_pairs.jsonl", "dev_gptcache_mock_pairs.jsonl"):
        for row in rows_of(file):
            for finding in guards_against(row["a"], row["b"]):
                spoke[finding.guard, int(row["label"])] += 1
    return spoke


def _refused(every: int, rows: Iterable[dict[str, Any]]) -> float:
    chosen = list(rows)[::every]
    return 100 * sum(is_refused(guards_against(r["a"], r["b"])) for r in chosen) / len(chosen)


def _of_stream(stream: str, count: int) -> tuple[int, int, float]:
    """Return how often guards spoke and were right, and the percent of pairs that are different."""
    drawn = sampled(stream, 0, count)
    spoke = right = pairs = different = 0
    for number in range(1, count):
        nearest = int(drawn.cosines[number, :number].argmax())
        if drawn.cosines[number, nearest] < 0.8:
            continue
        is_other = drawn.clusters[number] != drawn.clusters[nearest]
        pairs += 1
        different += is_other
        if guards_against(drawn.texts[nearest], drawn.texts[number]):
            spoke += 1
            right += is_other
    return spoke, right, 100 * different / max(1, pairs)


def _figure(case: str, percent: float, bar: Bar | None = None, note: str = "") -> Measured:
    return Measured(benchmark=name, case=case, unit="%", rounds=(percent,), bar=bar, note=note)

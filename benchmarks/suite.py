"""The benchmarks by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from benchmarks import (
    append,
    batches,
    cache_context,
    cache_exact,
    cache_guards,
    cache_semantic,
    cache_streams,
    fork,
    latency,
    memory,
    model_call_cost,
    orchestrator,
    postgres,
    processes,
    queries,
    reading,
    rebuild,
    rebuild_appends,
    semantic_index,
    storage,
)
from benchmarks.measure import Settings
from benchmarks.peers import comparison
from benchmarks.result import Result

Benchmark: TypeAlias = Callable[[Settings], Iterator[Result]]

benchmarks: dict[str, Benchmark] = {
    append.name: append.run,
    batches.name: batches.run,
    processes.name: processes.run,
    reading.name: reading.run,
    memory.name: memory.run,
    latency.name: latency.run,
    storage.name: storage.run,
    fork.name: fork.run,
    model_call_cost.name: model_call_cost.run,
    cache_exact.name: cache_exact.run,
    cache_semantic.name: cache_semantic.run,
    semantic_index.name: semantic_index.run,
    cache_streams.name: cache_streams.run,
    cache_guards.name: cache_guards.run,
    cache_context.name: cache_context.run,
    orchestrator.name: orchestrator.run,
    postgres.name: postgres.run,
    rebuild.name: rebuild.run,
    rebuild_appends.name: rebuild_appends.run,
    queries.name: queries.run,
    comparison.name: comparison.run,
}

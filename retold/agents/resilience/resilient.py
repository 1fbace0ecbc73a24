"""All the pieces around one configuration, in the order in which they work together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ag2.config import ModelConfig

from retold.agents.resilience.breaker import Breaker
from retold.agents.resilience.fallback import Fallback
from retold.agents.resilience.guarded_model import GuardedModel, Piece
from retold.agents.resilience.pool import Bulkhead, ResourcePool
from retold.agents.resilience.retry import Retry
from retold.agents.resilience.timeout import Timeout


def resilient(
    config: ModelConfig,
    *,
    timeout: Timeout | float | None = None,
    bulkhead: Bulkhead | None = None,
    pools: Iterable[ResourcePool[Any]] = (),
    retry: Retry | None = None,
    breaker: Breaker | None = None,
    fallback: Fallback | ModelConfig | str | None = None,
    cache: Piece | None = None,
) -> GuardedModel[Any]:
    """Return a configuration with pieces of resilience around it.

    From the inside out: the timeout of each attempt, what it needs of pools, the bulkhead, the
    retries, the circuit breaker, the fallback, the cache. So a pause between attempts holds
    nothing, a retried call counts once in the circuit, a call that the circuit refuses falls back,
    and what is in the cache is given whatever becomes of the model.

    Args:
        config: any AG2 ``ModelConfig``; ``log.model(config)`` to have everything recorded.
        timeout: of an attempt; a number is in seconds.
        bulkhead: limits the calls that go on at once.
        pools: what a call needs one each of. They are taken in the order of their names, so that
            two calls never wait for each other.
        retry: repeats what failed.
        breaker: leaves alone what keeps failing.
        fallback: answers instead; another configuration, or a text as the fixed answer.
        cache: gives again what was answered before, such as a :class:`retold.Cache`.

    Raises:
        BreakerWithoutLog: when there is a breaker, and no log to keep its circuit in.
        CacheWithoutLog: when there is a cache, and no log for its answers to live in.
        ValueError: when a number is out of range, or there is no piece at all.
    """
    needed = sorted(pools, key=lambda pool: pool.name, reverse=True)
    pieces: list[Piece | None] = [
        Timeout(timeout) if isinstance(timeout, int | float) else timeout,
        *needed,
        bulkhead,
        retry,
        breaker,
        _as_fallback(fallback),
        cache,
    ]
    guarded: ModelConfig = config
    for piece in pieces:
        if piece is not None:
            guarded = piece.around(guarded)
    if guarded is config or not isinstance(guarded, GuardedModel):
        raise ValueError("give at least one piece, such as retry=Retry()")
    return guarded


def _as_fallback(fallback: Fallback | ModelConfig | str | None) -> Fallback | None:
    if fallback is None or isinstance(fallback, Fallback):
        return fallback
    if isinstance(fallback, str):
        return Fallback(answer=fallback)
    return Fallback(fallback)

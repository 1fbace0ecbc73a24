"""Questions whose meanings are where a test wants them to be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from ag2 import Agent
from ag2.config import ModelConfig

import retold
from retold import Cache, FixedThreshold, Meaning, SameText
from retold.agents.caching.by_meaning.judges import Compared
from retold.domain.cache.events import CacheHit, CacheMissed
from retold.domain.event import RecordedEvent
from retold.embedding.embedder import Vectors
from tests.agents.caching.asked import cache_events


class Plane:
    """An embedder of texts that end with an angle in degrees, such as ``hello @30``.

    Of a text of several lines, the last one counts.
    """

    dimension = 2

    def __init__(self, name: str = "plane") -> None:
        self.name = name
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return the points on the circle."""
        self.asked += texts
        angles = [math.radians(float(text.rpartition("@")[2])) for text in texts]
        return np.array([[math.cos(a), math.sin(a)] for a in angles], dtype=np.float32)


class Failing(Plane):
    """One that is down."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Fail."""
        raise ConnectionError("down")


class Slow:
    """A judge that is not to be waited for, and says what it is told."""

    name = "slow"
    is_quick = False

    def __init__(self, *verdicts: bool | Exception) -> None:
        self.verdicts = list(verdicts)
        self.compared: list[Compared] = []

    async def is_same(self, compared: Compared) -> bool:
        """Return the next verdict."""
        self.compared.append(compared)
        verdict = self.verdicts.pop(0)
        if isinstance(verdict, Exception):
            raise verdict
        return verdict


def by_meaning(threshold: float = 0.9, **options: Any) -> Meaning:
    """Return a fixed threshold over the plane, where answers are the same whose texts are.

    Without guards: to them the angles are numbers that differ.
    """
    given: dict[str, Any] = {
        "embedder": Plane(),
        "policy": FixedThreshold(threshold),
        "judge": SameText(),
        "guards": False,
    }
    return Meaning(**(given | options))


def semantic(log: retold.Log, model: ModelConfig, *, ttl: float = 3_600, **options: Any) -> Any:
    """Return a model behind a cache that compares meanings; options as of ``by_meaning``."""
    return log.cached(model, Cache(ttl_seconds=ttl, meaning=by_meaning(**options)))


async def talk(log: retold.Log, config: ModelConfig, session: str, *texts: str) -> list[str | None]:
    """Say texts in a session, one after the other, and return the answers."""
    held, agent = await log.session(session), Agent("a", "You help.", config=config)
    return [(await held.ask(agent, text)).response.content for text in texts]


async def lookups(log: retold.Log, session: str) -> list[CacheHit | CacheMissed]:
    """Return what was decided in a session."""
    events = await cache_events(log, f"conversation-{session}")
    return [decided(event) for event in events if event.type in {CacheHit.type, CacheMissed.type}]


def decided(event: RecordedEvent) -> CacheHit | CacheMissed:
    """Return the decision in an event."""
    kind = CacheHit if event.type == CacheHit.type else CacheMissed
    return kind.from_recorded(event)


async def reasons(log: retold.Log, session: str) -> list[str]:
    """Return what came of each lookup of a session: the level of a hit, or why it missed.

    Of a miss it is the reason of the level that compared meanings.
    """
    found = []
    for one in await lookups(log, session):
        if isinstance(one, CacheHit):
            found.append(f"hit {one.level}")
            continue
        told = [m.reason for m in one.levels if m.level != "exact"]
        found.append(next((r for r in told if r not in {"first_turn", "follow_up"}), "none"))
    return found

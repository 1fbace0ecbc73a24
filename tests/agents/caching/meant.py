"""Questions whose meanings are where a test wants them to be."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, Self

import numpy as np
from ag2 import Agent
from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.context import ConversationContext
from ag2.events import BaseEvent, ModelMessage, ModelRequest, ModelResponse, TextInput

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
    stream = f"conversation-{session}"
    return [
        decided(event)
        for event in await cache_events(log, stream)
        if event.stream == stream and event.type in {CacheHit.type, CacheMissed.type}
    ]


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


class Topics:
    """An embedder of texts such as ``7 or 13``: near to each other where the first number is equal.

    The second number moves a text away from its topic, the same way in every run.
    """

    name = "topics"
    dimension = 48

    def __init__(self, spread: float = 0.5) -> None:
        self._spread = spread

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors."""
        rows = []
        for text in texts:
            topic, _, way = text.partition(" or ")
            row = _direction(int(topic)) + self._spread * _direction(1_000_000 + hash_of(text, way))
            rows.append(row / np.linalg.norm(row))
        return np.array(rows, dtype=np.float32)


def _direction(seed: int) -> Vectors:
    found = np.random.default_rng(seed).normal(size=Topics.dimension)
    return np.asarray(found / np.linalg.norm(found), dtype=np.float32)


def hash_of(text: str, way: str) -> int:
    """Return a number that is the same in every process."""
    return zlib.crc32(f"{text} {way}".encode())


class Knowing(ModelConfig):
    """A model that answers a text by its topic, and counts how often it was asked."""

    def __init__(self) -> None:
        # Not a public attribute: those are the parameters of a configuration.
        self._asked = 0

    @property
    def asked(self) -> int:
        """How often it was."""
        return self._asked

    def note(self) -> None:
        """Note that it is asked."""
        self._asked += 1

    @property
    def model(self) -> str:
        """Its name."""
        return "knowing"

    @property
    def provider(self) -> ModelProvider:
        """OpenAI's, it says."""
        return ModelProvider.OPENAI

    def copy(self) -> Self:
        """Return itself."""
        return self

    def create(self) -> LLMClient:
        """Return a client."""
        return _KnowingClient(self)

    def create_files_client(self) -> NoReturn:
        """Refuse."""
        raise NotImplementedError


class _KnowingClient(LLMClient):
    def __init__(self, config: Knowing) -> None:
        self._config = config

    async def __call__(
        self,
        messages: Sequence[BaseEvent],
        context: ConversationContext,
        *,
        tools: Iterable[Any],
        response_schema: Any,
        serializer: Any,
    ) -> ModelResponse:
        """Answer the last text."""
        self._config.note()
        request = messages[-1]
        assert isinstance(request, ModelRequest)
        (part,) = request.parts
        assert isinstance(part, TextInput)
        return ModelResponse(ModelMessage(known_answer(part.content)))


def known_answer(text: str) -> str:
    """Return what :class:`Knowing` says."""
    return f"answer {text.partition(' or ')[0]}"

"""An AG2 agent that gives an answer again when the same is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ag2 import Agent, AgentReply
from ag2.config import ModelConfig
from ag2.events import Input
from ag2.plugin import PromptType
from ag2.types import SendableMessage

from retold.agents.caching.by_meaning.meaning import Meaning
from retold.agents.caching.cache import Cache
from retold.agents.caching.control import CacheControl
from retold.agents.caching.served import CacheNotes, Served, noting_caches
from retold.agents.resilience.guarded_model import recorder_of
from retold.domain.recording import conversation_stream
from retold.domain.result import Result, ResultIds, ResultStatus
from retold.domain.value import ErrorInfo
from retold.errors import CacheWithoutLog, EmptyMessage, RetoldError
from retold.projections.cache_risks import CacheStats


class SessionLike(Protocol):
    """What of a session is needed; see :class:`retold.Session`."""

    @property
    def id(self) -> str:
        """Of the session."""
        ...

    async def ask(
        self, agent: Agent[Any], *message: SendableMessage | Input, **options: Any
    ) -> AgentReply[Any, Any]:
        """Ask an agent in it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedReply:
    """What a caching agent replied.

    Attributes:
        text: of the reply, as the model gave it; None when it has none.
        reply: AG2's, to go on with by ``reply.ask``.
        served: the stored answers it is made of, in order; none when the model was asked.
    """

    text: str | None
    reply: AgentReply[Any, Any]
    served: tuple[Served, ...]

    @property
    def is_cached(self) -> bool:
        """Whether any part of it is a stored answer."""
        return bool(self.served)


class CachingAssistantAgent(Agent[Any]):
    """An AG2 agent whose model is behind a :class:`retold.Cache`.

    It can be used wherever an ``ag2.Agent`` can. It keeps nothing itself: entries and every
    decision are in the log, so all processes share them.
    """

    def __init__(
        self,
        name: str,
        prompt: PromptType | Iterable[PromptType] = (),
        *,
        config: ModelConfig,
        cache: Cache | None = None,
        **options: Any,
    ) -> None:
        """Put the agent together.

        Args:
            name: as of ``ag2.Agent``.
            prompt: as of ``ag2.Agent``.
            config: of ``log.model(...)``, with pieces of resilience around it or without.
            cache: what is given again, and for how long; an hour, exact answers of text by default.
            **options: as of ``ag2.Agent``.

        Raises:
            CacheWithoutLog: when the model's calls are not recorded.
        """
        cache = cache or Cache()
        recorder = recorder_of(config)
        if recorder is None:
            raise CacheWithoutLog(cache.name)
        self._cache = cache
        self._control = CacheControl(recorder.store)
        super().__init__(name, prompt, config=cache.around(config), **options)

    async def respond(
        self, session: SessionLike, *message: SendableMessage | Input, **options: Any
    ) -> Result[CachedReply]:
        """Respond to a message in a session.

        Args:
            session: where.
            message: text or AG2 inputs.
            **options: as of ``session.ask``.

        Returns:
            The reply, or why there is none. The usage is that of models that were called; a stored
            answer takes none.

        Raises:
            EmptyMessage: when there is no message.
            SessionBusy, SessionClosed, StoreError, TurnAborted: as of ``session.ask``.
        """
        if not any(part.strip() if isinstance(part, str) else True for part in message):
            raise EmptyMessage(self.name)
        with noting_caches() as notes:
            try:
                reply = await session.ask(self, *message, **options)
            except RetoldError:
                raise
            except Exception as error:
                return Result(
                    status=ResultStatus.FAILED,
                    error=ErrorInfo.of(error),
                    ids=_ids(session, notes),
                    usage=notes.usage,
                )
        return Result(
            status=ResultStatus.COMPLETED,
            value=CachedReply(text=reply.response.content, reply=reply, served=tuple(notes.served)),
            ids=_ids(session, notes),
            usage=notes.usage,
        )

    async def cache_stats(self, *, at: datetime | None = None) -> CacheStats | None:
        """Return the figures of this agent's cache; None when it was never asked.

        Args:
            at: as of this moment, by the log's clock; None for now.

        Raises:
            ProjectionError, StoreError: when the log cannot be read.
        """
        rows = await self._control.stats(at=at, cache=self._cache.name)
        return rows[0] if rows else None

    async def clear_expired(self) -> int:
        """Let every entry of the log be gone whose time is over; return how many were.

        Raises:
            ProjectionError, StoreError: when the log cannot be read or written.
        """
        return len(await self._control.clear_expired())


class SemanticCachingAgent(CachingAssistantAgent):
    """A :class:`CachingAssistantAgent` that serves the answer to a question that means the same.

    Of text only, and not before it is known which answers are the same: see
    :class:`retold.Meaning`.
    """

    def __init__(
        self,
        name: str,
        prompt: PromptType | Iterable[PromptType] = (),
        *,
        config: ModelConfig,
        cache: Cache | None = None,
        meaning: Meaning | None = None,
        **options: Any,
    ) -> None:
        """Put the agent together.

        Args:
            name: as of ``ag2.Agent``.
            prompt: as of ``ag2.Agent``.
            config: of ``log.model(...)``, with pieces of resilience around it or without.
            cache: what is given again, for how long, and how meanings are compared; for an hour,
                and as ``meaning`` says, when None.
            meaning: how meanings are compared, without a cache; as by default when None.
            **options: as of ``ag2.Agent``.

        Raises:
            CacheWithoutLog: when the model's calls are not recorded.
            ValueError: when both are given.
        """
        if cache is not None and meaning is not None:
            raise ValueError("meaning: a cache is given, which says how meanings are compared")
        cache = cache or Cache(meaning=meaning or Meaning())
        super().__init__(name, prompt, config=config, cache=cache, **options)


def _ids(session: SessionLike, notes: CacheNotes) -> ResultIds:
    turn = notes.turn
    return ResultIds(
        session=session.id,
        stream=conversation_stream(session.id),
        turn=None if turn is None else turn.turn,
        correlation_id=None if turn is None else turn.correlation_id,
    )

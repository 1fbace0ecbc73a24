"""A proxy for AG2's ``ModelConfig`` with one piece of resilience around each of its calls."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self, TypeVar, cast
from uuid import UUID

from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.context import ConversationContext
from ag2.events import BaseEvent, ModelResponse
from ag2.files.protocol import FilesClient
from ag2.response import ResponseProto
from ag2.tools.schemas import ToolSchema
from fast_depends.library.serializer import SerializerProto

from retold.agents.call_trail import CallTrail, call_trail
from retold.agents.conversation import Conversation
from retold.agents.model import RecordedModel
from retold.agents.request import model_of, provider_of
from retold.agents.secrets import error_info
from retold.agents.storage import agent_name
from retold.agents.tee import TeeContext
from retold.domain.event import DomainEvent
from retold.domain.value import ErrorInfo
from retold.store import EventStore

C = TypeVar("C", bound=ModelConfig)


@dataclass(eq=False, slots=True, kw_only=True)
class ModelCall:
    """One call to a model, as a piece of resilience sees it.

    Attributes:
        config: what is called.
        client: of that configuration.
        messages: what the model is given.
        context: AG2's context of the call.
        tools: the model may ask for.
        response_schema: of the answer; None for free text.
        serializer: AG2's.
        recorder: records what is decided; None around a model whose calls are not recorded.
        trail: what became of the call so far.
        streamed: whether anything was published by an attempt, so that no other may follow it.
        published: what the newest attempt published, in order.
    """

    config: ModelConfig
    client: LLMClient
    messages: Sequence[BaseEvent]
    context: ConversationContext
    tools: Sequence[ToolSchema]
    response_schema: ResponseProto[Any] | None
    serializer: SerializerProto
    recorder: RecordedModel[Any] | None
    trail: CallTrail
    streamed: bool = False
    published: Sequence[BaseEvent] = ()

    async def proceed(self, client: LLMClient | None = None) -> ModelResponse:
        """Call what is inside once.

        Args:
            client: called instead.

        Raises:
            Exception: what the client raises.
        """
        tee = TeeContext.of(self.context)
        try:
            return await (client or self.client)(
                self.messages,
                tee,
                tools=self.tools,
                response_schema=self.response_schema,
                serializer=self.serializer,
            )
        finally:
            self.published = tee.published
            self.streamed = self.streamed or bool(tee.published)

    @property
    def model(self) -> str | None:
        """Name of the model; None when the configuration does not say."""
        return model_of(self.config)

    @property
    def provider(self) -> str | None:
        """Name of the provider; None when the configuration does not say."""
        return provider_of(self.config)

    @property
    def agent(self) -> str | None:
        """Name of the agent that calls, when AG2 says so."""
        return agent_name(self.context)

    async def conversation(self) -> Conversation | None:
        """Return the conversation the call is recorded in; None when it is not.

        Raises:
            TurnAborted: when its turn can no longer be recorded.
        """
        if self.recorder is None:
            return None
        return await self.recorder.storage.conversation_of_call(self.context)

    async def record(self, event: DomainEvent) -> UUID | None:
        """Record a decision in the conversation, as an effect of what failed; return its id.

        Raises:
            TurnAborted: when it could not be recorded.
        """
        conversation = await self.conversation()
        if conversation is None:
            return None
        ids = await conversation.record(event, agent=self.agent, caused_by=self.trail.cause)
        return ids[0]

    def describe(self, error: BaseException, store: EventStore | None = None) -> ErrorInfo:
        """Return an error as it may be recorded: without the secrets the log knows of.

        Args:
            error: any.
            store: the log; that of the conversation by default.
        """
        store = store or (None if self.recorder is None else self.recorder.store)
        return ErrorInfo.of(error) if store is None else error_info(store, error)


class Piece(ABC):
    """One piece of resilience. It may be put around any number of configurations."""

    def around(self, config: C) -> GuardedModel[C]:
        """Return a configuration whose calls go through this piece.

        Args:
            config: any AG2 ``ModelConfig``. Around one of ``log.model(...)``, or around another
                piece that is, what this piece decides is recorded in the conversation.
        """
        return GuardedModel(config, self)

    @property
    def alternatives(self) -> Sequence[ModelConfig]:
        """Configurations that are called instead of the one it is around."""
        return ()

    def with_alternatives(self, change: Callable[[ModelConfig], ModelConfig]) -> Piece:
        """Return this piece with other configurations as its alternatives.

        Args:
            change: returns what takes the place of each.
        """
        return self

    @abstractmethod
    async def call(self, call: ModelCall) -> ModelResponse:
        """Answer a call, by ``call.proceed()`` or otherwise.

        Args:
            call: the call.

        Raises:
            Exception: what the model's client raises, or what keeps it from being called.
        """


class GuardedModel(ModelConfig, Generic[C]):
    """A model configuration with a piece of resilience; everything else is the inner one's.

    Attributes:
        inner: the configuration that is called.
        piece: what its calls go through.
    """

    def __init__(self, inner: C, piece: Piece) -> None:
        """Store what is needed.

        Args:
            inner: the configuration to call.
            piece: what its calls go through.
        """
        self.inner = inner
        self.piece = piece

    @property
    def provider(self) -> ModelProvider:
        """The inner configuration's provider."""
        return self.inner.provider

    @property
    def model(self) -> str:
        """The inner configuration's model."""
        return self.inner.model

    def recorded_by(self, record: Callable[[ModelConfig], ModelConfig]) -> Self:
        """Return this configuration with every call recorded, inside the piece.

        Args:
            record: returns a configuration with its calls recorded, as ``log.model`` does.
        """
        return type(self)(cast("C", record(self.inner)), self.piece.with_alternatives(record))

    def copy(self, **overrides: Any) -> Self:
        """Return this configuration over a copy of the inner one; the piece is the same."""
        return type(self)(self.inner.copy(**overrides), self.piece)

    def create(self) -> LLMClient:
        """Return a client whose calls go through the piece."""
        return _Client(self)

    def create_files_client(self) -> FilesClient[Any]:
        """Return the inner configuration's client for files."""
        return self.inner.create_files_client()

    def __getattr__(self, name: str) -> Any:
        # Reached only for what this class has not: temperature, base_url and so on.
        if name.startswith("_") or name in {"inner", "piece"}:
            raise AttributeError(name)
        return getattr(self.inner, name)


class _Client(LLMClient):
    """Calls the inner client through a piece."""

    def __init__(self, config: GuardedModel[Any]) -> None:
        self._config = config
        self._client = config.inner.create()
        self._recorder = recorder_of(config)

    async def __call__(
        self,
        messages: Sequence[BaseEvent],
        context: ConversationContext,
        *,
        tools: Iterable[ToolSchema],
        response_schema: ResponseProto[Any] | None,
        serializer: SerializerProto,
    ) -> ModelResponse:
        """Call the model; see ``ag2.config.LLMClient``."""
        with call_trail() as trail:
            return await self._config.piece.call(
                ModelCall(
                    config=self._config.inner,
                    client=self._client,
                    messages=list(messages),
                    context=context,
                    tools=list(tools),
                    response_schema=response_schema,
                    serializer=serializer,
                    recorder=self._recorder,
                    trail=trail,
                )
            )


def recorder_of(config: ModelConfig) -> RecordedModel[Any] | None:
    """Return the recorded model that a configuration is or has inside; None without one.

    Of alternatives, the first that has one.
    """
    return next(
        (leaf for leaf in _leaves(config) if isinstance(leaf, RecordedModel)),
        None,
    )


def records_every_call(config: ModelConfig, store: EventStore | None = None) -> bool:
    """Return whether every call that a configuration makes is recorded.

    Args:
        config: any; of one with pieces around it, what is inside and every alternative counts.
        store: recorded in this log; in any when None.
    """
    return all(
        isinstance(leaf, RecordedModel) and (store is None or leaf.records_in(store))
        for leaf in _leaves(config)
    )


def leaf_of(config: ModelConfig) -> ModelConfig:
    """Return the configuration inside all pieces and records, without what is called instead."""
    while isinstance(config, GuardedModel | RecordedModel):
        config = config.inner
    return config


def _leaves(config: ModelConfig) -> Iterator[ModelConfig]:
    if not isinstance(config, GuardedModel):
        yield config
        return
    yield from _leaves(config.inner)
    for alternative in config.piece.alternatives:
        yield from _leaves(alternative)

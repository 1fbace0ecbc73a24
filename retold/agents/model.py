"""A proxy for AG2's ``ModelConfig`` that records every attempt to call the model."""

from __future__ import annotations

from typing import Any, Generic, Self, TypeVar

from ag2.config import LLMClient, ModelConfig, ModelProvider
from ag2.files.protocol import FilesClient

from retold.agents.recording_client import RecordingClient
from retold.agents.request import fields_of
from retold.agents.secrets import remember_secrets
from retold.agents.storage import Storage
from retold.store import EventStore

C = TypeVar("C", bound=ModelConfig)


class RecordedModel(ModelConfig, Generic[C]):
    """A model configuration whose calls are recorded; everything else is the inner one's.

    Made by ``log.model(config)``. A conversation recorded elsewhere, or not at all, has its model
    calls recorded all the same.

    Attributes:
        inner: the configuration that is called.
    """

    def __init__(self, inner: C, storage: Storage, store: EventStore) -> None:
        """Store what is needed.

        Args:
            inner: the configuration to call.
            storage: finds the conversation of a call.
            store: where contents go.
        """
        self.inner = inner
        self._storage = storage
        self._store = store
        remember_secrets(store, fields_of(inner))

    @property
    def provider(self) -> ModelProvider:
        """The inner configuration's provider."""
        return self.inner.provider

    @property
    def model(self) -> str:
        """The inner configuration's model."""
        return self.inner.model

    @property
    def storage(self) -> Storage:
        """Finds the conversation of a call."""
        return self._storage

    @property
    def store(self) -> EventStore:
        """The log calls are recorded in."""
        return self._store

    def records_in(self, store: EventStore) -> bool:
        """Return whether calls are recorded in this log."""
        return self._store is store

    def copy(self, **overrides: Any) -> Self:
        """Return this configuration over a copy of the inner one."""
        return type(self)(self.inner.copy(**overrides), self._storage, self._store)

    def create(self) -> LLMClient:
        """Return a client that records each call."""
        return RecordingClient(self.inner, self._storage, self._store)

    def create_files_client(self) -> FilesClient[Any]:
        """Return the inner configuration's client for files."""
        return self.inner.create_files_client()

    def __getattr__(self, name: str) -> Any:
        # Reached only for what this class has not: temperature, base_url and so on.
        if name.startswith("_") or name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)

"""What the systems of agents need of a session, which is on the floor above theirs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from ag2.hitl import HumanHook

from retold.agents.work import Work


class WorkingSession(Protocol):
    """A session to work in; see :class:`retold.Session`."""

    @property
    def id(self) -> str:
        """As given when it was opened."""
        ...

    @property
    def version(self) -> int:
        """Version of its newest event that is known here; 0 when none is."""
        ...

    def turn(
        self,
        agent: str | None = None,
        *,
        variables: Mapping[str, Any] | None = None,
        correlation_id: str | None = None,
        hitl_hook: HumanHook | None = None,
    ) -> AbstractAsyncContextManager[Work]:
        """Hold a turn in which code works."""
        ...

    async def state(self, name: str) -> Any:
        """Return one of its states."""
        ...

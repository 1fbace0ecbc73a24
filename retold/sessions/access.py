"""The access log of those who use the library: people's reads are recorded, agents' are not."""

from __future__ import annotations

from collections.abc import Mapping

from retold.agents.scope import current_turn
from retold.domain.access import AccessAction
from retold.projections.access_log import AccessLog
from retold.store import EventStore


class LibraryAccessLog(AccessLog):
    """Records what an actor is given, but for what is read in a turn: that is an agent's work."""

    def __init__(self, store: EventStore, *, actor: str | None) -> None:
        """Store whose accesses are recorded; None for nobody's."""
        super().__init__(store, actor=actor, door="library")

    async def record(
        self,
        action: AccessAction,
        target: str | None = None,
        *,
        parameters: Mapping[str, object] | None = None,
        rows: int | None = None,
    ) -> None:
        """Record an access; see :meth:`AccessLog.record`."""
        if current_turn.get() is None:
            await super().record(action, target, parameters=parameters, rows=rows)

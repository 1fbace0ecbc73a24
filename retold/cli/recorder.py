"""Where a command records whom it gave what, also in a log that keeps projections inline."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress

from retold.domain.access import AccessAction
from retold.errors import RetoldError
from retold.projections.access_log import AccessLog, recording_seconds
from retold.store import EventStore


class CommandAccessLog(AccessLog):
    """Records what a command prints; without it, PostgreSQL refuses appends past inline rows."""

    def __init__(self, store: EventStore, *, actor: str) -> None:
        """Store whose accesses are recorded."""
        super().__init__(store, actor=actor, door="cli")
        self._begun = False

    async def record(
        self,
        action: AccessAction,
        target: str | None = None,
        *,
        parameters: Mapping[str, object] | None = None,
        rows: int | None = None,
    ) -> None:
        """Record an access; see :meth:`AccessLog.record`."""
        if not self._begun and self._store.kind == "postgresql":
            self._begun = True
            # What is in the way is said when the access cannot be appended.
            with suppress(RetoldError, TimeoutError):
                async with asyncio.timeout(recording_seconds):
                    await self._keep_inline()
        await super().record(action, target, parameters=parameters, rows=rows)

    async def _keep_inline(self) -> None:
        from retold.projections.keeping.kept_inline import (  # noqa: PLC0415 - seldom needed
            go_on_inline,
            names_kept_inline,
        )
        from retold.projections.loading import registry_of  # noqa: PLC0415 - likewise

        if await names_kept_inline(self._store):
            modules = os.environ.get("RETOLD_PROJECTIONS", "").split()
            await go_on_inline(self._store, registry_of(modules))

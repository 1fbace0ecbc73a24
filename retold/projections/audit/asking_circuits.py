"""The named queries about circuits, as methods of an open log."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from retold.projections.audit import circuits as circuit_queries
from retold.projections.audit.asking import Asking
from retold.projections.audit.page import Page, default_limit


class AskingCircuits(Asking):
    """Asks about circuits."""

    async def circuits(
        self,
        *,
        circuit: str | None = None,
        status: Literal["closed", "open", "half_open"] | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[circuit_queries.CircuitRow]:
        """The circuits there are, by name: status, failures, last error, refused calls.

        Args:
            circuit: this one only.
            status: in this status only.
            limit, after: as of the class.
        """
        given = {"circuit": circuit, "status": status}
        return await self._page(circuit_queries.circuits, given, limit, after)

    async def circuit_history(
        self,
        *,
        circuit: str | None = None,
        what: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = default_limit,
        after: str | None = None,
    ) -> Page[circuit_queries.CircuitChangeRow]:
        """What happened to circuits, the newest first: failures, openings, refused calls.

        Args:
            circuit: this one only.
            what: this only, such as ``opened`` or ``call_refused``.
            since: recorded then or later.
            until: recorded before.
            limit, after: as of the class.
        """
        given = {"circuit": circuit, "what": what, "since": since, "until": until}
        return await self._page(circuit_queries.circuit_history, given, limit, after)

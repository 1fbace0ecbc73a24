"""A read model that is kept elsewhere than in SQL tables, such as an index in a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from retold.domain.event import RecordedEvent


class OwnStorage(Protocol):
    """Keeps what events fold to, and with it how far it has come.

    An event takes effect exactly once because both are kept together: whatever a crash leaves
    behind, ``cursor`` tells what is in it. One process at a time calls :meth:`apply`, by a lease.
    """

    async def cursor(self) -> str | None:
        """Return the cursor given with the last :meth:`apply` that took effect; None: none did."""
        ...

    async def apply(self, events: Sequence[RecordedEvent], cursor: str) -> None:
        """Fold events and keep the outcome together with ``cursor``, or neither.

        Args:
            events: in the log's order; may be empty.
            cursor: of the place they lead to.
        """
        ...

    async def remove(self) -> None:
        """Remove all that is kept."""
        ...

    async def close(self) -> None:
        """Let go of what is open."""
        ...

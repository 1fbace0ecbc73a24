"""What holds readers of the whole log back."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stall:
    """An open transaction that readers of the whole log wait for.

    A reader in the global order shows nothing that was committed after the oldest transaction
    that still may commit, in whatever database of the cluster: it might have taken its places
    first. What this role may not see of it is None.

    Attributes:
        pid: the server's process; None for a prepared transaction.
        database: it is connected to.
        user: who opened it.
        application: what it calls itself; empty when it does not.
        age_seconds: since it began, or was prepared.
        state: ``active``, ``idle in transaction`` and so on; None for a prepared transaction.
        holds_back: events of the log, of every tenant, that are committed after it took its
            transaction id.
        prepared: the name it was prepared by; None when it was not.
    """

    pid: int | None
    database: str | None
    user: str | None
    application: str | None
    age_seconds: float | None
    state: str | None
    holds_back: int
    prepared: str | None

    @property
    def remedy(self) -> str:
        """What ends it; that takes its owner's rights, or pg_signal_backend for the first."""
        if self.prepared is None:
            return f"end it in its application, or: SELECT pg_terminate_backend({self.pid})"
        name = self.prepared.replace("'", "''")
        return f"in {self.database}: COMMIT PREPARED '{name}', or ROLLBACK PREPARED '{name}'"

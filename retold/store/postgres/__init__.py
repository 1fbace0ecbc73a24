"""The log in PostgreSQL 13 or later: many processes append, readers get a gap-free order."""

from __future__ import annotations

from retold.store.postgres.backend import PostgresBackend

__all__ = ["PostgresBackend"]

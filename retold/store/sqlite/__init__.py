"""The log in a SQLite file: WAL, one writer thread, readers that never wait for it."""

from __future__ import annotations

from retold.store.sqlite.backend import SqliteBackend

__all__ = ["SqliteBackend"]

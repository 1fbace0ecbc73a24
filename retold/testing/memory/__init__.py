"""A log in memory that keeps to the rules of those in databases."""

from __future__ import annotations

from retold.testing.memory.backend import MemoryBackend
from retold.testing.memory.database import MemoryDatabase, memory_store

__all__ = ["MemoryBackend", "MemoryDatabase", "memory_store"]

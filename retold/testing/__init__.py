"""For users' own tests: a log in memory, and what every store must do (``conformance``).

``retold.testing.conformance`` needs pytest (``pip install "retold[testing]"``), the rest does not.
"""

from __future__ import annotations

from retold.testing.memory import MemoryDatabase, memory_store

__all__ = ["MemoryDatabase", "memory_store"]

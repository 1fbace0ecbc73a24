"""For users' own tests: a log in memory, given/when/then, and what every store must do.

``retold.testing.conformance`` needs pytest (``pip install "retold[testing]"``), the rest does not.
"""

from __future__ import annotations

from retold.testing.deciding import Given, When, given
from retold.testing.memory import MemoryDatabase, memory_store

__all__ = ["Given", "MemoryDatabase", "When", "given", "memory_store"]

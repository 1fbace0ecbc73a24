"""AG2 keeps one turn lock for each stream id and process, as long as a stream object lives."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_streams_of_earlier_tests() -> Iterator[None]:
    """Let go of streams in reference cycles: their locks belong to a loop that is closed."""
    gc.collect()
    yield
    gc.collect()

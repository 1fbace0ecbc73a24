"""Logs to work on; and AG2 keeps one turn lock for each stream id as long as a stream lives."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def imported_is_not_garbage() -> Iterator[None]:
    """Leave out of later collections what lives by now: looking through it takes 0.1 s each."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture(autouse=True)
def no_streams_of_earlier_tests(imported_is_not_garbage: None) -> Iterator[None]:
    """Let go of streams in reference cycles: their locks belong to a loop that is closed."""
    gc.collect()
    yield
    gc.collect()


@pytest.fixture
def sqlite_url(migrated_sqlite_url: str) -> str:
    """URL of an empty SQLite log."""
    return migrated_sqlite_url

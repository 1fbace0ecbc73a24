"""A log, and what the tests of delegation ask in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

import retold


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    """An open log."""
    async with retold.open(sqlite_url) as opened:
        yield opened

"""A log for policies to be tried on."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

import retold


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    """An open log without policies."""
    async with retold.open(sqlite_url) as opened:
        yield opened

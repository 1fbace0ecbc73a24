"""The log that planners are tested in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

import retold


@pytest.fixture
async def log(store_url: str) -> AsyncIterator[retold.Log]:
    async with retold.open(store_url) as opened:
        yield opened

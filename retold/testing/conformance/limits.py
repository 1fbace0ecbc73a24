"""Conformance: what is too large."""

from __future__ import annotations

import pytest

from retold.errors import (
    EventTooLarge,
)
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.database import LogDatabase
from retold.testing.conformance.events import (
    append,
    read_all,
)


class LimitTests(ConformanceTests):
    """What is too large."""

    async def test_an_event_over_the_limit_is_refused_and_the_log_unchanged(
        self, database: LogDatabase
    ) -> None:
        async with database.open_store(max_event_bytes=1_000) as store:
            with pytest.raises(EventTooLarge, match="the limit is 1,000") as raised:
                await append(store, "note-1", "x" * 1_000)
            assert (raised.value.stream, raised.value.limit) == ("note-1", 1_000)
            assert raised.value.size > 1_000
            await append(store, "note-1", "x" * 900)
            assert len(await read_all(store)) == 1

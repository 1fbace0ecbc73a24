"""Conformance: times of recording and of the source."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from retold.store import EventStore
from retold.testing.conformance.base import ConformanceTests
from retold.testing.conformance.events import (
    append,
    event,
    read,
)


class TimeTests(ConformanceTests):
    """Times of recording and of the source."""

    async def test_times_of_recording_have_microseconds_and_do_not_go_back(
        self, store: EventStore
    ) -> None:
        for _ in range(20):
            await append(store, "note-1", "a")
        times = [one.recorded_at for one in await read(store, "note-1")]
        assert times == sorted(times)
        assert len({time.microsecond % 1_000 for time in times}) > 1

    async def test_the_sources_time_comes_back_in_utc(self, store: EventStore) -> None:
        first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        just_before_1970 = datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
        india = timezone(timedelta(hours=5, minutes=30))
        times: list[tuple[datetime | None, datetime | None]] = [
            (None, None),
            (datetime(2025, 8, 1, 16, 18), datetime(2025, 8, 1, 16, 18, tzinfo=UTC)),  # noqa: DTZ001
            (
                datetime(2025, 8, 1, 16, 18, tzinfo=india),
                datetime(2025, 8, 1, 10, 48, tzinfo=UTC),
            ),
            (first, first),
            (last, last),
            (just_before_1970, just_before_1970),
        ]
        new = [event(occurred_at=given) for given, _ in times]
        await store.append("note-1", new, expected_version=0)
        assert [one.occurred_at for one in await read(store, "note-1")] == [utc for _, utc in times]

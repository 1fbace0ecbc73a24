"""A log with conversations in it, for the commands to read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from retold.domain.recording import ImportedResult
from tests.cli.commands import record
from tests.projections.histories import closed, message, started, tool_turn

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)


@pytest.fixture
def filled_url(migrated_sqlite_url: str) -> str:
    """URL of a log of three sessions: imported and ended, recorded and open, and one nested."""
    minute = timedelta(minutes=1)
    record(
        migrated_sqlite_url,
        "order-1",
        [
            started(
                source="tau2",
                subject="user:7",
                tags={"env": "prod"},
                at=noon,
                text="2025-08-01T12:00:00",
            ),
            message("user", content="Where is it?", at=noon + minute),
            message("assistant", calls=1, tokens=(10, 5), cost=0.1, at=noon + 2 * minute),
            message(
                "tool",
                content="no such order",
                result=ImportedResult(name="tool", call=0, error=True),
                at=noon + 3 * minute,
            ),
            message("assistant", content="Gone.", cost=0.2, at=noon + 4 * minute),
            closed("user_stop", at=noon + 5 * minute, text="2025-08-01T12:05:00"),
        ],
    )
    record(migrated_sqlite_url, "chat-2", [started(subject="user:8"), *tool_turn])
    record(migrated_sqlite_url, "child", [started(parent="conversation-chat-2", session="chat-2")])
    return migrated_sqlite_url

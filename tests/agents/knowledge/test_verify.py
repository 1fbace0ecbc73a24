"""Files that somebody altered behind the log's back are found."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from retold.agents.knowledge import KnowledgeStore
from retold.store import EventStore
from tests.store.raw import Raw


@pytest.fixture
async def files(store: EventStore) -> AsyncIterator[KnowledgeStore]:
    """Files with a history."""
    files = KnowledgeStore(store, "hub")
    await files.write("/gone", "x")
    await files.delete("/gone")
    await files.append("/a/wal", "one\n")
    await files.append("/a/wal", "zwö\n")
    await files.append("/a/wal", "x" * 5_000)
    await files.write("/a/state", "old")
    await files.write("/a/state", "new")
    await files.append("/empty", "")
    yield files
    assert await KnowledgeStore(store, "other").verify() == ()


async def test_files_that_are_what_was_written_have_no_fault(files: KnowledgeStore) -> None:
    assert await files.verify() == ()


@pytest.mark.parametrize(
    ("statement", "path", "reason"),
    [
        (
            "UPDATE knowledge_chunks SET content = ? WHERE path = '/a/wal' AND start = 0",
            "/a/wal",
            "what change 4 wrote at byte 4 was altered",
        ),
        (
            "UPDATE knowledge_chunks SET content = ? WHERE path = '/a/state'",
            "/a/state",
            "it has 9 bytes, and 3 were kept; the events say 3",
        ),
        (
            "DELETE FROM knowledge_chunks WHERE path = '/a/wal' AND start > 0",
            "/a/wal",
            "it has 9 bytes, and 5,009 were kept; the events say 5,009",
        ),
        (
            "DELETE FROM knowledge_files WHERE path = '/a/state'",
            "/a/state",
            "it is gone, and no event says that it was deleted",
        ),
        (
            "UPDATE knowledge_files SET path = '/b' WHERE path = '/empty'",
            "/b",
            "no event says that it was written",
        ),
        (
            "UPDATE knowledge_files SET changed_by = 99 WHERE path = '/empty'",
            "/empty",
            "change 99 was its last, and has no event",
        ),
    ],
)
async def test_what_was_altered_behind_the_logs_back_is_found(
    files: KnowledgeStore, store_url: str, statement: str, path: str, reason: str
) -> None:
    values = (b"one\nzw.o\n",) if "?" in statement else ()
    await Raw(store_url).execute(statement, *values)
    assert (path, reason) in await files.verify()


async def test_a_change_whose_event_is_missing_is_found(
    files: KnowledgeStore, store_url: str
) -> None:
    raw = Raw(store_url)
    await raw.execute("UPDATE knowledge_stores SET last_change = last_change + 1")
    await files.write("/a/state", "newer")
    assert await files.verify() == (("/", "change 9 of the store has no event in its place"),)

"""What stands beside the events of a golden log: a work queue, and the files of a hub."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text

from retold.agents.knowledge import KnowledgeStore
from retold.store import EventStore
from retold.store.work_queue import NewWorkItem, WorkQueue

queue_name = "steps"
files_name = "hub"
_tables = (
    "work_items",
    "knowledge_stores",
    "knowledge_files",
    "knowledge_chunks",
    "knowledge_changes",
)


async def keep_work_and_files(store: EventStore) -> None:
    """Put work into every state there is, and write files in every way there is."""
    queue = WorkQueue(store, queue_name)
    later = datetime(2999, 1, 1, tzinfo=UTC)
    put = [
        NewWorkItem(id="run-1/done", payload={"step": "a", "ü": [1, 2.5, None]}, priority=5),
        NewWorkItem(id="run-1/lost", priority=4),
        NewWorkItem(id="run-1/cancelled", priority=3),
        NewWorkItem(id="run-1/waiting", payload={"step": "b"}, priority=-1),
        NewWorkItem(id="run-1/later", ready_at=later),
    ]
    await queue.put(put)
    done, _ = await queue.take("worker-1", seconds=0.001, limit=2)
    await queue.finish(done)
    await queue.cancel("run-1/cancelled")
    files = KnowledgeStore(store, files_name)
    await files.write("/agents/1/passport.json", '{"name": "Zoë"}')
    await files.write("/agents/1/passport.json", '{"name": "Zoë 🚚"}')
    for number in range(3):
        await files.append("/channels/1/wal.jsonl", f'{{"n": {number}, "text": "{"é" * 900}"}}\n')
    await files.append("/channels/1/long", "x" * 70_000)
    await files.write("/gone/a", "x")
    await files.delete("/gone")


async def copy_beside(old: EventStore, new: EventStore) -> None:
    """Copy the rows as they are; their events are copied with all others."""
    for table in _tables:
        chosen = text(f"SELECT * FROM {table} WHERE tenant = :tenant")
        async with old.connection() as connection:
            rows = [dict(row) for row in (await connection.execute(chosen, _of(old))).mappings()]
        for row in rows:
            row.pop("number" if table == "work_items" else "", None)
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            async with new.transaction() as connection:
                insert = text(f"INSERT INTO {table} ({names}) VALUES ({values})")
                await connection.execute(insert, row)


def _of(store: EventStore) -> dict[str, str]:
    return {"tenant": store.tenant}


async def beside(store: EventStore) -> dict[str, Any]:
    """Return what there is; nothing is recorded on the way."""
    queue, files = WorkQueue(store, queue_name), KnowledgeStore(store, files_name)
    paths = [f"/{found}" for found in await _below(files, "/")]
    return {
        "work": [asdict(item) async for item in queue.items()],
        "files": {path: await files.read(path) for path in paths},
    }


async def _below(files: KnowledgeStore, folder: str) -> list[str]:
    found = []
    for name in await files.list(folder):
        if name.endswith("/"):
            found += [name + below for below in await _below(files, folder + name)]
        else:
            found.append(name)
    return found

"""Checkpoints of AG2's tasks: the newest is read, and none of them is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from ag2 import Agent
from ag2.task import CheckpointStore

import retold
from retold.agents.checkpoints import Checkpoints
from retold.errors import InvalidStreamName
from retold.store import EventStore, open_store


async def test_a_task_is_resumed_from_its_newest_checkpoint(store_url: str) -> None:
    async with retold.open(store_url) as log:
        assert isinstance(log.checkpoints, CheckpointStore)
        agent = Agent("worker")
        async with agent.task("count", checkpoint_store=log.checkpoints) as task:
            for number in range(3):
                await task.checkpoint({"done": number})
            first = task.metadata.task_id
            await task.complete("so far")
    async with retold.open(store_url) as log:
        resumed = Agent("worker").task("count", checkpoint_store=log.checkpoints, resume_from=first)
        async with resumed as task:
            assert task.resumed_state == {"done": 2}
            await task.complete("done")
        history = await log.checkpoints.history(first)
        assert [one.state["done"] for one in history] == [2, 1, 0]
        assert [one.version for one in history] == [3, 2, 1]
        assert [one.version for one in await log.checkpoints.history(first, limit=2)] == [3, 2]


async def test_what_was_kept_comes_back_as_it_was(store: EventStore, store_url: str) -> None:
    state = {
        "at": datetime(2026, 1, 2, tzinfo=UTC),
        "seen": {1, 2},
        "pair": (1, "ü\0"),
        "$": {"__dataclass__": "subprocess.Popen"},
        "big": 2**70,
        "nothing": None,
    }
    await Checkpoints(store).write("task/1 ü", state)
    state_then = dict(state)
    state["seen"] = {3}
    async with await open_store(store_url) as other:
        assert await Checkpoints(other).read("task/1 ü") == state_then
        assert await Checkpoints(other).read("task/2") is None
        assert await Checkpoints(other).history("task/2") == ()
    async with await open_store(store_url, tenant="other") as theirs:
        assert await Checkpoints(theirs).read("task/1 ü") is None


@pytest.mark.parametrize("task_id", ["", "a\nb", "x" * 255])
async def test_an_id_that_can_name_no_stream_is_refused(store: EventStore, task_id: str) -> None:
    checkpoints = Checkpoints(store)
    with pytest.raises(InvalidStreamName):
        await checkpoints.write(task_id, {})
    with pytest.raises(InvalidStreamName):
        await checkpoints.read(task_id)

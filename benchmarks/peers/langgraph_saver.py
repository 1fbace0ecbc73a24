"""LangGraph: an ``AsyncSqliteSaver`` that saves a checkpoint a message."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from benchmarks.chat import Message, stream_of


async def append(path: Path, callers: list[list[Message]]) -> float:
    """See :mod:`benchmarks.peers`."""
    # A checkpoint id sorts by its time: made in order, as a graph does.
    threads = [
        [_checkpoint(said, number) for number, said in enumerate(messages, 1)]
        for messages in callers
    ]

    async def put(saver: AsyncSqliteSaver, caller: int, checkpoints: list[Any]) -> None:
        config: Any = {"configurable": {"thread_id": stream_of(caller), "checkpoint_ns": ""}}
        for step, checkpoint in enumerate(checkpoints):
            config = await saver.aput(
                config,
                checkpoint,
                {"source": "loop", "step": step, "parents": {}},
                checkpoint["channel_versions"],
            )

    async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
        await saver.setup()
        begin = time.perf_counter()
        await asyncio.gather(*(put(saver, *of_thread) for of_thread in enumerate(threads)))
        seconds = time.perf_counter() - begin
        config: Any = {"configurable": {"thread_id": stream_of(0)}}
        stored = len([one async for one in saver.alist(config)])
    if stored != len(callers[0]):
        raise RuntimeError(f"{stored} checkpoints were stored of {len(callers[0])}")
    return seconds


def _checkpoint(said: Message, number: int) -> Any:
    checkpoint = empty_checkpoint()
    checkpoint["channel_values"] = {"messages": [{"role": said.role, "content": said.text}]}
    checkpoint["channel_versions"] = {"messages": f"{number:032}.0"}
    return checkpoint

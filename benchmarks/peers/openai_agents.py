"""openai-agents: a ``SQLiteSession`` a conversation, all in one file."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from agents import SQLiteSession

from benchmarks.chat import Message, stream_of


async def append(path: Path, callers: list[list[Message]]) -> float:
    """See :mod:`benchmarks.peers`."""
    sessions = [SQLiteSession(stream_of(caller), path) for caller in range(len(callers))]

    async def add(session: SQLiteSession, messages: list[Message]) -> None:
        for said in messages:
            await session.add_items([{"role": said.role, "content": said.text}])

    try:
        begin = time.perf_counter()
        await asyncio.gather(*map(add, sessions, callers))
        seconds = time.perf_counter() - begin
        stored = len(await sessions[0].get_items())
    finally:
        for session in sessions:
            session.close()
    if stored != len(callers[0]):
        raise RuntimeError(f"{stored} items were stored of {len(callers[0])}")
    return seconds

"""google-adk: a ``DatabaseSessionService`` on SQLAlchemy and aiosqlite."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from google.adk.events import Event
from google.adk.sessions import DatabaseSessionService
from google.genai import types

from benchmarks.chat import Message, stream_of

_app, _user = "bench", "user"


async def append(path: Path, callers: list[list[Message]]) -> float:
    """See :mod:`benchmarks.peers`."""
    events = [[_event(said) for said in messages] for messages in callers]
    async with DatabaseSessionService(db_url=f"sqlite+aiosqlite:///{path}") as service:
        sessions = [
            await service.create_session(app_name=_app, user_id=_user, session_id=stream_of(caller))
            for caller in range(len(callers))
        ]

        async def add(session: Any, of_caller: list[Any]) -> None:
            for event in of_caller:
                await service.append_event(session, event)

        begin = time.perf_counter()
        await asyncio.gather(*map(add, sessions, events))
        seconds = time.perf_counter() - begin
        found = await service.get_session(app_name=_app, user_id=_user, session_id=stream_of(0))
    stored = 0 if found is None else len(found.events)
    if stored != len(callers[0]):
        raise RuntimeError(f"{stored} events were stored of {len(callers[0])}")
    return seconds


def _event(said: Message) -> Any:
    role = "user" if said.role == "user" else "model"
    content = types.Content(role=role, parts=[types.Part(text=said.text)])
    return Event(author=said.role, invocation_id="bench", content=content)

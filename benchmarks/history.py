"""A long log of conversations: real recordings, appended again and again as other sessions.

Without the recordings it is made of the benchmarks' own chats, and says so.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import count
from pathlib import Path

from benchmarks.chat import chat_message
from benchmarks.log import fold_wal, open_log, repository, sqlite_url
from benchmarks.measure import Settings
from retold.domain.event import NewEvent
from retold.domain.recording import (
    ConversationClosed,
    ConversationStarted,
    MessageImported,
    conversation_category,
    conversation_of,
    conversation_stream,
)
from retold.importers import import_paths
from retold.store import EventStore
from retold.store.append import Append

variable = "RETOLD_SHARED_DATA"
events_of_a_long_log = 1_000_000
events_of_a_quick_one = 20_000
# Sessions go on side by side, so many events of each at a time.
_turn = 10
_chats = 100
_messages_of_a_chat = 30


def long_log_events(settings: Settings) -> int:
    """Return how many events the long log has."""
    return events_of_a_quick_one if settings.quick else events_of_a_long_log


def recordings() -> Path | None:
    """Return the folder of the real recordings; None when there is none."""
    folder = Path(os.environ.get(variable, repository / "shared" / "data"))
    return folder if (folder / "tau2").is_dir() else None


def note() -> str:
    """Return what a reader has to know of the events; empty when they are of real sessions."""
    return "" if recordings() else f"from made-up chats: no recordings at {variable}"


@cache
def long_log(events: int) -> Path:
    """Return a SQLite log of so many events, made once in this process; it goes at its end."""
    folder = tempfile.mkdtemp(prefix="retold-bench-")
    atexit.register(shutil.rmtree, folder)
    path = Path(folder) / "long.db"
    fill_with_sessions(sqlite_url(path), events)
    fold_wal(path)
    return path


def fill_with_sessions(url: str, events: int) -> None:
    """Append so many events of sessions to an empty log."""

    async def fill() -> None:
        async with await open_log(url, "normal") as store:
            sessions, begun = await _begin(store)
            left = events - begun
            if left < 0:
                raise ValueError(f"the sessions alone have {-left} events more than {events}")
            for copy in count(1):
                for turn in _turns(sessions, copy):
                    if not left:
                        return
                    taken = _cut(turn, left)
                    await store.append_many(taken)
                    left -= sum(len(append.events) for append in taken)

    asyncio.run(fill())


async def _begin(store: EventStore) -> tuple[Mapping[str, Sequence[NewEvent]], int]:
    """Import the real sessions; return them by id, and how many events are in the log now."""
    folder = recordings()
    if folder is None:
        return {f"chat-{number}": _chat(number) for number in range(_chats)}, 0
    report = await import_paths(store, [folder / "tau_bench", folder / "tau2"])
    if not report.ok:
        raise RuntimeError(f"the recordings were not imported: {report.errors}")
    sessions: dict[str, list[NewEvent]] = {}
    begun = 0
    async for event in store.read_all():
        begun += 1
        if event.category != conversation_category:
            continue
        new = NewEvent(
            type=event.type,
            schema_version=event.schema_version,
            data=event.data,
            metadata=event.metadata,
            occurred_at=event.occurred_at,
        )
        sessions.setdefault(conversation_of(event.stream), []).append(new)
    return sessions, begun


def _chat(number: int) -> list[NewEvent]:
    session = f"chat-{number}"
    said = [chat_message(turn, session) for turn in range(_messages_of_a_chat)]
    return [
        ConversationStarted(source="bench", subject=f"user:{number}").to_new_event(),
        *(
            MessageImported(
                index=turn, role=one.role, content=one.text, source={"role": one.role}
            ).to_new_event()
            for turn, one in enumerate(said)
        ),
        ConversationClosed().to_new_event(),
    ]


def _turns(sessions: Mapping[str, Sequence[NewEvent]], copy: int) -> Iterator[list[Append]]:
    """Yield what is appended together when all sessions are held once more, under other ids."""
    for first in range(0, max(map(len, sessions.values())), _turn):
        turn: list[Append] = []
        for session, events in sessions.items():
            name = f"{session}-{copy}"
            own = [_of_session(event, name) for event in events[first : first + _turn]]
            if own:
                turn.append(Append(conversation_stream(name), own, first))
        yield turn


def _of_session(event: NewEvent, session: str) -> NewEvent:
    return replace(event, metadata={**event.metadata, "session": session}, correlation_id=session)


def _cut(turn: list[Append], left: int) -> list[Append]:
    """Return so many events of a turn."""
    taken: list[Append] = []
    for append in turn:
        if left > 0:
            taken.append(replace(append, events=append.events[:left]))
            left -= len(taken[-1].events)
    return taken

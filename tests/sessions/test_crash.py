"""A process is killed with no chance to clean up; another one opens the session and goes on."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ag2 import Agent
from ag2.config import OpenAIConfig
from ag2.events import ToolResultsEvent
from ag2.history import unanswered_tool_calls

import retold
from tests.agents.openai_server import OpenAIServer, running
from tests.forking import Process

pytestmark = pytest.mark.crash

lease_seconds = 1.5
child_program = Path(__file__).with_name("dying_process.py")


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A model on loopback that refuses a history with unanswered calls, as providers do."""
    with running() as state:
        yield state


@contextmanager
def child(url: str, server: OpenAIServer, die_at: str) -> Iterator[list[str]]:
    """Run a process that asks in the session and stops at ``die_at``; kill it there.

    Yields:
        What it had acknowledged by then: ``stream version event-id`` lines.
    """
    process = Process(
        *(child_program, url, server.url, die_at, lease_seconds), stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    acknowledged: list[str] = []
    for line in process.stdout:
        if line.startswith("stopped"):
            break
        acknowledged.append(line.strip())
    else:
        pytest.fail(f"the child ended before it reached {die_at!r}: {acknowledged}")
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    process.stdout.close()
    yield acknowledged


def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


async def ask_once_free(session: retold.Session, agent: Agent[str], text: str) -> str | None:
    """Ask, waiting for the dead process's lease to lapse."""
    while True:
        try:
            return (await session.ask(agent, text)).body
        except retold.errors.SessionBusy as busy:
            await asyncio.sleep(busy.seconds_left + 0.05)


async def recorded_in(log: retold.Log) -> set[str]:
    """Return what is recorded of the session, as the child acknowledges it."""
    return {
        f"{event.stream} {event.version} {event.event_id}"
        async for event in log.store.read_all(session="crash")
    }


@pytest.mark.parametrize(
    "die_at", ["before_append", "after_answer", "after_response", "in_tool", "after_commit"]
)
async def test_session_goes_on_after_its_process_is_killed(
    store_url: str, server: OpenAIServer, die_at: str
) -> None:
    async with retold.open(store_url, lease_seconds=lease_seconds) as log:
        config = OpenAIConfig("fake-1", base_url=server.url, api_key="k")
        agent = Agent("support", "You add.", config=log.model(config), tools=[add])
        with child(store_url, server, die_at) as acknowledged:
            session = await log.session("crash")
            recorded = await recorded_in(log)
            # On PostgreSQL, a transaction open anywhere on the server hides them for a while.
            async with asyncio.timeout(60):
                while not set(acknowledged) <= recorded:
                    recorded = await recorded_in(log)
            assert set(acknowledged) <= recorded
            assert (await log.verify()).ok

        assert await ask_once_free(session, agent, "Are you there?") == "echo:5"

        history = await session.history()
        assert unanswered_tool_calls(history) == set()
        results = [event for event in history if isinstance(event, ToolResultsEvent)]
        calls = [
            event
            for event in await session.events()
            if event.data.get("event", {}).get("$") == "ag2.ToolCallsEvent"
        ]
        was_cut = die_at in {"in_tool", "after_response"}
        assert len(results) == (2 if was_cut else 1)
        assert len(calls) == (2 if was_cut else 1)
        abandoned = [
            event for event in await session.events() if event.data.get("abandoned") is True
        ]
        assert len(abandoned) == (0 if die_at == "before_append" else 1)
        assert (await log.verify()).ok
    if store_url.startswith("sqlite"):
        connection = sqlite3.connect(store_url.removeprefix("sqlite:///"))
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()

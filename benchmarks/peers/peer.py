"""A peer, and the way to run it at the durability it is compared at."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeAlias
from unittest.mock import patch

from benchmarks.chat import Message, chat_message, stream_of
from benchmarks.log import Run, scratch_folder
from benchmarks.result import Bar

Append: TypeAlias = "Callable[[Path, list[list[Message]]], Awaitable[float]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A peer.

    Attributes:
        title: what it is called in the table.
        distribution: the package that must be installed.
        module: its module below ``benchmarks.peers``.
        messages: how many each caller appends; fewer where it is slow.
        bar: how many times as fast Retold has to be.
        note: what a reader has to know.
    """

    title: str
    distribution: str
    module: str
    messages: int
    bar: Bar | None = None
    note: str = ""

    @property
    def version(self) -> str | None:
        """Its installed release; None when it is not installed."""
        try:
            return version(self.distribution)
        except PackageNotFoundError:
            return None

    def run(self, callers: int, messages: int) -> Run:
        """Let the callers append, each ``messages`` messages, at WAL and NORMAL."""
        append: Append = importlib.import_module(f"benchmarks.peers.{self.module}").append
        planned = [
            [chat_message(number, stream_of(caller)) for number in range(messages)]
            for caller in range(callers)
        ]
        with scratch_folder() as folder, relaxed_sqlite():

            async def appending() -> float:
                return await append(folder / "peer.db", planned)

            return Run(callers * messages, asyncio.run(appending()))


@contextmanager
def relaxed_sqlite() -> Iterator[None]:
    """Give every connection that is opened to SQLite WAL and ``synchronous=NORMAL``.

    Some peers open their connections themselves and have no setting for it. SQLite keeps WAL in
    the file, but ``synchronous`` with the connection, so it is set where connections come from.
    """
    connect = sqlite3.connect

    def connect_relaxed(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.execute("PRAGMA journal_mode=WAL").close()
        connection.execute("PRAGMA synchronous=NORMAL").close()
        return connection

    with patch("sqlite3.connect", connect_relaxed):
        yield


peers = (
    Peer(
        title="openai-agents SQLiteSession",
        distribution="openai-agents",
        module="openai_agents",
        messages=100,
        bar=Bar(at_least=5.0),
    ),
    Peer(
        title="LangGraph AsyncSqliteSaver",
        distribution="langgraph-checkpoint-sqlite",
        module="langgraph_saver",
        messages=100,
        bar=Bar(at_least=8.0),
        note="checkpoints hold the last message only; in a graph they hold the conversation",
    ),
    Peer(
        title="google-adk DatabaseSessionService",
        distribution="google-adk",
        module="google_adk",
        messages=15,
        bar=Bar(at_least=80.0),
    ),
    Peer(
        title="eventsourcing SQLiteApplicationRecorder",
        distribution="eventsourcing",
        module="eventsourcing_recorder",
        messages=200,
        note="blocking: its calls go through asyncio.to_thread",
    ),
    Peer(
        title="eventsource-py SQLiteEventStore",
        distribution="eventsource-py",
        module="eventsource_store",
        messages=100,
    ),
)

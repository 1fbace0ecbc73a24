"""What the commands have in common: options, the open log, moments."""

# Heavy modules load in the command that needs them, so that the others start quickly.
# ruff: noqa: PLC0415

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypeVar

import typer

from retold.cli.output import Format

if TYPE_CHECKING:
    from retold.projections.access_log import AccessLog
    from retold.store import EventStore

T = TypeVar("T")

Url: TypeAlias = Annotated[
    str,
    typer.Option(
        "--url",
        envvar="RETOLD_URL",
        metavar="URL",
        help="The log: sqlite:///file.db or postgresql://user@host:5432/database.",
    ),
]
Tenant: TypeAlias = Annotated[
    str,
    typer.Option("--tenant", envvar="RETOLD_TENANT", metavar="NAME", help="Whose events."),
]
Output: TypeAlias = Annotated[
    Format, typer.Option("--output", "-o", help="How to print.", case_sensitive=False)
]


class ClockName(StrEnum):
    """Which clock a moment is meant by."""

    SOURCE = "source"
    RECORDED = "recorded"


Clock: TypeAlias = Annotated[
    ClockName,
    typer.Option(
        "--clock",
        help="source: when it happened, by the clock of who recorded it; "
        "recorded: when this log took it.",
    ),
]

actor_given: ContextVar[str | None] = ContextVar("retold_actor", default=None)
"""In whose name the command reads; None for the system's user."""

default_url = "sqlite:///retold.db"
default_tenant = "default"


def with_store(
    url: str, tenant: str, work: Callable[[EventStore], Awaitable[T]], *, create: bool = False
) -> T:
    """Open the log, run ``work`` on it and close it.

    It opens the event store alone: no command here runs an agent, and AG2 takes a second to load.

    Args:
        url: of the log.
        tenant: whose events.
        work: what to do.
        create: make a SQLite file when there is none; commands that only read do not.

    Returns:
        What ``work`` returned.

    Raises:
        OpenError: when the log cannot be opened.
        typer.BadParameter: when a variable of the environment makes no sense.
    """
    from pydantic import ValidationError

    from retold.sessions.settings import Settings
    from retold.store import open_store

    try:
        limit = Settings().max_event_bytes
    except ValidationError as error:
        wrong = ", ".join(f"RETOLD_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
        raise typer.BadParameter(wrong) from error

    async def run() -> T:
        store = await open_store(url, tenant=tenant, create=create, max_event_bytes=limit)
        async with store:
            return await work(store)

    return asyncio.run(run())


def access_log(store: EventStore) -> AccessLog:
    """Return where a command records what it gives to whom.

    Raises:
        InvalidActor: when ``--actor`` or ``RETOLD_ACTOR`` names nobody.
    """
    from retold.cli.recorder import CommandAccessLog

    return CommandAccessLog(store, actor=actor_of_command())


def actor_of_command() -> str:
    """Return in whose name a command reads and writes."""
    given = actor_given.get()
    return _system_user() if given is None else given


def _system_user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):
        # A user id without a name, as in a container.
        return f"uid {os.getuid()}"


def parse_time(text: str) -> datetime:
    """Return the time in an option's text.

    Args:
        text: ISO 8601, such as ``2025-08-01T16:18:00``, with or without a zone.

    Raises:
        typer.BadParameter: when it is no such text.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r} is no time. Write it as 2025-08-01T16:18:00, with +02:00 or Z for a zone."
        ) from error


def parse_moment(text: str) -> int | datetime:
    """Return the version, or the time, in an option's text.

    Raises:
        typer.BadParameter: when it is neither.
    """
    # No stream has more versions than a column can count.
    return min(int(text), 2**63 - 1) if text.isascii() and text.isdecimal() else parse_time(text)


def parse_tags(texts: Iterable[str]) -> dict[str, str]:
    """Return the tags in ``NAME=VALUE`` texts.

    Raises:
        typer.BadParameter: when one is not of that form.
    """
    tags: dict[str, str] = {}
    for text in texts:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise typer.BadParameter(f"{text!r} is no tag. Write it as NAME=VALUE.")
        tags[name] = value
    return tags

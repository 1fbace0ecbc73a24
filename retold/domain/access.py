"""Who read the log: reading, exporting, verifying and forgetting are events, too."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field

from retold.domain.event import DomainEvent, EventRegistry

access_category = "access"
Door = Literal["cli", "library", "service"]
Parameter = str | int | float | bool | None


class AccessAction(StrEnum):
    """What was done with the log."""

    LIST = "list"
    READ = "read"
    QUERY = "query"
    SQL = "sql"
    EXPLAIN = "explain"
    EXPORT = "export"
    VERIFY = "verify"
    FORGET = "forget"


class LogAccessed(DomainEvent):
    """Somebody was given something out of the log, or had something done to it.

    Attributes:
        actor: who, as the caller says; nothing proves it.
        action: what was done, of :class:`AccessAction` or a later release's.
        target: with what: the id of a session, the name of a query, ``sessions`` for the list.
        parameters: of the query, by name; unset ones are absent.
        rows: how many rows, entries or events were given; None when unknown.
        door: through what.
    """

    type: ClassVar[str] = "access.log_accessed"
    actor: str
    action: str
    target: str | None = None
    parameters: dict[str, Parameter] = Field(default_factory=dict)
    rows: int | None = None
    door: Door


def access_stream(day: date) -> str:
    """Return the name of the stream that holds a day's accesses, by UTC.

    A stream a day stays short, and says by its name which days a reader may pass over; an actor's
    would grow without end, and would have to be named after whatever an actor is called.
    """
    return f"{access_category}-{day.isoformat()}"


access_events = EventRegistry(LogAccessed)

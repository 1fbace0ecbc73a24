"""The access log: writing down who read, and reading that."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from retold.domain.access import (
    AccessAction,
    Door,
    LogAccessed,
    Parameter,
    access_category,
    access_stream,
)
from retold.domain.event import RecordedEvent
from retold.errors import InvalidActor, RetoldError
from retold.logs import get_logger
from retold.store.append import ExpectedVersion
from retold.store.codec.values import made_plain
from retold.store.log import EventStore

log = get_logger("retold.access")

# A reader does not wait longer than this for a log that somebody else is writing.
recording_seconds = 2.0
longest_text = 1_000
longest_actor = 255
_password = re.compile(r"(://[^/\s:@]*):[^/\s@]*@")


class AccessLog:
    """Records what an actor is given out of a log; without an actor it records nothing."""

    def __init__(self, store: EventStore, *, actor: str | None, door: Door) -> None:
        """Store whose accesses are recorded.

        Args:
            store: the log.
            actor: who; None when nobody is to be named.
            door: through what the log is used.

        Raises:
            InvalidActor: when the actor's name is blank, unprintable or too long.
        """
        self._store = store
        self._actor = None if actor is None else checked_actor(actor)
        self._door: Door = door

    async def record(
        self,
        action: AccessAction,
        target: str | None = None,
        *,
        parameters: Mapping[str, object] | None = None,
        rows: int | None = None,
    ) -> None:
        """Record an access. That it cannot be recorded is logged, and stops nobody from reading.

        Args:
            action: what was done.
            target: with what, such as the id of a session.
            parameters: of the query; unset ones are left out, others than numbers and truth
                values become text, and of a URL in a text the password is left out.
            rows: how many were given, when known.
        """
        if self._actor is None:
            return
        accessed = LogAccessed(
            actor=self._actor,
            action=action.value,
            target=None if target is None else _shown(target),
            parameters={
                _shown(name): _parameter(value)
                for name, value in (parameters or {}).items()
                if value is not None
            },
            rows=rows,
            door=self._door,
        )
        now = datetime.now(UTC)
        try:
            async with asyncio.timeout(recording_seconds):
                await self._store.append(
                    access_stream(now.date()),
                    [accessed.to_new_event(occurred_at=now)],
                    expected_version=ExpectedVersion.ANY,
                )
        except (RetoldError, TimeoutError) as error:
            # A replica, a read-only file, a role that may only read.
            log.warning(
                "an access could not be recorded",
                actor=self._actor,
                action=accessed.action,
                target=accessed.target,
                error=getattr(error, "code", type(error).__name__),
            )


def checked_actor(actor: object) -> str:
    """Return the name of an actor.

    Raises:
        InvalidActor: when it is none: blank, unprintable, or longer than 255 characters.
    """
    if not isinstance(actor, str) or not actor.strip() or not actor.isprintable():
        raise InvalidActor(actor)
    if len(actor) > longest_actor:
        raise InvalidActor(actor)
    return actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """An access, read back.

    Attributes:
        at: when, UTC, by the reader's clock.
        recorded_at: when the log took it, UTC.
        actor: who, as the caller said.
        action: what was done.
        target: with what; None when that was the whole log.
        parameters: of the query.
        rows: how many were given; None when unknown.
        door: through what.
    """

    at: datetime
    recorded_at: datetime
    actor: str
    action: str
    target: str | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    rows: int | None = None
    door: str


async def accesses(
    store: EventStore,
    *,
    actor: str | None = None,
    action: str | None = None,
    target: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> list[Access]:
    """Return who accessed the log, the newest first.

    Args:
        store: the log.
        actor: of this one only.
        action: of this kind only.
        target: of this session or query only.
        since: then or later, by the recording clock; a time without a zone is taken as UTC.
        until: before then, likewise.
        limit: how many at the most.

    Raises:
        StoreError: when the log cannot be read.
        ValueError: when the limit is below 1.
    """
    if limit < 1:
        raise ValueError(f"limit is {limit}: give at least 1")
    since, until = _zoned(since), _zoned(until)
    wanted = {"actor": actor, "action": action, "target": target}
    wanted = {name: made_plain(value) for name, value in wanted.items() if value is not None}
    found: list[Access] = []
    days = [head.stream async for head in store.streams(category=access_category)]
    for day in reversed(days):
        async for event in store.read_stream(day, backwards=True):
            if event.type != LogAccessed.type or (until and event.recorded_at >= until):
                continue
            if since and event.recorded_at < since:
                # A day's stream may end after midnight, so the one before may hold more.
                break
            access = _access(event)
            if all(getattr(access, name) == value for name, value in wanted.items()):
                found.append(access)
                if len(found) == limit:
                    return found
        if since and day < access_stream(since.date()):
            break
    return found


def _access(event: RecordedEvent) -> Access:
    accessed = LogAccessed.from_recorded(event)
    return Access(
        at=event.occurred_at or event.recorded_at,
        recorded_at=event.recorded_at,
        actor=accessed.actor,
        action=accessed.action,
        target=accessed.target,
        parameters=accessed.parameters,
        rows=accessed.rows,
        door=accessed.door,
    )


def _zoned(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is not None:
        return moment
    return moment.replace(tzinfo=UTC)


def _parameter(value: object) -> Parameter:
    if isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 2**63):
        return value
    return _shown(value.isoformat() if isinstance(value, datetime) else str(value))


def _shown(text: str) -> str:
    shown = _password.sub(r"\1:***@", made_plain(text))
    return shown if len(shown) <= longest_text else f"{shown[:longest_text]}..."

"""The first page of every named query, of the session list and of full-text search."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from itertools import product
from statistics import median
from typing import Any

from benchmarks.child import Child
from benchmarks.history import long_log, long_log_events, note
from benchmarks.log import open_log, sqlite_url
from benchmarks.measure import Settings, interleave
from benchmarks.result import Bar, Measured, Missing, Result
from retold.errors import RetoldError
from retold.projections.keeping.catch_up import catch_up
from retold.projections.models.session_list import SessionQuery, list_sessions
from retold.projections.shipped import shipped
from retold.store import EventStore

name = "queries"
warm_times = 9
milliseconds = 1_000
bar = Bar(at_most=50.0)
audit_module = "retold.projections.audit"
search_module = "retold.projections.models.search"
# What the recordings say often, and what they say seldom.
words = {"a frequent word": "flight", "two words": "certificate insurance"}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked.

    Attributes:
        label: for the table.
        kind: ``audit``, ``sessions`` or ``search``.
        name: of a named query.
        given: its parameters, as JSON has them.
    """

    label: str
    kind: str
    name: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """The seconds a question took in a process of its own.

    Attributes:
        first: the first time.
        others: each time after.
    """

    first: float
    others: list[float]


def run(settings: Settings) -> Iterator[Result]:
    """Bring every read model up to date, then ask."""
    events = long_log_events(settings)
    url = sqlite_url(long_log(events))
    asyncio.run(_catch_up(url))
    for question in (*_of_sessions(), *_of_search(), *asyncio.run(_of_audit(url))):
        case = f"{events:,} events, {question.label}"
        reason = asyncio.run(_unanswered(url, question))
        if reason is None:
            yield from _measure(url, case, question, settings)
        else:
            yield Missing(benchmark=name, case=case, reason=reason)


def _measure(url: str, case: str, question: Question, settings: Settings) -> Iterator[Result]:
    found = interleave({"asked": lambda: _ask(url, question)}, settings.rounds)["asked"]
    for which, figures in {
        f"median of {warm_times}": [median(asked.others) for asked in found],
        "first of a process": [asked.first for asked in found],
    }.items():
        yield Measured(
            benchmark=name,
            case=f"{case}, {which}",
            unit="ms",
            rounds=tuple(seconds * milliseconds for seconds in figures),
            bar=bar,
            note=note(),
        )


def _ask(url: str, question: Question) -> Asked:
    given = json.dumps(question.given)
    child = Child("asker", url, question.kind, question.name, given, warm_times)
    try:
        child.wait_until_ready()
        child.go()
        return Asked(**child.result())
    finally:
        child.stop()


async def _catch_up(url: str) -> None:
    async with await open_log(url, "normal") as store:
        for projection in shipped:
            await catch_up(store, projection)


async def _unanswered(url: str, question: Question) -> str | None:
    """Return why a question has no answer here; None when it has one."""
    from benchmarks.children.asker import question as asking  # noqa: PLC0415 - where it is there

    try:
        ask = asking(question.kind, question.name, question.given)
    except ModuleNotFoundError as error:
        return f"not available: there is no {error.name}"
    async with await open_log(url) as store:
        try:
            await ask(store)
        except RetoldError as error:
            return f"not asked: {error}"
    return None


def _of_sessions() -> list[Question]:
    return [Question("session list", "sessions", given={})]


def _of_search() -> list[Question]:
    return [
        Question(f"search for {what}, {order} first", "search", given={"text": text, "order": by})
        for what, text in words.items()
        for order, by in (("best", "rank"), ("newest", "newest"))
    ]


async def _of_audit(url: str) -> list[Question]:
    """Return every named query, with what it cannot do without."""
    if find_spec(audit_module) is None:
        return [Question("named queries", "audit")]
    queries = import_module(f"{audit_module}.queries").queries
    async with await open_log(url) as store:
        samples = await _samples(store)
    found = []
    for query in map(queries.__getitem__, queries):
        required = [parameter for parameter in query.parameters if parameter.required]
        # Each of a choice is a question of its own.
        values = [parameter.choices or (samples.get(parameter.name, ""),) for parameter in required]
        for chosen in product(*values):
            given = {one.name: value for one, value in zip(required, chosen, strict=True)}
            choices = [f" by {given[one.name]}" for one in required if one.choices]
            found.append(Question("".join([query.name, *choices]), "audit", query.name, given))
    return found


async def _samples(store: EventStore) -> dict[str, str]:
    """Return values of parameters that queries cannot do without, of the newest session."""
    session = (await list_sessions(store, SessionQuery(limit=1))).sessions[0]
    middle = session.recorded_from.isoformat()
    return {
        "session": session.session,
        "subject": session.subject or "user:1",
        "at": middle,
        "agent": session.agent or "",
    }

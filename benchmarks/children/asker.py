"""A process that asks a question of a log again and again: ``asker URL KIND NAME GIVEN TIMES``.

``KIND`` is ``audit`` for a named query, ``sessions`` for the session list, ``search`` for full
text; ``GIVEN`` are its parameters, as a JSON object.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import Any

from benchmarks.child import report, wait_for_start
from benchmarks.log import open_log
from retold.projections.models.session_list import SessionQuery, list_sessions
from retold.store import EventStore

Ask = Callable[[EventStore], Awaitable[Any]]


def question(kind: str, name: str, given: Mapping[str, Any]) -> Ask:
    """Return what asks for the first page of an answer."""
    if kind == "sessions":
        return lambda store: list_sessions(store, SessionQuery(**given))
    if kind == "search":
        search = import_module("retold.projections.models.search").search
        return lambda store: search(store, **given)
    query = import_module("retold.projections.audit.queries").queries[name]
    return lambda store: query.page(store, given)


async def main(url: str, kind: str, name: str, given: Mapping[str, Any], times: int) -> None:
    """Ask, and report the seconds of the first time and of the others."""
    ask = question(kind, name, given)
    seconds = []
    async with await open_log(url) as store:
        wait_for_start()
        for _ in range(1 + times):
            begin = time.perf_counter()
            await ask(store)
            seconds.append(time.perf_counter() - begin)
    report({"first": seconds[0], "others": seconds[1:]})


if __name__ == "__main__":
    of_log, kind_asked, asked, parameters, number = sys.argv[1:]
    asyncio.run(main(of_log, kind_asked, asked, json.loads(parameters), int(number)))

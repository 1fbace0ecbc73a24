"""Stands still while a plan's message is judged, to be killed there. Run by test_crash.py."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import retold
from tests.agents.planner.test_planner import as_text, goal, met, planner_of
from tests.agents.scripted import Script


def stop(moment: str) -> None:
    """Say so and stand still until the kill."""
    sys.stdout.write(json.dumps({"at": moment}) + "\n")
    sys.stdout.flush()
    time.sleep(60)


async def main(url: str, moment: str) -> None:
    """Plan, and have a message judged."""

    async def judge() -> str:
        if moment == "judging":
            stop(moment)
        return met

    async with retold.open(url) as log:
        append_many = log.store.append_many

        async def watched(appends: Any) -> Any:
            results = await append_many(appends)
            types = [event.type for append in appends for event in append.events]
            judged = any("verdict" in str(event.data) for a in appends for event in a.events)
            if moment == "judged" and "model.call_completed" in types and judged:
                stop(moment)
            return results

        log.store.append_many = watched  # type: ignore[method-assign] # seen from outside
        session = await log.session("s")
        planner = planner_of(log, Script(as_text, judge))
        await planner.plan(session, goal)
        await planner.execute(session, "I know HTML")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

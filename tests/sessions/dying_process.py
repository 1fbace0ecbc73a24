"""Asks in a session and stops at a given point, to be killed there. Run by test_crash.py.

It prints each acknowledged event as ``stream version event-id``, then ``stopped``.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Any

from ag2 import Agent
from ag2.config import OpenAIConfig

import retold
from retold.store import EventStore


def tell(line: str) -> None:
    """Write a line to the parent at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def stop() -> None:
    """Say so and stand still until the kill."""
    tell("stopped")
    time.sleep(60)


def add(a: int, b: int) -> int:
    """Add two numbers."""
    if sys.argv[3] == "in_tool":
        stop()
    return a + b


def watch(store: EventStore, die_at: str) -> None:
    """Print what the store acknowledges, and stop at ``die_at``."""
    append_many = store.append_many

    async def watched(appends: Any) -> Any:
        kinds = [event.data.get("event", {}).get("$") for a in appends for event in a.events]
        if die_at == "before_append" and "content" not in appends[0].stream:
            stop()
        results = await append_many(appends)
        # The commit is done and its caller does not know yet.
        if die_at == "after_commit" and "ag2.ModelRequest" in kinds:
            stop()
        for result in results:
            if result.stream.startswith("conversation-"):
                for version, event_id in enumerate(result.event_ids, result.first_version):
                    tell(f"{result.stream} {version} {event_id}")
        if die_at == "after_answer" and appends[0].events[-1].type == "model.call_completed":
            stop()
        if die_at == "after_response" and "ag2.ModelResponse" in kinds:
            stop()
        return results

    # What the store acknowledges is seen from outside, without a hook in it.
    store.append_many = watched  # type: ignore[method-assign]


async def main(url: str, model_url: str, die_at: str, lease_seconds: str) -> None:
    """Ask once."""
    async with retold.open(url, lease_seconds=float(lease_seconds)) as log:
        watch(log.store, die_at)
        config = OpenAIConfig("fake-1", base_url=model_url, api_key="k")
        agent = Agent("support", "You add.", config=log.model(config), tools=[add])
        await (await log.session("crash")).ask(agent, "2 + 3?")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

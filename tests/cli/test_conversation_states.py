"""The rule StatefulAgent was made from, against the mended one, over what an agent recorded."""

from __future__ import annotations

import asyncio
import json

import retold
from tests.agents.scripted import Script
from tests.cli.commands import retold as run


def test_two_rules_over_the_same_classified_messages_are_shown_to_part(sqlite_url: str) -> None:
    async def talk() -> None:
        async with retold.open(sqlite_url) as log:
            session = await log.session("ticket")
            agent = retold.StatefulAgent("support", config=log.model(Script("a", "b")))
            await session.ask(agent, "What is it?")
            await session.ask(agent, "I don't understand")

    asyncio.run(talk())
    given = ("projections", "diff", "conversation_states", "--old", "v1", "--new", "v2")
    result = run(*given, "-o", "json", url=sqlite_url)
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["differing"] == 1
    (difference,) = found["differences"]
    assert difference["key"] == {"session": "ticket"}
    assert difference["fields"]["current_topic"] == {"old": None, "new": "clarifying"}
    assert difference["fields"]["emotional_state"] == {"old": "neutral", "new": "confused"}
    # Both read the same messages.
    assert "messages" not in difference["fields"]
    assert found["parted"]["stream"] == "conversation-ticket"

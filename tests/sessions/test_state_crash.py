"""A process is killed: messages are delivered exactly once, variables are what its results say."""

from __future__ import annotations

import pytest
from ag2 import Agent

import retold
from tests.agents.recorded import events_of
from tests.agents.scripted import Script, requests_in
from tests.sessions.processes import OtherProcesses, lapse

pytestmark = pytest.mark.crash


@pytest.mark.parametrize("action", ["deliver", "deliver in turn"])
@pytest.mark.parametrize("moment", ["enqueued", "delivering", "delivered"])
async def test_a_message_is_delivered_once_whenever_its_process_is_killed(
    sqlite_url: str, other: OtherProcesses, action: str, moment: str
) -> None:
    told = await other.act(sqlite_url, "s", f"{action}, stop when {moment}")
    assert told == {"at": moment}
    await other.kill()
    await check(sqlite_url, moment)


@pytest.mark.postgres
@pytest.mark.parametrize("moment", ["delivering", "delivered"])
async def test_and_so_it_is_on_postgres(
    migrated_postgres_url: str, other: OtherProcesses, moment: str
) -> None:
    action = f"deliver in turn, stop when {moment}"
    assert await other.act(migrated_postgres_url, "s", action) == {"at": moment}
    await other.kill()
    await check(migrated_postgres_url, moment)


async def check(url: str, moment: str) -> None:
    """Go on with the session; see that the model is told the news in one request only."""
    async with retold.open(url) as log:
        await lapse(log)
        session = await log.session("s")
        (enqueued,) = await events_of(session, "conversation.message_enqueued")
        was_delivered = moment == "delivered"
        assert await delivered(session) == [enqueued.data["message"]] * was_delivered

        script = Script("heard", "no more")
        agent = Agent("a", config=log.model(script))
        await session.ask(agent, "late")
        waited = [] if was_delivered else ["news"]
        assert requests_in(script.said)[-1] == [*waited, "late"]
        await session.ask(agent, "and?")
        assert requests_in(script.said)[-1] == ["and?"]
        texts = [text for request in requests_in(script.said) for text in request]
        assert texts.count("news") == 1
        assert await delivered(session) == [enqueued.data["message"]]
        assert (await log.verify()).ok


async def delivered(session: retold.Session) -> list[str]:
    """Return the ids of the messages that recorded events deliver, in order."""
    return [
        message
        for event in await events_of(session, "conversation.event_recorded")
        for message in event.data.get("inbox", ())
    ]


async def test_variables_a_tool_changed_survive_a_kill_as_its_result_does(
    store_url: str, other: OtherProcesses
) -> None:
    assert await other.act(store_url, "s", "change variables") == {"at": "model"}
    await other.kill()
    async with retold.open(store_url) as log:
        await lapse(log)
        session = await log.session("s")
        reply = await session.ask(Agent("a", config=log.model(Script("yes"))), "go on")
        assert reply.context.variables == {"kept": 2, "topic": "parcels"}

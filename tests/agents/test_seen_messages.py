"""What models were given, looked at once: the same as if all of it were looked at every time."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest
from ag2 import Agent
from ag2.context import ConversationContext
from ag2.events import BaseEvent, ModelRequest, TextInput

import retold
from retold.agents.codec import encode_event
from retold.agents.request import MessageHashes
from retold.agents.seen_messages import SeenMessages, looked_at_again
from retold.domain.event import RecordedEvent
from retold.store.content import read_content
from tests.agents.recorded import events_of
from tests.agents.scripted import Script
from tests.projections.histories import dice


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    async with retold.open(sqlite_url) as opened:
        yield opened


class Meddling:
    """A policy that leaves messages out, copies them, puts others in, and changes the newest."""

    name = "meddling"

    def __init__(self, seed: int) -> None:
        self.chance = dice(seed)

    async def apply(
        self, prompts: list[str], events: list[BaseEvent], context: ConversationContext
    ) -> tuple[list[str], list[BaseEvent]]:
        given = list(events)
        match self.chance.randrange(6):
            case 0:
                given.pop(self.chance.randrange(len(given)))
            case 1:
                place = self.chance.randrange(len(given))
                given[place] = copy.deepcopy(given[place])
            case 2:
                given.insert(self.chance.randrange(len(given)), ModelRequest([TextInput("put in")]))
            case 3:
                newest = given[-1]
                assert isinstance(newest, ModelRequest)
                newest.parts.append(TextInput("added"))
            case _:
                pass
        return prompts, given


@pytest.mark.parametrize("seed", range(3))
async def test_it_finds_what_looking_at_everything_finds(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    look_at = SeenMessages.look_at
    compared: list[list[Any]] = []

    async def both(self: SeenMessages, store: Any, conversation: Any, messages: Any) -> Any:
        hashes, spans = await look_at(self, store, conversation, messages)
        anew, all_spans = await look_at(SeenMessages(), store, conversation, messages)
        assert hashes.hash_with(b"{}") == anew.hash_with(b"{}")
        assert spans == all_spans
        compared.append([encode_event(message) for message in messages])
        return hashes, spans

    monkeypatch.setattr(SeenMessages, "look_at", both)
    session = await log.session("s")
    agent = Agent("a", config=log.model(Script(*"x" * 30)), assembly=[Meddling(seed)])
    for number in range(30):
        await session.ask(agent, f"message {number}")
    assert len(compared) == 30
    assert len(compared[-1]) > 2 * looked_at_again
    started = await events_of(session, "model.call_started")
    assert [await followed(log, session, event) for event in started] == compared


async def test_a_run_does_not_lead_past_what_the_model_did_not_see(log: retold.Log) -> None:
    """An event of the history that was left out, or one put beside it, ends a run."""

    class Forgetful:
        name = "forgetful"

        async def apply(
            self, prompts: list[str], events: list[BaseEvent], context: ConversationContext
        ) -> tuple[list[str], list[BaseEvent]]:
            return prompts, [event for number, event in enumerate(events) if number != 2]

    session = await log.session("s")
    agent = Agent("a", config=log.model(Script(*"x" * 9)), assembly=[Forgetful()])
    for number in range(3):
        await session.ask(agent, f"message {number}")
    kept = list(await session.stream.history.get_events())
    # Recorded anew beside the history, because it was changed.
    kept[3] = copy.deepcopy(kept[3])
    kept[3].message.content = "changed"  # type: ignore[attr-defined]
    await session.stream.history.replace(kept)
    await session.ask(agent, "the last")
    history = [e.version for e in await events_of(session, "conversation.event_recorded")]
    last = (await events_of(session, "model.call_started"))[-1]
    # Number 2 was left out, number 3 is the seventh recorded.
    assert last.data["messages"] == [
        {"first": history[0], "last": history[1]},
        {"first": history[6], "last": history[6]},
        {"first": history[4], "last": history[5]},
        {"first": history[7], "last": history[7]},
    ]


def test_the_hash_of_a_request_is_that_of_its_json() -> None:
    messages = [hashlib.sha256(text).hexdigest() for text in (b"a", b"b", b"c")]
    hashes = MessageHashes()
    for count in range(4):
        fields = {"messages": messages[:count], "model": "m", "tools": ["t"]}
        expected = hashlib.sha256(orjson.dumps(fields)).hexdigest()
        copied = hashes.copy()
        copied.add("another")
        assert hashes.hash_with(orjson.dumps({"model": "m", "tools": ["t"]})) == expected
        hashes.add(messages[count % 3])


async def followed(log: retold.Log, session: retold.Session, started: RecordedEvent) -> list[Any]:
    """Return the records of the events that a call refers to."""
    events = [e for e in await session.events() if e.type == "conversation.event_recorded"]
    found: list[Any] = []
    for span in started.data["messages"]:
        if "content" in span:
            found.append(await read_content(log.store, span["content"]))
        else:
            run = range(span["first"], span["last"] + 1)
            found += [event.data["event"] for event in events if event.version in run]
    return found


async def test_only_what_is_new_and_the_newest_are_looked_at(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[BaseEvent] = []

    def counting(event: BaseEvent) -> Any:
        encoded.append(event)
        return encode_event(event)

    monkeypatch.setattr("retold.agents.seen_messages.encode_event", counting)
    session = await log.session("s")
    agent = Agent("a", config=log.model(Script(*"x" * 30)))
    looked_at = []
    for number in range(30):
        encoded.clear()
        await session.ask(agent, f"message {number}")
        looked_at.append(len(encoded))
    assert max(looked_at) <= looked_at_again + 2
    last = (await events_of(session, "model.call_started"))[-1]
    # One run of the history: what lies between its events is passed over.
    history = await events_of(session, "conversation.event_recorded")
    assert last.data["messages"] == [{"first": history[0].version, "last": history[58].version}]
    assert history[58].version < last.version < history[59].version

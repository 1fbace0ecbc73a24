"""AG2's histories on the log: nothing is deleted, replaced ones are references."""

from __future__ import annotations

import asyncio
import copy
import gc
from collections.abc import AsyncIterator, Iterable
from typing import Any
from uuid import uuid4

import pytest
from ag2 import Agent
from ag2.annotations import Context
from ag2.events import BaseEvent, ModelMessage, ModelRequest, ModelResponse
from ag2.history import unanswered_tool_calls
from ag2.stream import MemoryStream

import retold
from retold.agents import storage
from retold.domain.recording import HistoryReplaced, HistorySpan, conversation_stream
from retold.errors import CorruptEvent, StoreUnavailable, TurnAborted
from tests.agents.faults import failing, is_ag2_event, is_event
from tests.agents.recorded import events_of, name_of, names_of
from tests.agents.scripted import Script, requests_in
from tests.agents.streams import request, sent


@pytest.fixture
async def log(sqlite_url: str) -> AsyncIterator[retold.Log]:
    """An open log."""
    async with retold.open(sqlite_url) as opened:
        yield opened


def texts_of(events: Iterable[BaseEvent]) -> list[str]:
    """Return the texts of requests, and of nothing else."""
    return [text for texts in requests_in(events) for text in texts]


def change(event: BaseEvent) -> None:
    """Change what a request says, in place."""
    assert isinstance(event, ModelRequest)
    event.parts[0].content = "changed"  # type: ignore[attr-defined]  # a text, as all here


async def spans_of(log: retold.Log, stream: MemoryStream) -> list[list[tuple[Any, ...]]]:
    """Return the references of each replacement recorded in a stream."""
    return [
        [(span.get("stream"), span["first"], span["last"]) for span in event.data["spans"]]
        async for event in log.store.read_stream(conversation_stream(str(stream.id)))
        if event.type == "conversation.history_replaced"
    ]


async def count_of(log: retold.Log, stream: MemoryStream) -> int:
    head = await log.store.head(conversation_stream(str(stream.id)))
    return 0 if head is None else head.version


# Reading ---------------------------------------------------------------------------------------


async def test_equal_events_are_two_events(log: retold.Log) -> None:
    question = request("again?")
    stream = await sent(log, question, request("again?"), question)
    history = list(await stream.history.get_events())
    assert history == [question] * 3
    assert await count_of(log, stream) == 4


async def test_a_history_is_a_list_of_its_own_each_time_and_of_the_same_objects(
    log: retold.Log,
) -> None:
    question = request("hi")
    stream = await sent(log, question)
    first = await stream.history.get_events()
    second = await stream.history.get_events()
    assert isinstance(first, list)
    assert isinstance(second, list)
    assert first[0] is second[0] is question
    first.clear()
    assert second == [question]
    assert list(await stream.history.get_events()) == [question]


async def test_an_unknown_history_is_empty_and_asking_for_it_records_nothing(
    log: retold.Log,
) -> None:
    stream_id = uuid4()
    assert list(await log.storage.get_history(stream_id)) == []
    await log.storage.drop_history(stream_id)
    assert await log.store.head(conversation_stream(str(stream_id))) is None


# Replacing -------------------------------------------------------------------------------------


async def test_a_replaced_history_refers_to_what_it_keeps_in_any_order(log: retold.Log) -> None:
    stream = await sent(log, *(request(text) for text in "abcdef"))
    events = list(await stream.history.get_events())
    kept = [events[4], *events[1:3], events[4]]
    await stream.history.replace(kept)

    assert list(await stream.history.get_events()) == kept
    assert await spans_of(log, stream) == [[(None, 6, 6), (None, 3, 4), (None, 6, 6)]]
    assert await count_of(log, stream) == 8


async def test_what_is_new_in_a_replaced_history_is_recorded_with_it(log: retold.Log) -> None:
    stream = await sent(log, request("a"), request("b"))
    events = list(await stream.history.get_events())
    new = [request("x"), request("y")]
    await stream.history.replace([new[0], events[1], new[1]])

    assert texts_of(await stream.history.get_events()) == ["x", "b", "y"]
    assert await spans_of(log, stream) == [[(None, 4, 4), (None, 3, 3), (None, 5, 5)]]
    recorded = [e async for e in log.store.read_stream(conversation_stream(str(stream.id)))]
    assert [event.data.get("detached", False) for event in recorded[1:5]] == [
        False,
        False,
        True,
        True,
    ]


async def test_a_copy_is_the_event_it_is_a_copy_of_until_it_is_changed(log: retold.Log) -> None:
    stream = await sent(log, request("a"), request("b"))
    first, second = await stream.history.get_events()
    same, changed = copy.copy(first), copy.deepcopy(second)
    change(changed)
    await stream.history.replace([same, changed])

    assert await spans_of(log, stream) == [[(None, 2, 2), (None, 4, 4)]]
    (one, two) = await stream.history.get_events()
    assert (one, two) == (first, changed)


async def test_an_event_changed_in_place_is_recorded_anew_and_the_log_keeps_both(
    log: retold.Log,
) -> None:
    stream = await sent(log, request("as said"))
    (event,) = await stream.history.get_events()
    change(event)
    await stream.history.replace([event])

    session = await log.session(str(stream.id))
    assert texts_of(await session.history()) == ["changed"]
    assert texts_of(await session.history(at=2)) == ["as said"]


async def test_events_of_another_conversation_are_referred_to_where_they_are(
    sqlite_url: str,
) -> None:
    async with retold.open(sqlite_url) as log:
        source = await sent(log, *(request(text) for text in "abc"))
        fork = MemoryStream(log.storage)
        await fork.history.replace(list(await source.history.get_events())[:2])
        await fork.send(request("other"), Context(fork))
        name = conversation_stream(str(source.id))
        assert await spans_of(log, fork) == [[(name, 2, 3)]]
    async with retold.open(sqlite_url) as log:
        cold = MemoryStream(log.storage, id=fork.id)
        assert texts_of(await cold.history.get_events()) == ["a", "b", "other"]
        # And once more, from events that were read and not written by this process.
        second = MemoryStream(log.storage)
        await second.history.replace(await cold.history.get_events())
        assert await spans_of(log, second) == [
            [(name, 2, 3), (conversation_stream(str(fork.id)), 3, 3)]
        ]


async def test_events_of_another_log_are_recorded_in_full(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log, retold.open("sqlite:///:memory:") as other:
        source = await sent(log, request("a"))
        fork = MemoryStream(other.storage)
        await fork.history.replace(await source.history.get_events())
        assert await spans_of(other, fork) == [[(None, 2, 2)]]
        assert list(await fork.history.get_events()) == [request("a")]


async def test_a_long_history_of_references_is_read_in_a_few_queries(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with retold.open(sqlite_url) as log:
        source = await sent(log, *(request(str(n)) for n in range(300)))
        fork = MemoryStream(log.storage)
        await fork.history.replace(await source.history.get_events())
    async with retold.open(sqlite_url) as log:
        reads = 0
        fetch = log.store.backend.page_of_stream

        async def counted(*arguments: Any, **options: Any) -> Any:
            nonlocal reads
            reads += 1
            return await fetch(*arguments, **options)

        monkeypatch.setattr(log.store.backend, "page_of_stream", counted)
        history = await log.storage.get_history(fork.id)
        assert len(list(history)) == 300
        assert reads <= 4


async def test_a_reference_into_nothing_is_said(log: retold.Log) -> None:
    stream = await sent(log, request("a"))
    conversation = await log.storage.conversation(stream.id)
    await conversation.record(HistoryReplaced(spans=(HistorySpan(first=900, last=900),)))
    session = await log.session(str(stream.id))
    with pytest.raises(CorruptEvent, match="Version 900"):
        await session.history()


async def test_a_dropped_history_is_a_tombstone_and_a_new_beginning(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        stream = await sent(log, request("a"), request("b"))
        await log.storage.drop_history(stream.id)
        await log.storage.drop_history(stream.id)
        assert list(await stream.history.get_events()) == []
        await stream.send(request("c"), Context(stream))
        version = await count_of(log, stream)
    async with retold.open(sqlite_url) as log:
        session = await log.session(str(stream.id))
        assert await session.history() == [request("c")]
        assert await session.history(at=3) == [request("a"), request("b")]
        assert await session.history(at=4) == []
        assert version == session.version == 5
        assert (await names_of(session)).count("conversation.history_dropped") == 1


async def test_a_view_that_cannot_be_recorded_is_refused_and_the_history_stays(
    log: retold.Log,
) -> None:
    stream = await sent(log, request("a"), request("b"))
    before = list(await stream.history.get_events())
    fails = is_event("conversation.history_replaced", "conversation.history_dropped")
    with failing(log.store, fails):
        with pytest.raises(TurnAborted) as replacing:
            await log.storage.set_history(stream.id, [request("new"), before[1]])
        with pytest.raises(TurnAborted) as dropping:
            await log.storage.drop_history(stream.id)

    assert isinstance(replacing.value.__cause__, StoreUnavailable)
    assert isinstance(dropping.value.__cause__, StoreUnavailable)
    assert list(await stream.history.get_events()) == before
    # The new event of the replacement is not there either: it would have come with it.
    assert await count_of(log, stream) == 3


# Bounds ----------------------------------------------------------------------------------------


async def test_conversations_nobody_uses_are_forgotten_and_read_again(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "most_recent", 3)
    streams = [await sent(log, request(str(n))) for n in range(8)]
    gc.collect()
    assert len(log.storage._conversations) <= 3
    for n, stream in enumerate(streams):
        assert list(await stream.history.get_events()) == [request(str(n))]
        await stream.send(request("more"), Context(stream))
        assert await count_of(log, stream) == 3


async def test_a_conversation_that_refuses_events_is_not_forgotten(
    log: retold.Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "most_recent", 1)
    stream = await sent(log, request("go"))
    with failing(log.store, is_ag2_event("ModelResponse")), pytest.raises(TurnAborted):
        await stream.send(ModelResponse(ModelMessage("lost")), Context(stream))
    await sent(log, request("elsewhere"))
    await sent(log, request("elsewhere"))
    gc.collect()
    with pytest.raises(TurnAborted):
        await stream.send(ModelResponse(ModelMessage("on")), Context(stream))


async def test_events_that_left_the_history_are_not_kept_in_memory(log: retold.Log) -> None:
    stream = await sent(log, *(request(str(n)) for n in range(50)))
    events = list(await stream.history.get_events())
    await stream.history.replace(events[-2:])
    conversation = await log.storage.conversation(stream.id)
    assert len(conversation.events._live) == 2
    assert len(conversation.events._cold) == 0


async def test_two_streams_of_one_id_share_what_they_record(log: retold.Log) -> None:
    first = MemoryStream(log.storage)
    second = MemoryStream(log.storage, id=first.id)
    streams = [first, second] * 5
    await asyncio.gather(
        *(stream.send(request(str(n)), Context(stream)) for n, stream in enumerate(streams))
    )
    expected = sorted(str(n) for n in range(10))
    for stream in (first, second):
        assert sorted(texts_of(await stream.history.get_events())) == expected


async def test_a_session_and_a_plain_stream_of_its_id_are_one_conversation(
    log: retold.Log,
) -> None:
    session = await log.session("named by hand")
    await session.ask(Agent("a", config=log.model(Script("hello"))), "hi")
    plain = MemoryStream(log.storage, id=session.ag2_stream_id)
    script = Script("on")
    await Agent("a", config=log.model(script)).ask("go on", stream=plain)
    assert len(script.said) == 3
    assert name_of((await session.events())[-1]) == "ModelResponse"


async def test_a_plain_stream_of_a_sessions_id_finds_it_in_another_process(
    sqlite_url: str,
) -> None:
    async with retold.open(sqlite_url) as log:
        session = await log.session("named by hand")
        await session.ask(Agent("a", config=log.model(Script("hello"))), "hi")
    async with retold.open(sqlite_url) as log:
        plain = MemoryStream(log.storage, id=session.ag2_stream_id)
        script = Script("on")
        await Agent("a", config=log.model(script)).ask("go on", stream=plain)
        assert len(script.said) == 3
        events = await events_of(await log.session("named by hand"), "conversation.started")
        assert len(events) == 1
    assert not unanswered_tool_calls(script.said)

"""Which event last wrote a piece of a state: given events, when it is asked, then the event."""

from __future__ import annotations

import copy
import tracemalloc
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from retold.domain.event import NewEvent, RecordedEvent
from retold.domain.fold import Fold
from retold.domain.recording import TagsChanged, VariablesChanged, conversation_stream
from retold.domain.state_path import StatePath, missing, same
from retold.errors import (
    InvalidPath,
    NothingByThen,
    PathNotFound,
    StreamNotFound,
    UnknownState,
    VersionNotFound,
)
from retold.projections.explaining.edges import EdgeKind
from retold.projections.explaining.explain import Explanation, explain
from retold.projections.explaining.session_states import explain_session
from retold.projections.explaining.why import why
from retold.store import EventStore
from retold.store.row import new_event_id
from retold.testing import memory_store
from tests.projections.histories import (
    ag2,
    closed,
    epoch,
    message,
    request,
    response,
    started,
    tool_turn,
)

stream = conversation_stream("s")


def changed(*removed: str, cause: NewEvent | None = None, **variables: Any) -> NewEvent:
    """Return a change of variables."""
    return VariablesChanged(changed=variables, removed=removed).to_new_event(
        event_id=new_event_id(),
        metadata={"session": "s"},
        causation_id=None if cause is None else cause.event_id,
    )


async def given_events(store: EventStore, *news: NewEvent, name: str = stream) -> None:
    await store.append(name, news, expected_version=0)


def version(explained: Explanation) -> int | None:
    return None if explained.event is None else explained.event.version


async def test_the_event_that_last_changed_a_value_is_named(store: EventStore) -> None:
    await given_events(
        store,
        started(),
        changed(topic="parcels", other=1),
        changed(topic="refunds"),
        changed(topic="refunds"),
        changed(other=2),
    )
    explained = await explain_session(store, stream, "conversation.variables.topic")
    assert (explained.path, explained.value) == ("conversation.variables.topic", "refunds")
    assert (version(explained), explained.version, explained.present) == (3, 5, True)
    then = await explain_session(store, stream, "conversation.variables.topic", at=2)
    assert (then.value, version(then), then.version) == ("parcels", 2, 2)
    whole = await explain_session(store, stream, "conversation.variables")
    assert version(whole) == 5


async def test_a_value_that_came_back_was_written_when_it_came_back(store: EventStore) -> None:
    await given_events(store, started(), changed(n=1), changed(n=2), changed(n=1), changed(m=0))
    assert version(await explain_session(store, stream, "conversation.variables.n")) == 4


async def test_a_change_of_kind_is_a_change(store: EventStore) -> None:
    await given_events(store, started(), changed(n=1), changed(n=True))
    explained = await explain_session(store, stream, "conversation.variables.n")
    assert (version(explained), explained.value) == (3, True)


async def test_what_was_removed_is_explained_by_its_removal(store: EventStore) -> None:
    await given_events(store, started(), changed(n=None), changed("n"), changed(m=1))
    explained = await explain_session(store, stream, "conversation.variables.n")
    assert (version(explained), explained.present, explained.value) == (3, False, None)
    null = await explain_session(store, stream, "conversation.variables.n", at=2)
    assert (version(null), null.present, null.value) == (2, True, None)


async def test_what_no_event_ever_wrote_is_as_the_state_begins(store: EventStore) -> None:
    await given_events(store, started(), changed(n=1))
    explained = await explain_session(store, stream, "conversation.closed")
    assert (explained.event, explained.value, explained.present) == (None, None, True)
    assert (explained.causes, explained.effects) == ((), ())
    named = await explain_session(store, stream, "conversation.stream")
    assert (named.value, named.event) == (stream, None)


async def test_recorded_edges_stand_apart_from_inferred_ones(store: EventStore) -> None:
    first = changed(topic="a")
    await given_events(
        store,
        started(),
        first,
        changed(other=1, cause=first),
        ag2(request()),
        ag2(response("hi")),
    )
    explained = await explain_session(store, stream, "conversation.variables.topic")
    assert [(e.event.version, e.kind) for e in explained.effects] == [(3, EdgeKind.RECORDED)]
    other = await explain_session(store, stream, "conversation.variables.other")
    assert [(e.event.version, e.kind) for e in other.causes] == [(2, EdgeKind.RECORDED)]
    newest = await explain_session(store, stream, "conversation.history[-1]")
    assert version(newest) == 5
    assert [(e.event.version, e.kind) for e in newest.causes] == [(4, EdgeKind.INFERRED)]
    assert newest.causes[0].reason == "this was said to the model before"
    asked = await explain_session(store, stream, "conversation.history[0]")
    assert [(e.event.version, e.kind) for e in asked.effects] == [(5, EdgeKind.INFERRED)]


async def test_an_edge_that_is_recorded_is_not_inferred_as_well(store: EventStore) -> None:
    asked = request("hello")
    one = NewEvent(
        type="conversation.event_recorded", data={"event": asked}, event_id=new_event_id()
    )
    two = NewEvent(
        type="conversation.event_recorded",
        data={"event": response("hi")},
        causation_id=one.event_id,
    )
    await given_events(store, started(), one, two)
    explained = await explain_session(store, stream, "conversation.history[-1]")
    assert [(e.event.version, e.kind) for e in explained.causes] == [(2, EdgeKind.RECORDED)]


async def test_effects_are_found_in_nested_conversations_of_the_session(store: EventStore) -> None:
    first = changed(topic="a")
    await given_events(store, started(session="s"), first)
    nested = started(parent=stream, session="s")
    caused = NewEvent(
        type=nested.type, data=nested.data, metadata=nested.metadata, causation_id=first.event_id
    )
    await given_events(store, caused, name="conversation-nested")
    explained = await explain_session(store, stream, "conversation.variables.topic")
    assert [e.event.stream for e in explained.effects] == ["conversation-nested"]
    found = await explain_session(store, "conversation-nested", "conversation.started")
    assert [(e.event.stream, e.event.version) for e in found.causes] == [(stream, 2)]


async def test_causes_and_effects_are_cut_at_the_limit_and_say_so(store: EventStore) -> None:
    first = changed(n=0)
    await given_events(store, started(), first, *(changed(m=n, cause=first) for n in range(5)))
    path = "conversation.variables.n"
    cut = await explain_session(store, stream, path, limit=4)
    assert (len(cut.effects), cut.effects_cut, cut.causes_cut) == (4, True, False)
    whole = await explain_session(store, stream, path, limit=5)
    assert (len(whole.effects), whole.effects_cut) == (5, False)


async def test_a_fork_is_explained_by_its_parents_events_and_its_own(store: EventStore) -> None:
    await given_events(store, started(), changed(n=1), changed(n=2))
    await store.fork(stream, "conversation-f", at=2)
    await store.append("conversation-f", [changed(m=1)], expected_version=2)
    explained = await explain_session(store, "conversation-f", "conversation.variables.n")
    assert explained.event is not None
    assert (explained.value, version(explained), explained.event.stream) == (1, 2, stream)


async def test_effects_of_what_a_fork_shares_are_found_once_on_either_side(
    store: EventStore,
) -> None:
    first = changed(n=1)
    shared = changed(m=1, cause=first)
    await given_events(store, started(session="s"), first, shared)
    await store.fork(stream, "conversation-f", at=3, session="s")
    await store.append("conversation-f", [changed(k=1, cause=first)], expected_version=3)
    await store.append(stream, [changed(j=1, cause=first)], expected_version=3)
    for name, other in ((stream, "conversation-f"), ("conversation-f", stream)):
        explained = await explain_session(store, name, "conversation.variables.n")
        found = [(e.event.stream, e.event.version) for e in explained.effects]
        assert found == [(stream, 3), (name, 4), (other, 4)]


async def test_imported_conversations_are_explained_too(store: EventStore) -> None:
    await given_events(
        store,
        started(source="tau2", tags={"a.b": "c"}),
        message("user"),
        message("assistant"),
        closed("done"),
    )
    explained = await explain_session(store, stream, 'conversation.tags["a.b"]')
    assert (explained.value, version(explained)) == ("c", 1)
    said = await explain_session(store, stream, "conversation.history[1]")
    assert [e.event.version for e in said.causes] == [2]
    assert version(await explain_session(store, stream, "conversation.closed.reason")) == 4


async def test_as_of_a_moment_by_either_clock(store: EventStore) -> None:
    await given_events(
        store,
        started(at=epoch),
        TagsChanged(tags={"a": "1"}).to_new_event(occurred_at=epoch + timedelta(days=1)),
        TagsChanged(tags={"a": "2"}).to_new_event(),
        TagsChanged(tags={"a": "3"}).to_new_event(occurred_at=epoch + timedelta(days=2)),
    )
    path = "conversation.tags.a"
    then = await explain_session(store, stream, path, at=epoch + timedelta(days=1), clock="source")
    assert (then.value, version(then)) == ("1", 2)
    now = await explain_session(store, stream, path, at=epoch + timedelta(days=1_000_000))
    assert (now.value, version(now)) == ("3", 4)


async def test_what_cannot_be_explained_is_refused_by_name(store: EventStore) -> None:
    await given_events(store, started(), changed(topic={"a": 1}))
    with pytest.raises(UnknownState, match=r"no state 'weather'.*conversation"):
        await explain_session(store, stream, "weather.today")
    with pytest.raises(UnknownState):
        await explain_session(store, stream, "")
    with pytest.raises(InvalidPath):
        await explain_session(store, stream, "conversation..x")
    with pytest.raises(PathNotFound) as raised:
        await explain_session(store, stream, "conversation.variables.topic.b")
    assert (raised.value.found, raised.value.names) == ("variables.topic", ("a",))
    for at in (0, -1, epoch - timedelta(days=1)):
        with pytest.raises(NothingByThen):
            await explain_session(store, stream, "conversation.variables", at=at)
    with pytest.raises(StreamNotFound):
        await explain_session(store, conversation_stream("none"), "conversation.variables")
    with pytest.raises(ValueError, match="limit is 0"):
        await explain_session(store, stream, "conversation.variables", limit=0)


counts: Fold[dict[str, int]] = Fold(
    "counts",
    dict,
    lambda state, event: state | {event.type: state.get(event.type, 0) + 1},
    lambda state: state,
    dict,
)


async def test_any_fold_of_any_stream_can_be_explained(store: EventStore) -> None:
    news = [NewEvent(type=f"note.{name}", data={}) for name in ("a", "b", "a", "b", "b")]
    await store.append("note-1", news, expected_version=0)
    explained = await explain(store, "note-1", counts, '["note.a"]')
    assert (explained.value, version(explained)) == (2, 3)


async def test_a_long_stream_is_explained_in_a_part_of_the_memory_it_takes_itself(
    store: EventStore,
) -> None:
    await given_events(store, started(), changed(x=0))
    for start in range(2, 8_000, 1_000):
        news = [changed(y=n) for n in range(1_000)]
        await store.append(stream, news, expected_version=start)
    tracemalloc.start()
    try:
        explained = await explain_session(store, stream, "conversation.variables.x")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.reset_peak()
        held = [event async for event in store.read_stream(stream)]
        _, whole = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (version(explained), len(held)) == (2, 8_002)
    assert peak < whole / 2


values = st.none() | st.booleans() | st.integers(0, 2) | st.lists(st.integers(0, 1), max_size=2)
changes = st.builds(
    lambda name, value, removed: changed("x") if removed else changed(**{name: value}),
    st.sampled_from(["x", "y"]),
    values,
    st.booleans(),
)


@given(st.lists(changes, min_size=1, max_size=12), st.integers(1, 12))
async def test_the_event_is_the_one_a_look_at_every_version_finds(
    news: list[NewEvent], at: int
) -> None:
    path = StatePath.parse("variables.x")
    found = [missing]
    state: dict[str, Any] = {}
    for event in news[:at]:
        for name in event.data["removed"]:
            state.pop(name, None)
        state |= event.data["changed"]
        found.append(copy.deepcopy(state.get("x", missing)))
    wrote = [
        number
        for number, (before, after) in enumerate(pairwise(found), 1)
        if not same(before, after)
    ]
    async with memory_store() as store:
        await given_events(store, *news)
        if not wrote:
            with pytest.raises(PathNotFound):
                await explain_session(store, stream, f"conversation.{path}", at=at)
            return
        explained = await explain_session(store, stream, f"conversation.{path}", at=at)
    assert version(explained) == wrote[-1]
    assert explained.present == (found[-1] is not missing)
    assert same(explained.value, found[-1] if explained.present else None)


# why ---------------------------------------------------------------------------------------------


async def test_a_reply_is_led_back_to_what_the_user_said(store: EventStore) -> None:
    await given_events(store, started(), *tool_turn)
    chain = await why(store, stream, 9)
    # response, batch, result, call, response that asked for it, request
    assert [step.event.version for step in chain.steps] == [9, 7, 6, 5, 3, 2]
    assert [step.effect for step in chain.steps] == [None, 0, 1, 2, 3, 4]
    assert not chain.cut
    cut = await why(store, stream, 9, limit=3)
    assert (len(cut.steps), cut.cut) == (3, True)


async def test_the_chain_of_a_version_that_is_not_there_is_refused(store: EventStore) -> None:
    await given_events(store, started())
    for wrong in (0, -1, 2):
        with pytest.raises(VersionNotFound):
            await why(store, stream, wrong)
    with pytest.raises(StreamNotFound):
        await why(store, conversation_stream("none"), 1)


async def test_an_event_is_found_by_its_id(store: EventStore) -> None:
    await given_events(store, started(), changed(n=1))
    events: list[RecordedEvent] = [event async for event in store.read_stream(stream)]
    assert [await store.find_event(event.event_id) for event in events] == events
    assert await store.find_event(new_event_id()) is None

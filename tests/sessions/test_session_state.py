"""The state of a session, now and as it was, with and without snapshots."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from ag2 import Agent

import retold
from retold.domain.conversation_fold import conversation_fold
from retold.domain.conversation_state import ConversationState
from retold.errors import NothingByThen, SessionNotFound, UnknownState
from retold.sessions.session import Session
from tests.agents.scripted import Script


@pytest.fixture
async def log(store_url: str) -> AsyncIterator[retold.Log]:
    """An open log, on each database."""
    async with retold.open(store_url) as opened:
        yield opened


@pytest.fixture
async def session(log: retold.Log) -> Session:
    """A session of two turns."""
    opened = await log.session("ticket-1", subject="user:7", tags={"env": "test"})
    agent = Agent("support", "You help.", config=log.model(Script("One.", "Two.")))
    await opened.ask(agent, "First?", variables={"topic": "parcels"})
    await opened.ask(agent, "Second?")
    return opened


async def by_hand(session: Session, at: int | datetime | None = None) -> ConversationState:
    """Fold what was recorded, event by event."""
    state = ConversationState("conversation-ticket-1")
    for event in await session.events(at):
        state.apply(event)
    return state


async def test_the_state_is_what_was_recorded_adds_up_to(session: Session) -> None:
    state = await session.state("conversation")
    assert state == await by_hand(session)
    assert (state.stream, state.version) == ("conversation-ticket-1", session.version)
    assert (state.turns, state.variables) == (2, {"topic": "parcels"})
    assert state.tags == {"env": "test"}
    assert len(state.history) == 4


async def test_the_state_as_of_a_version_is_the_same_with_and_without_snapshots(
    log: retold.Log, session: Session
) -> None:
    expected = [await by_hand(session, version) for version in range(session.version + 1)]
    assert [await session.state(at=v) for v in range(session.version + 1)] == expected
    for version in (session.version, 7, 3):
        await log.store.fold(
            "conversation-ticket-1", conversation_fold, to_version=version, snapshot_every=1
        )
    resumed = await log.store.fold("conversation-ticket-1", conversation_fold)
    assert resumed.from_version == session.version
    assert [await session.state(at=v) for v in range(session.version + 1)] == expected
    assert await session.state(at=session.version + 100) == expected[-1]


async def test_the_state_as_of_a_moment(session: Session) -> None:
    events = await session.events()
    moment = events[len(events) // 2].recorded_at
    assert await session.state(at=moment) == await by_hand(session, moment)
    long_ago = datetime.now(UTC) - timedelta(days=1)
    for read in (session.state, session.history, session.transcript, session.events):
        with pytest.raises(NothingByThen, match="conversation-ticket-1"):
            await read(at=long_ago)
    assert await session.state(at=moment + timedelta(days=1)) == await session.state()


@pytest.mark.parametrize("at", [None, 0, 3, datetime(2026, 1, 1, tzinfo=UTC)])
async def test_a_session_that_never_began_has_no_state(
    log: retold.Log, at: int | datetime | None
) -> None:
    with pytest.raises(SessionNotFound):
        await (await log.session("ticket-1")).state(at=at)


async def test_a_state_or_version_that_cannot_be_is_refused(session: Session) -> None:
    with pytest.raises(UnknownState, match="no state 'weather'"):
        await session.state("weather")
    with pytest.raises(ValueError, match="no version -1"):
        await session.state(at=-1)

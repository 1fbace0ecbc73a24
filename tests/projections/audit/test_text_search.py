"""The named query ``search``: its rows, its pages, and that asking it is recorded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from retold.domain.event import NewEvent
from retold.domain.recording import ImportedResult, conversation_stream
from retold.errors import EmptySearch, InvalidParameter
from retold.projections.access_log import AccessLog, accesses
from retold.projections.audit.audit import Audit
from retold.projections.audit.text_search import text_search
from retold.store import EventStore
from retold.store.append import ExpectedVersion
from tests.projections.audit.questions import paged_rows, rows_of
from tests.projections.histories import message, started


@pytest.fixture
async def shop(store: EventStore) -> EventStore:
    """Two sessions, one with a conversation nested in it, that speak of parcels."""
    result = ImportedResult(name="track", call=0, error=False)
    await _append(
        store,
        "a",
        started(),
        message("user", content="My parcel never arrived, the parcel to Z\u00fcrich"),
        message("assistant", calls=1),
        message("tool", content="parcel lost", result=result),
    )
    await _append(
        store,
        "a-child",
        started(parent="conversation-a", session="a"),
        replace(message("user", content="find the parcel"), metadata={"session": "a"}),
    )
    await _append(store, "b", started(), message("user", content="a parcel, please"))
    return store


async def _append(store: EventStore, session: str, *news: NewEvent) -> None:
    stream = conversation_stream(session)
    await store.append(stream, news, expected_version=ExpectedVersion.NO_STREAM)


async def test_hits_say_where_they_are_from_and_can_be_narrowed(shop: EventStore) -> None:
    audit = Audit(shop)
    rows = (await audit.search("PARCEL", order="newest")).rows
    assert {row.session for row in rows} == {"a", "a-child", "b"}
    assert [row.number for row in rows] == sorted((row.number for row in rows), reverse=True)
    assert all(row.rank is None for row in rows)
    nested = (await audit.search("parcel", session="a")).rows
    assert {row.session for row in nested} == {"a", "a-child"}
    assert all(row.rank is not None for row in nested)
    (lost,) = (await audit.search("parcel", kind="tool_result")).rows
    assert (lost.session, lost.version, lost.role) == ("a", 4, "tool")
    (zurich,) = (await audit.search('zurich "the parcel"')).rows
    start, end = zurich.marks[-1]
    assert zurich.snippet[start:end] == "Z\u00fcrich"
    assert (await audit.search("parcel", session="none")).rows == ()


@pytest.mark.parametrize("order", ["rank", "newest"])
async def test_pages_put_together_are_the_whole(shop: EventStore, order: str) -> None:
    given = {"text": "parcel", "order": order}
    whole = await rows_of(shop, text_search, **given)
    assert len(whole) == 4
    for limit in (1, 2, 3, 4, 5):
        assert await paged_rows(shop, text_search, given, limit) == whole


async def test_a_search_is_recorded_as_an_access(shop: EventStore) -> None:
    audit = Audit(shop, AccessLog(shop, actor="alice", door="library"))
    await audit.search("parcel", session="b")
    (access,) = await accesses(shop)
    assert (access.action, access.target, access.rows) == ("query", "search", 1)
    assert access.parameters == {"text": "parcel", "session": "b", "order": "rank"}


async def test_a_search_for_nothing_is_refused(shop: EventStore) -> None:
    audit = Audit(shop)
    with pytest.raises(EmptySearch, match="no word"):
        await audit.search("?!")
    with pytest.raises(InvalidParameter, match="'text'"):
        await audit.ask("search")

"""``retold groups``: what consumer groups have done, and what to do about parked events."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from retold.store import EventStore, open_store
from retold.store.consumers import ConsumerGroup
from tests.cli.accessed import accessed
from tests.cli.commands import csv_rows, printed, retold
from tests.store.consumers.groups import Handler, catch_up
from tests.store.events import append, event_id


def group(store: EventStore) -> ConsumerGroup:
    return ConsumerGroup(store, "mail", partitions=2, category="note", types=["test.happened"])


def run(url: str, handler: Handler) -> None:
    """Let the group handle what is in the log."""

    async def work() -> None:
        async with await open_store(url) as store:
            await catch_up(group(store), handler)

    asyncio.run(work())


@pytest.fixture
def url(sqlite_url: str) -> str:
    """URL of a log with a group that has parked two events and is one behind."""

    async def work() -> None:
        async with await open_store(sqlite_url) as store:
            await append(store, "note-1", "a", "b", "c")
            await catch_up(group(store), Handler("b", "c", error=ValueError("no \x1b[1m order")))
            await append(store, "note-1", "d")
            await append(store, "memo-1", "e")

    asyncio.run(work())
    return sqlite_url


def parked(url: str, *options: str) -> Any:
    return printed("groups", "parked", "mail", *options, url=url)


def test_groups_are_listed_with_what_is_left_to_do(url: str) -> None:
    assert printed("groups", "list", url=url) == [
        {
            "group": "mail",
            "partitions": 2,
            "members": 0,
            "lag": 1,
            "parked": 2,
            "selection": {"category": "note", "types": ["test.happened"]},
        }
    ]
    table = retold("groups", "list", url=url).stdout.splitlines()
    assert table[0].split() == ["group", "members", "partitions", "behind", "parked", "selection"]
    assert table[1].split()[:5] == ["mail", "0", "2", "1", "2"]


def test_a_log_without_groups_lists_none(filled_url: str) -> None:
    assert printed("groups", "list", url=filled_url) == []


def test_a_group_is_shown_by_partition(url: str) -> None:
    shown = printed("groups", "show", "mail", url=url)
    states = shown.pop("partition_states")
    assert shown == printed("groups", "list", url=url)[0]
    assert [one["partition"] for one in states] == [0, 1]
    assert sorted((one["lag"], one["parked"], one["holder"]) for one in states) == [
        (0, 0, None),
        (1, 2, None),
    ]
    assert all(one["cursor"].startswith("c2.") for one in states if one["lag"])
    assert len(retold("groups", "show", "mail", url=url).stdout.splitlines()) == 3


def test_parked_events_are_listed_with_the_reason(url: str) -> None:
    one, other = parked(url)
    assert (one["stream"], one["version"], other["version"]) == ("note-1", 2, 3)
    assert (one["attempts"], one["type"], one["retry_at"]) == (2, "test.happened", None)
    assert one["reason"] == "ValueError: no \x1b[1m order"
    assert parked(url, "--discarded") == []
    table = retold("groups", "parked", "mail", url=url).stdout
    assert r"ValueError: no \x1b[1m order" in table
    assert "\x1b" not in table
    rows = csv_rows(retold("groups", "parked", "mail", "-o", "csv", url=url).stdout)
    assert [row["event_id"] for row in rows] == [one["event_id"], other["event_id"]]
    found = accessed(url)
    assert {(access.action, access.target) for access in found} == {("query", "group_parked")}
    assert [(access.parameters["discarded"], access.rows) for access in found] == [
        (False, 2),
        (True, 0),
        (False, 2),
        (False, 2),
    ]


def test_a_parked_event_is_retried_by_the_next_run(url: str) -> None:
    one, other = parked(url)
    assert printed("groups", "retry", "mail", one["event_id"], url=url) == {
        "group": "mail",
        "retrying": 1,
    }
    assert [event["retry_at"] is None for event in parked(url)] == [False, True]
    handler = Handler()
    run(url, handler)
    assert sorted(handler.texts) == ["b", "d"]
    assert [event["event_id"] for event in parked(url)] == [other["event_id"]]
    assert printed("groups", "retry", "mail", "--all", url=url)["retrying"] == 1


def test_a_discarded_event_is_listed_apart(url: str) -> None:
    one, other = parked(url)
    done = printed("groups", "discard", "mail", one["event_id"], "--reason", "a test", url=url)
    assert done == {"group": "mail", "event_id": one["event_id"], "reason": "a test"}
    assert [event["event_id"] for event in parked(url)] == [other["event_id"]]
    (kept,) = parked(url, "--discarded")
    assert (kept["event_id"], kept["discard_reason"]) == (one["event_id"], "a test")
    assert kept["discarded_at"] is not None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["show", "none"], "no consumer group 'none'"),
        (["parked", "none"], "no consumer group 'none'"),
        (["retry", "none", "--all"], "no consumer group 'none'"),
        (["show", "a/b"], "cannot be a consumer group"),
        (["retry", "mail"], "--all"),
        (["retry", "mail", str(event_id(1)), "--all"], "--all"),
        (["retry", "mail", "b"], "'b' is no event id"),
        (["retry", "mail", str(event_id(1))], "is not parked"),
        (["discard", "mail", str(event_id(1)), "--reason", "x"], "is not parked"),
        (["discard", "mail", str(event_id(1))], "--reason"),
    ],
)
def test_what_is_not_there_is_wrong_usage(url: str, arguments: list[str], says: str) -> None:
    result = retold("groups", *arguments, url=url)
    assert result.exit_code == 2
    assert says in result.stderr
    assert len(parked(url)) == 2

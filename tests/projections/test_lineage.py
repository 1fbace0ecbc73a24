"""Who delegated what to whom, and how it went; also while it runs."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from retold.domain.event import NewEvent, RecordedEvent
from retold.domain.nested_chat_events import DelegationStopped
from retold.domain.recording import (
    ConversationStarted,
    Parent,
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
    conversation_stream,
)
from retold.domain.value import ErrorInfo
from retold.importers import import_paths
from retold.projections.keeping.catch_up import current
from retold.projections.models.lineage import lineage, lineage_rows, task_rows
from retold.projections.models.lineage_node import DelegatedTask
from retold.projections.models.session_list import SessionQuery, each_session
from retold.projections.models.tree import TreeNode, tree, tree_of, tree_statements
from retold.store import EventStore, open_store
from retold.store.lease import Leases
from tests.projections.histories import ag2, closed, message, recorded, started, tool_turn, usage
from tests.projections.keeping import all_of, append, check_kept, golden_logs, in_batches, plan_of
from tests.projections.test_real_totals import retail

noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
lost = ErrorInfo(type="TimeoutError", message="too slow")
done = TurnCompleted(turn="1").to_new_event(occurred_at=noon)
failed = TurnFailed(turn="1", error=lost).to_new_event()


def begin(turn: str = "1") -> NewEvent:
    return TurnStarted(turn=turn).to_new_event()


def in_session(new: NewEvent, session: str = "root") -> NewEvent:
    return dataclasses.replace(new, metadata={**new.metadata, "session": session})


def task(kind: str, task_id: str = "t", **fields: Any) -> NewEvent:
    event = {"$": f"ag2.Task{kind}", "task_id": task_id, "agent_name": "legal"} | fields
    return in_session(ag2(event, at=noon))


def child(parent: str = "root", task_id: str | None = "t") -> NewEvent:
    above = Parent(
        stream=conversation_stream(parent), task_id=task_id, tool_call_id="c", objective="check"
    )
    start = ConversationStarted(source="ag2", agent="legal", parent=above)
    return in_session(start.to_new_event())


kinds: list[NewEvent] = [
    *tool_turn,
    started(at=noon),
    child("s1"),
    child("s1", "t" * 9_000),
    begin(),
    done,
    failed,
    TurnFailed(turn="1", abandoned=True).to_new_event(),
    DelegationStopped(delegation="t", error=lost).to_new_event(),
    TurnCancelled(turn="1").to_new_event(),
    task("Started", objective="check"),
    task("Started", "t" * 9_000),
    task("Completed"),
    task("Failed", error={"$": "exception", "type": "builtins.ValueError", "message": "no"}),
    ag2(usage(100, 10, kind="subtask")),
    message("assistant", calls=2, tokens=(3, 4), cost=0.1),
    closed("stop"),
]


def log_of(*streams: tuple[str, list[NewEvent]]) -> list[RecordedEvent]:
    return [event for session, news in streams for event in recorded(news, session=session)]


def tree_in(events: list[RecordedEvent]) -> tuple[TreeNode, ...]:
    rows = lineage.folded(events)
    return tree_of(rows.of(lineage_rows).values(), rows.of(task_rows).values())


def shape(nodes: tuple[TreeNode, ...]) -> list[tuple[int | None, str | None, str]]:
    return [(node.depth, node.session, node.status) for node in nodes]


# A conversation ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("news", "status", "error", "ended_at"),
    [
        ([], "unknown", None, None),
        ([begin()], "running", None, None),
        ([begin(), done], "completed", None, noon),
        ([begin(), done, begin("2")], "running", None, None),
        ([failed], "failed", "TimeoutError: too slow", None),
        ([TurnFailed(turn="1", abandoned=True).to_new_event()], "failed", "abandoned", None),
        ([TurnFailed(turn="1").to_new_event()], "failed", None, None),
        ([TurnCancelled(turn="1").to_new_event()], "cancelled", None, None),
        ([closed("stop", at=noon)], "closed", None, noon),
    ],
)  # fmt: skip
def test_the_status_is_that_of_the_newest_turn(
    news: list[NewEvent], status: str, error: str | None, ended_at: datetime | None
) -> None:
    (node,) = lineage.folded(recorded([started(), *news])).of(lineage_rows).values()
    assert (node.status, node.error, node.ended_at) == (status, error, ended_at)


def test_what_was_delegated_is_counted_where_it_was_spent() -> None:
    own, subtask = ag2(usage(7, 3)), ag2(usage(100, 10, kind="subtask"))
    for news, tokens in (([own, subtask], (7, 3)), ([subtask, own], (7, 3)), ([subtask], None)):
        (node,) = lineage.folded(recorded(news)).of(lineage_rows).values()
        assert (node.prompt_tokens, node.completion_tokens) == (tokens or (None, None))


# A task ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "status", "error"),
    [
        (task("Completed", result="ok"), "completed", None),
        (
            task("Failed", error={"$": "exception", "type": "builtins.OSError", "message": "no"}),
            "failed",
            "OSError: no",
        ),
        (task("Failed"), "failed", None),
        (task("Expired"), "expired", None),
        (task("Cancelled", reason="enough"), "cancelled", "enough"),
    ],
)
def test_a_task_ends_as_its_parent_says(end: NewEvent, status: str, error: str | None) -> None:
    news = [task("Started", objective="check", parent_tool_call_id="c"), end]
    (row,) = lineage.folded(recorded(news, session="root")).of(task_rows).values()
    assert (row.session, row.task_id, row.version) == ("root", "t", 1)
    assert (row.objective, row.agent, row.tool_call_id) == ("check", "legal", "c")
    assert (row.status, row.error, row.started_at, row.ended_at) == (status, error, noon, noon)


def test_a_task_has_its_result_and_one_that_was_stopped_is_no_failure() -> None:
    stopped = DelegationStopped(
        delegation="t", error=ErrorInfo(type="TurnLimitReached", message="3 calls")
    )
    failed = task("Failed", error={"$": "exception", "type": "x.Limit", "message": "3 calls"})
    for news, status, result, error in (
        ([task("Completed", result="ok")], "completed", "ok", None),
        ([task("Completed", result={"a": 1})], "completed", '{"a":1}', None),
        ([failed], "failed", None, "Limit: 3 calls"),
        ([failed, stopped.to_new_event()], "stopped", None, "TurnLimitReached: 3 calls"),
    ):
        started_first = [task("Started"), *news]
        (row,) = lineage.folded(recorded(started_first, session="root")).of(task_rows).values()
        assert (row.status, row.result, row.error) == (status, result, error)


def test_a_task_that_was_only_seen_to_end_has_no_start() -> None:
    (row,) = lineage.folded(recorded([task("Completed")])).of(task_rows).values()
    assert (row.status, row.started_at, row.ended_at) == ("completed", None, noon)


# The tree ----------------------------------------------------------------------------------------

running = ("root", [started(), begin(), task("Started"), ag2(usage(5, 1))])
working = ("child", [child(), ag2(usage(7, 3)), *tool_turn[:2]])


def test_a_tree_is_right_while_it_runs() -> None:
    found = tree_in(log_of(running, working))
    assert shape(found) == [(0, "root", "running"), (1, "child", "running")]
    root, below = found
    assert (below.parent_session, below.task_id, below.objective) == ("root", "t", "check")
    assert (root.own.prompt_tokens, root.total.prompt_tokens) == (5, 12)
    assert (root.total.completion_tokens, root.total.conversations) == (4, 2)
    assert root.total.messages == below.own.messages == 2
    assert root.total.cost_usd is None


def test_what_ag2_reports_of_a_finished_task_is_not_counted_twice() -> None:
    news = [*running[1], ag2(usage(7, 3, kind="subtask")), task("Completed")]
    root, below = tree_in(log_of(("root", news), working))
    assert below.status == "completed"
    assert (root.total.prompt_tokens, root.total.completion_tokens) == (12, 4)


def test_a_task_no_conversation_was_begun_for_is_a_node_too() -> None:
    news = [*running[1], task("Started", "other", objective="fetch"), task("Failed", "other")]
    found = tree_in(log_of(("root", news), working))
    assert shape(found)[1:] == [(1, "child", "running"), (1, None, "failed")]
    assert (found[2].objective, found[2].parent_session) == ("fetch", "root")
    assert found[2].own.conversations == 0


def test_a_task_that_never_ended_is_interrupted_when_nothing_runs_any_more() -> None:
    news = [*running[1], TurnCancelled(turn="1").to_new_event()]
    found = tree_in(log_of(("root", news), working))
    assert shape(found) == [(0, "root", "cancelled"), (1, "child", "interrupted")]


def test_a_task_left_by_one_turn_is_interrupted_until_a_later_one_goes_on_with_it() -> None:
    left = [started(), begin(), in_turn(task("Started"), "1")]
    abandoned = TurnFailed(turn="1", abandoned=True).to_new_event()
    again = [*left, abandoned, begin("2")]
    dead = [child(), in_turn(ag2(usage(7, 3)), "1")]
    assert shape(tree_in(log_of(("root", left), ("child", dead))))[1][2] == "running"
    assert shape(tree_in(log_of(("root", again), ("child", dead))))[1][2] == "interrupted"
    gone_on = [*dead, in_turn(ag2(usage(1, 1)), "2")]
    assert shape(tree_in(log_of(("root", again), ("child", gone_on))))[1][2] == "running"


async def test_a_turn_that_lost_its_lease_does_not_run(store: EventStore) -> None:
    leases = Leases(store)
    lease = await leases.take("conversation-root", "process 1", 60)
    turn = TurnStarted(turn="1", fencing_token=lease.token).to_new_event()
    await append(store, "root", *map(in_session, [started(), turn, in_turn(task("Started"), "1")]))
    running = [(0, "root", "running"), (1, None, "running")]
    assert shape(await tree(store, "root")) == running
    await leases.release(lease)
    dead = [(0, "root", "interrupted"), (1, None, "interrupted")]
    assert shape(await tree(store, "root")) == dead
    later = await leases.take("conversation-root", "process 2", 60)
    assert shape(await tree(store, "root")) == dead
    turn = TurnStarted(turn="2", fencing_token=later.token).to_new_event()
    await append(store, "root", in_session(turn))
    assert shape(await tree(store, "root")) == [(0, "root", "running"), (1, None, "interrupted")]


def in_turn(new: NewEvent, turn: str) -> NewEvent:
    return dataclasses.replace(new, metadata={**new.metadata, "turn": turn})


def test_a_conversation_begun_by_a_tool_has_the_status_of_its_own_turns() -> None:
    news = [child(task_id=None), begin(), TurnCompleted(turn="1").to_new_event()]
    assert shape(tree_in(log_of(running, ("child", news))))[1] == (1, "child", "completed")


def test_a_conversation_whose_parent_is_unknown_has_no_depth_and_comes_last() -> None:
    found = tree_in(
        log_of(
            ("orphan", [child("nowhere")]),
            ("below", [child("orphan", "u")]),
            ("root", [started()]),
        )
    )
    assert [(node.depth, node.session) for node in found] == [
        (0, "root"),
        (None, "orphan"),
        (None, "below"),
    ]


def test_conversations_that_name_each_other_as_parents_are_each_shown_once() -> None:
    found = tree_in(log_of(("a", [child("b")]), ("b", [child("a")]), ("c", [child("c")])))
    assert sorted(str(node.session) for node in found) == ["a", "b", "c"]
    assert {node.depth for node in found} == {None}


def test_a_deep_tree_needs_no_deep_stack() -> None:
    streams = [("0", [started()])]
    streams += [(str(n), [child(str(n - 1)), ag2(usage(1, 1))]) for n in range(1, 3_000)]
    found = tree_in(log_of(*streams))
    assert [node.depth for node in found] == list(range(3_000))
    assert found[0].total.prompt_tokens == 2_999


parents = st.lists(st.integers(0, 9), min_size=10, max_size=10)


@given(parents)
def test_every_conversation_is_in_the_tree_once_and_sums_are_of_all_below(above: list[int]) -> None:
    streams = [
        (str(n), [started() if n == 0 else child(str(above[n]), f"t{n}"), ag2(usage(1, 0))])
        for n in range(10)
    ]
    found = tree_in(log_of(*streams))
    assert sorted(str(node.session) for node in found) == sorted(str(n) for n in range(10))
    by_session = {node.session: node for node in found}
    for place, node in enumerate(found):
        if node.depth is None:
            continue
        below = 1
        for later in found[place + 1 :]:
            if later.depth is None or later.depth <= node.depth:
                break
            below += 1
        assert node.total.conversations == node.total.prompt_tokens == below
        if node.parent_session is not None:
            assert by_session[node.parent_session].depth == node.depth - 1


def test_the_golden_delegation() -> None:
    events = [
        event
        for event in golden_logs()["log_0003.events/default"]
        if event.metadata.get("session") == "delegated"
    ]
    # Up to here the expert is still at work; then it is done, then the boss is.
    seen: list[list[str]] = []
    for end in range(1, len(events) + 1):
        statuses: list[str] = [node.status for node in tree_in(events[:end])]
        if not seen or seen[-1] != statuses:
            seen.append(statuses)
    assert seen == [
        ["unknown"],
        ["running"],
        ["running", "running"],
        ["running", "completed"],
        ["completed", "completed"],
    ]
    boss, expert = tree_in(events)
    assert (boss.agent, expert.agent, expert.objective) == ("boss", "expert", "find 7")
    assert (expert.task_id, expert.tool_call_id) == ("e4619762f48749ab93aff9d43bfced47", "call_1")
    assert (boss.own.prompt_tokens, expert.own.prompt_tokens) == (None, 17)
    assert (boss.total.prompt_tokens, boss.total.completion_tokens) == (17, 5)
    assert boss.total.messages == boss.own.messages + expert.own.messages == 8


# In the store ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(3))
def test_rows_do_not_depend_on_batches(seed: int) -> None:
    events = recorded(kinds * 6)
    assert all_of(lineage, in_batches(lineage, events, seed)) == all_of(
        lineage, lineage.folded(events)
    )


async def test_kept_up_made_anew_and_folded_rows_are_the_same(store: EventStore) -> None:
    kept = await check_kept(store, lineage, kinds)
    assert kept["lineage"]
    assert kept["lineage_tasks"]


async def test_the_tree_of_a_session_is_read_from_the_store(store: EventStore) -> None:
    await append(store, "root", *map(in_session, running[1]))
    assert shape(await tree(store, "root")) == [(0, "root", "running"), (1, None, "running")]
    await append(store, "child", *map(in_session, working[1]))
    await append(store, "other", started(), begin())
    assert shape(await tree(store, "root")) == [(0, "root", "running"), (1, "child", "running")]
    assert await tree(store, "nobody") == ()


async def test_real_sessions_are_trees_of_one_with_the_counts_of_the_list(
    store: EventStore, shared_data: Path
) -> None:
    await import_paths(store, [shared_data / retail])
    sessions = [session async for session in each_session(store, SessionQuery(nested=True))]
    assert len(sessions) == 40
    rows = (await current(store, lineage))[lineage_rows]
    async with store.connection() as connection:
        found = (await connection.execute(rows.select())).mappings().all()
    nodes = {node.session: node for node in map(lineage_rows.row_of, found)}
    for session in sessions:
        node = nodes[session.session]
        assert (node.messages, node.tool_calls) == (session.messages, session.tool_calls)
        assert (node.prompt_tokens, node.cost_usd) == (session.prompt_tokens, session.cost_usd)
        assert (node.status, node.parent_session) == ("closed", None)
    (one,) = await tree(store, sessions[0].session)
    assert one.total == one.own
    assert isinstance(one.total.cost_usd, Decimal)


async def test_a_tree_is_read_by_index_and_not_sorted(sqlite_url: str) -> None:
    async with await open_store(sqlite_url) as store:
        tables = await current(store, lineage)
        statements = tree_statements(store.tenant, tables[lineage_rows], tables[task_rows], "root")
        plans = [await plan_of(store, statement) for statement in statements]
    assert "INDEX ix_lineage_root_session_v2_1 (tenant=? AND root_session=?)" in plans[0]
    assert "INDEX ix_lineage_tasks_root_session_v2_1 (tenant=? AND root_session=?)" in plans[1]
    assert not any("TEMP B-TREE" in plan for plan in plans)


def test_a_task_is_told_from_one_of_another_conversation() -> None:
    rows = lineage.folded(log_of(("a", [task("Started")]), ("b", [task("Failed")]))).of(task_rows)
    assert {key: _status(row) for key, row in rows.items()} == {
        ("a", "t"): "running",
        ("b", "t"): "failed",
    }


def _status(row: DelegatedTask) -> str:
    return row.status

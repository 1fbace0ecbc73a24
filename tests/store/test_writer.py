"""Group commit without a database: who waits, who goes together, who fails."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from retold.errors import StoreClosed, StoreUnavailable
from retold.store.append import Append, AppendResult, Outcome, Request
from retold.store.writer import GroupCommit
from tests.store.events import ANY, event


def request(name: str) -> Request:
    return [Append(f"note-{name}", [event()], ANY)]


def result(appends: Request) -> tuple[AppendResult, ...]:
    return (AppendResult(appends[0].stream, 1, 1, (bytes(16),)),)


class Gate:
    """A backend that commits when it is let, and remembers the groups it was given."""

    def __init__(self) -> None:
        self.groups: list[list[str]] = []
        self.open = asyncio.Event()
        self.entered = asyncio.Event()
        self.outcomes: dict[str, Outcome] = {}
        self.failure: BaseException | None = None

    async def commit(self, requests: Sequence[Request]) -> Sequence[Outcome]:
        names = [appends[0].stream.removeprefix("note-") for appends in requests]
        self.groups.append(names)
        self.entered.set()
        await self.open.wait()
        if self.failure is not None:
            raise self.failure
        return [
            self.outcomes.get(name, result(appends))
            for name, appends in zip(names, requests, strict=True)
        ]


@pytest.fixture
async def gate() -> Gate:
    return Gate()


@pytest.fixture
async def writer(gate: Gate) -> AsyncIterator[GroupCommit]:
    made = GroupCommit(gate.commit, most_waiting=5, largest_group=3)
    yield made
    gate.open.set()
    gate.failure = None
    await made.close()


async def submitted(writer: GroupCommit, *names: str) -> list[asyncio.Task[object]]:
    """Submit requests in order; return the tasks that wait for their results."""
    tasks: list[asyncio.Task[object]] = [
        asyncio.create_task(writer.submit(request(name)), name=name) for name in names
    ]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_what_waits_during_a_commit_goes_together_next(
    gate: Gate, writer: GroupCommit
) -> None:
    tasks = await submitted(writer, "a")
    await gate.entered.wait()
    tasks += await submitted(writer, "b", "c", "d")
    assert gate.groups == [["a"]]
    gate.open.set()
    await asyncio.gather(*tasks)
    assert gate.groups == [["a"], ["b", "c", "d"]]


async def test_a_group_is_no_larger_than_allowed(gate: Gate, writer: GroupCommit) -> None:
    tasks = await submitted(writer, *"abcde")
    gate.open.set()
    await asyncio.gather(*tasks)
    assert gate.groups == [["a", "b", "c"], ["d", "e"]]


async def test_beyond_the_most_that_may_wait_callers_wait_for_a_place(
    gate: Gate, writer: GroupCommit
) -> None:
    tasks = await submitted(writer, *"abcdefgh")
    # Three are being committed, two are queued, three wait outside.
    assert len(writer._queue) == 2
    gate.open.set()
    await asyncio.gather(*tasks)
    assert sorted(sum(gate.groups, [])) == list("abcdefgh")  # noqa: RUF017 - eight of them


async def test_an_error_of_one_request_is_its_callers_alone(
    gate: Gate, writer: GroupCommit
) -> None:
    gate.outcomes["b"] = ValueError("b")
    gate.open.set()
    tasks = await submitted(writer, *"abc")
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert outcomes == [result(request("a")), gate.outcomes["b"], result(request("c"))]


async def test_a_group_that_fails_does_not_stop_the_next(gate: Gate, writer: GroupCommit) -> None:
    gate.failure = StoreUnavailable("Appending", "no disk")
    gate.open.set()
    failed = await asyncio.gather(*await submitted(writer, *"ab"), return_exceptions=True)
    assert failed == [gate.failure] * 2
    gate.failure = None
    [done] = await asyncio.gather(*await submitted(writer, "c"))
    assert done == result(request("c"))


async def test_a_backend_that_answers_too_little_leaves_nobody_waiting() -> None:
    async def commit(_requests: Sequence[Request]) -> Sequence[Outcome]:
        return []

    writer = GroupCommit(commit)
    with pytest.raises(ValueError, match="shorter"):
        await asyncio.wait_for(writer.submit(request("a")), 5)
    await writer.close()


async def test_a_caller_cancelled_before_its_turn_is_not_committed(
    gate: Gate, writer: GroupCommit
) -> None:
    tasks = await submitted(writer, "a")
    await gate.entered.wait()
    tasks += await submitted(writer, "b", "c")
    tasks[1].cancel()
    gate.open.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(outcomes[1], asyncio.CancelledError)
    assert outcomes[2] == result(request("c"))
    assert gate.groups == [["a"], ["c"]]


async def test_a_caller_cancelled_during_its_commit_harms_nobody(
    gate: Gate, writer: GroupCommit
) -> None:
    tasks = await submitted(writer, "a", "b")
    await gate.entered.wait()
    tasks[0].cancel()
    gate.open.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert outcomes[1] == result(request("b"))
    assert gate.groups == [["a", "b"]]


async def test_cancelled_callers_give_their_places_back(gate: Gate, writer: GroupCommit) -> None:
    for _ in range(3):
        for task in await submitted(writer, *"abcdefgh"):
            task.cancel()
    gate.open.set()
    [done] = await asyncio.wait_for(asyncio.gather(*await submitted(writer, "x")), 5)
    assert done == result(request("x"))


async def test_closing_commits_what_is_queued_and_refuses_the_rest(
    gate: Gate, writer: GroupCommit
) -> None:
    tasks = await submitted(writer, *"abcdefgh")
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)
    gate.open.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    await closing
    assert outcomes[:5] == [result(request(name)) for name in "abcde"]
    assert all(isinstance(outcome, StoreClosed) for outcome in outcomes[5:])
    with pytest.raises(StoreClosed):
        await writer.submit(request("x"))


async def test_closing_what_was_never_used_is_quick() -> None:
    await asyncio.wait_for(GroupCommit(Gate().commit).close(), 5)


async def test_a_cancelled_close_leaves_the_writer_to_finish(
    gate: Gate, writer: GroupCommit
) -> None:
    tasks = await submitted(writer, "a", "b")
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
    gate.open.set()
    assert await asyncio.gather(*tasks) == [result(request("a")), result(request("b"))]
    await asyncio.wait_for(writer.close(), 5)


async def test_when_the_writer_is_cancelled_callers_are_told_what_is_known(
    gate: Gate, writer: GroupCommit
) -> None:
    tasks = await submitted(writer, *"abcde")
    await gate.entered.wait()
    assert writer._task is not None
    writer._task.cancel()
    outcomes = await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), 5)
    for outcome in outcomes[:3]:
        assert isinstance(outcome, StoreUnavailable)
        assert outcome.outcome_unknown
        assert "try again with the same event ids" in str(outcome)
    assert all(isinstance(outcome, StoreClosed) for outcome in outcomes[3:])
    with pytest.raises(StoreClosed):
        await writer.submit(request("x"))
    await asyncio.wait_for(writer.close(), 5)

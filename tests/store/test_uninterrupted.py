"""Work that is finished whatever becomes of its caller, in a task of its own or begun in his."""

from __future__ import annotations

import asyncio

import pytest

from retold.store.uninterrupted import uninterrupted

begins_here = pytest.mark.parametrize("begins_here", [True, False])


@begins_here
async def test_it_returns_what_the_work_returns(begins_here: bool) -> None:
    async def work() -> str:
        await asyncio.sleep(0)
        return "done"

    assert await uninterrupted(work(), begins_here=begins_here) == "done"


@begins_here
async def test_it_raises_what_the_work_raises(begins_here: bool) -> None:
    async def at_once() -> None:
        raise LookupError("at once")

    async def later() -> None:
        await asyncio.sleep(0)
        raise LookupError("later")

    for work in (at_once, later):
        with pytest.raises(LookupError):
            await uninterrupted(work(), begins_here=begins_here)


async def test_what_never_waits_needs_no_task_of_its_own() -> None:
    async def work() -> asyncio.Task[object] | None:
        return asyncio.current_task()

    here = asyncio.current_task()
    assert await uninterrupted(work(), begins_here=True) is here
    assert await uninterrupted(work()) is not here


async def test_what_waits_goes_on_in_a_task_of_its_own() -> None:
    async def work() -> tuple[asyncio.Task[object] | None, asyncio.Task[object] | None]:
        before = asyncio.current_task()
        await asyncio.sleep(0)
        return before, asyncio.current_task()

    before, after = await uninterrupted(work(), begins_here=True)
    assert before is asyncio.current_task()
    assert after is not before


@begins_here
async def test_a_cancelled_caller_hears_of_it_when_the_work_is_done(begins_here: bool) -> None:
    done: list[str] = []
    may_end = asyncio.Event()

    async def work() -> None:
        await may_end.wait()
        # Work within it is part of it, and waits as well.
        await uninterrupted(asyncio.sleep(0.001), begins_here=begins_here)
        done.append("done")

    caller = asyncio.create_task(uninterrupted(work(), begins_here=begins_here))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.sleep(0)
    assert not caller.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await caller
    assert done == ["done"]


async def test_what_the_work_waits_for_may_fail() -> None:
    failing: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def work() -> str:
        try:
            await failing
        except LookupError:
            await asyncio.sleep(0)
            return "caught"
        return "nothing"

    asyncio.get_running_loop().call_soon(failing.set_exception, LookupError())
    assert await uninterrupted(work(), begins_here=True) == "caught"

"""Work that is finished whatever becomes of its caller: an append half made is of no use.

A write transaction that is left by a cancellation may stay open on SQLite, until its connection is
collected, and nobody else can write until then: SQLAlchemy closes the connection in a task that
a second cancellation, or the closing of the log, leaves behind.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Coroutine, Generator
from contextvars import ContextVar
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

# The task that runs such work: what it awaits is finished as it is.
_running: ContextVar[asyncio.Task[Any] | None] = ContextVar("retold_uninterrupted", default=None)


async def uninterrupted(work: Coroutine[Any, Any, T], *, begins_here: bool = False) -> T:
    """Run ``work`` to its end; a cancellation of the caller that came meanwhile is raised then.

    Args:
        work: what to run; it must come to an end by itself.
        begins_here: let it run in the caller's task until it first waits, which it may never do,
            and only then in one of its own. It must not have taken a timeout by then, which would
            hold for the caller's task.

    Returns:
        What it returns.

    Raises:
        asyncio.CancelledError: when the caller was cancelled meanwhile, whether it failed or not.
        Exception: what ``work`` raises.
    """
    if (outer := _running.get()) is not None and outer is asyncio.current_task():
        return await work
    if begins_here:
        beginning = _running.set(asyncio.current_task())
        try:
            waits_for = work.send(None)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            _running.reset(beginning)
        work = _resumed(work, waits_for)
    task = asyncio.create_task(_alone(work))
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        # As asyncio.wait does, at a third of its cost: every append comes by here.
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task.add_done_callback(partial(_settle, over))
        try:
            await over
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    if not task.cancelled():
        # Looked at, so that asyncio does not report an error nobody saw.
        task.exception()
    raise cancelled


def _settle(over: asyncio.Future[None], _: asyncio.Task[Any]) -> None:
    if not over.done():
        over.set_result(None)


@types.coroutine
def _rest_of(work: Coroutine[Any, Any, T], waits_for: object) -> Generator[Any, Any, T]:
    """Go on with work that has begun and waits, in whichever task this is awaited."""
    while True:
        try:
            sent = yield waits_for
        except BaseException as error:
            go_on = partial(work.throw, error)
        else:
            go_on = partial(work.send, sent)
        try:
            waits_for = go_on()
        except StopIteration as end:
            result: T = end.value
            return result


async def _resumed(work: Coroutine[Any, Any, T], waits_for: object) -> T:
    return await _rest_of(work, waits_for)


async def _alone(work: Coroutine[Any, Any, T]) -> T:
    _running.set(asyncio.current_task())
    return await work

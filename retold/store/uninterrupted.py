"""Work that is finished whatever becomes of its caller: an append half made is of no use.

A write transaction that is left by a cancellation may stay open on SQLite, until its connection is
collected, and nobody else can write until then: SQLAlchemy closes the connection in a task that
a second cancellation, or the closing of the log, leaves behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def uninterrupted(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end; a cancellation of the caller that came meanwhile is raised then.

    Args:
        work: what to run; it must come to an end by itself.

    Returns:
        What it returns.

    Raises:
        asyncio.CancelledError: when the caller was cancelled meanwhile, whether it failed or not.
        Exception: what ``work`` raises.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is None:
        return task.result()
    if not task.cancelled():
        # Looked at, so that asyncio does not report an error nobody saw.
        task.exception()
    raise cancelled

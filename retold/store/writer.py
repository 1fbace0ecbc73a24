"""Group commit: one writer a process; appends that wait while it commits go together next."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from retold.errors import StoreClosed, StoreUnavailable
from retold.store.append import AppendResult, Outcome, Request

Commit: TypeAlias = Callable[[Sequence[Request]], Awaitable[Sequence[Outcome]]]

most_waiting = 4096
largest_group = 512


@dataclass(slots=True, eq=False, kw_only=True)
class Asked:
    """What a caller waits for."""

    result: asyncio.Future[Any] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def settle(self, outcome: object) -> None:
        """Hand the outcome to the caller, unless it has gone."""
        if self.result.done():
            return
        if isinstance(outcome, Exception):
            self.result.set_exception(outcome)
        else:
            self.result.set_result(outcome)


@dataclass(slots=True, eq=False)
class Waiting(Asked):
    """A request that waits to be committed."""

    request: Request


class GroupCommit:
    """Hands waiting append requests to a backend, many at a time.

    No timer makes anyone wait: while one group commits, the next one gathers. A caller who is
    cancelled leaves the queue if its request was not taken yet; otherwise the request is carried
    out and its result dropped, so nobody else's append is lost or doubled.
    """

    def __init__(
        self,
        commit: Commit,
        *,
        most_waiting: int = most_waiting,
        largest_group: int = largest_group,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        """Store the backend's commit.

        Args:
            commit: commits a group in one transaction and returns an outcome per request. It
                raises only when the whole group failed.
            most_waiting: requests that may wait; a further caller waits for a place.
            largest_group: requests committed together at the most.
            committed: called after each group.
        """
        self._commit = commit
        self._committed = committed
        self._largest_group = largest_group
        self._places = asyncio.Semaphore(most_waiting)
        self._queue: deque[Waiting] = deque()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    async def submit(self, request: Request) -> tuple[AppendResult, ...]:
        """Queue a request and return its results once they are durable.

        Raises:
            StoreClosed: when the writer was closed; nothing was written.
            Exception: what the backend says of this request.
        """
        async with self._places:
            if self._closed:
                raise StoreClosed
            if self._task is None:
                self._task = asyncio.create_task(self._run(), name="retold-writer")
            waiting = Waiting(request)
            self._queue.append(waiting)
            self._wake.set()
            return cast("tuple[AppendResult, ...]", await waiting.result)

    async def close(self) -> None:
        """Commit what waits, then stop. A cancelled caller leaves the writer to finish alone."""
        self._closed = True
        self._wake.set()
        if self._task is not None:
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            while self._queue or not self._closed:
                await self._wake.wait()
                self._wake.clear()
                while self._queue:
                    count = min(len(self._queue), self._largest_group)
                    taken = [self._queue.popleft() for _ in range(count)]
                    await self._commit_group([w for w in taken if not w.result.done()])
        finally:
            # Somebody cancelled this task, as the end of asyncio.run does: nobody waits for ever.
            self._closed = True
            while self._queue:
                self._queue.popleft().settle(StoreClosed())

    async def _commit_group(self, group: Sequence[Waiting]) -> None:
        if not group:
            return
        try:
            outcomes = await self._commit([waiting.request for waiting in group])
            settled = list(zip(group, outcomes, strict=True))
        except Exception as error:
            for waiting in group:
                waiting.settle(error)
        except BaseException:
            for waiting in group:
                waiting.settle(
                    StoreUnavailable("Appending", "the writer was stopped", outcome_unknown=True)
                )
            raise
        else:
            for waiting, outcome in settled:
                waiting.settle(outcome)
            self._committed()

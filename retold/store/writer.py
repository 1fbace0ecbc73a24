"""Group commit: one writer a process; appends that wait while it commits go together next."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias, TypeVar, cast

from retold.errors import StoreClosed, StoreUnavailable
from retold.store.append import AppendResult, Outcome, Request

Commit: TypeAlias = Callable[[Sequence[Request]], Awaitable[Sequence[Outcome]]]
CommitInThread: TypeAlias = Callable[[Sequence[Request]], Sequence[Outcome]]

T = TypeVar("T")

most_waiting = 4096
largest_group = 512


@dataclass(slots=True, eq=False, kw_only=True)
class _Asked:
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
class _Waiting(_Asked):
    request: Request


@dataclass(slots=True, eq=False)
class _Work(_Asked):
    """Other work for the thread that commits; it is told whether its caller still waits."""

    run: Callable[[Callable[[], bool]], Any]


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
        self._queue: deque[_Waiting] = deque()
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
            waiting = _Waiting(request)
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

    async def _commit_group(self, group: Sequence[_Waiting]) -> None:
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


class ThreadedGroupCommit:
    """The same for a database whose calls block: the groups are committed in a thread.

    Encoding, planning and committing are off the event loop, and a group takes two changes of
    thread however large it is. Other work of the connection can be run in between.
    """

    def __init__(
        self,
        commit: CommitInThread,
        *,
        name: str,
        between: Callable[[], None] = lambda: None,
        most_waiting: int = most_waiting,
        largest_group: int = largest_group,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        """Store the backend's commit; arguments as of :class:`GroupCommit`.

        Args:
            commit: is called in the thread.
            name: of the thread.
            between: called in the thread after each group, when its callers know the outcome.
            most_waiting: requests that may wait.
            largest_group: requests committed together at the most.
            committed: called after each group, in the event loop.
        """
        self._commit = commit
        self._committed = committed
        self._largest_group = largest_group
        self._name = name
        self._between = between
        self._places = asyncio.Semaphore(most_waiting)
        self._queue: SimpleQueue[_Waiting | _Work | None] = SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ended = asyncio.Event()
        self._closed = False

    async def submit(self, request: Request) -> tuple[AppendResult, ...]:
        """Queue a request and return its results once they are durable.

        Raises:
            StoreClosed: when the writer was closed; nothing was written.
            Exception: what the backend says of this request.
        """
        return cast("tuple[AppendResult, ...]", await self._submit(_Waiting(request)))

    async def run(self, work: Callable[[Callable[[], bool]], T]) -> T:
        """Run short work in the thread, between two groups, and return what it returns.

        Args:
            work: is given a function that says, in any thread, whether the caller still waits.

        Raises:
            StoreClosed: when the writer was closed; nothing was done.
            Exception: what ``work`` raises.
        """
        return cast("T", await self._submit(_Work(work)))

    async def _submit(self, waiting: _Waiting | _Work) -> Any:
        async with self._places:
            if self._closed:
                raise StoreClosed
            if self._loop is None:
                self._loop = asyncio.get_running_loop()
                # A program that ends without closing its log does not wait for this thread.
                threading.Thread(target=self._run, name=self._name, daemon=True).start()
            self._queue.put(waiting)
            return await waiting.result

    async def close(self) -> None:
        """Commit what waits, then stop. A cancelled caller leaves the writer to finish alone."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        if self._loop is not None:
            await self._ended.wait()

    # In the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        while group := self._next_group():
            requests = [one for one in group if isinstance(one, _Waiting)]
            if requests:
                self._commit_group(requests)
            for one in group:
                if isinstance(one, _Work) and not one.result.done():
                    self._work(one)
            self._between()
        self._tell(self._ended.set)

    def _next_group(self) -> list[_Waiting | _Work]:
        """Wait for requests and take them; an empty group is the end."""
        group: list[_Waiting | _Work] = []
        while not group:
            waiting = self._queue.get()
            while waiting is not None:
                # Whoever was cancelled by now has left the queue.
                if not waiting.result.done():
                    group.append(waiting)
                if len(group) == self._largest_group:
                    return group
                try:
                    waiting = self._queue.get_nowait()
                except Empty:
                    break
            else:
                # The end comes last, and is met again when this group is done.
                self._queue.put(None)
                return group
        return group

    def _commit_group(self, group: Sequence[_Waiting]) -> None:
        outcomes: Sequence[Outcome]
        try:
            outcomes = self._commit([waiting.request for waiting in group])
        except Exception as error:
            outcomes = [error] * len(group)
        self._tell(self._settle, group, outcomes)

    def _work(self, work: _Work) -> None:
        outcome: object
        try:
            outcome = work.run(lambda: not work.result.done())
        except Exception as error:
            outcome = error
        self._tell(work.settle, outcome)

    def _tell(self, function: Callable[..., None], *arguments: object) -> None:
        if self._loop is not None:
            # A loop that is closed has nobody left who waits.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(function, *arguments)

    def _settle(self, group: Sequence[_Waiting], outcomes: Sequence[Outcome]) -> None:
        for waiting, outcome in zip(group, outcomes, strict=True):
            waiting.settle(outcome)
        self._committed()

"""Group commit for a database whose calls block: in a thread, or in the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeAlias, TypeVar, cast

from retold.errors import StoreClosed
from retold.store.append import AppendResult, Outcome, Request
from retold.store.writer import Asked, Waiting, largest_group, most_waiting

CommitInThread: TypeAlias = Callable[[Sequence[Request]], Sequence[Outcome]]
CommitAtOnce: TypeAlias = Callable[[Request], Outcome]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

# When the event loop was kept waiting for longer than this, twice in a row, the thread does it all
# for so many times as long.
slow_seconds = 0.005
times_by_thread = 20
# Where several asked in one round of the event loop, others are waited for during so many seconds.
crowded_seconds = 0.05


@dataclass(slots=True, eq=False)
class _Work(Asked):
    """Other work for the thread that commits; it is told whether its caller still waits."""

    run: Work[Any]


class WouldWait(Exception):
    """It takes longer than an event loop may be kept waiting; nothing was done."""


class Work(Protocol[T_co]):
    """Short work for the connection that appends."""

    def __call__(self, is_wanted: Callable[[], bool], *, wait: bool) -> T_co:
        """Do it.

        Args:
            is_wanted: says, in any thread, whether the caller still waits.
            wait: whether it may wait for others.

        Raises:
            WouldWait: when it may not, and would have to.
        """
        ...


class ThreadedGroupCommit:
    """Group commit for a database whose calls block: the groups are committed in a thread.

    Encoding, planning and committing are off the event loop, and a group takes two changes of
    thread however large it is. Other work of the connection can be run in between.

    Where a commit does not wait for the disk, those two take longer than all the rest of a single
    append. So what is asked for alone, while the thread has nothing to do, is done in the event
    loop, if it is found to be done at once.
    """

    def __init__(
        self,
        commit: CommitInThread,
        *,
        name: str,
        at_once: CommitAtOnce | None = None,
        between: Callable[[], Callable[[], None] | None] = lambda: None,
        most_waiting: int = most_waiting,
        largest_group: int = largest_group,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        """Store the backend's commit; arguments as of :class:`GroupCommit`.

        Args:
            commit: is called in the thread.
            name: of the thread.
            at_once: commits a request in the event loop, or raises :class:`WouldWait`; None where
                a commit waits for the disk.
            between: says in the thread, after each group, when its callers know the outcome, what
                else is to be done there; None for nothing.
            most_waiting: requests that may wait.
            largest_group: requests committed together at the most.
            committed: called after each group, in the event loop.
        """
        self._commit = commit
        self._at_once = at_once
        self._committed = committed
        self._largest_group = largest_group
        self._name = name
        self._between = between
        self._places = asyncio.Semaphore(most_waiting)
        # Asked for in this round of the event loop.
        self._gathered: list[Waiting | _Work] = []
        self._queue: SimpleQueue[Waiting | _Work | None] = SimpleQueue()
        # How much of it has no outcome yet.
        self._in_thread = 0
        self._using = threading.Lock()
        self._was_slow = False
        self._by_thread_until = 0.0
        self._crowded_until = 0.0
        # Whether one was done at once in this round of the event loop: others may come.
        self._done_in_round = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ended = asyncio.Event()
        self._closed = False

    async def submit(self, request: Request) -> tuple[AppendResult, ...]:
        """Queue a request and return its results once they are durable.

        Raises:
            StoreClosed: when the writer was closed; nothing was written.
            Exception: what the backend says of this request.
        """
        return cast("tuple[AppendResult, ...]", await self._submit(Waiting(request)))

    async def run(self, work: Work[T]) -> T:
        """Run short work between two groups, and return what it returns.

        Args:
            work: is called in the thread, or in the event loop, where it may not wait.

        Raises:
            StoreClosed: when the writer was closed; nothing was done.
            Exception: what ``work`` raises.
        """
        return cast("T", await self._submit(_Work(work)))

    async def _submit(self, asked: Waiting | _Work) -> Any:
        async with self._places:
            if self._closed:
                raise StoreClosed
            if self._loop is None:
                self._loop = asyncio.get_running_loop()
            if not self._gathered:
                if self._may_be_first() and self._is_done_at_once(asked):
                    self._done_in_round = True
                    self._loop.call_soon(self._end_round)
                    return await asked.result
                self._loop.call_soon(self._take_up)
            self._gathered.append(asked)
            return await asked.result

    def _may_be_first(self) -> bool:
        """Return whether nobody else is likely to ask in this round of the event loop.

        One is done at once in a round: who asks again and again lets others have the loop.
        """
        return not self._done_in_round and time.monotonic() >= self._crowded_until

    def _end_round(self) -> None:
        self._done_in_round = False

    def look(self, look: Callable[[], T]) -> T | None:
        """Return what a look at the connection returns, now; None when it is in use.

        Args:
            look: takes no time.
        """
        if self._closed or self._in_thread or not self._using.acquire(blocking=False):
            return None
        try:
            return look()
        finally:
            self._using.release()

    async def close(self) -> None:
        """Commit what waits, then stop. A cancelled caller leaves the writer to finish alone."""
        if not self._closed:
            self._closed = True
            self._hand_over()
            self._queue.put(None)
        if self._thread is not None:
            await self._ended.wait()

    def _take_up(self) -> None:
        """Do what was asked for alone; leave more than that to the thread."""
        if len(self._gathered) > 1:
            self._crowded_until = time.monotonic() + crowded_seconds
        elif self._gathered and self._is_done_at_once(self._gathered[0]):
            self._gathered.clear()
        self._hand_over()

    def _hand_over(self) -> None:
        gathered, self._gathered = self._gathered, []
        if gathered and self._thread is None:
            # A program that ends without closing its log does not wait for this thread.
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        self._in_thread += len(gathered)
        for asked in gathered:
            self._queue.put(asked)

    def _is_done_at_once(self, asked: Waiting | _Work) -> bool:
        if asked.result.done():
            # Cancelled by now.
            return True
        began = time.monotonic()
        if self._at_once is None or self._in_thread or began < self._by_thread_until:
            return False
        if not self._using.acquire(blocking=False):
            return False
        outcome: object
        try:
            if isinstance(asked, _Work):
                outcome = asked.run(lambda: True, wait=False)
            else:
                outcome = self._at_once(asked.request)
        except WouldWait:
            return False
        except Exception as error:
            outcome = error
        finally:
            self._using.release()
        ended = time.monotonic()
        is_slow = ended - began > slow_seconds
        if is_slow and self._was_slow:
            self._by_thread_until = ended + times_by_thread * (ended - began)
        self._was_slow = is_slow
        asked.settle(outcome)
        if isinstance(asked, Waiting):
            self._committed()
        return True

    # In the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        while group := self._next_group():
            # Nobody is told before the connection is free: the next append would find it in use.
            with self._using:
                outcomes = [
                    *self._commit_group([one for one in group if isinstance(one, Waiting)]),
                    *[self._work(one) for one in group if isinstance(one, _Work)],
                ]
            self._tell(self._settle, len(group), outcomes)
            if (work := self._between()) is not None:
                with self._using:
                    work()
        self._tell(self._ended.set)

    def _next_group(self) -> list[Waiting | _Work]:
        """Wait for requests and take them; an empty group is the end."""
        group: list[Waiting | _Work] = []
        waiting = self._queue.get()
        while waiting is not None:
            group.append(waiting)
            if len(group) == self._largest_group:
                return group
            try:
                waiting = self._queue.get_nowait()
            except Empty:
                return group
        # The end comes last, and is met again when this group is done.
        self._queue.put(None)
        return group

    def _commit_group(self, group: Sequence[Waiting]) -> list[tuple[Asked, object]]:
        # Whoever was cancelled by now has left the queue.
        wanted = [waiting for waiting in group if not waiting.result.done()]
        if not wanted:
            return []
        try:
            outcomes = self._commit([waiting.request for waiting in wanted])
            return list(zip(wanted, outcomes, strict=True))
        except Exception as error:
            return [(waiting, error) for waiting in wanted]

    def _work(self, work: _Work) -> tuple[Asked, object]:
        outcome: object = None
        if not work.result.done():
            try:
                outcome = work.run(lambda: not work.result.done(), wait=True)
            except Exception as error:
                outcome = error
        return work, outcome

    def _tell(self, function: Callable[..., None], *arguments: object) -> None:
        if self._loop is not None:
            # A loop that is closed has nobody left who waits.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(function, *arguments)

    def _settle(self, count: int, outcomes: Sequence[tuple[Asked, object]]) -> None:
        self._in_thread -= count
        for asked, outcome in outcomes:
            asked.settle(outcome)
        self._committed()

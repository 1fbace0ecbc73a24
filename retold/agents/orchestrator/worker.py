"""A worker: takes what is ready from an orchestrator's queue, and works on it."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from contextvars import Context
from dataclasses import dataclass

from retold.agents.orchestrator.entries import StepEntry, entry_of
from retold.agents.orchestrator.given import Given
from retold.agents.orchestrator.parts import Parts
from retold.agents.orchestrator.run_work import RunWork
from retold.agents.orchestrator.step_work import StepWork
from retold.errors import RetoldError, RunNotFound, StoreClosed
from retold.logs import get_logger, log_context
from retold.store.work_queue import TakenWorkItem

log = get_logger("retold.worker")

default_concurrency = 8
default_lease_seconds = 30.0
longest_heartbeat_seconds = 5.0
shortest_pause_seconds, longest_pause_seconds = 0.02, 0.5


@dataclass(frozen=True, slots=True)
class _Held:
    taken: TakenWorkItem
    work: StepWork | RunWork


class Worker:
    """Takes runs and steps from the queue, highest priority first, and works on several at once.

    While it works on them it extends their leases, and looks whether they still count. What it has
    when it dies is swept by any worker once the leases lapse, and settled by who takes it next.

    Attributes:
        name: unique; steps are recorded under it.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        concurrency: int = default_concurrency,
        lease_seconds: float = default_lease_seconds,
        name: str | None = None,
    ) -> None:
        """Store what is needed. Use ``orchestrator.worker(...)``.

        Args:
            parts: of the orchestrator.
            concurrency: steps in work at once, from 1.
            lease_seconds: how long what it has stays its own when nothing is heard of it.
            name: unique; made of host, process and chance when None.

        Raises:
            ValueError: when a number is out of range.
        """
        if type(concurrency) is not int or concurrency < 1:
            raise ValueError(f"concurrency: a whole number from 1, not {concurrency!r}")
        if not lease_seconds > 0:
            raise ValueError(f"lease_seconds: more than 0, not {lease_seconds!r}")
        self.name = name or f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._parts = parts
        self._concurrency = concurrency
        self._lease_seconds = lease_seconds
        self._held: dict[str, _Held] = {}
        # All there are: one that lost its row to another of this worker is held no more.
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    @property
    def in_work(self) -> int:
        """Rows it works on now."""
        return len(self._held)

    def stop(self) -> None:
        """Take nothing more; :meth:`run` returns once what is in work is done or given back."""
        self._stopping.set()
        self._parts.woken.set()

    async def run(self, *, grace_seconds: float | None = None) -> None:
        """Work until :meth:`stop` is called or the log is closed.

        Args:
            grace_seconds: how long what is in work may take after that; then it is given to
                others. None for as long as it takes.

        Raises:
            asyncio.CancelledError: when it is cancelled: what is in work is given to others.
        """
        beating = asyncio.create_task(self._beat(), name=f"retold-heartbeat-{self.name}")
        sweeping = self._parts.queue.sweeping(every=self._lease_seconds / 3)
        try:
            async with sweeping:
                await self._take_on()
                await self._wait_for_all(grace_seconds)
        finally:
            self._stopping.set()
            await self._give_back()
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    # Taking ------------------------------------------------------------------------------------

    async def _take_on(self) -> None:
        pause = shortest_pause_seconds
        while not self._stopping.is_set():
            self._parts.woken.clear()
            try:
                taken = await self._take()
            except StoreClosed:
                return
            except RetoldError as error:
                log.warning("nothing taken", worker=self.name, error=error.code)
                taken = False
            pause = shortest_pause_seconds if taken else min(pause * 2, longest_pause_seconds)
            if not taken or len(self._held) >= self._concurrency:
                await self._pause(pause)

    async def _take(self) -> bool:
        free = self._concurrency - len(self._held)
        if free < 1:
            return False
        taken = await self._parts.queue.take(self.name, seconds=self._lease_seconds, limit=free)
        for one in taken:
            self._begin(one)
        return bool(taken)

    async def _pause(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        waking = loop.call_later(seconds, self._parts.woken.set)
        try:
            await self._parts.woken.wait()
        finally:
            waking.cancel()

    def _begin(self, taken: TakenWorkItem) -> None:
        entry = entry_of(taken.payload)
        work: StepWork | RunWork
        if isinstance(entry, StepEntry):
            work = StepWork(self._parts, self.name, entry, taken, take_for=self._take_for)
        else:
            work = RunWork(self._parts, self.name, entry, taken)
        self._give_up(taken.id, Given.LOST)
        task = asyncio.create_task(self._work(work), name=f"retold-{taken.id}", context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._held[taken.id] = _Held(taken, work)
        if self._stopping.is_set():
            # It was being taken when the worker was stopped: others may begin it.
            self._give_up(taken.id, Given.STOPPING)

    def _give_up(self, row: str, why: Given) -> None:
        held = self._held.get(row)
        if held is not None and isinstance(held.work, StepWork):
            held.work.give_up(why)

    def _take_for(self) -> float | None:
        return None if self._stopping.is_set() else self._lease_seconds

    async def _work(self, work: StepWork | RunWork) -> None:
        entry = work.entry
        step = entry.step if isinstance(entry, StepEntry) else None
        with log_context(run=entry.run, step=step):
            await self._work_on(work)

    async def _work_on(self, work: StepWork | RunWork) -> None:
        try:
            await work.run()
        except asyncio.CancelledError:
            raise
        except RetoldError as error:
            # Its lease lapses, and whoever takes it next settles it by the log.
            log.warning("row left to its lease", row=work.taken.id, error=error.code)
        except Exception:
            # Nor does a fault of ours end the worker, which has other rows: it is logged whole.
            log.exception("row left to its lease", row=work.taken.id)
        finally:
            held = self._held.get(work.taken.id)
            if held is not None and held.work is work:
                del self._held[work.taken.id]
            if isinstance(work, StepWork) and work.next:
                # It has the place that has just become free.
                for one in work.next:
                    self._begin(one)
            else:
                self._parts.woken.set()

    # The heartbeat -----------------------------------------------------------------------------

    async def _beat(self) -> None:
        seconds = min(self._lease_seconds / 3, longest_heartbeat_seconds)
        while True:
            await asyncio.sleep(seconds)
            try:
                await self.beat()
            except StoreClosed:
                return
            except RetoldError as error:
                log.warning("leases not extended", worker=self.name, error=error.code)

    async def beat(self) -> None:
        """Extend the leases of what is in work, and give up what is not its own any more.

        Raises:
            StoreError: when the database does not do its work.
        """
        held = dict(self._held)
        lost = await self._parts.queue.extend_all(
            [one.taken for one in held.values()], self._lease_seconds
        )
        for row, one in held.items():
            if row in lost and self._held.get(row) is one:
                self._give_up(row, Given.LOST)
        await self.look_at(None)

    async def look_at(self, run: str | None) -> None:
        """Give up steps in work that do not count any more.

        Args:
            run: of this run only; None for all.

        Raises:
            StoreError: when the log cannot be read.
        """
        for one in list(self._held.values()):
            work = one.work
            if not isinstance(work, StepWork) or not work.is_asking:
                continue
            if run is not None and work.entry.run != run:
                continue
            try:
                counts = await work.still_counts()
            except RunNotFound:
                counts = False
            if not counts and work.is_asking:
                work.give_up(Given.OVER)

    # The end -----------------------------------------------------------------------------------

    async def _wait_for_all(self, seconds: float | None) -> None:
        loop = asyncio.get_running_loop()
        end = None if seconds is None else loop.time() + seconds
        # Anew while there are any: what is done may have taken another one just before.
        while self._tasks and (end is None or loop.time() < end):
            left = None if end is None else end - loop.time()
            await asyncio.wait(self._tasks, timeout=left)

    async def _give_back(self) -> None:
        """Give to others what is still in work."""
        for row in self._held:
            self._give_up(row, Given.STOPPING)
        while self._tasks:
            await asyncio.wait(self._tasks)

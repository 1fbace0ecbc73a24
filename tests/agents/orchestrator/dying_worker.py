"""A process that works on runs, or queues one, until it comes to the point where it is killed.

Run by worker_crashes.py. What it does to the log and to the queue is seen from outside: the
methods are wrapped here, and nothing of the orchestrator knows of it.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import retold
from retold.domain.workflow.events import StepFailed
from retold.errors import RetoldError, StoreClosed
from retold.store import EventStore
from retold.store.append import Append, AppendResult
from retold.store.work_queue import WorkQueue
from tests.agents.orchestrator.crash_workflow import CallFile, given, register, steps, workflow
from tests.empty_logs import make_log

labels_file, claim_file, calls_file = "labels", "claimed", "calls"
ready_prefix = "ready-"


@dataclass(frozen=True)
class Points:
    """The points a process comes to, and the one at which it is killed.

    Attributes:
        worker: name of the process.
        folder: of the case; all its processes have it in common.
        point: the label of the point. The first process that comes there dies; None only writes
            down all labels.
    """

    worker: str
    folder: Path
    point: str | None

    def pass_by(self, label: str) -> None:
        """Die here, if here is where; an unwanted second death is left out."""
        if self.point is None:
            _append(self.folder / labels_file, f"{self.worker}\t{label}\n")
        elif label == self.point and self._is_first():
            os.kill(os.getpid(), signal.SIGKILL)

    def _is_first(self) -> bool:
        try:
            file = os.open(self.folder / claim_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        except FileExistsError:
            return False
        os.write(file, self.worker.encode())
        return True

    def around(
        self,
        what: str,
        method: Callable[..., Awaitable[Any]],
        before: Callable[..., Iterable[str]],
        after: Callable[..., Iterable[str]] | None = None,
    ) -> Callable[..., Awaitable[Any]]:
        """Wrap a method with a point before and after it.

        Args:
            what: it does.
            method: the method.
            before: says of its arguments what they are about.
            after: says that of its result; as before, when None.
        """

        async def wrapped(*args: Any, **options: Any) -> Any:
            about = list(before(*args))
            for one in about:
                self.pass_by(f"before {what} {one}")
            result = await method(*args, **options)
            for one in about if after is None else after(result):
                self.pass_by(f"after {what} {one}")
            return result

        return wrapped


def _append(path: Path, text: str) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(file, text.encode())
    finally:
        os.close(file)


# What is said of an append, of rows -----------------------------------------------------------


def _appended(appends: Iterable[Append]) -> Iterable[str]:
    for append in appends:
        category, _, rest = append.stream.partition("-")
        first = append.events[0]
        data = first.data
        payload = data.get("event")
        if category == "conversation":
            kind = payload.get("$") if isinstance(payload, dict) else None
            yield f"of conversation {rest.partition('/')[2]}: {kind or first.type}"
        elif category == "workflow":
            numbers = (data.get(name) for name in ("step", "item", "attempt"))
            place = "/".join(str(one) for one in numbers if one is not None)
            yield f"of run: {first.type} {place}".rstrip()
        elif category == "orchestrator_calls":
            yield f"of calls: {first.type} {_row(str(data['call']))}"
        else:
            yield f"of {category}: {first.type}"


def _row(row: str) -> str:
    """Return the id of a row as it is in every run: without the run, and the version."""
    kind, _, rest = row.partition(":")
    place = rest.partition("@")[0].partition("/")[2]
    return f"{kind} {place}".rstrip()


def _watch_store(store: EventStore, points: Points) -> None:
    append_many = store.append_many

    async def append(appends: Sequence[Append]) -> tuple[AppendResult, ...]:
        results = await append_many(appends)
        types = {event.type for one in appends for event in one.events}
        if StepFailed.type in types:
            # In the midst of the wait that follows.
            asyncio.get_running_loop().call_later(0.05, points.pass_by, "while a retry waits")
        return results

    watched = points.around("append", append, _appended)
    setattr(store, "append_many", watched)  # noqa: B010 - seen from outside, without a hook


def _watch_queue(queue: WorkQueue, points: Points) -> None:
    def rows(items: Iterable[Any]) -> Iterable[str]:
        return [_row(item.id) for item in items]

    def row(item: Any) -> Iterable[str]:
        return [_row(item.id)]

    def named(item: str) -> Iterable[str]:
        return [_row(item)]

    def nothing(*_: Any) -> Iterable[str]:
        return [""]

    def held(items: Any, *_: Any) -> Iterable[str]:
        return rows(items)

    ways: dict[str, Any] = {
        "put": (rows, None),
        "take": (nothing, rows),
        "extend_all": (held, None),
        "finish": (row, None),
        "release": (row, None),
        "cancel": (named, None),
        "sweep": (nothing, lambda swept: rows(swept) or [""]),
    }
    for name, (before, after) in ways.items():
        setattr(queue, name, points.around(name, getattr(queue, name), before, after))


# What it does ---------------------------------------------------------------------------------


async def prepare() -> None:
    """Import and work out what is so on first use: by a run, and by one that goes on with a log."""
    with TemporaryDirectory(prefix="retold-test-") as folder:
        url = make_log(Path(folder) / "log.db")
        for number in range(2):
            async with retold.open(url) as log:
                orchestrator = retold.AgentOrchestrator(log)
                calls = CallFile(Path(folder) / calls_file)
                await register(orchestrator, log, "prepare", calls, lambda _: None)
                await orchestrator.define(workflow, steps)
                if number == 0:
                    await orchestrator.queue(workflow, given, run="r")
                else:
                    await orchestrator.wait("r")


async def main(order: dict[str, Any]) -> None:
    """Do what is ordered.

    Args:
        order: ``url`` of the log, ``orchestrator``, ``run``, the ``worker``'s name, ``folder``,
            ``point``, ``lease_seconds``, ``beats`` (whether it extends its leases all the time),
            and ``does``: ``work`` or ``queue``.
    """
    points = Points(order["worker"], Path(order["folder"]), order["point"])
    async with retold.open(order["url"]) as log:
        name, seconds = order["orchestrator"], order["lease_seconds"]
        orchestrator = retold.AgentOrchestrator(log, name, lease_seconds=seconds)
        calls = CallFile(points.folder / calls_file)

        def amid(told: str) -> None:
            points.pass_by(f"amid the call of {told}")

        _watch_store(log.store, points)
        _watch_queue(orchestrator._parts.queue, points)
        await register(orchestrator, log, points.worker, calls, amid)
        if order["does"] == "queue":
            await orchestrator.define(workflow, steps)
            await orchestrator.queue(workflow, given, run=order["run"])
        else:
            await _work(orchestrator, points, beats=order["beats"])


async def _work(orchestrator: retold.AgentOrchestrator, points: Points, *, beats: bool) -> None:
    """Work until SIGTERM; leases that are let lapse are swept at once."""
    worker = orchestrator.worker(name=points.worker)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, worker.stop)
    (points.folder / f"{ready_prefix}{points.worker}").touch()

    async def beat() -> None:
        while beats:
            with suppress(StoreClosed, RetoldError):
                await worker.beat()
            await asyncio.sleep(0.01)

    beating = asyncio.create_task(beat())
    async with orchestrator._parts.queue.sweeping(every=0.1):
        await worker.run()
    beating.cancel()

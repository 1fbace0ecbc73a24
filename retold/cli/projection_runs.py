"""Long-running work on projections, as the command line shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from retold.cli.output import say
from retold.cli.stopping import on_signals
from retold.errors import ProjectionError
from retold.projections.keeping.catch_up import catch_up, ensure_build
from retold.projections.keeping.runner import Runner
from retold.projections.keeping.status import status
from retold.projections.projection import Projection
from retold.store import EventStore

OnError = Literal["stop", "park"]


class FoldProgress(Protocol):
    """How far the folding of a log has come: that of a rebuild, or of a comparison."""

    @property
    def events(self) -> int:
        """Folded so far."""
        ...

    @property
    def events_per_second(self) -> float:
        """Since it began."""
        ...

    @property
    def share(self) -> float:
        """Of the log that is behind it, 0.0 to 1.0."""
        ...


@contextmanager
def progress_bar(name: str) -> Iterator[Callable[[FoldProgress], None]]:
    """Show how far folding has come on standard error: a bar, the rate and the time left."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(
            "{task.percentage:>3.0f}% {task.fields[events]:,} events {task.fields[rate]:,.0f}/s"
        ),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(name, total=1.0, events=0, rate=0.0)

        def show(progress: FoldProgress) -> None:
            bar.update(
                task,
                completed=progress.share,
                events=progress.events,
                rate=progress.events_per_second,
            )

        yield show


async def run_once(
    store: EventStore,
    projections: Sequence[Projection],
    *,
    on_error: OnError,
    batch: int,
    accept_code: bool,
) -> bool:
    """Bring projections up to the log; return whether none of them failed."""
    ok = True
    paused = {one.name for one in await status(store, projections) if one.paused_at is not None}
    for projection in projections:
        if projection.name in paused:
            say(f"{projection.name}: paused, left as it is")
            continue
        try:
            events = await catch_up(
                store, projection, batch_size=batch, on_error=on_error, accept_code=accept_code
            )
            say(f"{projection.name}: {events:,} events folded")
        except ProjectionError as error:
            # The others are not to wait for it.
            say(str(error), style="red")
            ok = False
    return ok


async def run_until_stopped(
    store: EventStore,
    projections: Sequence[Projection],
    *,
    on_error: OnError,
    batch: int,
    accept_code: bool,
) -> bool:
    """Keep projections up until SIGINT or SIGTERM."""
    if accept_code:
        for projection in projections:
            await ensure_build(store, projection, accept=True)
    names = ", ".join(projection.name for projection in projections)
    say(f"keeping up: {names}; interrupt to stop")
    stopping = asyncio.Event()
    with on_signals(stopping.set):
        await Runner(store, projections, on_error=on_error, batch_size=batch).run(stopping)
    return True

"""Folding the partitions of a rebuild in processes of their own.

A process is told the log, the projection and the partition. The log's URL may hold a password, so
it goes through the environment, which other users of the machine cannot read.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence

from retold.errors import ProjectionFailed, RebuildRefused, RetoldError
from retold.projections.keeping.builds import Build, kept
from retold.projections.keeping.courtesy import Courtesy
from retold.projections.keeping.folding import OnError, default_batch
from retold.projections.keeping.rebuild import InProcess, first_of_a_group
from retold.projections.loading import registry_of
from retold.projections.projection import Projection
from retold.store import open_store
from retold.store.log import EventStore

_url_variable = "RETOLD_REBUILD_URL"


class Processes:
    """Folds each partition in a process of its own."""

    def __init__(
        self,
        url: str,
        *,
        modules: Sequence[str] = (),
        batch_size: int = default_batch,
        on_error: OnError = "stop",
        share: float | None = None,
    ) -> None:
        """Store what the processes are told.

        Args:
            url: of the log.
            modules: where the projection is declared, when it is not one of Retold's.
            batch_size: events folded between two writes.
            on_error: what comes of an event the fold fails on.
            share: as of :class:`~retold.projections.keeping.courtesy.Courtesy`, of all of them
                together.
        """
        self._url = url
        self._share = share
        self._modules = tuple(modules)
        self._batch_size = batch_size
        self._on_error: OnError = on_error

    async def run(self, store: EventStore, projection: Projection, build: Build) -> None:
        """Fold the partitions; see :class:`~retold.projections.keeping.rebuild.Workers`."""
        with first_of_a_group():
            async with asyncio.TaskGroup() as group:
                for partition in range(build.partitions):
                    group.create_task(self._fold(store, projection, build, partition))

    async def _fold(
        self, store: EventStore, projection: Projection, build: Build, partition: int
    ) -> None:
        arguments = [
            store.tenant,
            projection.name,
            str(projection.version),
            str(build.build),
            str(partition),
            str(self._batch_size),
            self._on_error,
            "" if self._share is None else str(self._share),
            *self._modules,
        ]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            __name__,
            *arguments,
            env={**os.environ, _url_variable: self._url},
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            # Its end of the pipe closes when this process dies, and it ends with it.
            assert process.stderr is not None  # noqa: S101 - for the type checker: asked for above
            said = (await process.stderr.read()).decode(errors="replace")
            code = await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if code == 0:
            return
        async with store.connection() as connection:
            known = await kept(connection, store.tenant, projection.name)
        failure = known.builds[build.build].failure if build.build in known.builds else None
        if failure is not None:
            raise ProjectionFailed(
                projection.name, failure.stream, failure.version, failure.type, failure.reason
            )
        last = (said.strip().splitlines() or [f"exit code {code}"])[-1]
        raise RebuildRefused(projection.name, f"the worker of partition {partition} ended: {last}")


async def _work(arguments: Sequence[str]) -> None:
    tenant, name, version, number, partition, batch_size, on_error, share, *modules = arguments
    projection = registry_of(modules).get(name, int(version))
    url = os.environ.pop(_url_variable)
    async with await open_store(url, tenant=tenant, create=False) as store:
        async with store.connection() as connection:
            known = await kept(connection, tenant, name)
        build = known.builds.get(int(number))
        if build is None:
            raise RebuildRefused(name, f"there is no build {number} any more")
        by = InProcess(
            batch_size=int(batch_size),
            on_error="park" if on_error == "park" else "stop",
            courtesy=Courtesy(share=float(share) if share else None).shared_by(build.partitions),
        )
        folding = asyncio.create_task(by.fold(store, projection, build, int(partition)))
        orphaned = asyncio.create_task(_orphaned())
        await asyncio.wait({folding, orphaned}, return_when=asyncio.FIRST_COMPLETED)
        ended = folding.done()
        for task in (folding, orphaned):
            task.cancel()
        await asyncio.wait({folding, orphaned})
        if not ended:
            raise RebuildRefused(name, "who started this worker is gone; what it folded is kept")
        folding.result()


async def _orphaned() -> None:
    """Wait until the process that started this one is gone, and with it its end of the pipe."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    await reader.read()


def main() -> None:
    """Fold a partition; the command line says which."""
    try:
        asyncio.run(_work(sys.argv[1:]))
    except RetoldError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()

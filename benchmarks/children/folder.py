"""A process that folds a log and writes nothing: ``folder URL PROJECTION``."""

from __future__ import annotations

import asyncio
import gc
import sys
import time

from benchmarks.child import report, wait_for_start
from benchmarks.log import open_log
from retold.projections.keeping.folding import default_batch
from retold.projections.rows import Rows
from retold.projections.shipped import shipped

rows_kept = 5_000


async def main(url: str, name: str) -> None:
    """Read and fold, and report how many events there were and how long it took.

    Rows are let go as a rebuild lets them go, and it stays off the clock.
    """
    projection = shipped.get(name)
    selection = projection.selection()
    rows = Rows()
    count, seconds, after = 0, 0.0, None
    async with await open_log(url) as store:
        wait_for_start()
        # As in a rebuild: a collector that walks through pages finds no cycles.
        gc.disable()
        while True:
            begin = time.perf_counter()
            page = await store.page(after, selection, default_batch)
            for event in page:
                projection.fold(rows, event)
            seconds += time.perf_counter() - begin
            count += len(page)
            if len(page) < default_batch:
                break
            after = store.cursor_of(page[-1])
            rows.missing(projection.needed(page))
            rows.settle(rows_kept)
            gc.collect()
    report({"events": count, "seconds": seconds})


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))

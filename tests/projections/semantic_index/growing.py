"""A process that adds, removes, saves and asks at once while the index grows through its forms.

It ends with what it found wrong, as JSON; a crash of the process is found by who started it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import threading
from pathlib import Path

from retold.projections.semantic_index import IndexSettings, SemanticIndex
from tests.projections.semantic_index.vectors import MadeLog, clustered, expired

grows_early = IndexSettings(exact_up_to=100, most_beside=16, slice_size=4)
log_of = "0123abcd/default"
# Entries live so long, counted in entries added since; those asked for are younger.
lifetime = 90
young = 40


class Growing:
    """An index, one thread that writes to it as a fold does, and many who ask."""

    def __init__(self, count: int) -> None:
        self.vectors = clustered(count, dimension=32)
        self.index = SemanticIndex(grows_early)
        self.log = MadeLog()
        self.added = 0
        self.done = threading.Event()
        self.asked = self.misses = self.wrong = 0

    def write(self) -> None:
        """Add all; two of three are removed after a while, so there is much to build anew."""
        try:
            for number, vector in enumerate(self.vectors):
                events = self.log.add_entry(number, vector)
                gone = number - lifetime
                if gone >= 0 and gone % 3:
                    events += self.log.add(f"k{gone}", expired(f"e{gone}"))
                for event in events:
                    self.index.apply(event)
                self.added = number + 1
        finally:
            self.done.set()

    async def ask(self, turn: int) -> None:
        """Ask for entries that are there."""
        while not self.done.is_set():
            turn += 1
            number = self.added - 1 - turn % young
            if number >= 0:
                found = await self.index.nearest("p", self.vectors[number], k=2)
                self.asked += 1
                if self.added - number < lifetime:
                    self.misses += all(one.entry != f"e{number}" for one in found)
                self.wrong += any(not -1.0 <= one.similarity <= 1.0 for one in found)
            await asyncio.sleep(0)

    def ask_in_a_thread(self) -> None:
        """Ask both forms of the partition, without the event loop."""
        while not self.done.is_set():
            partition = self.index._partitions.get("p")
            if partition is not None:
                view = partition.view()
                question = self.vectors[view.total % len(self.vectors)]
                partition.nearest_by_graph(view, question, 3, None)
                partition.nearest_by_matrix(view, question, 3, None)

    async def save(self, folder: Path) -> None:
        """Save it, and load what was saved, over and over."""
        while not self.done.is_set():
            self.index.moved_to("c2.0123abcd.1.0.1")
            await self.index.save(folder, log=log_of)
            loaded = await SemanticIndex.load(folder, log=log_of, settings=grows_early)
            assert loaded.cursor is not None
            loaded.close()

    async def left(self) -> tuple[int, int]:
        """Return how many entries are left, and how many of those are not found."""
        await self.index.settled()
        lost, left = 0, [n for n in range(len(self.vectors)) if f"e{n}" in self.index]
        for number in left:
            (found,) = await self.index.nearest("p", self.vectors[number])
            lost += found.entry != f"e{number}"
        return len(left), lost


async def main(count: int) -> None:
    """Do it all at once, and say what came of it."""
    growing = Growing(count)
    threads = [threading.Thread(target=growing.ask_in_a_thread) for _ in range(2)]
    with tempfile.TemporaryDirectory() as folder:
        for thread in threads:
            thread.start()
        await asyncio.gather(
            asyncio.to_thread(growing.write),
            *(growing.ask(number) for number in range(8)),
            growing.save(Path(folder)),
        )
        for thread in threads:
            thread.join()
    left, lost = await growing.left()
    index = growing.index
    figures = {
        "asked": growing.asked,
        "misses": growing.misses,
        "wrong": growing.wrong,
        "lost": lost,
        "left": left,
        "counted": len(index),
        "failures": index._upkeep.failures,
        "graph": index._partitions["p"].view().graph is not None,
    }
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))

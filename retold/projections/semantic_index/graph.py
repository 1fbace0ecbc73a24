"""An hnswlib index, used so that none of its traps is stepped into.

Established by running hnswlib 0.8.0: to resize it while it is queried crashes the process; a query
beside an add misses vectors that are there; to ask for more than there are raises; ``ef`` is not
saved; labels come back as ``numpy.uint64``; vectors of NaN are taken; a filter written in Python
costs a thousand times the query. So there is one writer, queries never run beside it, more room is
made in a copy, and whoever filters does it to what is found.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import hnswlib
import numpy as np
from numpy.typing import NDArray

from retold.embedding.embedder import Vectors
from retold.projections.semantic_index.settings import IndexSettings

_seed = 100


class Graph:
    """A graph of vectors of length 1, by label. Several may read it, or one write.

    Attributes:
        dimension: of the vectors.
        capacity: how many labels there is room for.
        deleted: labels that are found no more.
    """

    def __init__(
        self,
        dimension: int,
        capacity: int,
        settings: IndexSettings,
        *,
        path: Path | None = None,
        deleted: Sequence[int] = (),
    ) -> None:
        """Make an empty graph, or the one in a file.

        Args:
            dimension: of the vectors.
            capacity: labels to make room for.
            settings: to build it by.
            path: what :meth:`save` wrote, known to be undamaged: hnswlib does not look.
            deleted: labels that were deleted in it.
        """
        self.dimension = dimension
        self._settings = settings
        self._index = hnswlib.Index(space="ip", dim=dimension)
        if path is None:
            self._index.init_index(
                max_elements=capacity,
                M=settings.m,
                ef_construction=settings.ef_construction,
                random_seed=_seed,
            )
        else:
            self._index.load_index(str(path), max_elements=capacity)
        self.capacity = int(self._index.max_elements)
        self.deleted = set(map(int, deleted))
        self._state = threading.Condition()
        self._readers = 0
        self._writing = False
        self._set_ef()

    @property
    def live(self) -> int:
        """How many labels a query may find."""
        return int(self._index.element_count) - len(self.deleted)

    def nearest(self, vector: Vectors, k: int) -> list[int] | None:
        """Return the labels near a vector, not in order.

        Args:
            vector: shape ``(dimension,)``.
            k: how many; fewer come when there are not that many.

        Returns:
            None when it is being written to, or did not find so many: ask another way.
        """
        if not self._begin_read():
            return None
        try:
            wanted = min(k, self.live)
            if wanted < 1:
                return []
            try:
                labels, _ = self._index.knn_query(vector, k=wanted, num_threads=1)
            except RuntimeError:
                # Parts of the graph cannot be reached from where it begins.
                return None
            found: list[int] = labels[0].tolist()
            return found
        finally:
            self._end_read()

    def add(self, vectors: Vectors, labels: NDArray[np.intp] | Sequence[int]) -> None:
        """Add vectors; there has to be room for them.

        Args:
            vectors: of length 1, shape ``(count, dimension)``.
            labels: of them, none of which it has.
        """
        with self._alone():
            self._index.add_items(vectors, np.asarray(labels, dtype=np.int64), num_threads=1)
            self._set_ef()

    def delete(self, labels: Sequence[int]) -> None:
        """Let labels be found no more; those it does not have, or that are deleted, are left."""
        with self._alone():
            for label in map(int, labels):
                if label not in self.deleted:
                    self._index.mark_deleted(label)
                    self.deleted.add(label)

    def grown(self, capacity: int) -> Graph:
        """Return a copy with more room; this one may be queried meanwhile, and not written to."""
        with tempfile.TemporaryDirectory(prefix="retold-index-") as folder:
            path = Path(folder) / "graph"
            self.save(path)
            return Graph(
                self.dimension, capacity, self._settings, path=path, deleted=sorted(self.deleted)
            )

    def save(self, path: Path) -> None:
        """Write it to a file; within :meth:`reading`, or by the one who writes to it."""
        self._index.save_index(str(path))

    def _set_ef(self) -> None:
        # It is not saved with a graph, and a query for one finds none with less than it asks for.
        self._index.set_ef(self._settings.ef_of(int(self._index.element_count)))

    def _begin_read(self) -> bool:
        with self._state:
            if self._writing:
                return False
            self._readers += 1
            return True

    def _end_read(self) -> None:
        with self._state:
            self._readers -= 1
            if not self._readers:
                self._state.notify_all()

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Wait for whoever writes to it, and keep others from writing; for what is long."""
        with self._state:
            self._state.wait_for(lambda: not self._writing)
            self._readers += 1
        try:
            yield
        finally:
            self._end_read()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._state:
            self._state.wait_for(lambda: not self._writing)
            # From here on nobody begins to read; those who do are waited for.
            self._writing = True
            self._state.wait_for(lambda: not self._readers)
        try:
            yield
        finally:
            with self._state:
                self._writing = False
                self._state.notify_all()

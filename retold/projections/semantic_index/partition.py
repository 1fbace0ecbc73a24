"""The vectors of a partition: a matrix that is always right, and a graph once there are many.

The matrix has every vector, so an answer can always be had by comparing them all. The graph is a
faster way to most of them: what it lacks yet is compared one by one beside it, and while it is
written to, the matrix answers alone. What is found is ranked by the matrix in both forms.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from retold.embedding.embedder import Vectors
from retold.errors import WrongDimension
from retold.projections.semantic_index.graph import Graph
from retold.projections.semantic_index.neighbour import Neighbour
from retold.projections.semantic_index.search import View, best_rows, ranked
from retold.projections.semantic_index.settings import IndexSettings
from retold.projections.semantic_index.vector_row import VectorRow

ItemT = TypeVar("ItemT", bound=np.generic)

_first_capacity = 64
# Rows found beyond those asked for: the graph's 32-bit distances order near ties by chance.
_spare = 8
# Numbers to multiply in a search that still may be done on the event loop: 0.5 ms or so.
most_numbers_inline = 4_000_000
# Deleted rows that the graph was not told of yet; beyond, too many of its answers are dropped.
_most_dead_in_graph = 64


@dataclass(slots=True, kw_only=True)
class SavedPartition:
    """What is kept of a partition.

    Attributes:
        rows: whose the vectors are, in their places; when there is a graph, also of those that were
            removed, as its labels count them.
        vectors: of the rows.
        contexts: likewise; None when none of them has one.
        dead: rows that were removed.
        in_graph: rows, from the first, that the graph was given.
        deleted: those it was told that they were removed.
        untold: those that were removed, and it was not told of yet.
    """

    rows: list[VectorRow]
    vectors: Vectors
    contexts: Vectors | None = None
    dead: list[int] = field(default_factory=list)
    in_graph: int = 0
    deleted: list[int] = field(default_factory=list)
    untold: list[int] = field(default_factory=list)


class PartitionIndex:
    """The vectors of one partition. Its methods may be called in any thread.

    Attributes:
        embedder: name of what made the vectors.
        dimension: of each.
    """

    def __init__(self, embedder: str, dimension: int, settings: IndexSettings) -> None:
        """Begin empty."""
        self.embedder = embedder
        self.dimension = dimension
        self._settings = settings
        self._lock = threading.Lock()
        self._vectors: Vectors = np.empty((_first_capacity, dimension), dtype=np.float32)
        self._contexts: Vectors | None = None
        self._alive = np.zeros(_first_capacity, dtype=np.bool_)
        self._rows: list[VectorRow] = []
        self._live = 0
        self._graph: Graph | None = None
        self._in_graph = 0
        self._dead_in_graph: list[int] = []

    def __len__(self) -> int:
        """Return how many vectors can be found."""
        return self._live

    def view(self) -> View:
        """Return what it holds now."""
        with self._lock:
            return self._view()

    def _view(self) -> View:
        return View(
            self._vectors,
            self._contexts,
            self._alive,
            self._rows,
            len(self._rows),
            self._live,
            self._graph,
            self._in_graph,
            len(self._dead_in_graph),
        )

    # Writing: by the fold -----------------------------------------------------------------------

    def add(self, row: VectorRow, vector: Vectors, context: Vectors | None) -> None:
        """Add a vector; it can be found at once.

        Args:
            row: whose it is; its place is set.
            vector: of length 1.
            context: of what was said before, of length 1.

        Raises:
            WrongDimension: when one has another dimension than those that are there.
        """
        for one in (vector, context):
            if one is not None and one.shape != (self.dimension,):
                raise WrongDimension(self.embedder, (self.dimension,), one.shape)
        with self._lock:
            place = len(self._rows)
            self._reserve(place + 1)
            self._vectors[place] = vector
            if context is not None:
                if self._contexts is None:
                    self._contexts = np.zeros_like(self._vectors)
                self._contexts[place] = context
            row.row = place
            self._alive[place] = True
            self._rows.append(row)
            self._live += 1

    def remove(self, row: VectorRow) -> None:
        """Let a vector be found no more; again is a no-op."""
        with self._lock:
            if self._alive[row.row]:
                self._alive[row.row] = False
                self._live -= 1
                if row.row < self._in_graph:
                    self._dead_in_graph.append(row.row)

    def _reserve(self, count: int) -> None:
        capacity = len(self._alive)
        if count <= capacity:
            return
        capacity = max(count, 2 * capacity)
        # A copy: whoever searches the old one goes on with it.
        self._vectors = _grown(self._vectors, capacity)
        self._alive = _grown(self._alive, capacity)
        if self._contexts is not None:
            self._contexts = _grown(self._contexts, capacity)

    # Keeping it in files ------------------------------------------------------------------------

    def saved(self, graph_path: Path) -> SavedPartition:
        """Return what has to be kept of it, and write the graph, when there is one, to a file."""
        while True:
            graph = self.view().graph
            if graph is None:
                saved = self._saved(None)
                if saved is not None:
                    return saved
                continue
            with graph.reading():
                # Nothing is added to the graph now, so all that is in it is in the matrix.
                saved = self._saved(graph)
                if saved is not None:
                    graph.save(graph_path)
                    return saved

    def _saved(self, graph: Graph | None) -> SavedPartition | None:
        """Return what has to be kept beside a graph; None when it has another one by now."""
        with self._lock:
            view = self._view()
            if view.graph is not graph:
                return None
            alive = view.alive[: view.total].copy()
            untold = list(self._dead_in_graph)
        if graph is None:
            kept = np.flatnonzero(alive)
            return SavedPartition(
                rows=[view.rows[place] for place in kept.tolist()],
                vectors=view.vectors[kept],
                contexts=None if view.contexts is None else view.contexts[kept],
            )
        return SavedPartition(
            rows=view.rows[: view.total],
            vectors=view.vectors[: view.total],
            contexts=None if view.contexts is None else view.contexts[: view.total],
            dead=np.flatnonzero(~alive).tolist(),
            in_graph=view.in_graph,
            deleted=sorted(graph.deleted),
            untold=untold,
        )

    def restore(self, saved: SavedPartition, graph_path: Path | None) -> None:
        """Take what was kept; it has to be empty.

        Args:
            saved: as :meth:`saved` returned it.
            graph_path: where it wrote the graph, known to be undamaged; None when there is none.
        """
        count = len(saved.rows)
        self._vectors, self._contexts = saved.vectors, saved.contexts
        self._alive = np.ones(count, dtype=np.bool_)
        self._alive[saved.dead] = False
        self._rows = saved.rows
        self._live = count - len(saved.dead)
        if graph_path is not None:
            capacity = max(count, 1)
            self._graph = Graph(
                self.dimension, capacity, self._settings, path=graph_path, deleted=saved.deleted
            )
            self._in_graph = saved.in_graph
            self._dead_in_graph = saved.untold

    def live_rows(self) -> list[VectorRow]:
        """Return the rows that can be found."""
        with self._lock:
            if self._live == len(self._rows):
                return list(self._rows)
            alive = np.flatnonzero(self._alive[: len(self._rows)])
            return [self._rows[place] for place in alive.tolist()]

    # Searching ----------------------------------------------------------------------------------

    def is_long(self, view: View, *, by_graph: bool) -> bool:
        """Return whether a search would take so long that it belongs in a thread.

        Args:
            view: what is searched.
            by_graph: only what waits beside the graph is compared, when there is one.
        """
        compared = view.total - (view.in_graph if by_graph else 0)
        return compared * self.dimension > most_numbers_inline

    def nearest_by_graph(
        self, view: View, vector: Vectors, k: int, context: Vectors | None
    ) -> list[Neighbour] | None:
        """Return the nearest by the graph; None when it has to be the matrix that is asked."""
        graph, dead = view.graph, view.dead_in_graph
        if graph is None or dead > _most_dead_in_graph:
            return None
        labels = graph.nearest(vector, k + _spare + dead)
        if labels is None:
            return None
        found = np.array(labels, dtype=np.intp)
        # What is being added is in the graph, and still counts as beside it.
        found = found[found < view.in_graph]
        found = found[view.alive[found]]
        if view.total > view.in_graph:
            beside = best_rows(view, vector, k, view.in_graph)
            found = np.concatenate([found, beside])
        if len(found) < min(k, view.live):
            return None
        return ranked(view, found, vector, k, context)

    def nearest_by_matrix(
        self, view: View, vector: Vectors, k: int, context: Vectors | None
    ) -> list[Neighbour]:
        """Return the nearest by comparing all."""
        return ranked(view, best_rows(view, vector, k, 0), vector, k, context)

    # Keeping the graph: by one thread at a time -------------------------------------------------

    def maintain(self, stopped: Callable[[], bool]) -> bool:
        """Do the next piece of work on the graph, or on what was deleted.

        Args:
            stopped: asked between pieces; what was begun is left then.

        Returns:
            Whether there may be more to do.
        """
        view = self.view()
        settings = self._settings
        deleted = view.total - view.live
        has_graph = view.graph is not None
        if deleted > max(_first_capacity, settings.most_deleted * view.total) or (
            view.live > settings.exact_up_to and not has_graph
        ):
            return self._build_aside(view, stopped)
        if view.graph is not None and view.total - view.in_graph > settings.most_beside:
            return self._add_beside(view, view.graph, stopped)
        if view.graph is not None and view.dead_in_graph:
            self._delete_in_graph(view.graph)
        return False

    def needs_work(self) -> bool:
        """Return whether :meth:`maintain` would do something; cheap."""
        count, live, settings = len(self._rows), self._live, self._settings
        if count - live > max(_first_capacity, settings.most_deleted * count):
            return True
        if self._graph is None:
            return live > settings.exact_up_to
        beside, dead = count - self._in_graph, len(self._dead_in_graph)
        return beside > settings.most_beside or 2 * dead > _most_dead_in_graph

    def _build_aside(self, view: View, stopped: Callable[[], bool]) -> bool:
        """Build all anew from what is alive, and take it over with what came meanwhile."""
        kept = np.flatnonzero(view.alive[: view.total])
        capacity = max(_first_capacity, 2 * len(kept))
        vectors = np.empty((capacity, self.dimension), dtype=np.float32)
        vectors[: len(kept)] = view.vectors[kept]
        contexts = None
        if view.contexts is not None:
            contexts = np.zeros_like(vectors)
            contexts[: len(kept)] = view.contexts[kept]
        graph = None
        if len(kept) > self._settings.exact_up_to:
            graph = Graph(self.dimension, capacity, self._settings)
            step = max(self._settings.slice_size, 256)
            for start in range(0, len(kept), step):
                if stopped():
                    return False
                end = min(start + step, len(kept))
                graph.add(vectors[start:end], np.arange(start, end))
        with self._lock:
            self._take_over(kept, view.total, vectors, contexts, graph)
        return True

    def _take_over(
        self,
        kept: NDArray[np.intp],
        count: int,
        vectors: Vectors,
        contexts: Vectors | None,
        graph: Graph | None,
    ) -> None:
        old_vectors, old_contexts, old_alive = self._vectors, self._contexts, self._alive
        later = count + np.flatnonzero(old_alive[count : len(self._rows)])
        places = np.concatenate([kept, later])
        rows = [self._rows[place] for place in places.tolist()]
        if len(rows) > len(vectors):
            vectors = _grown(vectors, 2 * len(rows))
            contexts = None if contexts is None else _grown(contexts, 2 * len(rows))
        if contexts is None and old_contexts is not None:
            contexts = np.zeros_like(vectors)
        vectors[len(kept) : len(rows)] = old_vectors[later]
        if contexts is not None and old_contexts is not None:
            contexts[len(kept) : len(rows)] = old_contexts[later]
        alive = np.zeros(len(vectors), dtype=np.bool_)
        alive[: len(rows)] = old_alive[places]
        for place, row in enumerate(rows):
            row.row = place
        # Those that were removed while it was built.
        gone = np.flatnonzero(~alive[: len(kept)]).tolist()
        self._vectors, self._contexts, self._alive = vectors, contexts, alive
        self._rows = rows
        self._graph = graph
        self._in_graph = 0 if graph is None else len(kept)
        self._dead_in_graph = [] if graph is None else gone

    def _add_beside(self, view: View, graph: Graph, stopped: Callable[[], bool]) -> bool:
        """Add to the graph what waits beside it, a few at a time."""
        if view.total > graph.capacity:
            graph = graph.grown(max(view.total, 2 * graph.capacity))
            with self._lock:
                self._graph = graph
        start = view.in_graph
        while start < view.total:
            if stopped():
                return False
            end = min(start + self._settings.slice_size, view.total)
            wanted = start + np.flatnonzero(view.alive[start:end])
            if len(wanted):
                graph.add(view.vectors[wanted], wanted)
            with self._lock:
                self._in_graph = end
                # Those that were removed while they were added.
                self._dead_in_graph += wanted[~self._alive[wanted]].tolist()
            start = end
        return True

    def _delete_in_graph(self, graph: Graph) -> None:
        with self._lock:
            dead = list(self._dead_in_graph)
        graph.delete(dead)
        with self._lock:
            del self._dead_in_graph[: len(dead)]


def _grown(array: NDArray[ItemT], capacity: int) -> NDArray[ItemT]:
    grown = np.zeros((capacity, *array.shape[1:]), dtype=array.dtype)
    grown[: len(array)] = array
    return grown

"""The traps of hnswlib 0.8.0, each as it was found, and that the graph steps into none."""

from __future__ import annotations

import threading
from pathlib import Path

import hnswlib
import numpy as np
import pytest

from retold.projections.semantic_index.graph import Graph
from retold.projections.semantic_index.partition import PartitionIndex
from retold.projections.semantic_index.settings import IndexSettings
from retold.projections.semantic_index.vector_row import VectorRow
from tests.projections.semantic_index.vectors import (
    MadeLog,
    clustered,
    embedded,
    embedder,
    folded,
    tiny,
)

settings = IndexSettings(ef=37)
never = threading.Event().is_set


def made(count: int, capacity: int | None = None) -> Graph:
    graph = Graph(16, capacity or count, settings)
    graph.add(clustered(count), range(count))
    return graph


def test_ef_is_set_again_after_loading(tmp_path: Path) -> None:
    graph = made(50)
    graph.save(tmp_path / "graph")
    bare = hnswlib.Index(space="ip", dim=16)
    bare.load_index(str(tmp_path / "graph"))
    assert bare.ef != 37  # the trap
    loaded = Graph(16, 50, settings, path=tmp_path / "graph")
    assert loaded._index.ef == graph._index.ef == 37


def test_ef_grows_with_the_graph() -> None:
    small = IndexSettings(exact_up_to=10, ef=8)
    graph = Graph(16, 400, small)
    vectors = clustered(400)
    seen = []
    for start in (0, 10, 40):
        graph.add(vectors[start : 4 * start or 10], np.arange(start, 4 * start or 10))
        seen.append(graph._index.ef)
    assert seen == [8, 16, 32]
    assert IndexSettings().ef_of(1_000) == IndexSettings().ef_of(10_000) == 64
    assert 200 <= IndexSettings().ef_of(100_000) <= 260


def test_more_is_asked_for_than_there_are() -> None:
    graph = made(5, capacity=20)
    with pytest.raises(RuntimeError):
        graph._index.knn_query(clustered(1)[0], k=6)  # the trap
    assert sorted(graph.nearest(clustered(1)[0], 6) or ()) == [0, 1, 2, 3, 4]
    graph.delete([0, 1, 2, 0])
    assert graph.live == 2
    assert sorted(graph.nearest(clustered(1)[0], 6) or ()) == [3, 4]
    graph.delete([3, 4])
    assert graph.nearest(clustered(1)[0], 6) == []


def test_labels_are_plain_integers() -> None:
    graph = made(5)
    labels, _ = graph._index.knn_query(clustered(1)[0], k=1)
    assert isinstance(labels[0][0], np.uint64)  # the trap
    found = graph.nearest(clustered(1)[0], 3)
    assert found is not None
    assert {type(label) for label in found} == {int}


def test_vectors_of_nan_never_get_in() -> None:
    bare = hnswlib.Index(space="ip", dim=4)
    bare.init_index(max_elements=1)
    bare.add_items(np.full((1, 4), np.nan, dtype=np.float32))  # the trap: it is taken
    log = MadeLog()
    log.add("k", embedded("e", np.full(16, np.nan, dtype=np.float32)))
    log.add("l", embedded("f", np.zeros(16, dtype=np.float32)))
    index = folded(log.events, tiny)
    assert (len(index), index.refused) == (0, 2)


def test_more_room_is_made_in_a_copy() -> None:
    graph = made(30)
    graph.delete([4, 9])
    with pytest.raises(RuntimeError, match="exceeds the specified limit"):
        graph.add(clustered(1), [30])
    larger = graph.grown(80)
    assert larger._index is not graph._index
    assert (graph.capacity, larger.capacity) == (30, 80)
    assert larger.live == graph.live == 28
    assert larger.deleted == {4, 9}
    more = clustered(80)
    larger.add(more[30:], range(30, 80))
    for place in (0, 29, 30, 79):
        assert place in (larger.nearest(more[place], 3) or ()) or place < 30
    assert graph.live == 28


def test_queries_take_another_way_while_it_is_written_to() -> None:
    graph = made(30, capacity=31)
    question = clustered(1)[0]
    with graph._alone():
        assert graph.nearest(question, 1) is None
    assert graph.nearest(question, 1) is not None


def test_a_writer_waits_for_readers_and_lets_no_more_in() -> None:
    graph = made(30, capacity=31)
    question = clustered(1)[0]
    writer = threading.Thread(target=graph.add, args=(clustered(1), [30]))
    with graph.reading():
        writer.start()
        with graph._state:
            assert graph._state.wait_for(lambda: graph._writing, timeout=10)
        assert graph.nearest(question, 1) is None
        assert graph.live == 30
    writer.join(10)
    assert graph.live == 31


def test_a_graph_that_does_not_find_enough_leaves_it_to_the_matrix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    graph = made(30)

    class Unreachable:
        element_count = 30

        def knn_query(self, *_: object, **__: object) -> object:
            raise RuntimeError("Cannot return the results in a contiguous 2D array.")

    monkeypatch.setattr(graph, "_index", Unreachable())
    assert graph.nearest(clustered(1)[0], 3) is None


def partition_of(count: int, made_with: IndexSettings) -> tuple[PartitionIndex, list[VectorRow]]:
    partition = PartitionIndex(embedder, 16, made_with)
    rows = [VectorRow(f"e{number}", f"k{number}", f"k{number}", 1, 0) for number in range(count)]
    for row, vector in zip(rows, clustered(count), strict=True):
        partition.add(row, vector, None)
    return partition, rows


def keep_up(partition: PartitionIndex) -> None:
    while partition.maintain(never):
        pass


def test_a_third_of_deleted_vectors_are_built_out_of_it() -> None:
    partition, rows = partition_of(300, IndexSettings(exact_up_to=100))
    keep_up(partition)
    before = partition.view()
    assert before.graph is not None
    assert before.graph.live == 300
    for row in rows[:90]:
        partition.remove(row)
        partition.remove(row)
    keep_up(partition)
    at_limit = partition.view()
    assert (at_limit.graph, at_limit.total, at_limit.live) == (before.graph, 300, 210)
    assert before.graph.live == 210  # told, and not built anew yet
    partition.remove(rows[90])
    assert partition.needs_work()
    keep_up(partition)
    after = partition.view()
    assert after.graph is not None
    assert after.graph is not before.graph
    assert (after.total, after.live, after.graph.live) == (209, 209, 209)
    assert [row.entry for row in after.rows] == [f"e{number}" for number in range(91, 300)]
    assert [row.row for row in after.rows] == list(range(209))
    # With so few that comparing them is faster, there is no graph any more.
    for row in rows[91:220]:
        partition.remove(row)
    keep_up(partition)
    assert partition.view().graph is None
    assert len(partition) == partition.view().total == 80


def test_what_happens_while_it_is_built_aside_is_in_it() -> None:
    partition, rows = partition_of(300, IndexSettings(exact_up_to=100, most_beside=1_000))
    more = clustered(400, seed=9)
    steps = iter(range(100))

    def meanwhile() -> bool:
        if next(steps) == 1:
            partition.remove(rows[3])
            partition.remove(rows[299])
            for number in range(300, 700):
                row = VectorRow(f"e{number}", f"k{number}", f"k{number}", 1, 0)
                partition.add(row, more[number - 300], None)
                rows.append(row)
            partition.remove(rows[500])
        return False

    assert partition.maintain(meanwhile)
    view = partition.view()
    assert view.graph is not None
    assert (view.total, view.live, view.in_graph) == (699, 697, 300)
    for number in (0, 3, 299, 300, 500, 699):
        question = clustered(300)[number] if number < 300 else more[number - 300]
        found = partition.nearest_by_graph(view, question, 5, None)
        assert found == partition.nearest_by_matrix(view, question, 5, None)
        assert found is not None
        assert (f"e{number}" in {one.entry for one in found}) is (number not in {3, 299, 500})


def test_work_that_is_stopped_leaves_the_answers_as_they_are() -> None:
    partition, _ = partition_of(300, IndexSettings(exact_up_to=100, most_beside=10, slice_size=8))
    assert not partition.maintain(lambda: True)
    assert partition.view().graph is None
    keep_up(partition)
    more = clustered(30, seed=3)
    for number, vector in enumerate(more):
        partition.add(VectorRow(f"m{number}", "k", "k", 1, 0), vector, None)
    steps = iter([False, False, True])
    assert not partition.maintain(lambda: next(steps))
    view = partition.view()
    assert view.in_graph == 316
    for number, vector in enumerate(more):
        found = partition.nearest_by_graph(view, vector, 1, None)
        assert found is not None
        assert found[0].entry == f"m{number}"

"""The same operations on AG2's own stores and on ours give the same, whatever they are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from ag2.knowledge import KnowledgeStore as Protocol, MemoryKnowledgeStore, SqliteKnowledgeStore
from hypothesis import HealthCheck, given, settings, strategies as st

from retold.agents.knowledge import KnowledgeStore
from retold.store import EventStore, open_store
from tests.examples import share

# Few of them, so that files and folders meet; with what a pattern would take for more.
names = st.sampled_from(["a", "b", "A", "a_", "a%", "ab", "ü", "a.b", "0", "a b"])
paths = st.builds(
    lambda parts, lead, tail, joint: lead + joint.join(parts) + tail,
    st.lists(names, min_size=1, max_size=3),
    st.sampled_from(["/", "", "//"]),
    st.sampled_from(["", "/", "//"]),
    st.sampled_from(["/", "//"]),
)
folders = st.one_of(paths, st.sampled_from(["/", "", "//"]))
contents = st.one_of(st.text(max_size=20), st.sampled_from(["", "x" * 5_000, "é" * 2_000]))
bounds = st.integers(min_value=0, max_value=40)
operations = st.one_of(
    st.tuples(st.just("write"), paths, contents),
    st.tuples(st.just("append"), paths, contents),
    st.tuples(st.just("append"), paths, contents),
    st.tuples(st.just("read"), folders),
    st.tuples(st.just("list"), folders),
    st.tuples(st.just("exists"), folders),
    st.tuples(st.just("delete"), folders),
    st.tuples(st.just("read_range"), paths, bounds, st.one_of(st.none(), bounds)),
)


async def _outcome(store: Protocol, operation: tuple[Any, ...]) -> Any:
    name, *arguments = operation
    call: Callable[..., Awaitable[Any]] = getattr(store, name)
    try:
        return await call(*arguments)
    except ValueError:
        # Within a character: AG2's stores raise UnicodeDecodeError, ours an error that says so.
        return ValueError


async def _compare(theirs: Protocol, ours: Protocol, steps: list[tuple[Any, ...]]) -> None:
    for step in steps:
        assert await _outcome(ours, step) == await _outcome(theirs, step), step
    for folder in ("/", "/a", "/ü/a"):
        assert await ours.list(folder) == await theirs.list(folder)


@pytest.mark.parametrize("other", ["memory", "sqlite"])
def test_it_does_what_ag2s_own_stores_do(other: str, tmp_path: Path) -> None:
    async def run(steps: list[tuple[Any, ...]], number: int) -> None:
        async with await open_store(f"sqlite:///{tmp_path / 'log.db'}") as store:
            ours = KnowledgeStore(store, f"store-{number}")
            if other == "memory":
                await _compare(MemoryKnowledgeStore(), ours, steps)
                return
            theirs = SqliteKnowledgeStore(tmp_path / f"{number}.db")
            try:
                await _compare(theirs, ours, steps)
            finally:
                theirs.close()

    count = iter(range(1_000_000))

    @settings(
        max_examples=share(30),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(st.lists(operations, max_size=25))
    def compare(steps: list[tuple[Any, ...]]) -> None:
        asyncio.run(run(steps, next(count)))

    compare()


async def test_a_fixed_run_gives_the_same_on_each_database(store: EventStore) -> None:
    steps: list[tuple[Any, ...]] = [
        ("append", "/a/b", "é" * 2_000),
        ("append", "a//b/", "x" * 5_000),
        ("write", "/a/b/c", "beneath a file"),
        ("append", "/a/b", "more"),
        ("list", "/a"),
        ("list", "/a/b"),
        ("read_range", "/a/b", 3_998, 4_010),
        ("read_range", "/a/b", 8_999, None),
        ("read_range", "/a/b", 1, 2),
        ("read_range", "/a/b", 7, 3),
        ("write", "/a_", "x"),
        ("delete", "/a_"),
        ("delete", "/a/b"),
        ("exists", "/a"),
        ("append", "/a/b", "anew"),
        ("read", "/a/b"),
    ]
    await _compare(MemoryKnowledgeStore(), KnowledgeStore(store, "fixed"), steps)

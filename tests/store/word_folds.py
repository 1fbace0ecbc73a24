"""A fold of words, with and without snapshots, for the tests of snapshots."""

from __future__ import annotations

from typing import Any, TypeAlias

from retold.domain.fold import Fold
from retold.domain.recorded import JsonObject, RecordedEvent
from retold.store import EventStore
from retold.store.codec.values import dumps
from retold.store.stream_folds import Folded
from tests.store.events import read
from tests.store.raw import Raw

Words: TypeAlias = dict[str, Any]


def evolve(state: Words, event: RecordedEvent) -> Words:
    """Take in a word; it changes the state it is given, as a fold may."""
    state["words"].append([event.version, event.data["text"]])
    state["chain"] = hash_of(state["chain"], event.data["text"])
    return state


def hash_of(before: int, text: str) -> int:
    """Return a number that depends on all texts and their order."""
    return (before * 31 + sum(text.encode()) + 1) % 1_000_003


def decode(data: JsonObject) -> Words:
    """Return the state; raise when it is none."""
    return {"words": data["words"], "chain": data["chain"]}


words: Fold[Words] = Fold(
    "words", lambda: {"words": [], "chain": 0}, evolve, lambda state: state, decode
)
changed: Fold[Words] = Fold(
    "words", lambda: {"words": [], "chain": 1}, evolve, lambda state: state, decode
)


async def by_hand(store: EventStore, stream: str, to_version: int | None = None) -> bytes:
    """Return, as bytes, what a stream adds up to without any snapshot."""
    state = words.initial()
    for event in await read(store, stream, to_version=to_version):
        state = evolve(state, event)
    return dumps(state)


async def folded(store: EventStore, stream: str, **options: Any) -> Folded[Words]:
    """Fold, and see that the result is the one by hand."""
    found = await store.fold(stream, words, **options)
    assert dumps(found.state) == await by_hand(store, stream, options.get("to_version"))
    return found


async def snapshots_in(url: str) -> list[tuple[str, str, int]]:
    """Return stream, fold and version of the snapshots there are."""
    return await Raw(url).fetch(
        "SELECT stream, fold, version FROM snapshots ORDER BY stream, fold, version"
    )

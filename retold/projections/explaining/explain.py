"""Which event last wrote a piece of a state, what led to it, and what else it led to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from retold.domain.fold import Fold
from retold.domain.recorded import RecordedEvent
from retold.domain.state_path import StatePath, missing, names_below, same
from retold.errors import NothingByThen, PathNotFound
from retold.projections.explaining.edges import Edge, Edges, default_edges, edges_of
from retold.projections.models.as_of import Clock, Moment
from retold.store.log import EventStore

StateT = TypeVar("StateT")


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a piece of a state is what it is.

    Attributes:
        path: to the piece, in the state.
        value: what is there; None also when nothing is.
        present: False when nothing is there any more.
        version: the last version that was taken in.
        event: the event after which the piece was last what it is, and before which it was not;
            None when it is as the state begins, before any event.
        causes: what led to that event, the recorded cause first.
        effects: what else it led to.
        causes_cut: whether there are more causes than were asked for.
        effects_cut: whether there are more effects than were asked for.
    """

    path: str
    value: object
    present: bool
    version: int
    event: RecordedEvent | None
    causes: tuple[Edge, ...]
    effects: tuple[Edge, ...]
    causes_cut: bool
    effects_cut: bool


async def explain(
    store: EventStore,
    stream: str,
    fold: Fold[StateT],
    path: str | StatePath,
    *,
    at: int | datetime | None = None,
    clock: Clock = "recorded",
    limit: int = default_edges,
) -> Explanation:
    """Say which event last wrote a piece of a state, and what that event is connected with.

    The stream is folded twice: to find what the piece is, then to find from when on it has been
    that. An event that wrote what was there already wrote nothing. Memory holds two states,
    however long the stream is. Effects are all there are, also those after ``at``.

    Args:
        store: the log.
        stream: name of the stream.
        fold: whose state; any fold of the stream.
        path: to the piece, such as ``variables.topic``; empty for the whole state.
        at: as of this version, or this moment, itself included; None for now.
        clock: for a moment: ``recorded`` for when the log took it, ``source`` for when it
            happened.
        limit: causes, and effects, to return at the most.

    Raises:
        InvalidPath: when the path cannot be read.
        NothingByThen: when nothing had happened by then.
        PathNotFound: when nothing was ever there.
        InvalidStreamName, StreamNotFound, StoreError: as of ``store.fold``.
        ValueError: when the limit is below 1.
        Exception: whatever the fold raises.
    """
    path = StatePath.parse(path) if isinstance(path, str) else path
    to_version = at if isinstance(at, int) else None
    moment = Moment(at, clock) if isinstance(at, datetime) else None

    undated = 0

    async def read(last: int | None) -> AsyncIterator[RecordedEvent]:
        nonlocal undated
        undated = 0
        if last is not None and last < 1:
            return
        async for event in store.read_stream(stream, to_version=last):
            included = True if moment is None else moment.includes(event)
            undated += included is None
            if included:
                yield event

    state, version = fold.initial(), 0
    async for event in read(to_version):
        state, version = fold.evolve(state, event), event.version
    if version == 0:
        raise NothingByThen(stream, "now" if at is None else at, undated_events=undated)
    value = path.find(state)
    written = await _last_written(read, version, fold, path, value)
    if value is missing and not written.ever:
        raise _not_found(stream, path, state)
    edges = Edges((), (), causes_cut=False, effects_cut=False)
    if written.by is not None:
        edges = await edges_of(store, stream, written.by, limit=limit)
    return Explanation(
        path=str(path),
        value=None if value is missing else value,
        present=value is not missing,
        version=version,
        event=written.by,
        causes=edges.causes,
        effects=edges.effects,
        causes_cut=edges.causes_cut,
        effects_cut=edges.effects_cut,
    )


@dataclass(slots=True)
class _Written:
    by: RecordedEvent | None
    ever: bool


async def _last_written(
    read: Callable[[int | None], AsyncIterator[RecordedEvent]],
    version: int,
    fold: Fold[StateT],
    path: StatePath,
    value: object,
) -> _Written:
    """Find from which event on a piece has been what it is, and whether it ever was anything."""
    state = fold.initial()
    found = path.find(state)
    is_so = same(found, value)
    written = _Written(None, found is not missing)
    async for event in read(version):
        state = fold.evolve(state, event)
        found = path.find(state)
        was_so, is_so = is_so, same(found, value)
        if is_so and not was_so:
            written.by = event
        written.ever = written.ever or found is not missing
    return written


def _not_found(stream: str, path: StatePath, state: object) -> PathNotFound:
    deepest, names = StatePath(()), names_below(state)
    for length in range(1, len(path.steps)):
        part = StatePath(path.steps[:length])
        found = part.find(state)
        if found is missing:
            break
        deepest, names = part, names_below(found)
    return PathNotFound(str(path), stream, str(deepest), names)

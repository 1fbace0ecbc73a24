"""Snapshots: states of folds, kept so that a fold need not begin at the first event.

They are a cache and no facts: whatever is missing, outdated or damaged is folded anew, and all of
them may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


class SnapshotKey(NamedTuple):
    """Of what there is a snapshot.

    Attributes:
        stream: the stream that holds the version itself, so that forks share what they share.
        fold: name of the fold.
        code_version: of the fold's code.
    """

    stream: str
    fold: str
    code_version: str


class Snapshot(NamedTuple):
    """A state of a fold, as text, after a version of a stream.

    Attributes:
        version: of the last event in the state.
        seal: see :func:`seal_of`.
        state: JSON text.
    """

    version: int
    seal: bytes
    state: str


class SnapshotTable(Protocol):
    """Where the snapshots of one tenant are kept."""

    async def newest(self, key: SnapshotKey, low: int, high: int) -> Snapshot | None:
        """Return the newest snapshot of versions ``low`` to ``high``; None when there is none."""
        ...

    async def keep(self, key: SnapshotKey, snapshot: Snapshot, *, every: int) -> None:
        """Keep a snapshot, unless :func:`kept` drops it, and drop those it makes superfluous.

        Snapshots of the same stream and fold by another code are dropped.
        """
        ...

    async def delete(
        self, *, stream: str | None, fold: str | None, version: int | None = None
    ) -> int:
        """Delete snapshots; return how many.

        Args:
            stream: of this stream; None for all.
            fold: of this fold; None for all.
            version: at this version; None for all.
        """
        ...


def seal_of(key: SnapshotKey, event_digest: bytes, state: str) -> bytes:
    """Return what binds a state to the history and the code that made it.

    The digest of an event chains all events before it, so another history has another digest.

    Args:
        key: of what it is a state.
        event_digest: of the last event in it, 32 bytes.
        state: JSON text.

    Returns:
        SHA-256 over the event's digest, fold, code version and state, each text prefixed by its
        length in 8 bytes, big-endian.
    """
    sealed = hashlib.sha256(event_digest)
    for part in (key.fold, key.code_version, state):
        content = part.encode()
        sealed.update(len(content).to_bytes(8, "big"))
        sealed.update(content)
    return sealed.digest()


def kept(versions: Collection[int], every: int) -> set[int]:
    """Return which versions to keep of those there are snapshots of.

    The newest, and looking back from it, the oldest within each distance of ``every`` to twice,
    twice to four times as many events, and so on. A state as of an old version then takes at most
    as many events to fold as were appended since, and a million events have a dozen snapshots.
    The oldest rather than the newest of each, or none would ever grow old enough for the next.

    Args:
        versions: at least one.
        every: events within which one snapshot is enough.
    """
    newest = max(versions)
    oldest: dict[int, int] = {}
    for version in sorted(versions, reverse=True):
        oldest[((newest - version) // every).bit_length()] = version
    return {newest, *oldest.values()}


class MemorySnapshots:
    """Snapshots of a log that is kept in memory."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: dict[tuple[str, str], tuple[str, dict[int, Snapshot]]] = {}

    async def newest(self, key: SnapshotKey, low: int, high: int) -> Snapshot | None:
        """Return the newest snapshot of a range of versions."""
        code_version, held = self._kept.get((key.stream, key.fold), ("", {}))
        versions = [version for version in held if low <= version <= high]
        return held[max(versions)] if versions and code_version == key.code_version else None

    async def keep(self, key: SnapshotKey, snapshot: Snapshot, *, every: int) -> None:
        """Keep a snapshot."""
        code_version, held = self._kept.get((key.stream, key.fold), ("", {}))
        if code_version != key.code_version:
            held = {}
        held = {**held, snapshot.version: snapshot}
        left = {version: held[version] for version in sorted(kept(held, every))}
        self._kept[key.stream, key.fold] = (key.code_version, left)

    async def delete(
        self, *, stream: str | None, fold: str | None, version: int | None = None
    ) -> int:
        """Delete snapshots."""
        count = 0
        for (of_stream, of_fold), (_, held) in self._kept.items():
            if stream in {None, of_stream} and fold in {None, of_fold}:
                for one in [one for one in held if version in {None, one}]:
                    del held[one]
                    count += 1
        return count


class Connections(Protocol):
    """A log in a SQL database; see :class:`~retold.store.log.EventStore`."""

    tenant: str

    def connection(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Give a connection for reading."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """Give a write transaction."""
        ...


_newest = """
SELECT version, digest, state FROM snapshots
WHERE tenant = :tenant AND stream = :stream AND fold = :fold AND code_version = :code_version
  AND version BETWEEN :low AND :high
ORDER BY version DESC LIMIT 1
"""
_delete_other_code = """
DELETE FROM snapshots
WHERE tenant = :tenant AND stream = :stream AND fold = :fold AND code_version <> :code_version
"""
_versions = """
SELECT version FROM snapshots WHERE tenant = :tenant AND stream = :stream AND fold = :fold
"""
_keep = """
INSERT INTO snapshots (tenant, stream, fold, version, code_version, digest, state, taken_at)
VALUES (:tenant, :stream, :fold, :version, :code_version, :digest, :state, :taken_at)
ON CONFLICT (tenant, stream, fold, version) DO UPDATE
SET code_version = excluded.code_version, digest = excluded.digest, state = excluded.state,
    taken_at = excluded.taken_at
"""
_delete = "DELETE FROM snapshots WHERE tenant = :tenant"


class SqlSnapshots:
    """Snapshots in the table ``snapshots`` beside the log."""

    def __init__(self, store: Connections) -> None:
        """Store the log whose database keeps them."""
        self._store = store

    async def newest(self, key: SnapshotKey, low: int, high: int) -> Snapshot | None:
        """Return the newest snapshot of a range of versions."""
        values = {**self._values(key), "low": low, "high": high}
        async with self._store.connection() as connection:
            row = (await connection.execute(text(_newest), values)).one_or_none()
        return None if row is None else Snapshot(row[0], bytes(row[1]), row[2])

    async def keep(self, key: SnapshotKey, snapshot: Snapshot, *, every: int) -> None:
        """Keep a snapshot, in one transaction with what is dropped."""
        values = self._values(key)
        place = {name: values[name] for name in ("tenant", "stream", "fold")}
        async with self._store.transaction() as connection:
            await connection.execute(text(_delete_other_code), values)
            found = await connection.execute(text(_versions), place)
            versions = {*found.scalars(), snapshot.version}
            left = kept(versions, every)
            if snapshot.version in left:
                row = {
                    **values,
                    "version": snapshot.version,
                    "digest": snapshot.seal,
                    "state": snapshot.state,
                    "taken_at": time.time_ns() // 1_000,
                }
                await connection.execute(text(_keep), row)
            dropped = [{**place, "version": version} for version in sorted(versions - left)]
            if dropped:
                statement = (
                    f"{_delete} AND stream = :stream AND fold = :fold AND version = :version"
                )
                await connection.execute(text(statement), dropped)

    async def delete(
        self, *, stream: str | None, fold: str | None, version: int | None = None
    ) -> int:
        """Delete snapshots."""
        chosen = {"stream": stream, "fold": fold, "version": version}
        values = {name: value for name, value in chosen.items() if value is not None}
        statement = _delete + "".join(f" AND {name} = :{name}" for name in values)
        async with self._store.transaction() as connection:
            done = await connection.execute(
                text(statement), {"tenant": self._store.tenant, **values}
            )
            return done.rowcount

    def _values(self, key: SnapshotKey) -> dict[str, object]:
        return {"tenant": self._store.tenant, **key._asdict()}

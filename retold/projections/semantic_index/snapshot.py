"""A snapshot of an index: files in a folder, so that a process need not read the whole log.

A manifest names the files with their checksums, the log, and the cursor up to which the log is in
them. Files are written under new names and the manifest is renamed into place at last, so what a
crash leaves behind is the snapshot before. Nothing in them is code: vectors are plain numbers, rows
are JSON, and the graph is read by hnswlib once its checksum was found right.
"""

from __future__ import annotations

import fcntl
import gc
import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from retold.embedding.embedder import Vectors
from retold.projections.semantic_index.partition import PartitionIndex, SavedPartition
from retold.projections.semantic_index.settings import IndexSettings
from retold.projections.semantic_index.vector_row import VectorRow

_format = 1
_manifest = "manifest"
_stored = np.dtype("<f4")


class SnapshotUnfit(Exception):
    """What is in the folder is no snapshot of this log that this code can read; says why."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was in a snapshot."""

    cursor: str | None
    partitions: dict[str, PartitionIndex]


def write_snapshot(
    folder: Path,
    partitions: Mapping[str, PartitionIndex],
    *,
    log: str,
    cursor: str | None,
    settings: IndexSettings,
) -> bool:
    """Write a snapshot, and remove the files of the one before the last.

    Args:
        folder: made when it is not there.
        partitions: by name; they may be written to meanwhile.
        log: whose they are.
        cursor: up to which the log is in them; what came later is taken again.
        settings: the graphs are built by.

    Returns:
        False when another process is at it, and nothing was done.

    Raises:
        OSError: when it cannot be written; the one before stays.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder) as alone:
        if alone:
            _write_all(folder, partitions, log, cursor, settings)
        return alone


@contextmanager
def _alone(folder: Path) -> Iterator[bool]:
    """Say whether nobody else writes to a folder; nobody does while this lasts."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        # It ends with the process, however that ends.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


def _write_all(
    folder: Path,
    partitions: Mapping[str, PartitionIndex],
    log: str,
    cursor: str | None,
    settings: IndexSettings,
) -> None:
    before = _names_of(folder)
    stem = secrets.token_hex(8)
    told = []
    try:
        for number, (name, partition) in enumerate(partitions.items()):
            told.append(_write_partition(folder, f"{stem}-{number}", name, partition))
        manifest = {
            "format": _format,
            "log": log,
            "cursor": cursor,
            "m": settings.m,
            "ef_construction": settings.ef_construction,
            "partitions": told,
        }
        text = orjson.dumps(manifest)
        new = folder / f"{stem}.{_manifest}"
        new.write_bytes(hashlib.sha256(text).hexdigest().encode() + b"\n" + text)
        _flush(new)
        new.replace(folder / _manifest)
    except BaseException:
        for path in folder.glob(f"{stem}*"):
            path.unlink(missing_ok=True)
        raise
    _flush(folder)
    # Whoever is reading the one before finds its files; those of earlier ones, and of a process
    # that died at it, are nobody's.
    for path in folder.iterdir():
        name = path.name
        if name != _manifest and not name.startswith(stem) and name not in before:
            path.unlink(missing_ok=True)


def read_snapshot(folder: Path, *, log: str, settings: IndexSettings) -> Loaded:
    """Return what a snapshot holds.

    Args:
        folder: where it is.
        log: whose it has to be.
        settings: its graphs have to be built by.

    Raises:
        FileNotFoundError: when there is none.
        SnapshotUnfit: when it is damaged, of another log, or of another release.
    """
    manifest = _manifest_in(folder)
    for name, wanted in (
        ("format", _format),
        ("log", log),
        ("m", settings.m),
        ("ef_construction", settings.ef_construction),
    ):
        if manifest.get(name) != wanted:
            raise SnapshotUnfit(f"its {name} is {manifest.get(name)!r}, not {wanted!r}")
    try:
        partitions = {
            str(told["name"]): _read_partition(folder, told, settings)
            for told in manifest["partitions"]
        }
    except (KeyError, TypeError, ValueError, OSError, RuntimeError) as error:
        raise SnapshotUnfit(f"{type(error).__name__}: {error}") from error
    return Loaded(manifest["cursor"], partitions)


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the garbage collector out of what only makes objects that stay.

    It looks at all of them again and again as they become more: 0.3 of 1.0 seconds of a snapshot of
    100,000 entries.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _write_partition(
    folder: Path, stem: str, name: str, partition: PartitionIndex
) -> dict[str, Any]:
    graph_path = folder / f"{stem}.graph"
    saved = partition.saved(graph_path)
    columns = {
        "entry": [row.entry for row in saved.rows],
        "entry_key": [row.entry_key for row in saved.rows],
        # That of the entry, but for aliases.
        "key": [None if row.key == row.entry_key else row.key for row in saved.rows],
        "version": [row.version for row in saved.rows],
    }
    files = {"rows": _write(folder / f"{stem}.rows", orjson.dumps(columns))}
    files["vectors"] = _write(folder / f"{stem}.vectors", _plain(saved.vectors))
    if saved.contexts is not None:
        files["contexts"] = _write(folder / f"{stem}.contexts", _plain(saved.contexts))
    if graph_path.exists():
        _flush(graph_path)
        files["graph"] = {"file": graph_path.name, "sha256": _digest_of(graph_path)}
    return {
        "name": name,
        "embedder": partition.embedder,
        "dimension": partition.dimension,
        "dead": saved.dead,
        "in_graph": saved.in_graph,
        "deleted": saved.deleted,
        "untold": saved.untold,
        "files": files,
    }


def _read_partition(
    folder: Path, told: Mapping[str, Any], settings: IndexSettings
) -> PartitionIndex:
    files = told["files"]
    dimension = int(told["dimension"])
    columns = orjson.loads(_checked(folder, files["rows"]))
    entry_keys = columns["entry_key"]
    keys = [key or entry_key for key, entry_key in zip(columns["key"], entry_keys, strict=True)]
    if not len(columns["entry"]) == len(keys) == len(columns["version"]):
        raise SnapshotUnfit("its columns are of different lengths")
    rows = list(
        map(VectorRow, columns["entry"], entry_keys, keys, columns["version"], range(len(keys)))
    )
    contexts = files.get("contexts")
    saved = SavedPartition(
        rows=rows,
        vectors=_vectors_in(folder, files["vectors"], len(rows), dimension),
        contexts=(
            None if contexts is None else _vectors_in(folder, contexts, len(rows), dimension)
        ),
        dead=told["dead"],
        in_graph=told["in_graph"],
        deleted=told["deleted"],
        untold=told["untold"],
    )
    partition = PartitionIndex(str(told["embedder"]), dimension, settings)
    graph = files.get("graph")
    path = None
    if graph is not None:
        path = _path_of(folder, graph)
        if _digest_of(path) != graph["sha256"]:
            raise SnapshotUnfit(f"{path.name} is not what was written")
    partition.restore(saved, path)
    return partition


def _vectors_in(folder: Path, told: Mapping[str, str], count: int, dimension: int) -> Vectors:
    path = _path_of(folder, told)
    # Into its own memory at once: the vectors are most of what there is to read.
    numbers = np.fromfile(path, dtype=_stored)
    if hashlib.sha256(numbers.data).hexdigest() != told["sha256"]:
        raise SnapshotUnfit(f"{path.name} is not what was written")
    return numbers.reshape(count, dimension).astype(np.float32, copy=False)


def _plain(vectors: Vectors) -> memoryview:
    return np.ascontiguousarray(vectors, dtype=_stored).data


def _write(path: Path, data: bytes | memoryview) -> dict[str, str]:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return {"file": path.name, "sha256": hashlib.sha256(data).hexdigest()}


def _checked(folder: Path, told: Mapping[str, str]) -> bytes:
    path = _path_of(folder, told)
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != told["sha256"]:
        raise SnapshotUnfit(f"{path.name} is not what was written")
    return data


def _path_of(folder: Path, told: Mapping[str, str]) -> Path:
    name = told["file"]
    if Path(name).name != name:
        raise SnapshotUnfit("it names a file outside of its folder")
    return folder / name


def _manifest_in(folder: Path) -> dict[str, Any]:
    digest, _, text = (folder / _manifest).read_bytes().partition(b"\n")
    if hashlib.sha256(text).hexdigest().encode() != digest:
        raise SnapshotUnfit("its manifest is not what was written")
    manifest: dict[str, Any] = orjson.loads(text)
    return manifest


def _names_of(folder: Path) -> frozenset[str]:
    """Return the names of the files of the snapshot that is there."""
    try:
        manifest = _manifest_in(folder)
        return frozenset(
            told["file"] for part in manifest["partitions"] for told in part["files"].values()
        )
    except (FileNotFoundError, SnapshotUnfit, KeyError, TypeError, ValueError):
        return frozenset()


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

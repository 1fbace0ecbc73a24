"""A row: whose vector it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class VectorRow:
    """What a vector stands for.

    Attributes:
        entry: id of the entry that it leads to.
        entry_key: key of the entry.
        key: of the request it was made of.
        version: of the event that holds it, in its stream.
        row: where it is in its partition.
        partition: name of that.
        next: another vector that leads to the entry; None at the last. There are as many rows as
            vectors, so each of them has little about it.
    """

    entry: str
    entry_key: str
    key: str
    version: int
    row: int
    partition: str = ""
    next: VectorRow | None = None

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
    """

    entry: str
    entry_key: str
    key: str
    version: int
    row: int

"""A cursor: how far a reader has read the global order of one database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from retold.errors import InvalidCursor

_form = re.compile(r"c2\.([0-9a-f]{8})\.([0-9]{1,9})\.([0-9]{1,19})\.([0-9]{1,19})")
# What the first release gave out, before databases had epochs.
_first_form = re.compile(r"c1\.([0-9a-f]{8})\.()([0-9]{1,19})\.([0-9]{1,19})")
_largest = 2**63 - 1


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in the global order; ``str(cursor)`` is opaque text to keep and give back.

    On PostgreSQL the order is by epoch, by transaction, then by position, because positions
    become visible out of order; on SQLite by position. Transaction ids are counted by a cluster
    of servers: in another one, where a backup was restored or a replica promoted, they begin
    elsewhere. So each cluster that a database lives in is an epoch of its own, and a cursor from
    an earlier one stays valid.

    Attributes:
        database: eight hex digits that tell databases apart.
        epoch: from 1; 1 on SQLite.
        transaction_id: 0 on SQLite.
        position: of the last event read.
    """

    database: str
    epoch: int
    transaction_id: int
    position: int

    def __str__(self) -> str:
        return f"c2.{self.database}.{self.epoch}.{self.transaction_id}.{self.position}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the cursor in ``text``.

        Raises:
            InvalidCursor: when it is none.
        """
        found = _form.fullmatch(text) or _first_form.fullmatch(text)
        if not found or max(int(found[3]), int(found[4])) > _largest:
            raise InvalidCursor(text, "it is not of the form a log gives out")
        return cls(found[1], int(found[2] or 1), int(found[3]), int(found[4]))

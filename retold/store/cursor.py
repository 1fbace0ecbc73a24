"""A cursor: how far a reader has read the global order of one database."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from retold.errors import InvalidCursor

_form = re.compile(r"c1\.([0-9a-f]{8})\.([0-9]{1,19})\.([0-9]{1,19})")
_largest = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the global order; ``str(cursor)`` is opaque text to keep and give back.

    On PostgreSQL the order is by transaction, then by position, because positions become visible
    out of order; on SQLite by position.

    Attributes:
        database: eight hex digits that tell databases apart.
        transaction_id: 0 on SQLite.
        position: of the last event read.
    """

    database: str
    transaction_id: int
    position: int

    def __str__(self) -> str:
        return f"c1.{self.database}.{self.transaction_id}.{self.position}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the cursor in ``text``.

        Raises:
            InvalidCursor: when it is none.
        """
        found = _form.fullmatch(text)
        if not found or max(int(found[2]), int(found[3])) > _largest:
            raise InvalidCursor(text, "it is not of the form a log gives out")
        return cls(found[1], int(found[2]), int(found[3]))

"""The root of every error."""

from __future__ import annotations

from typing import ClassVar


class RetoldError(Exception):
    """Root of every error raised by Retold.

    Attributes:
        code: stable identifier of the kind of error, in snake case.
    """

    code: ClassVar[str] = "retold_error"

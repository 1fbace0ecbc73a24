"""What one batch of a folding did, and how that is told."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """What one batch did.

    Attributes:
        events: folded.
        cursor: of the place reached.
        seconds: it took.
    """

    events: int
    cursor: str | None
    seconds: float


def reason_of(error: BaseException) -> str:
    """Return type and text of an error, as short as a table takes it."""
    text = f"{type(error).__name__}: {error}"
    printable = "".join(c if c.isprintable() else " " for c in text)
    return printable.encode("utf-8", "replace").decode()[:1_000]


def smoothed(before: float | None, now: float) -> float:
    """Return a rate that follows the newest batches without jumping."""
    return now if before is None else 0.7 * before + 0.3 * now

"""Items of a work queue: as they are put, as they are taken, and as they stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from retold.domain.recorded import JsonObject


class WorkState(StrEnum):
    """Where an item stands.

    Attributes:
        WAITING: it can be taken, or can be later.
        TAKEN: somebody has it.
        DONE: it is finished.
        CANCELLED: it will not be taken any more.
    """

    WAITING = "waiting"
    TAKEN = "taken"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWorkItem:
    """An item to be put into a queue.

    Attributes:
        id: printable text of 1 to 255 characters, the caller's; the queue takes it once.
        payload: what its taker needs to know, JSON-native, 64 KiB at the most.
        priority: the greater, the sooner; from -2**31 to 2**31-1.
        ready_at: when it can be taken at the earliest, UTC; None for now.
    """

    id: str
    payload: JsonObject = field(default_factory=dict)
    priority: int = 0
    ready_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenWorkItem:
    """An item that was taken, and what proves it.

    Attributes:
        id: of the item.
        payload: as it was put.
        priority: as it was put.
        owner: who took it.
        token: fencing token, greater than that of every earlier taking of this item.
        attempts: how often it was taken, this time included.
        waited: seconds it could have been taken in, and was not.
    """

    id: str
    payload: JsonObject
    priority: int
    owner: str
    token: int
    attempts: int
    waited: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedWork:
    """What came of finishing an item.

    Attributes:
        new: ids of what was put and had never been put before.
        taken: what was taken in its place.
    """

    new: frozenset[str] = frozenset()
    taken: tuple[TakenWorkItem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    """An item of a queue as it stands; times are of the database's clock, UTC.

    Attributes:
        id: of the item.
        payload: as it was put.
        priority: as it was put.
        state: where it stands.
        token: fencing token of its last taking; 0 when it was never taken.
        attempts: how often it was taken.
        owner: who has it, or had it last; None when it was never taken.
        put_at: when it was put.
        ready_at: when it can, or could, be taken at the earliest.
        taken_at: when it was taken last.
        lease_until: when its lease lapses, unless extended; None unless it is taken.
        finished_at: when it was done or cancelled.
    """

    id: str
    payload: JsonObject
    priority: int
    state: WorkState
    token: int
    attempts: int
    owner: str | None
    put_at: datetime
    ready_at: datetime
    taken_at: datetime | None
    lease_until: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweptWorkItem:
    """An item whose lease had lapsed and that can be taken again.

    Attributes:
        id: of the item.
        owner: who had it.
        token: fencing token it had been taken with.
    """

    id: str
    owner: str
    token: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkFigures:
    """How much there is in a queue.

    Attributes:
        ready: items that can be taken now.
        untried: those of them that were never taken.
        delayed: items that can be taken later.
        taken: items that somebody has, those of lapsed leases included.
        lapsed: those of them whose lease lapsed and that were not swept yet.
        oldest_wait: seconds for which the item that is ready longest was; 0 when none is.
    """

    ready: int = 0
    untried: int = 0
    delayed: int = 0
    taken: int = 0
    lapsed: int = 0
    oldest_wait: float = 0.0

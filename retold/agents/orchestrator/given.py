"""Why a worker gives up a step it has."""

from __future__ import annotations

from enum import StrEnum


class Given(StrEnum):
    """Why a step in work is given up.

    Attributes:
        OVER: its result does not count any more: the run was cancelled, or it was settled.
        LOST: somebody else has its row, or this worker by another taking of it.
        STOPPING: the worker stops.
    """

    OVER = "over"
    LOST = "lost"
    STOPPING = "stopping"

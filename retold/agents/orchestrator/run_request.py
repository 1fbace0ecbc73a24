"""What a run is asked for with, checked."""

from __future__ import annotations

from typing import Any

from retold.domain.json_copy import NotJsonNative, copied_object, deepest
from retold.errors import InvalidRun
from retold.store.codec.values import made_plain

longest_run_id = 100
largest_priority = 1_000_000


def checked_priority(priority: object) -> int:
    """Return a priority.

    Raises:
        InvalidRun: when it is none.
    """
    if type(priority) is not int or abs(priority) > largest_priority:
        raise InvalidRun(f"its priority {priority!r} is no whole number up to a million")
    return priority


def checked_run(run: object) -> str:
    """Return the id of a run.

    Raises:
        InvalidRun: when it is none.
    """
    if (
        not isinstance(run, str)
        or not 0 < len(run) <= longest_run_id
        or run != run.strip()
        or not run.isprintable()
        or made_plain(run) != run
    ):
        what = f"its id {run!r} is no printable text of 1 to {longest_run_id} characters"
        raise InvalidRun(what)
    return run


def checked_input(value: Any) -> Any:
    """Return a copy of what a run is given.

    Raises:
        InvalidRun: when it is not JSON.
    """
    try:
        return copied_object({"input": value}, levels=deepest)["input"]
    except (NotJsonNative, RecursionError) as error:
        raise InvalidRun(f"its input is not JSON: {error}") from None

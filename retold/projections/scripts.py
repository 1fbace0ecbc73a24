"""Everything a script about read models needs, as plain functions on an open log.

::

    from retold.projections import scripts

    async with await scripts.open_store("sqlite:///support.db") as store:
        await scripts.rebuild(store, scripts.shipped.get("session_list"), progress=print)
"""

from __future__ import annotations

from retold.projections.keeping.catch_up import catch_up, current
from retold.projections.keeping.control import (
    drop_others,
    forget_every_parked,
    forget_parked,
    parked_events,
    pause,
    resume,
    switch_back,
)
from retold.projections.keeping.diff import diff
from retold.projections.keeping.kept_inline import go_on_inline, stop_keeping_inline
from retold.projections.keeping.processes import Processes
from retold.projections.keeping.rebuild import rebuild
from retold.projections.keeping.runner import Runner
from retold.projections.keeping.status import status
from retold.projections.loading import registry_of
from retold.projections.shipped import shipped
from retold.store import open_store

__all__ = [
    "Processes",
    "Runner",
    "catch_up",
    "current",
    "diff",
    "drop_others",
    "forget_every_parked",
    "forget_parked",
    "go_on_inline",
    "open_store",
    "parked_events",
    "pause",
    "rebuild",
    "registry_of",
    "resume",
    "shipped",
    "status",
    "stop_keeping_inline",
    "switch_back",
]

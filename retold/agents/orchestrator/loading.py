"""Finding what makes an orchestrator, for worker processes."""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias, cast

from retold.agents.orchestrator.open_log import OpenLog
from retold.agents.orchestrator.orchestrator import AgentOrchestrator
from retold.errors import OrchestratorUnusable

OrchestratorFactory: TypeAlias = Callable[[OpenLog], Awaitable[AgentOrchestrator]]
"""Makes an orchestrator on a log, with its agents registered and its workflows defined."""


def factory_at(place: str) -> OrchestratorFactory:
    """Return what makes an orchestrator.

    Args:
        place: ``module:function``, the module importable from the working directory too, as with
            ``python -m``. The function takes the open log; it may be a coroutine.

    Raises:
        OrchestratorUnusable: when there is no such function.
    """
    module_name, separator, name = place.partition(":")
    if not (separator and module_name and name):
        raise OrchestratorUnusable(place, "write it as MODULE:FUNCTION")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except Exception as error:  # whatever the module does when it is imported
        raise OrchestratorUnusable(place, f"it cannot be imported ({error})") from error
    factory = getattr(module, name, None)
    if not callable(factory):
        raise OrchestratorUnusable(place, f"it has no function {name!r}")

    async def make(log: OpenLog) -> AgentOrchestrator:
        made = factory(log)
        if inspect.isawaitable(made):
            made = await made
        if not isinstance(made, AgentOrchestrator):
            what = f"it returned {type(made).__name__}, not an AgentOrchestrator"
            raise OrchestratorUnusable(place, what)
        return made

    return cast("OrchestratorFactory", make)

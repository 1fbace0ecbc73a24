"""Finding the projections of a user's module, for commands and worker processes."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path

from retold.errors import ProjectionModuleUnusable
from retold.projections.projection import Projection
from retold.projections.registry import Registry
from retold.projections.shipped import shipped


def registry_of(modules: Iterable[str] = ()) -> Registry:
    """Return the projections shipped with Retold and those of modules.

    Args:
        modules: dotted names; importable from the working directory too, as with ``python -m``.
            Only who starts the program says which; nothing that is read from a log does.

    Raises:
        ProjectionModuleUnusable: when one cannot be imported or holds no projection.
        DuplicateProjection: when two projections have one name and version.
    """
    registry = shipped
    for name in modules:
        registry = registry | _found_in(name)
    return registry


def _found_in(name: str) -> Registry:
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(name)
    except Exception as error:  # whatever the module does when it is imported
        raise ProjectionModuleUnusable(name, f"it cannot be imported ({error})") from error
    found = Registry()
    for value in vars(module).values():
        if isinstance(value, Projection):
            found.add(value)
        elif isinstance(value, Registry) and value is not shipped:
            found = found | value
    if not found.names():
        raise ProjectionModuleUnusable(name, "it holds no Projection and no Registry")
    return found

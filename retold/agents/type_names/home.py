"""Where AG2's classes are, and where they were."""

from __future__ import annotations

from itertools import product
from types import MappingProxyType

import ag2.events

# A class that AG2 renames or moves on its own gets one line here: its stable name, and the path
# it has today. Its line in the tables stays, and says where it was first.
renamed: MappingProxyType[str, str] = MappingProxyType(
    # "ag2.ModelRequest": "ag2.events:PromptRequest",
    {}
)

# What AG2's package was called, the newest last.
homes = ("autogen.beta", "autogen", "ag2")
_today = homes[-1]


def table(prefix: str, module: str, *classes: str) -> dict[str, str]:
    """Return stable names and the paths of their classes when they were named.

    Args:
        prefix: of the stable names.
        module: where the classes can be had; one that AG2 moves as a whole is changed here.
        classes: their names.
    """
    return {f"{prefix}.{cls}": f"{module}:{cls}" for cls in classes}


def aliases_of(first: str, today: str) -> tuple[str, ...]:
    """Return the names by which others call a class of AG2 in what they store.

    AG2's own wire form has ``module.Class``, with the module that defines it. All combinations of
    its homes, modules and names are computed, whether or not that one was ever written.

    Args:
        first: path of the class when it got its stable name, ``module:Class``.
        today: its path now.

    Returns:
        None for a class of another package.
    """
    modules, names = set(), set()
    for path in (first, today):
        module, _, name = path.partition(":")
        if not module.startswith(f"{_today}."):
            continue
        names.add(name)
        modules.add(module)
        if module == ag2.events.__name__:
            # It is defined further down, where its own name says.
            modules.add(getattr(getattr(ag2.events, name, None), "__module__", module))
    return tuple(
        f"{home}{module.removeprefix(_today)}.{name}"
        for home, module, name in product(homes, sorted(modules), sorted(names))
    )

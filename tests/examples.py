"""How many examples a property is tried with."""

from __future__ import annotations

from hypothesis import settings


def share(of: int) -> int:
    """Return ``of`` as the profile wants it, which says how many of 100 are tried."""
    assert settings.default is not None
    return max(1, of * settings.default.max_examples // 100)

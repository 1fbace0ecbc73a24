"""Policies that keep what they were asked, and tools that keep whether they were called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import retold
from retold import Check
from tests.agents.recorded import events_of


@dataclass
class Asked:
    """Decides by a callable, and keeps what it was asked."""

    decides: Callable[[Check], Any] = lambda _: None
    name: str = "asked"
    checks: list[Check] = field(default_factory=list)

    def check(self, check: Check) -> Any:
        """Decide."""
        self.checks.append(check)
        return self.decides(check)

    @property
    def points(self) -> list[str]:
        """What it was asked about, in order."""
        return [str(check.point) for check in self.checks]


def refusing(point: str, *, tell_model: bool = False, reason: str = "no") -> Asked:
    """Return a policy that refuses whatever happens at a point."""

    def decide(check: Check) -> retold.Refuse | None:
        if check.point == point:
            return retold.Refuse(reason=reason, tell_model=tell_model)
        return None

    return Asked(decide, name="refusing")


def replacing(point: str, text: str) -> Asked:
    """Return a policy that replaces each text at a point."""

    def decide(check: Check) -> retold.Replace | None:
        return retold.Replace(text=text) if check.point == point else None

    return Asked(decide, name="replacing")


class Tools:
    """Two tools, and which of them were called with what."""

    def __init__(self) -> None:
        """Begin with no calls."""
        self.called: list[str] = []

    @property
    def functions(self) -> list[Callable[..., Any]]:
        """The tools."""

        async def look_up(what: str = "") -> str:
            """Look something up."""
            self.called.append(f"look_up {what}".strip())
            return f"found {what}"

        async def pay(amount: int = 0) -> str:
            """Pay."""
            self.called.append(f"pay {amount}")
            return f"paid {amount}"

        return [look_up, pay]


async def refusals(session: retold.Session) -> list[tuple[Any, ...]]:
    """Return what policies refused in a session's own conversation."""
    return [
        (e.data["policy"], e.data["stage"], e.data["point"], e.data["reason"])
        for e in await events_of(session, "policy.refused")
    ]

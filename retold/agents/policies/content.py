"""Checks of what is said: by callables of your own, and by patterns."""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, TypeAlias

from retold.agents.policies.policy import Check, Decision, Refuse, Replace
from retold.domain.policy import Point
from retold.errors import ContentRefused, InvalidPolicy

texts: frozenset[str] = frozenset({Point.INPUT, Point.OUTPUT, Point.TOOL_CALL, Point.TOOL_RESULT})
"""The points at which there is a text."""

TextCheck: TypeAlias = Callable[[str], Decision | Awaitable[Decision]]
"""Is given a text, and decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentCheck:
    """Has texts checked by a callable.

    Attributes:
        of: is given each text; returns None, ``Refuse(reason=...)`` or ``Replace(text=...)``. It
            may be a coroutine function.
        name: under which its decisions are recorded.
        at: which texts: ``input``, ``output``, ``tool_call`` for arguments, ``tool_result``.
        holds_output: nothing a recorded model publishes reaches subscribers before its answer was
            checked. Without it, chunks of a streamed answer are out when the answer is refused.
    """

    of: TextCheck
    name: str = "content check"
    at: Collection[str] = texts
    holds_output: bool = False

    def __post_init__(self) -> None:
        """Check what was given."""
        if not callable(self.of):
            raise InvalidPolicy(repr(self.name), "it has no callable that decides")
        _check_points(self.name, self.at)

    async def check(self, check: Check) -> Decision:
        """Ask the callable about a text."""
        if check.text is None or check.point not in self.at:
            return None
        decided = self.of(check.text)
        decision = await decided if inspect.isawaitable(decided) else decided
        if isinstance(decision, Refuse) and decision.error is None:
            return replace(decision, error=ContentRefused)
        return decision


secret_patterns: Mapping[str, str] = MappingProxyType(
    {
        "private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[\s\S]*?-----END [A-Z ]*KEY-----)?",
        "API key": r"\b(?:sk|pk|rk)[-_](?:[A-Za-z0-9]{1,20}[-_]){0,4}[A-Za-z0-9_-]{16,}",
        "AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
        "GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})",
        "Google API key": r"\bAIza[0-9A-Za-z_-]{35}",
        "Slack token": r"\bxox[abeoprs]-[0-9A-Za-z-]{10,}",
        "JSON web token": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}",
    }
)
"""Patterns of keys and tokens, by what they find."""

personal_patterns: Mapping[str, str] = MappingProxyType(
    {
        "e-mail address": r"\b[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b",
        "card number": r"\b(?:\d[ -]?){12,18}\d\b",
        "IBAN": r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b",
    }
)
"""Patterns of what identifies people, by what they find. A card number has a right check digit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatternCheck:
    """Refuses or masks what patterns find in texts.

    Attributes:
        patterns: regular expressions by what they find; the names are in reasons and masks.
        action: ``refuse``, or ``mask`` to have ``[name]`` in the place of what is found.
        name: under which its decisions are recorded.
        at, holds_output: as of :class:`ContentCheck`.
        tell_model: a tool's call or result that is refused is told to the model, and the turn goes
            on.
    """

    patterns: Mapping[str, str] = field(default_factory=lambda: secret_patterns)
    action: Literal["refuse", "mask"] = "refuse"
    name: str = "patterns"
    at: Collection[str] = texts
    holds_output: bool = False
    tell_model: bool = False
    _compiled: Mapping[str, re.Pattern[str]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Compile the patterns."""
        if self.action not in {"refuse", "mask"}:
            raise InvalidPolicy(repr(self.name), f"its action is {self.action!r}")
        _check_points(self.name, self.at)
        try:
            compiled = {name: re.compile(pattern) for name, pattern in self.patterns.items()}
        except (re.error, TypeError) as error:
            raise InvalidPolicy(repr(self.name), f"one of its patterns is none: {error}") from error
        object.__setattr__(self, "_compiled", compiled)

    def check(self, check: Check) -> Decision:
        """Look for the patterns in a text."""
        if check.text is None or check.point not in self.at:
            return None
        found: list[str] = []
        text = check.text
        for name, pattern in self._compiled.items():

            def masked(match: re.Match[str], name: str = name) -> str:
                if name == "card number" and not _has_check_digit(match[0]):
                    return match[0]
                found.append(name)
                return f"[{name}]"

            text = pattern.sub(masked, text)
        if not found:
            return None
        names = ", ".join(dict.fromkeys(found))
        if self.action == "mask":
            return Replace(text=text, reason=f"masked: {names}")
        return Refuse(
            reason=f"it holds what is refused: {names}",
            error=ContentRefused,
            tell_model=self.tell_model,
        )


def _has_check_digit(number: str) -> bool:
    """Return whether a number passes the check of Luhn, as those of cards do."""
    digits = [int(digit) for digit in number if digit.isdigit()]
    doubled = [divmod(2 * digit, 10) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(map(sum, doubled))) % 10 == 0


def _check_points(name: str, points: Collection[str]) -> None:
    if isinstance(points, str) or not set(points) <= texts:
        known = ", ".join(sorted(texts))
        raise InvalidPolicy(repr(name), f"it checks texts at some of {known}, given as a list")

"""Guards that look at numbers, units and dates."""

from __future__ import annotations

import re

from retold.domain.cache.guards.pair import Pair
from retold.domain.cache.guards.vocabulary import dates, numbers, units

_digits = re.compile(r"\d+(?:[./:]\d+)*")


def numbers_differ(pair: Pair) -> str | None:
    """Say which numbers each question has that the other has not; None unless both have some."""
    stored, asked = _numbers(pair.stored), _numbers(pair.asked)
    if not stored - asked or not asked - stored:
        return None
    return f"{_listed(stored - asked)} is not {_listed(asked - stored)}"


def units_differ(pair: Pair) -> str | None:
    """Say which units or currencies differ; None unless each has one the other has not."""
    return _differ(pair, units)


def dates_differ(pair: Pair) -> str | None:
    """Say which days, months, seasons or relative times differ, or that only one tells a year."""
    found = _differ(pair, dates)
    if found is not None:
        return found
    stored, asked = _years(pair.stored), _years(pair.asked)
    if bool(stored) != bool(asked):
        return f"only one of the two is about {_listed(stored | asked)}"
    return None


def _numbers(words: list[str]) -> set[str]:
    found: set[str] = set()
    for word in words:
        if word in numbers and word not in {"one", "second"}:
            found.add(numbers[word])
        else:
            found.update(part.lstrip("0") or "0" for part in _digits.findall(word))
    return found


def _years(words: list[str]) -> set[str]:
    return {word for word in words if re.fullmatch(r"(?:19|20)\d\d", word)}


def _differ(pair: Pair, canonical: dict[str, str]) -> str | None:
    stored, asked = _named(pair.stored, canonical), _named(pair.asked, canonical)
    if not stored - asked or not asked - stored:
        return None
    return f"{_listed(stored - asked)} is not {_listed(asked - stored)}"


def _named(words: list[str], canonical: dict[str, str]) -> set[str]:
    found = set()
    for word in words:
        # A unit written onto its number, as in 20kg or 325f.
        bare = re.sub(r"^\d+(?:[./]\d+)*", "", word) if word[0].isdigit() else word
        if bare in canonical and (len(bare) > 1 or bare != word or not bare.isalpha()):
            found.add(canonical[bare])
    return found


def _listed(words: set[str]) -> str:
    return ", ".join(sorted(words))

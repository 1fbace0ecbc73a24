"""Guards that look at single words: names, a word in the place of another, and added conditions."""

from __future__ import annotations

import re

from retold.domain.cache.guards.pair import Pair, is_spelling_of
from retold.domain.cache.guards.vocabulary import (
    function_words,
    numbers,
    prepositions,
    synonyms,
    units,
)

_name = re.compile(r"(?<![.!?]\s)(?<!^)\b(?:[A-Z][\w+#.-]*\w|[A-Z])\b")
longest_change = 3


def entities_differ(pair: Pair) -> str | None:
    """Say which names differ: words written with a capital that do not begin a sentence."""
    stored = _names(pair.stored_text) & set(pair.only_stored)
    asked = _names(pair.asked_text) & set(pair.only_asked)
    if not stored or not asked or _is_short_for(stored, asked) or _is_short_for(asked, stored):
        return None
    return f"{', '.join(sorted(stored))} is not {', '.join(sorted(asked))}"


def substitution(pair: Pair) -> str | None:
    """Say which few words stand in the place of which others, when all else is the same.

    Not when they are known to mean the same, or say little.
    """
    if sorted(pair.stored) == sorted(pair.asked):
        return None
    changes = [
        change
        for change in pair.changes
        if any(word not in function_words for word in (*change.stored, *change.asked))
    ]
    if len(changes) not in (1, 2):
        return None
    replaced = []
    for change in changes:
        stored = [word for word in change.stored if word not in function_words]
        asked = [word for word in change.asked if word not in function_words]
        if max(len(change.stored), len(change.asked)) > longest_change:
            return None
        if not stored and not asked:
            continue
        if not stored or not asked:
            return None
        if _are_initials(stored, asked) or _are_initials(asked, stored):
            continue
        if all(any(_means(word, other) for other in asked) for word in stored):
            continue
        replaced.append(f"{' '.join(change.stored)} is replaced by {' '.join(change.asked)}")
    return "; ".join(replaced) or None


def added_condition(pair: Pair) -> str | None:
    """Say which words one question has beyond the other, when it only adds them at its end."""
    changes = pair.changes
    if len(changes) != 1 or not changes[0].at_end:
        return None
    change = changes[0]
    if bool(change.stored) == bool(change.asked):
        return None
    added = change.stored or change.asked
    content = [word for word in added if word not in function_words]
    if added[0] not in prepositions or not content:
        return None
    return f"only one of the two asks {' '.join(added)}"


def _names(text: str) -> set[str]:
    found = {name.lower().removesuffix("'s") for name in _name.findall(text)}
    return {name for name in found if name not in function_words}


def _is_short_for(few: set[str], many: set[str]) -> bool:
    """Return whether a name may be the initials of the others; some of them may be in both."""
    if len(many) < 2:
        return False
    return any(all(other[0] in name for other in many) for name in few if len(name) >= len(many))


def _are_initials(few: list[str], many: list[str]) -> bool:
    return len(few) == 1 < len(many) and few[0] == "".join(word[0] for word in many)


def _means(one: str, other: str) -> bool:
    return (
        is_spelling_of(one, other)
        or frozenset((one, other)) in synonyms
        or numbers.get(one, one) == numbers.get(other, other)
        or units.get(one, one) == units.get(other, other)
    )

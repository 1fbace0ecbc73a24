"""Guards that look at negation, opposites and which way round something is."""

from __future__ import annotations

from retold.domain.cache.guards.pair import Pair
from retold.domain.cache.guards.vocabulary import function_words, opposites as known_opposites

_negations = frozenset(["not", "never", "none", "nothing", "nobody", "neither", "without"])

most_other_changes = 1
"""Content words by which two questions may differ beside a negation."""

_directional = frozenset(
    [
        "to",
        "into",
        "from",
        "than",
        "before",
        "after",
        "over",
        "instead",
        "onto",
        "behind",
        "through",
        "with",
        "against",
        "without",
    ]
)


def negation_differs(pair: Pair) -> str | None:
    """Say that one question is negated and the other is not."""
    stored = sum(word in _negations for word in pair.stored)
    asked = sum(word in _negations for word in pair.asked)
    if stored % 2 == asked % 2:
        return None
    # In a rewording, "not" may have gone into another word; alone it is what makes the difference.
    rest = [
        word
        for word in (*pair.only_stored, *pair.only_asked)
        if word not in _negations and word not in function_words
    ]
    if len(rest) > most_other_changes:
        return None
    return "only the stored question is negated" if stored % 2 else "only this one is negated"


def opposites(pair: Pair) -> str | None:
    """Say which word of one question is the opposite of one of the other."""
    for word in pair.only_stored:
        for other in pair.only_asked:
            if frozenset((word, other)) in known_opposites:
                return f"{word} is the opposite of {other}"
    return None


def direction_differs(pair: Pair) -> str | None:
    """Say that both have the same words, but in another order around a word that minds it."""
    if sorted(pair.stored) != sorted(pair.asked) or pair.stored == pair.asked:
        return None
    minds = [word for word in pair.stored if word in _directional]
    # A phrase that was moved as a whole keeps what follows its word; what is merely compared or
    # listed may stand in either order.
    if all(_following(pair.stored, word) == _following(pair.asked, word) for word in set(minds)):
        return None
    return f"the same words in another order around {minds[0]}"


def _following(words: list[str], word: str) -> list[str]:
    content = [other for other in words if other == word or other not in function_words]
    return sorted(
        after for before, after in zip(content, [*content[1:], ""], strict=True) if before == word
    )

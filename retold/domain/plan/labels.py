"""The labels that models put before the parts of a step, in whatever order and wording."""

from __future__ import annotations

import re

# Each is followed by a colon or a dash; a colon alone would take "Ask: which one?" apart, and a
# word alone any sentence with "success" in it.
_wordings = {
    "expected_response": (
        r"(?:the\s+)?(?:expect(?:ed|ation)?|anticipated|desired)\b(?:\s+\w+){0,4}"
        r"|user(?:'s)?\s+(?:response|answer|reply)(?:\s+\w+){0,2}"
    ),
    "success_criteria": (
        r"(?:success|completion|acceptance|done)\s+(?:criteri(?:a|on)|condition|measure|when|if)s?"
        r"|criteri(?:a|on)(?:\s+(?:for|of)\s+success)?|success|(?:done|complete)\s+when"
    ),
    "fallback": (
        r"fall[\s-]?backs?(?:\s+\w+){0,6}|contingency(?:\s+\w+)?|plan\s+b"
        r"|if\s+(?:not|unclear|unsuccessful|this\s+fails)(?:\s+\w+){0,2}|otherwise"
    ),
    "description": r"(?:step\s+)?description|(?:step\s+)?action|title",
}
_label = re.compile(
    r"(?:^|(?<=[\s.;,(*|\u2022-]))"
    "(?:"
    + "|".join(f"(?P<{name}>{wording})" for name, wording in _wordings.items())
    + r")[*_]{0,2}\s*(?:\([^()\n]{0,40}\)\s*)?(?::|\s[-\u2013\u2014](?=\s))[*_]{0,2}\s*",
    re.IGNORECASE,
)
_separators = " \t;,|/\u2022-\u2013\u2014(*_"
_words = re.compile(r"[^\W_]+")
_longest_nothing = 40
_nothing = frozenset({"", "none", "n a", "na", "nil", "null", "not applicable", "tbd", "unknown"})


def split_labels(text: str) -> tuple[str, dict[str, str]]:
    """Return what stands before the first label of a text, and what stands behind each.

    Args:
        text: such as ``Ask for the budget. Success criteria: a number``.

    Returns:
        The text before, and the parts by field of a step; a part that is repeated is joined.
    """
    # A dash parts a label from its text at the beginning only; within a sentence it is a dash.
    found = [m for m in _label.finditer(text) if ":" in m[0] or m.start() == 0]
    if not found:
        return text.strip(), {}
    parts: dict[str, str] = {}
    for match, following in zip(found, [*found[1:], None], strict=True):
        end = len(text) if following is None else following.start()
        name = str(match.lastgroup)
        part = text[match.end() : end].strip().rstrip(_separators)
        parts[name] = joined(parts.get(name, ""), part)
    return text[: found[0].start()].strip().rstrip(_separators), parts


def joined(one: str, other: str) -> str:
    """Return two pieces of text as one."""
    return f"{one}; {other}" if one and other else one or other


def meaningful(text: str | None) -> str | None:
    """Return a text that says something; None for none, for ``N/A`` and the like."""
    if text is None:
        return None
    text = text.strip()
    if len(text) <= _longest_nothing and " ".join(_words.findall(text.lower())) in _nothing:
        return None
    return text

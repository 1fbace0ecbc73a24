"""Two questions side by side: their words, and what only one of them has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

from retold.domain.cache.guards.vocabulary import function_words

longest = 24
"""Words; in longer questions a single word tells too little."""

least_overlap = 0.5
"""Of the content words of the shorter question, which the other has too."""

_word = re.compile(r"[a-z0-9]+(?:[.'/+#-]+[a-z0-9]+)*[+#]*|[$€£¥%°]|[=!<>]=+")
_contractions = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "what's": "what is",
    "whats": "what is",
    "how's": "how is",
    "who's": "who is",
    "where's": "where is",
    "i'm": "i am",
    "im": "i am",
    "dont": "do not",
    "doesnt": "does not",
    "didnt": "did not",
    "cant": "can not",
    "wont": "will not",
    "isnt": "is not",
    "wasnt": "was not",
    "havent": "have not",
}


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, with contractions spelled out."""
    lowered = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    lowered = re.sub(r"(?<=\d),(?=\d{3}\b)", "", lowered)
    words: list[str] = []
    for word in _word.findall(lowered):
        if word in _contractions:
            words.extend(_contractions[word].split())
        elif word.endswith("n't"):
            words.extend((word[:-3], "not"))
        elif word.endswith("'s"):
            words.append(word[:-2])
        else:
            words.append(word)
    return words


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Return a word without its English inflection and in American spelling, roughly."""
    word = word.replace("our", "or") if word.endswith(("our", "ours")) and len(word) > 5 else word
    word = re.sub(r"is(e|ed|es|ing|ation)$", r"iz\1", word) if len(word) > 6 else word
    for ending in ("ingly", "edly", "ation", "ies", "ing", "ed", "es", "ly", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


@lru_cache(maxsize=65_536)
def is_spelling_of(one: str, other: str) -> bool:
    """Return whether two words are the same one, inflected, spelled or mistyped otherwise."""
    if one == other:
        return True
    if one[0] != other[0]:
        return False
    if stem(one) == stem(other):
        return True
    if any(character.isdigit() for character in one + other) or min(len(one), len(other)) < 4:
        return False
    if sorted(one) == sorted(other):
        return True
    return (
        max(len(one), len(other)) >= 5
        and abs(len(one) - len(other)) <= 1
        and one[-1] == other[-1]
        and SequenceMatcher(None, one, other).ratio() >= 0.88
    )


@dataclass(frozen=True)
class Change:
    """A place at which two questions differ.

    Attributes:
        stored: the words of the stored question there.
        asked: the words of the one asked.
        at_end: whether nothing follows.
    """

    stored: tuple[str, ...]
    asked: tuple[str, ...]
    at_end: bool


@dataclass(frozen=True)
class Pair:
    """A stored question and one that is asked.

    Attributes:
        stored_text: as it was asked then.
        asked_text: as it is asked now.
    """

    stored_text: str
    asked_text: str

    @cached_property
    def stored(self) -> list[str]:
        """Words of the stored question."""
        return words_of(self.stored_text)

    @cached_property
    def asked(self) -> list[str]:
        """Words of the question asked."""
        return words_of(self.asked_text)

    @cached_property
    def only_stored(self) -> list[str]:
        """Words of the stored question the other has in no spelling."""
        return _without(self.stored, self.asked)

    @cached_property
    def only_asked(self) -> list[str]:
        """Words of the question asked the other has in no spelling."""
        return _without(self.asked, self.stored)

    @cached_property
    def overlap(self) -> float:
        """Share of the content words of the shorter question the other has too, in [0, 1]."""
        stored = {word for word in self.stored if word not in function_words}
        asked = {word for word in self.asked if word not in function_words}
        least = min(len(stored), len(asked))
        if not least:
            return 0.0
        fewer, other = (
            (stored, self.only_stored)
            if len(stored) <= len(asked)
            else (
                asked,
                self.only_asked,
            )
        )
        return 1 - len(fewer & set(other)) / least

    @cached_property
    def changes(self) -> list[Change]:
        """The places at which the two differ, in order; other spellings are no difference."""
        spelled = {word: word for word in self.stored}
        asked = [
            word
            if word in spelled
            else next((known for known in spelled if is_spelling_of(word, known)), word)
            for word in self.asked
        ]
        matched = SequenceMatcher(None, self.stored, asked, autojunk=False)
        return [
            Change(
                tuple(self.stored[i:j]),
                tuple(asked[k:m]),
                j == len(self.stored) and m == len(asked),
            )
            for tag, i, j, k, m in matched.get_opcodes()
            if tag != "equal"
        ]

    @property
    def is_telling(self) -> bool:
        """Whether both are short and so alike that a word of difference may matter."""
        if max(len(self.stored), len(self.asked)) > longest:
            return False
        return self.overlap >= least_overlap


def _without(words: list[str], others: list[str]) -> list[str]:
    known = set(others)
    return [
        word
        for word in words
        if word not in known
        and not any(word[0] == other[0] and is_spelling_of(word, other) for other in known)
    ]

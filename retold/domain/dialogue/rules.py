"""Rules that label a text by its words: whole words and phrases, each with a weight."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

from retold.domain.dialogue.events import Label

_word = re.compile(r"[^\W_]+(?:'[^\W_]+)*|\?")
longest_text_read = 20_000
"""Characters of a text that are looked at; what matters is said before."""


@dataclass(frozen=True)
class WordRules:
    """Labels, and the words and phrases that speak for each.

    A text gets the label with the most weight: the sum of the weights of the words and phrases of
    it that are found, each as whole words and once. Of equals, the label named first wins.

    Attributes:
        name: under which what they choose is recorded.
        weights: weight by word or phrase, by label; a weight is above 0. A question mark counts
            as a word.
        otherwise: the label of a text in which nothing is found.
        otherwise_weight: what each word that speaks for no label adds to that one's weight.
        otherwise_most: the most that all of them add.
    """

    name: str
    weights: Mapping[str, Mapping[str, float]]
    otherwise: str
    otherwise_weight: float = 0.0
    otherwise_most: float = 0.0
    _labels: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Check the weights.

        Raises:
            ValueError: when a word is none, or its weight is not above 0.
        """
        for label, words in self.weights.items():
            for word, weight in words.items():
                if not weight > 0 or not _words(word):
                    raise ValueError(f"{label}: {word!r} with the weight {weight} is no rule")
        object.__setattr__(self, "_labels", tuple(dict.fromkeys([*self.weights, self.otherwise])))

    @property
    def labels(self) -> tuple[str, ...]:
        """All labels there are."""
        return self._labels

    @cached_property
    def _rules(self) -> Mapping[str, list[tuple[tuple[str, ...], str, float]]]:
        """The words of each rule, its label and its weight, by their first word."""
        found: dict[str, list[tuple[tuple[str, ...], str, float]]] = {}
        for label, words in self.weights.items():
            for text, weight in words.items():
                phrase = tuple(_words(text))
                found.setdefault(phrase[0], []).append((phrase, label, weight))
        return MappingProxyType(found)

    def label(self, text: str) -> Label:
        """Return the label of a text, with the share of the weight found that speaks for it."""
        scores = self.scores(text)
        if not scores.keys() - {self.otherwise}:
            return Label(label=self.otherwise, score=0.0, classifier=self.name)
        best = max(self._labels, key=lambda label: scores.get(label, 0.0))
        share = scores[best] / sum(scores.values())
        return Label(label=best, score=round(share, 4), classifier=self.name)

    def scores(self, text: str) -> dict[str, float]:
        """Return the weight that speaks for each label, where any does."""
        words = list(_words(text[:longest_text_read]))
        seen: set[tuple[str, ...]] = set()
        scores: dict[str, float] = {}
        spoken: set[int] = set()
        for place, word in enumerate(words):
            for phrase, label, weight in self._rules.get(word, ()):
                if tuple(words[place : place + len(phrase)]) != phrase:
                    continue
                spoken.update(range(place, place + len(phrase)))
                if (label, *phrase) not in seen:
                    seen.add((label, *phrase))
                    scores[label] = scores.get(label, 0.0) + weight
        rest = min((len(words) - len(spoken)) * self.otherwise_weight, self.otherwise_most)
        if rest:
            scores[self.otherwise] = scores.get(self.otherwise, 0.0) + rest
        return scores


def _words(text: str) -> list[str]:
    return _word.findall(text.replace("\u2019", "'").casefold())


def _each(words: Iterable[str], weight: float = 1.0) -> dict[str, float]:
    return dict.fromkeys(words, weight)


message_rules = WordRules(
    name="words",
    weights={
        "question_asked": _each(["what", "how", "why", "when", "where", "who", "which"])
        | _each(["can you", "could you", "do you", "is there", "are there", "?"]),
        "clarifying": _each(
            [
                "don't understand",
                "do not understand",
                "what do you mean",
                "not clear",
                "unclear",
                "confused",
                "confusing",
                "you lost me",
            ],
            4.0,
        ),
        "deepening": _each(["explain", "details", "in depth", "elaborate"], 2.5)
        | _each(["tell me more", "more about", "go deeper"], 3.0)
        | _each(["more", "further"], 1.5),
        "broadening": _each(
            ["in general", "what else", "other topics", "anything else", "more generally"], 3.5
        )
        | _each(["alternatives", "other options", "related"], 2.0),
        "comparison_made": _each(
            ["compare", "compared", "versus", "vs", "difference between", "better than"], 3.0
        )
        | _each(["different", "difference"], 2.0),
        "solution_provided": _each(
            ["solved", "that works", "it works", "works now", "fixed", "that helped"], 3.0
        )
        | _each(["thanks", "thank you"], 1.5),
        "farewell": _each(["bye", "goodbye", "see you", "good night", "that's all"], 3.0),
        "greeting": _each(["hello", "hi", "hey", "greetings"], 0.75)
        | _each(["good morning", "good afternoon", "good evening"], 0.75),
    },
    otherwise="topic_introduced",
    otherwise_weight=0.2,
    otherwise_most=0.9,
)
"""Classes of messages. A greeting weighs the least: what is said besides is what it is about."""

message_classes = ("greeting", *(name for name in message_rules.labels if name != "greeting"))
"""What the default classifier can give, the one a conversation begins with first."""

sentiment_rules = WordRules(
    name="words",
    weights={
        "confused": _each(
            ["confused", "confusing", "don't understand", "do not understand", "unclear"], 2.0
        )
        | _each(["not clear", "what do you mean", "i'm lost", "no idea", "don't get it"], 2.0),
        "frustrated": _each(
            ["frustrated", "frustrating", "annoyed", "annoying", "angry", "terrible", "useless"],
            2.0,
        )
        | _each(["still not working", "doesn't work", "does not work", "not happy", "waste"], 2.0)
        | _each(["not satisfied", "not great", "not good", "not helpful"], 3.0),
        "satisfied": _each(["thanks", "thank you", "great", "perfect", "awesome", "excellent"])
        | _each(["happy", "satisfied", "helpful", "that helped", "wonderful", "love it"]),
    },
    otherwise="neutral",
)
"""Sentiments of messages."""

"""Follow-ups: found again in the same conversation, and never in another.

A conversation is a first question, its answer and a follow-up, each question in two wordings. All
are stored in the first wording; each is asked in the second, the first answer being the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.cache_data import data_folder, embedded, rows_of, unit
from benchmarks.measure import Settings
from benchmarks.result import Bar, Measured, Missing, Result
from retold.domain.cache.following import (
    context_text,
    earlier_question,
    follows_alike,
    question_weight,
)
from retold.domain.cache.guards.pair import words_of
from retold.domain.cache.guards.vocabulary import function_words
from retold.embedding.embedder import Vectors

name = "cache_context"
least_recall, most_false = 85.0, 5.0
same_answer = 0.9
same_opening = 0.6
foreign_questions = 20


@dataclass(frozen=True, slots=True)
class Found:
    """How follow-ups fared.

    Attributes:
        recall: percent that were given their own conversation's answer.
        false: percent to which an answer of another conversation would have been given.
        foreign: percent of other questions, put in a conversation, that were given its answer.
    """

    recall: float
    false: float
    foreign: float


def run(settings: Settings) -> Iterator[Result]:
    """Measure conversations in two wordings, and pairs of different conversations."""
    if data_folder() is None:
        yield Missing(
            benchmark=name, case="follow-ups", reason="no questions; set RETOLD_SHARED_DATA"
        )
        return
    found = follow_ups()
    yield _figure("follow-ups found again", found.recall, "%", Bar(at_least=least_recall))
    yield _figure("follow-ups given another's answer", found.false, "%", Bar(at_most=most_false))
    yield _figure(
        "another question in the same conversation, given its answer",
        found.foreign,
        "%",
        Bar(at_most=most_false),
    )
    last_only, of_all, of_same_opening = across_conversations()
    yield _figure(
        "pairs of two conversations, different answers: served",
        float(of_all),
        "pairs",
        Bar(at_most=0.0),
        note=f"by the last message at .85 {last_only}; same opening reworded {of_same_opening}",
    )


def follow_ups() -> Found:
    """Return how the follow-ups of conversations in two wordings fare at the documented setting."""
    rows = rows_of("dev_context_quads.jsonl")
    count = len(rows)
    stored = _vectors([r["u0"] for r in rows], [r["r0"] for r in rows], [r["u1"] for r in rows])
    asked = _vectors(
        [r["u0_dup"] for r in rows], [r["r0"] for r in rows], [r["u1_dup"] for r in rows]
    )
    served = _served(asked[0] @ stored[0].T, asked[1] @ stored[1].T)
    itself = np.eye(count, dtype=bool)
    other = _other_answers(rows) & ~itself
    draw = np.random.default_rng(0)
    foreign = []
    questions = embedded([row["u1_dup"] for row in rows])
    openings = embedded([earlier_question(row["u0_dup"]) for row in rows])
    contexts = np.einsum("ij,ij->i", asked[1], stored[1])
    for number in range(count):
        chosen = [n for n in draw.permutation(count) if other[number, n]][:foreign_questions]
        joint = _joint(questions[chosen], openings[number]) @ stored[0][number]
        foreign += [follows_alike(float(one), float(contexts[number])) for one in joint]
    return Found(
        recall=100 * float(served[itself].mean()),
        false=100 * float((served & other).any(axis=1).mean()),
        foreign=100 * sum(foreign) / len(foreign),
    )


def across_conversations() -> tuple[int, int, int]:
    """Return pairs of conversations with different answers that would be served each other's.

    Returns:
        By the last message alone at a cosine of .85; by the documented setting; and, left out of
        that, those whose openings are the same question in other words.
    """
    rows = rows_of("dev_context_pairs.jsonl")
    openings = [row["u0"] for row in rows]
    joint, context = _vectors(openings, [""] * len(rows), [row["u1"] for row in rows])
    alone = embedded([row["u1"] for row in rows])
    different = np.array([[a["r1"] != b["r1"] for b in rows] for a in rows])
    different &= np.array([[a != b for b in openings] for a in openings])
    different = np.triu(different, 1)
    served = np.argwhere(_served(joint @ joint.T, context @ context.T) & different)
    reworded = sum(_overlap(openings[a], openings[b]) >= same_opening for a, b in served)
    last_only = int(((alone @ alone.T >= 0.85) & different).sum())
    return last_only, len(served) - reworded, reworded


def _vectors(
    openings: list[str], answers: list[str], questions: list[str]
) -> tuple[Vectors, Vectors]:
    """Return joint and context vectors."""
    before = [f"{one}\n{answer}" for one, answer in zip(openings, answers, strict=True)]
    joint = _joint(embedded(questions), embedded([earlier_question(text) for text in before]))
    return joint, embedded([context_text(text) for text in before])


def _joint(questions: Vectors, openings: Vectors) -> Vectors:
    mixed = question_weight * questions + (1 - question_weight) * openings
    return unit(mixed.astype(np.float32))


def _served(joint: Vectors, context: Vectors) -> NDArray[np.bool_]:
    rows = [
        [follows_alike(float(a), float(b)) for a, b in zip(one, other, strict=True)]
        for one, other in zip(joint, context, strict=True)
    ]
    return np.array(rows, dtype=bool)


def _other_answers(rows: list[dict[str, Any]]) -> NDArray[np.bool_]:
    """Return which rows have an answer that does not mean the same."""
    answers = embedded([row["r1"] for row in rows])
    return answers @ answers.T < same_answer


def _overlap(one: str, other: str) -> float:
    """Return the Jaccard index of the content words of two texts."""
    first, second = (
        {word for word in words_of(text) if word not in function_words} for text in (one, other)
    )
    return len(first & second) / max(1, len(first | second))


def _figure(case: str, value: float, measure: str, bar: Bar, note: str = "") -> Measured:
    return Measured(benchmark=name, case=case, unit=measure, rounds=(value,), bar=bar, note=note)

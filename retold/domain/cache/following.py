"""When an answer to a follow-up may be given in another conversation: what is compared, how near.

A follow-up such as "when was it signed?" means nothing without the turn before it. Two vectors are
compared, each with a cosine of its own. The *joint* vector holds the question and the user text
before it, each embedded alone, so that the long answer in between cannot drown the question. The
*context* vector holds the turn before: the user text and the beginning of the answer, which was
much the same in both conversations if it was the same conversation.

The numbers were chosen on 124 pairs of two-turn conversations, each told in two wordings, with
wordllama's 256-d vectors; ``benchmarks/cache_context.py`` measures them anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

question_weight = 0.7
"""Of the question in the joint vector; the rest is the user text before it."""

answer_characters = 200
"""Of the answer before, which are embedded with its question as the context."""

least_joint = 0.41
"""Cosine of joint vectors from which on a follow-up is the same, by the fixed setting."""

least_context = 0.96
"""Cosine of context vectors from which on two conversations are the same so far."""


def context_text(before: str) -> str:
    """Return the text to embed as the context.

    Args:
        before: last user text and the answer to it, a line break between them.
    """
    asked, _, answered = before.partition("\n")
    return f"{asked}\n{answered[:answer_characters]}".strip()


def earlier_question(before: str) -> str:
    """Return what of the turn before is embedded for the joint vector: its user text's first line.

    Args:
        before: as of ``context_text``.
    """
    return before.partition("\n")[0].strip() or before.strip()


def joint_vector(question: Sequence[float], earlier: Sequence[float]) -> list[float]:
    """Return the joint vector of a follow-up, of length 1.

    Args:
        question: its vector, of length 1.
        earlier: that of ``earlier_question``, of length 1 and of the same dimension.

    Raises:
        ValueError: when the dimensions differ, or the two cancel each other out.
    """
    mixed = [
        question_weight * one + (1 - question_weight) * other
        for one, other in zip(question, earlier, strict=True)
    ]
    length = sqrt(sum(value * value for value in mixed))
    if not length:
        raise ValueError("the two vectors cancel each other out: there is no joint vector")
    return [value / length for value in mixed]


def context_agrees(context_similarity: float | None, *, at_least: float = least_context) -> bool:
    """Return whether two conversations are the same so far, as it must be for any follow-up.

    Args:
        context_similarity: cosine of the two context vectors; None for questions that open a
            conversation, which have no context to differ in.
        at_least: from which on they agree.
    """
    return context_similarity is None or context_similarity >= at_least


def follows_alike(
    joint_similarity: float,
    context_similarity: float,
    *,
    joint_at_least: float = least_joint,
    context_at_least: float = least_context,
) -> bool:
    """Return whether a follow-up may be given the answer to another, by the fixed setting.

    Args:
        joint_similarity: cosine of the two joint vectors.
        context_similarity: cosine of the two context vectors.
        joint_at_least: from which on the questions are the same.
        context_at_least: from which on the conversations are.
    """
    return joint_similarity >= joint_at_least and context_agrees(
        context_similarity, at_least=context_at_least
    )

"""What the events and the state of a problem are made of."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from retold.domain.value import Value
from retold.errors import InvalidLimit

root_node = "0"
"""The node of the problem itself; its first subproblem is ``0.1``, that one's second ``0.1.2``."""

fewest_subproblems, most_subproblems = 2, 4


class Complexity(StrEnum):
    """How complex a problem is; a simple one is solved as it is."""

    SIMPLE = "simple"
    MEDIUM = "medium"
    COMPLEX = "complex"


class OnFailure(StrEnum):
    """What becomes of a problem when some of its subproblems failed.

    Attributes:
        SYNTHESISE: it is synthesised from the others, and its solution says what is missing.
        FAIL: it fails.
    """

    SYNTHESISE = "synthesise"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a whole tree may take, over all the processes that work on it.

    It is looked at before each question. A question under way is finished, so the tokens may
    exceed theirs by what those take, and model calls by what agents with tools make of one.

    Attributes:
        model_calls: answers of models; None for any number.
        tokens: sent and produced, as far as models say; None for any number.
    """

    model_calls: int | None = None
    tokens: int | None = None

    def __post_init__(self) -> None:
        """Check the limits.

        Raises:
            InvalidLimit: when one of them is below 1.
        """
        for name, limit in (("model_calls", self.model_calls), ("tokens", self.tokens)):
            if limit is not None:
                check_limit(name, limit)


def check_limit(name: str, limit: int) -> None:
    """Check a limit of how much may be done.

    Raises:
        InvalidLimit: when it is no whole number from 1.
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise InvalidLimit(name, limit)


class Limits(Value):
    """How far a problem may be taken.

    Attributes:
        max_depth: levels of subproblems below the problem.
        model_calls: answers of models for the whole tree; None for any number.
        tokens: for the whole tree, both ways; None for any number.
        on_failure: what becomes of a problem when some of its subproblems failed.
    """

    max_depth: int
    model_calls: int | None = None
    tokens: int | None = None
    on_failure: OnFailure = OnFailure.SYNTHESISE


class Spent(Value):
    """What was spent on models.

    Attributes:
        model_calls: answers.
        prompt_tokens: sent, as far as models said; None when none did.
        completion_tokens: produced, likewise.
    """

    model_calls: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None

    @property
    def tokens(self) -> int:
        """Tokens known of, both ways."""
        return (self.prompt_tokens or 0) + (self.completion_tokens or 0)

    def __add__(self, other: Spent) -> Spent:
        """Return both together."""
        return Spent(
            model_calls=self.model_calls + other.model_calls,
            prompt_tokens=_added(self.prompt_tokens, other.prompt_tokens),
            completion_tokens=_added(self.completion_tokens, other.completion_tokens),
        )


nothing = Spent()


def _added(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return one + other


def child_of(node: str, number: int) -> str:
    """Return the node of a subproblem; they are numbered from 1."""
    return f"{node}.{number}"


def parent_of(node: str) -> str | None:
    """Return the node above; None for that of the problem itself."""
    return node.rpartition(".")[0] or None


def is_within(node: str, above: str) -> bool:
    """Say whether a node is another one or somewhere below it."""
    return node == above or node.startswith(f"{above}.")


def depth_of(node: str) -> int:
    """Return how far a node is below that of the problem itself."""
    return node.count(".")


def place_of(node: str) -> tuple[int, ...]:
    """Return what nodes are ordered by: each before those below it, and those before the next."""
    return tuple(map(int, node.split(".")))


def problem_key(text: str) -> str:
    """Return what equal problems have in common.

    Case, blanks, emphasis and the punctuation at the end make no difference.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().replace("*", "")
    plain = re.sub(r"\s+", " ", plain).strip().rstrip(" .!?;:,")
    return sha256((plain or text).encode("utf-8", "backslashreplace")).hexdigest()[:32]

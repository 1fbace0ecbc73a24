"""What happens to a problem that is split and solved.

They are events of the conversation in which it is solved. A problem is named by ``solve``, and one
of its tree by ``node``: ``0`` is the problem itself, ``0.2`` its second subproblem.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

from pydantic import Field

from retold.domain.event import DomainEvent, EventRegistry
from retold.domain.problem.values import Complexity, Limits, Spent, nothing
from retold.domain.value import ErrorInfo, Value


class Reading(StrEnum):
    """How a model's answer was read.

    Attributes:
        SCHEMA: it has the form that was asked for.
        JSON: as JSON of another form, or with text around it.
        LIST: as a list, or a word, in text.
        FALLBACK: it could not be read, and what to do then was done.
    """

    SCHEMA = "schema"
    JSON = "json"
    LIST = "list"
    FALLBACK = "fallback"


class Wholeness(StrEnum):
    """Why a problem was left whole although it was to be split.

    Attributes:
        UNREADABLE: no subproblem could be read from the answer.
        SINGLE: there was only one.
    """

    UNREADABLE = "unreadable"
    SINGLE = "single"


class How(StrEnum):
    """How a problem was solved.

    Attributes:
        DIRECT: as it is.
        SYNTHESIS: from the answers to its subproblems.
        EQUAL: by the answer to an equal one.
    """

    DIRECT = "direct"
    SYNTHESIS = "synthesis"
    EQUAL = "equal"


class Step(StrEnum):
    """What can fail.

    Attributes:
        ASSESS, DECOMPOSE, SOLVE, SYNTHESISE: a question to the agent.
        SUBPROBLEMS: the subproblems it needs.
        EQUAL: the equal problem whose answer it needs.
    """

    ASSESS = "assess"
    DECOMPOSE = "decompose"
    SOLVE = "solve"
    SYNTHESISE = "synthesise"
    SUBPROBLEMS = "subproblems"
    EQUAL = "equal"


class Subproblem(Value):
    """A piece of a problem.

    Attributes:
        problem: what is to be solved.
        equal_to: node of an equal problem, whose answer is waited for.
        repeats: node of an equal problem that itself waits for this one, such as the one it is a
            piece of; so it is solved as it is.
    """

    problem: str
    equal_to: str | None = None
    repeats: str | None = None


class ProblemPosed(DomainEvent):
    """A problem was posed.

    Attributes:
        context: what else is known, JSON by name.
        limits: how far it may be taken.
    """

    type: ClassVar[str] = "problem.posed"
    solve: str
    problem: str
    context: dict[str, Any] = Field(default_factory=dict)
    limits: Limits


class ProblemResumed(DomainEvent):
    """Work on a problem that stopped or failed was taken up again, or its limits changed.

    Attributes:
        limits: those that hold from now on.
        nodes: those that failed, and are tried again.
    """

    type: ClassVar[str] = "problem.resumed"
    solve: str
    limits: Limits
    nodes: tuple[str, ...] = ()


class ProblemAssessed(DomainEvent):
    """It was said how complex a problem is.

    Attributes:
        reading: how the answer was read.
        spent: on the question.
    """

    type: ClassVar[str] = "problem.assessed"
    solve: str
    node: str
    complexity: Complexity
    reading: Reading
    spent: Spent = nothing


class ProblemDecomposed(DomainEvent):
    """A problem was split.

    Attributes:
        subproblems: in order; the nodes are numbered from 1.
        offered: how many the answer had; the others were left out.
        reading: how the answer was read.
        spent: on the question.
    """

    type: ClassVar[str] = "problem.decomposed"
    solve: str
    node: str
    subproblems: tuple[Subproblem, ...]
    offered: int
    reading: Reading
    spent: Spent = nothing


class ProblemLeftWhole(DomainEvent):
    """A problem could not be split, so it is solved as it is.

    Attributes:
        reason: why it could not.
        reading: how the answer was read.
        spent: on the question.
    """

    type: ClassVar[str] = "problem.left_whole"
    solve: str
    node: str
    reason: Wholeness
    reading: Reading
    spent: Spent = nothing


class ProblemSolved(DomainEvent):
    """A problem was solved.

    Attributes:
        answer: to it.
        how: it was solved.
        equal_to: node whose answer it is, when it is that of an equal problem.
        missing: nodes of the subproblems that failed, and that it had to do without.
        spent: on the question.
    """

    type: ClassVar[str] = "problem.solved"
    solve: str
    node: str
    answer: str
    how: How
    equal_to: str | None = None
    missing: tuple[str, ...] = ()
    spent: Spent = nothing


class ProblemFailed(DomainEvent):
    """A problem could not be solved.

    Attributes:
        step: what failed.
        error: how.
        spent: on the question.
    """

    type: ClassVar[str] = "problem.failed"
    solve: str
    node: str
    step: Step
    error: ErrorInfo
    spent: Spent = nothing


class StopReason(StrEnum):
    """The limit that stopped the work."""

    MODEL_CALLS = "model_calls"
    TOKENS = "tokens"


class ProblemStopped(DomainEvent):
    """Work on a problem stopped because its budget was spent.

    Attributes:
        reason: which limit it was.
        limit: what it was.
        spent: on the whole tree by then, as far as recorded.
    """

    type: ClassVar[str] = "problem.stopped"
    solve: str
    reason: StopReason
    limit: int
    spent: Spent


problem_events = EventRegistry(
    ProblemPosed,
    ProblemResumed,
    ProblemAssessed,
    ProblemDecomposed,
    ProblemLeftWhole,
    ProblemSolved,
    ProblemFailed,
    ProblemStopped,
)

"""What a planner does where a plan leaves it open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import isawaitable
from typing import Literal, TypeAlias

from retold.domain.plan.step import PlanStep, Verdict
from retold.errors import InvalidPlanLimit, InvalidPlanPolicy

DecideMissing: TypeAlias = Callable[
    [PlanStep, str], "Verdict | bool | Awaitable[Verdict | bool | None] | None"
]
"""Given a step and what the user said: met, not met, or None to have the plan wait."""

OnMissing: TypeAlias = "Literal['ask', 'accept', 'reject'] | DecideMissing"

_verdicts = {"ask": Verdict.UNDECIDED, "accept": Verdict.MET, "reject": Verdict.NOT_MET}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannerPolicy:
    """What a planner does where a plan leaves it open, and its limits.

    Attributes:
        on_missing_criteria: what an answer to a step without success criteria counts as:
            ``ask`` has the plan wait for the caller's decision, ``accept`` and ``reject`` decide
            always alike, a function decides each time.
        fallback_limit: fallbacks a step may take; then the plan is escalated, and waits.
        attempts: how often a model is asked at the most for a plan, or for a verdict, before an
            answer that cannot be read counts as none.
        ask_timeout: seconds one of these may take, above 0; None for any.
        use_schema: whether models are asked for JSON of a given form. Without, for models that
            know no such thing, a numbered list and a word are asked for.
    """

    on_missing_criteria: OnMissing = "ask"
    fallback_limit: int = 2
    attempts: int = 2
    ask_timeout: float | None = None
    use_schema: bool = True

    def __post_init__(self) -> None:
        """Check the limits.

        Raises:
            InvalidPlanLimit: when one is too low.
            InvalidPlanPolicy: when ``on_missing_criteria`` is no policy.
        """
        for name, least in (("fallback_limit", 0), ("attempts", 1)):
            if getattr(self, name) < least:
                raise InvalidPlanLimit(name, getattr(self, name), least)
        check_timeout("ask_timeout", self.ask_timeout)
        policy = self.on_missing_criteria
        if not callable(policy) and policy not in _verdicts:
            raise InvalidPlanPolicy(policy)

    async def without_criteria(self, step: PlanStep, message: str) -> Verdict:
        """Return what an answer to a step without criteria counts as."""
        policy = self.on_missing_criteria
        if not callable(policy):
            return _verdicts[policy]
        said = policy(step, message)
        if isawaitable(said):
            said = await said
        return as_verdict(said)


def as_verdict(said: Verdict | bool | None) -> Verdict:  # noqa: FBT001 - what a rule said
    """Return a verdict from yes, no, or None for neither; anything else decides nothing."""
    if isinstance(said, bool):
        return Verdict.MET if said else Verdict.NOT_MET
    # A text such as "not_met" is true to Python.
    return Verdict(str(said)) if is_verdict(said) else Verdict.UNDECIDED


def is_verdict(said: object) -> bool:
    """Return whether it is a verdict, or the text of one."""
    return isinstance(said, str) and said in list(Verdict)


def check_timeout(name: str, seconds: float | None) -> None:
    """Check a time limit.

    Raises:
        InvalidPlanLimit: when it is not above 0.
    """
    if seconds is not None and not seconds > 0:
        raise InvalidPlanLimit(name, seconds, None)

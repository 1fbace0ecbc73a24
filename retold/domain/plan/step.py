"""A step of a plan, and what tells that it is done."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from retold.domain.value import Value


class Verdict(StrEnum):
    """Whether a step's criteria are met.

    Attributes:
        MET: they are.
        NOT_MET: they are not.
        UNDECIDED: nobody can tell, or there are none.
    """

    MET = "met"
    NOT_MET = "not_met"
    UNDECIDED = "undecided"


class ToolCallCriterion(Value):
    """A tool call that must have been made.

    Attributes:
        name: of the tool.
        arguments: it must have been given.
        compare: names of the arguments that count; None for all, and then there may be no other.
    """

    name: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    compare: tuple[str, ...] | None = None


class StepDraft(Value):
    """A step that is not part of a plan yet.

    Attributes:
        description: what is to be said or done.
        expected_response: the kind of answer that is hoped for; None when it is not said.
        success_criteria: what an answer must have; None when it is not said.
        fallback: what to do when it has not; None when it is not said.
        tool_call: a call that must have been made, instead of criteria in words.
    """

    description: str
    expected_response: str | None = None
    success_criteria: str | None = None
    fallback: str | None = None
    tool_call: ToolCallCriterion | None = None

    @property
    def has_criteria(self) -> bool:
        """Whether anything says when it is done; an empty text does not."""
        return bool((self.success_criteria or "").strip()) or self.tool_call is not None


class PlanStep(StepDraft):
    """A step of a plan.

    Attributes:
        id: unique within the plan, for good: a step that replaces it has another.
    """

    id: str


def fallback_text(step: StepDraft) -> str:
    """Return what is said to the user when an answer did not meet a step's criteria."""
    action = step.fallback
    if action is None:
        return f"Could you please say more? {step.description}"
    asked = action.lower()
    if "clarif" in asked:
        return f"Could you please give more details or clarify your answer? {step.description}"
    if "rephrase" in asked:
        return f"Let me rephrase the question: {step.description}"
    return action

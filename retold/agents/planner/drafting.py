"""Steps of a plan from a model: what it is asked, and what it answered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ag2 import Agent
from pydantic import BaseModel

from retold.agents.planner.keys import digest
from retold.agents.planner.policy import PlannerPolicy
from retold.agents.work import Work
from retold.domain.plan.reading import ReadPlan, read_plan
from retold.domain.plan.state import Plan, StepStatus
from retold.domain.result import ResultStatus, ResultUsage
from retold.domain.value import ErrorInfo
from retold.store.codec.values import made_plain


class StepForm(BaseModel):
    """A step in the form a planning model answers in; an empty text is none."""

    description: str
    expected_response: str
    success_criteria: str
    fallback: str


class PlanForm(BaseModel):
    """The form a planning model answers in."""

    steps: list[StepForm]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """What came of asking for steps.

    Attributes:
        plan: what was read; None when nothing could be.
        attempts: how often the model was asked.
        status: of the last time.
        error: why there is no plan.
        usage: what it took.
    """

    plan: ReadPlan | None
    attempts: int
    status: ResultStatus = ResultStatus.COMPLETED
    error: ErrorInfo | None = None
    usage: ResultUsage


async def draft(
    work: Work, agent: Agent[Any], prompt: str, *, key: str, max_steps: int, policy: PlannerPolicy
) -> Drafted:
    """Ask for steps, and once more when the answer holds none.

    Args:
        work: of the turn.
        agent: who is asked.
        prompt: what.
        key: names what is asked, beside the prompt.
        max_steps: steps taken from an answer.
        policy: how often, and in which form.
    """
    options: dict[str, Any] = {"response_schema": PlanForm} if policy.use_schema else {}
    usage, text, asked = ResultUsage(), "", prompt
    for attempt in range(1, policy.attempts + 1):
        answer = await work.ask(
            agent,
            asked,
            key=f"{key}/{digest(prompt)}/{attempt}",
            timeout=policy.ask_timeout,
            **options,
        )
        usage += answer.usage
        if answer.status is not ResultStatus.COMPLETED:
            return Drafted(
                plan=None,
                attempts=attempt,
                status=answer.status,
                error=answer.error,
                usage=usage,
            )
        text = made_plain(answer.text or "")
        found = read_plan(text, max_steps=max_steps)
        if found.steps:
            return Drafted(plan=found, attempts=attempt, usage=usage)
        asked = f"{prompt}\n\nYour last answer held no list of steps. Answer with nothing else."
    said = text.strip()[:200]
    message = f"The answer holds no steps: {said!r}" if said else "The answer is empty."
    return Drafted(
        plan=None,
        attempts=policy.attempts,
        status=ResultStatus.FAILED,
        error=ErrorInfo(type="PlanUnreadable", message=message),
        usage=usage,
    )


def planning_prompt(goal: str, max_steps: int) -> str:
    """Return what a model is asked to make a plan."""
    return "\n\n".join(
        [f"Plan a conversation with a user, step by step, to this end:\n{goal}", *_form(max_steps)]
    )


def replanning_prompt(plan: Plan, reason: str | None, max_steps: int) -> str:
    """Return what a model is asked to replace the open steps of a plan."""
    done = _described(plan, {StepStatus.MET, StepStatus.SKIPPED})
    still_open = _described(plan, {StepStatus.OPEN})
    facts = {"goal": plan.goal, "done": done, "open": still_open, "why it must change": reason}
    known = {name: value for name, value in facts.items() if value}
    return "\n\n".join(
        [
            "A conversation with a user follows this plan, and its open steps must be replaced:",
            json.dumps(known, ensure_ascii=False, indent=1),
            *_form(max_steps),
        ]
    )


def _described(plan: Plan, statuses: set[StepStatus]) -> Sequence[str]:
    return [state.step.description for state in plan.steps if state.status in statuses]


def _form(max_steps: int) -> Sequence[str]:
    form = (
        "Give a numbered list of steps, each with\n"
        "- Description: what to say or ask\n"
        "- Expected response: the kind of answer\n"
        "- Success criteria: what an answer must have\n"
        "- Fallback: what to do when it has not"
    )
    return form, f"Give {max_steps} steps at the most."

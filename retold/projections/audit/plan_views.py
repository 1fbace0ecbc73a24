"""The documented views of plans."""

from __future__ import annotations

from retold.projections.audit.view import View
from retold.projections.models.plan_progress import plan_progress as plan_list
from retold.projections.models.plan_table import plan_rows, plan_step_rows

plan_progress = View(
    name="plan_progress",
    description="a row a plan of a conversation",
    projection=plan_list,
    table=plan_rows,
    columns={
        "session": "id of the conversation",
        "plan": "id of the plan",
        "root_session": "id of the session it belongs to",
        "agent": "name of the planner",
        "goal": "what the plan is for",
        "status": "open, waiting, completed or abandoned",
        "waiting_for": "criteria, verdict or escalation; null when it does not wait",
        "current_step": "id of the current step; null when the plan is over",
        "steps": "steps it has, those replaced not counted",
        "done": "those whose criteria are met",
        "skipped": "those left out",
        "messages": "how often the user said something",
        "attempts": "evaluations",
        "fallbacks": "fallbacks taken",
        "escalations": "how often fallbacks were used up",
        "revision": "how often it was replanned",
        "created_at": "when the log took its first event",
        "updated_at": "when the log took its newest event",
        "ended_at": "when it was completed or abandoned; null before that",
        "stuck_since": "when its current step was first found not to be met; null when it was not",
    },
)

plan_steps = View(
    name="plan_steps",
    description="a row a step of a plan",
    projection=plan_list,
    table=plan_step_rows,
    columns={
        "session": "id of the conversation",
        "plan": "id of the plan",
        "step": "id of the step",
        "root_session": "id of the session it belongs to",
        "number": "its place among all the plan ever had, from 1",
        "description": "what is to be said or done",
        "criteria": "in words, or the tool that must be called; null when it has none",
        "fallback": "what the plan says to do; null when it says nothing",
        "status": "open, current, met, skipped or replaced",
        "verdict": "of the newest evaluation: met, not_met or undecided",
        "reason": "of that verdict",
        "judged_by": "who gave it",
        "evidence": "event that shows it",
        "attempts": "evaluations",
        "fallbacks": "fallbacks taken",
        "escalations": "how often they were used up",
        "entered_at": "when it became the current step, the last time",
        "ended_at": "when it was met, skipped or replaced",
        "seconds": "it was the current step, up to when it last ceased to be",
        "stuck_since": "when it was first found not to be met; null when it is not the current one",
    },
)

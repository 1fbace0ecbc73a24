"""The documented views of workflows, as those of :mod:`retold.projections.audit.views`."""

from __future__ import annotations

from retold.projections.audit.view import View
from retold.projections.models.alerts import alert_rows
from retold.projections.models.alerts import alerts as alert_list
from retold.projections.models.limit_refusals import limit_refusals as refusal_list
from retold.projections.models.limit_refusals import refusal_rows
from retold.projections.models.step_usage import step_usage as usage_list
from retold.projections.models.step_usage import step_usage_rows
from retold.projections.models.workflow_attempt_table import approval_rows, attempt_rows
from retold.projections.models.workflow_definitions import definition_rows, workflow_definitions
from retold.projections.models.workflow_runs import workflow_runs as run_list
from retold.projections.models.workflow_table import execution_rows, run_rows

workflows = View(
    name="workflows",
    description="a row a workflow that was defined",
    projection=workflow_definitions,
    table=definition_rows,
    columns={
        "workflow": "its name",
        "definition": "its newest version",
        "description": "of that version",
        "steps": "how many that has",
        "content_hash": "of what that defines",
        "created_at": "when the log took its first version",
        "changed_at": "when the log took its newest version",
    },
)
workflow_runs = View(
    name="workflow_runs",
    description="a row a run of a workflow, as it is now",
    projection=run_list,
    table=run_rows,
    columns={
        "run": "its id",
        "workflow": "name of the workflow",
        "definition": "version of the workflow it runs by",
        "status": "queued, running, paused, completed, failed or cancelled",
        "priority": "the greater goes first",
        "correlation_id": "of the whole piece of work",
        "worker": "the process that started it",
        "executions": "1, and 1 more for each time it was retried",
        "queued_at": "when the log took it",
        "ready_at": "the earliest it might start",
        "started_at": "when it first started",
        "ended_at": "when it ended; null while it goes on",
        "queue_wait_ms": "from when it might start until it first did",
        "duration_ms": "from start to end, of all executions that ended",
        "steps": "how many the definition has",
        "steps_done": "completed",
        "steps_skipped": "left out",
        "steps_failed": "failed for good",
        "attempts": "begun at its steps",
        "error_type": "class of the error it failed with",
        "error": "its message",
        "version": "its newest event",
        "recorded_at": "when the log took that",
    },
)
workflow_executions = View(
    name="workflow_executions",
    description="a row a run from when it was queued, or retried, to its end",
    projection=run_list,
    table=execution_rows,
    columns={
        "run": "id of the run",
        "version": "of the event that queued or retried it",
        "workflow": "name of the workflow",
        "definition": "version of the workflow",
        "number": "which execution of the run, from 1",
        "status": "queued, running, completed, failed or cancelled",
        "error_type": "class of the error it failed with",
        "recorded_at": "when the log took the event that began it",
        "position": "of that event",
        "ready_at": "the earliest it might start; null for one that was retried",
        "started_at": "when the log took its start",
        "started_position": "of that event",
        "ended_at": "when the log took its end",
        "ended_position": "of that event",
        "queue_wait_ms": "from when it might start until it did; null for one that was retried",
        "duration_ms": "from its start to its end",
    },
)
workflow_attempts = View(
    name="workflow_attempts",
    description="a row an attempt at a step, or at one item of its fan-out",
    projection=run_list,
    table=attempt_rows,
    columns={
        "run": "id of the run",
        "version": "of the event by which it might begin",
        "workflow": "name of the workflow",
        "step": "name of the step",
        "item": "place in a fan-out, from 0; null for a step without one",
        "attempt": "its number, from 1",
        "agent": "who does it; null before it began",
        "for_agent": "the agent it is for, where that is named",
        "capability": "what it takes, where no agent is named",
        "instance": "which of the agent's instances",
        "worker": "the process that works on it",
        "status": "ready, running, completed, failed, timed_out, lost or cancelled",
        "error_type": "class of the error; StepTimedOut and StepLost where none was raised",
        "error": "its message",
        "next": "what followed upon a failure: retry, fallback or fail",
        "priority": "the greater goes first",
        "recorded_at": "when the log took the event by which it might begin",
        "position": "of that event",
        "ready_at": "the earliest it might begin",
        "started_at": "when the log took its beginning",
        "started_position": "of that event",
        "ended_at": "when the log took its end",
        "ended_position": "of that event",
        "queue_wait_ms": "from when it might begin until it did",
        "latency_ms": "from its beginning to its end",
    },
)
workflow_approvals = View(
    name="workflow_approvals",
    description="a row a step that waits, or waited, for a human to agree",
    projection=run_list,
    table=approval_rows,
    columns={
        "run": "id of the run",
        "version": "of the event that asks",
        "workflow": "name of the workflow",
        "step": "name of the step",
        "question": "what is asked",
        "status": "waiting, given, refused, expired or cancelled",
        "answered_by": "who answered",
        "reason": "why",
        "recorded_at": "when the log took the question",
        "expires_at": "when no answer is a refusal",
        "ended_at": "when the log took the answer",
        "wait_ms": "from the question to the answer",
    },
)
limit_refusals = View(
    name="limit_refusals",
    description="a row an attempt at a step that a limit of an agent made wait",
    projection=refusal_list,
    table=refusal_rows,
    columns={
        "orchestrator": "its name",
        "version": "of the event",
        "agent": "whose limit",
        "limit_name": "which limit",
        "used": "by then",
        "allowed": "by the limit",
        "run": "id of the run",
        "step": "name of the step",
        "item": "place in a fan-out",
        "attempt": "number of the attempt",
        "retry_at": "when the limit lets it begin",
        "recorded_at": "when the log took it",
        "position": "of the event",
    },
)
step_usage = View(
    name="step_usage",
    description="a row each time AG2 accounts for tokens of an attempt at a step",
    projection=usage_list,
    table=step_usage_rows,
    columns={
        "session": "id of the conversation in which the agent was asked",
        "version": "of the event that accounts for them",
        "run": "id of the run",
        "step": "name of the step",
        "item": "place in a fan-out; null for a step without one",
        "attempt": "number of the attempt",
        "prompt_tokens": "sent",
        "completion_tokens": "produced",
        "recorded_at": "when the log took the event",
        "position": "of the event",
    },
)
alerts = View(
    name="alerts",
    description="a row each time an alert was raised",
    projection=alert_list,
    table=alert_rows,
    columns={
        "rule": "name of its rule",
        "number": "how often the rule raised one, this time included",
        "status": "raised or cleared",
        "measure": "which figure",
        "agent": "of this agent; null for all",
        "workflow": "of this workflow; null for all",
        "step": "of this step; null for all",
        "circuit": "of this circuit; null for all",
        "value": "the figure",
        "threshold": "what it was greater than",
        "cause": "what the figure was made of",
        "since": "when it was first measured to be greater",
        "raised_at": "when it was raised, by the clock of the process that measured",
        "cleared_at": "when it was cleared, likewise",
        "cleared_value": "the figure then",
        "seconds": "it was raised",
        "hooks": "calls of hooks for it",
        "hooks_failed": "those of them that raised an error",
        "hook_error": "the newest of these",
        "recorded_at": "when the log took its raising",
        "ended_at": "when the log took its clearing",
    },
)

workflow_views: tuple[View, ...] = (
    workflows,
    workflow_runs,
    workflow_executions,
    workflow_attempts,
    workflow_approvals,
    limit_refusals,
    step_usage,
    alerts,
)

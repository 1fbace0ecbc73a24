"""The documented view of what policies decided."""

from __future__ import annotations

from retold.projections.audit.view import View
from retold.projections.models.policy_decisions import (
    policy_decision_rows,
    policy_decisions as decision_list,
)

policy_decisions = View(
    name="policy_decisions",
    description="a row for each thing that a policy refused, replaced or failed at",
    projection=decision_list,
    table=policy_decision_rows,
    columns={
        "session": "id of the conversation",
        "version": "of the event",
        "root_session": "id of the session it belongs to",
        "turn": "id of the turn",
        "agent": "name of the agent it concerned",
        "policy": "name of the policy",
        "what": "refused, replaced or failed",
        "refused": "whether it did not happen: it was refused, or the policy failed",
        "told": "whether the model was told, and the turn went on",
        "stage": "of the turn",
        "point": "what the policy was asked about, such as tool_call",
        "tool": "name of the tool, if it is about one",
        "reason": "in the policy's words",
        "error_type": "class of the error the caller got, or of what a failed policy raised",
        "recorded_at": "when the log took it",
    },
)

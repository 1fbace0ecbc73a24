"""What policies decided: a row a refusal, a replacement and a failure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from retold.domain.event import RecordedEvent
from retold.domain.policy import PolicyFailureRecorded, RefusalRecorded, policy_events
from retold.domain.recording import conversation_category, conversation_of
from retold.projections.event_facts import metadata_text, root_session_of, short_text
from retold.projections.models.policy_table import PolicyDecisionRow
from retold.projections.payload import printable
from retold.projections.projection import Projection
from retold.projections.read_table import ReadTable
from retold.projections.rows import Rows


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyDecision:
    """Something that a policy did not let pass as it was. Unknown is None.

    Attributes:
        session: id of the conversation.
        version: of the event.
        root_session: id of the session it belongs to.
        turn: id of the turn.
        agent: name of the agent it concerned.
        policy: name of the policy.
        what: ``refused``, ``replaced`` or ``failed``.
        refused: whether it did not happen: it was refused, or the policy failed.
        told: whether the model was told of it, and the turn went on.
        stage: of the turn.
        point: what the policy was asked about, such as ``tool_call``.
        tool: name of the tool, if it is about one.
        reason: in the policy's words.
        error_type: class of the error the caller got, or of what a failed policy raised.
        recorded_at: when the log took it, UTC.
    """

    session: str
    version: int
    root_session: str
    turn: str | None
    agent: str | None
    policy: str
    what: str
    refused: bool
    told: bool
    stage: str | None
    point: str | None
    tool: str | None
    reason: str | None
    error_type: str | None
    recorded_at: datetime


def _fold(rows: Rows, event: RecordedEvent) -> None:
    data = event.data
    rows.put(
        policy_decision_rows,
        PolicyDecision(
            session=conversation_of(event.stream),
            version=event.version,
            root_session=root_session_of(event),
            turn=_name(data.get("turn")),
            agent=short_text(metadata_text(event, "agent")),
            policy=_name(data.get("policy")) or "",
            what=event.type.partition(".")[2],
            refused=event.type in {RefusalRecorded.type, PolicyFailureRecorded.type},
            told=data.get("told") is True,
            stage=printable(data.get("stage")),
            point=printable(data.get("point")),
            tool=_name(data.get("tool")),
            reason=printable(data.get("reason")),
            error_type=_name(data.get("error")),
            recorded_at=event.recorded_at,
        ),
    )


def _name(value: Any) -> str | None:
    return short_text(printable(value))


policy_decision_rows = ReadTable(PolicyDecisionRow, PolicyDecision)
policy_decisions = Projection(
    name="policy_decisions",
    version=1,
    fold=_fold,
    tables=(policy_decision_rows,),
    types=frozenset(policy_events),
    category=conversation_category,
    per_stream=True,
    code=(_name,),
    description="a row for each thing that a policy refused, replaced or failed at",
)

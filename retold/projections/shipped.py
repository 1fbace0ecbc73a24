"""The projections that come with Retold."""

from __future__ import annotations

from retold.projections.models.accesses import accesses
from retold.projections.models.alerts import alerts
from retold.projections.models.cache_entries import cache_entries
from retold.projections.models.cache_labels import cache_labels
from retold.projections.models.cache_lookups import cache_lookups
from retold.projections.models.circuits import circuits
from retold.projections.models.conversation_states import versions as conversation_state_versions
from retold.projections.models.full_text import full_text
from retold.projections.models.human_inputs import human_inputs
from retold.projections.models.limit_refusals import limit_refusals
from retold.projections.models.lineage import lineage
from retold.projections.models.messages import messages
from retold.projections.models.model_calls import model_calls
from retold.projections.models.plan_progress import plan_progress
from retold.projections.models.policy_decisions import policy_decisions
from retold.projections.models.problems import problems
from retold.projections.models.releases import releases
from retold.projections.models.session_list import session_list
from retold.projections.models.step_usage import step_usage
from retold.projections.models.subjects import subjects
from retold.projections.models.tool_calls import tool_calls
from retold.projections.models.topic_transitions import topic_transitions
from retold.projections.models.turns import turns
from retold.projections.models.usage import versions as usage_versions
from retold.projections.models.workflow_definitions import workflow_definitions
from retold.projections.models.workflow_runs import workflow_runs
from retold.projections.registry import Registry

shipped = Registry(
    session_list,
    messages,
    full_text,
    human_inputs,
    subjects,
    lineage,
    tool_calls,
    model_calls,
    *usage_versions,
    accesses,
    turns,
    releases,
    problems,
    plan_progress,
    *conversation_state_versions,
    circuits,
    cache_entries,
    cache_lookups,
    cache_labels,
    topic_transitions,
    policy_decisions,
    workflow_runs,
    workflow_definitions,
    limit_refusals,
    step_usage,
    alerts,
)

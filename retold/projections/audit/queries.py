"""The named queries there are. A part that brings events brings its queries here."""

from __future__ import annotations

from retold.projections.audit.access import access_log
from retold.projections.audit.as_of_query import state_as_of
from retold.projections.audit.cache_whatif import cache_whatif
from retold.projections.audit.caches import cache_entries, cache_recall, cache_stats
from retold.projections.audit.causes import chain_of_causes
from retold.projections.audit.circuits import circuit_history, circuits
from retold.projections.audit.cost import cost
from retold.projections.audit.delegation import delegation_tree
from retold.projections.audit.failures import failures
from retold.projections.audit.lag import projection_lag
from retold.projections.audit.limits import alerts, limits
from retold.projections.audit.metrics import agent_metrics, step_metrics, workflow_metrics
from retold.projections.audit.people import human_approvals, subject_access
from retold.projections.audit.plans import plan_progress, plan_steps, plan_stuck
from retold.projections.audit.problem import problem_tree_query
from retold.projections.audit.query import Queries
from retold.projections.audit.refusals import refusals
from retold.projections.audit.releases import release_changes, releases
from retold.projections.audit.sessions import sessions
from retold.projections.audit.text_search import text_search
from retold.projections.audit.topics import topic_transitions
from retold.projections.audit.transcript import messages, transcript
from retold.projections.audit.workflows import approvals, workflow_runs, workflow_steps

queries = Queries(
    access_log,
    agent_metrics,
    alerts,
    approvals,
    cache_entries,
    cache_recall,
    cache_stats,
    cache_whatif,
    chain_of_causes,
    circuit_history,
    circuits,
    cost,
    delegation_tree,
    failures,
    human_approvals,
    limits,
    messages,
    problem_tree_query,
    plan_progress,
    plan_steps,
    plan_stuck,
    projection_lag,
    refusals,
    release_changes,
    releases,
    sessions,
    state_as_of,
    step_metrics,
    subject_access,
    text_search,
    topic_transitions,
    transcript,
    workflow_metrics,
    workflow_runs,
    workflow_steps,
)

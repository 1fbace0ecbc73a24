"""Retold: the system of record for AG2 agents.

``retold.open(url)`` opens a log; everything else is reached from it. The rest of the names here
are what goes in and what comes out: queries, summaries, reports and errors.
"""

from __future__ import annotations

import importlib
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from retold import errors
from retold.errors import RetoldError

if TYPE_CHECKING:
    from retold.agents.alerting.watch import AlertNotice, AlertWatch
    from retold.agents.caching.agent import CachingAssistantAgent, SemanticCachingAgent
    from retold.agents.caching.by_meaning.judges import Compared, SameMeaning, SameText
    from retold.agents.caching.by_meaning.meaning import Meaning
    from retold.agents.caching.by_meaning.model_judge import ModelJudge
    from retold.agents.caching.by_meaning.policies import FixedThreshold, RiskControlled
    from retold.agents.caching.cache import Cache
    from retold.agents.codec import register_event_type
    from retold.agents.hierarchical.agent import HierarchicalAgent
    from retold.agents.orchestrator.orchestrator import AgentOrchestrator
    from retold.agents.planner.planner import ConversationPlanner
    from retold.agents.planner.policy import PlannerPolicy
    from retold.agents.policies.allowed_tools import AllowedTools
    from retold.agents.policies.content import ContentCheck, PatternCheck
    from retold.agents.policies.limits import Price, SessionLimits, SizeLimits, TurnLimits
    from retold.agents.policies.policy import Check, Policy, Refuse, Replace
    from retold.agents.policies.required_scopes import RequiredScopes
    from retold.agents.recursive.agent import RecursiveAgent
    from retold.agents.resilience.breaker import Breaker
    from retold.agents.resilience.fallback import Fallback
    from retold.agents.resilience.health import HealthCheck
    from retold.agents.resilience.pool import Bulkhead, ResourcePool
    from retold.agents.resilience.resilient import resilient
    from retold.agents.resilience.retry import Retry
    from retold.agents.resilience.timeout import Timeout
    from retold.agents.stateful.agent import StatefulAgent
    from retold.agents.stateful.behaviour import Behaviour
    from retold.agents.stateful.classifiers import ModelClassifier, RuleClassifier
    from retold.agents.stateful.plugin import StatefulPlugin
    from retold.agents.work import Work
    from retold.domain.alerts.rules import AlertRule
    from retold.domain.dialogue.rules import WordRules
    from retold.domain.dialogue.table import TransitionTable
    from retold.domain.problem.solution import Solution
    from retold.domain.problem.values import Budget
    from retold.domain.result import Result, ResultStatus
    from retold.domain.upcasting import Upcasters
    from retold.projections.metrics.status import OrchestratorStatus
    from retold.projections.models.session_list import SessionQuery
    from retold.projections.projection import Projection
    from retold.projections.read_table import ReadTable
    from retold.projections.registry import Registry
    from retold.projections.rows import Rows
    from retold.projections.telemetry.export import TelemetryExport
    from retold.sessions.log import (
        Log,
        open_log as open,  # noqa: A004 - retold.open is its name
    )
    from retold.sessions.session import Session
    from retold.store.inline import stop_inline

try:
    __version__ = version("retold")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"

# Imported when first used: AG2 alone takes most of a second, which a command line feels.
_homes = {
    "open": ("retold.sessions.log", "open_log"),
    "Log": ("retold.sessions.log", "Log"),
    "Session": ("retold.sessions.session", "Session"),
    "AgentOrchestrator": ("retold.agents.orchestrator.orchestrator", "AgentOrchestrator"),
    "AlertNotice": ("retold.agents.alerting.watch", "AlertNotice"),
    "AlertRule": ("retold.domain.alerts.rules", "AlertRule"),
    "AlertWatch": ("retold.agents.alerting.watch", "AlertWatch"),
    "OrchestratorStatus": ("retold.projections.metrics.status", "OrchestratorStatus"),
    "Cache": ("retold.agents.caching.cache", "Cache"),
    "CachingAssistantAgent": ("retold.agents.caching.agent", "CachingAssistantAgent"),
    "SemanticCachingAgent": ("retold.agents.caching.agent", "SemanticCachingAgent"),
    "Meaning": ("retold.agents.caching.by_meaning.meaning", "Meaning"),
    "FixedThreshold": ("retold.agents.caching.by_meaning.policies", "FixedThreshold"),
    "RiskControlled": ("retold.agents.caching.by_meaning.policies", "RiskControlled"),
    "Compared": ("retold.agents.caching.by_meaning.judges", "Compared"),
    "SameMeaning": ("retold.agents.caching.by_meaning.judges", "SameMeaning"),
    "SameText": ("retold.agents.caching.by_meaning.judges", "SameText"),
    "ModelJudge": ("retold.agents.caching.by_meaning.model_judge", "ModelJudge"),
    "Breaker": ("retold.agents.resilience.breaker", "Breaker"),
    "Bulkhead": ("retold.agents.resilience.pool", "Bulkhead"),
    "Fallback": ("retold.agents.resilience.fallback", "Fallback"),
    "HealthCheck": ("retold.agents.resilience.health", "HealthCheck"),
    "ResourcePool": ("retold.agents.resilience.pool", "ResourcePool"),
    "Retry": ("retold.agents.resilience.retry", "Retry"),
    "Timeout": ("retold.agents.resilience.timeout", "Timeout"),
    "resilient": ("retold.agents.resilience.resilient", "resilient"),
    "Upcasters": ("retold.domain.upcasting", "Upcasters"),
    "Projection": ("retold.projections.projection", "Projection"),
    "ReadTable": ("retold.projections.read_table", "ReadTable"),
    "HierarchicalAgent": ("retold.agents.hierarchical.agent", "HierarchicalAgent"),
    "Result": ("retold.domain.result", "Result"),
    "ResultStatus": ("retold.domain.result", "ResultStatus"),
    "Budget": ("retold.domain.problem.values", "Budget"),
    "RecursiveAgent": ("retold.agents.recursive.agent", "RecursiveAgent"),
    "Solution": ("retold.domain.problem.solution", "Solution"),
    "ConversationPlanner": ("retold.agents.planner.planner", "ConversationPlanner"),
    "PlannerPolicy": ("retold.agents.planner.policy", "PlannerPolicy"),
    "AllowedTools": ("retold.agents.policies.allowed_tools", "AllowedTools"),
    "Check": ("retold.agents.policies.policy", "Check"),
    "ContentCheck": ("retold.agents.policies.content", "ContentCheck"),
    "PatternCheck": ("retold.agents.policies.content", "PatternCheck"),
    "Policy": ("retold.agents.policies.policy", "Policy"),
    "Price": ("retold.agents.policies.limits", "Price"),
    "Refuse": ("retold.agents.policies.policy", "Refuse"),
    "Replace": ("retold.agents.policies.policy", "Replace"),
    "RequiredScopes": ("retold.agents.policies.required_scopes", "RequiredScopes"),
    "SessionLimits": ("retold.agents.policies.limits", "SessionLimits"),
    "SizeLimits": ("retold.agents.policies.limits", "SizeLimits"),
    "TurnLimits": ("retold.agents.policies.limits", "TurnLimits"),
    "Work": ("retold.agents.work", "Work"),
    "Registry": ("retold.projections.registry", "Registry"),
    "Rows": ("retold.projections.rows", "Rows"),
    "SessionQuery": ("retold.projections.models.session_list", "SessionQuery"),
    "StatefulAgent": ("retold.agents.stateful.agent", "StatefulAgent"),
    "StatefulPlugin": ("retold.agents.stateful.plugin", "StatefulPlugin"),
    "Behaviour": ("retold.agents.stateful.behaviour", "Behaviour"),
    "ModelClassifier": ("retold.agents.stateful.classifiers", "ModelClassifier"),
    "RuleClassifier": ("retold.agents.stateful.classifiers", "RuleClassifier"),
    "TelemetryExport": ("retold.projections.telemetry.export", "TelemetryExport"),
    "TransitionTable": ("retold.domain.dialogue.table", "TransitionTable"),
    "WordRules": ("retold.domain.dialogue.rules", "WordRules"),
    "stop_inline": ("retold.store.inline", "stop_inline"),
    "register_event_type": ("retold.agents.codec", "register_event_type"),
}


def __getattr__(name: str) -> Any:
    if name not in _homes:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _homes[name]
    value = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value


__all__ = [
    "AgentOrchestrator",
    "AlertNotice",
    "AlertRule",
    "AlertWatch",
    "AllowedTools",
    "Behaviour",
    "Breaker",
    "Budget",
    "Bulkhead",
    "Cache",
    "CachingAssistantAgent",
    "Check",
    "Compared",
    "ContentCheck",
    "ConversationPlanner",
    "Fallback",
    "FixedThreshold",
    "HealthCheck",
    "HierarchicalAgent",
    "Log",
    "Meaning",
    "ModelClassifier",
    "ModelJudge",
    "OrchestratorStatus",
    "PatternCheck",
    "PlannerPolicy",
    "Policy",
    "Price",
    "Projection",
    "ReadTable",
    "RecursiveAgent",
    "Refuse",
    "Registry",
    "Replace",
    "RequiredScopes",
    "ResourcePool",
    "Result",
    "ResultStatus",
    "RetoldError",
    "Retry",
    "RiskControlled",
    "Rows",
    "RuleClassifier",
    "SameMeaning",
    "SameText",
    "SemanticCachingAgent",
    "Session",
    "SessionLimits",
    "SessionQuery",
    "SizeLimits",
    "Solution",
    "StatefulAgent",
    "StatefulPlugin",
    "TelemetryExport",
    "Timeout",
    "TransitionTable",
    "TurnLimits",
    "Upcasters",
    "WordRules",
    "Work",
    "__version__",
    "errors",
    "open",
    "register_event_type",
    "resilient",
    "stop_inline",
]

"""What is printed of a decision of a cache, and of the risk of a scope."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from retold.cli.output import Cell, Record, time_text
from retold.cli.query_records import cell_of, row_record

if TYPE_CHECKING:
    from retold.domain.cache.events import LevelMiss
    from retold.projections.audit.cache_explain import CacheExplanation
    from retold.projections.cache_risks import ScopeRisk
    from retold.projections.models.cache_table import CacheEntry, CacheLabel

risk_columns = {
    "scope": "scope",
    "requests": "requests",
    "served": "served",
    "labels": "labels",
    "per_request": "wrong per request",
    "per_request_low": "at least",
    "per_request_high": "at most",
    "per_hit": "wrong per hit",
    "per_hit_low": "at least",
    "per_hit_high": "at most",
}


def explanation_record(found: CacheExplanation) -> Record:
    """Return a decision as one object."""
    record = row_record(found)
    record["levels"] = [level.model_dump(mode="json") for level in found.levels]
    return record


def explanation_rows(found: CacheExplanation) -> list[Record]:
    """Return a decision as lines of a table."""
    return [{"what": what, "value": value} for what, value in _lines(found)]


def _lines(found: CacheExplanation) -> Iterator[tuple[str, Cell]]:
    yield "outcome", found.outcome if found.reason is None else f"{found.outcome}: {found.reason}"
    yield "cache", found.cache
    yield "session", found.session
    yield "at", time_text(found.recorded_at)
    yield "asked", found.asked
    for level in found.levels:
        yield from _level(level)
    for entry in found.entries:
        yield from _entry(entry)
    for label in found.labels:
        yield "label", _label(label)


def _level(level: LevelMiss) -> Iterator[tuple[str, Cell]]:
    yield f"{level.level} level", level.reason
    if level.entry is not None:
        yield "  nearest entry", level.entry
    if level.similarity is not None:
        least = "none yet" if level.threshold is None else f"{level.threshold:.4f}"
        score = level.decision and level.decision.score
        told = "" if score is None or score == level.similarity else f", score {score:.4f}"
        yield "  similarity", f"{level.similarity:.4f}{told}, threshold {least}"
    decision = level.decision
    if decision is None:
        return
    yield "  threshold by", f"{decision.policy}, of {decision.scope}"
    if decision.near_question is not None:
        yield "  nearest question", decision.near_question
    if decision.context_similarity is not None:
        yield "  context", f"{decision.context_similarity:.4f}"
    if decision.veto is not None:
        yield "  vetoed up to", f"{decision.veto:.4f}"
    for note in decision.guards:
        yield (
            f"  guard {note.guard}",
            f"{note.detail} (right in {note.precision:.0%} of pairs)",
        )
    if decision.barred is not None:
        yield "  barred by", decision.barred
    if decision.verifier is not None:
        yield "  verifier", decision.verifier
    if decision.audit_probability:
        asked = "asked anew" if decision.audited else "not asked anew"
        yield "  audit", f"{asked}, with probability {decision.audit_probability:.3f}"
    if decision.shadow:
        yield "  shadow", "nothing is served"


def _entry(entry: CacheEntry) -> Iterator[tuple[str, Cell]]:
    yield "entry", entry.entry
    yield "  question", entry.question
    yield "  answer", entry.answer
    yield (
        "  now",
        "served" if entry.gone is None else f"{entry.gone} {entry.gone_why or ''}".strip(),
    )


def _label(label: CacheLabel) -> str:
    said = {True: "the same answer", False: "another answer", None: "unknown"}[label.equal]
    by = label.source if label.judge is None else f"{label.source}, {label.judge}"
    return f"{said} ({by})"


def risk_record(risk: ScopeRisk) -> Record:
    """Return what is known of a scope as a row of a table."""
    return {
        "scope": risk.scope,
        "caches": list(risk.caches),
        **{name: cell_of(value) for name, value in risk.wrong.model_dump().items()},
    }

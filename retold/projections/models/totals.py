"""Totals over the sessions of a log, now or as of a moment.

Nested conversations are not counted: the session they belong to carries their tokens already, as
AG2 rolls them up, and its messages hold what was delegated and what came back. The conversation of
a step is counted: the run it is part of is no conversation, and carries nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from retold.errors import MomentBeforeLog
from retold.projections.models.as_of import Clock, Moment, sessions_as_of
from retold.projections.models.session_list import SessionQuery, each_session
from retold.projections.models.session_summary import SessionSummary
from retold.projections.payload import added_count, added_dollars
from retold.store.log import EventStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Sums over sessions. A figure is of the sessions where it is known, None when of none.

    Attributes:
        source: who recorded them all; None when there are several or none.
        sessions: number of sessions.
        sessions_ended: those that were closed.
        messages, tool_calls, tool_results, tool_errors, parallel_call_messages, prompt_tokens,
            completion_tokens, cost_usd, turns, turns_failed: sums of the fields of
            :class:`~retold.projections.models.session_summary.SessionSummary`.
        started_at: the earliest start known, UTC.
        started_text: the source's own text of that time, where it was kept.
        ended_at: the latest end known, UTC. Compare ``sessions_ended`` with ``sessions`` to see
            whether it is the end of them all.
        ended_text: as ``started_text``.
        end_reason: why all of those that ended did; None when reasons differ or one is unknown.
        end_reasons: number of sessions by reason, where a reason is known.
        by_source: the same by source, when there are several; empty otherwise.
        undated_events: events that have no time by the clock asked for and were left out; None
            when no moment was asked for.
    """

    source: str | None = None
    sessions: int = 0
    sessions_ended: int = 0
    messages: int = 0
    tool_calls: int = 0
    tool_results: int = 0
    tool_errors: int = 0
    parallel_call_messages: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: Decimal | None = None
    turns: int = 0
    turns_failed: int = 0
    started_at: datetime | None = None
    started_text: str | None = None
    ended_at: datetime | None = None
    ended_text: str | None = None
    end_reason: str | None = None
    end_reasons: Mapping[str, int] = field(default_factory=dict)
    by_source: Mapping[str, Totals] = field(default_factory=dict)
    undated_events: int | None = None


async def totals(
    store: EventStore, *, at: datetime | None = None, clock: Clock = "source"
) -> Totals:
    """Return the totals of a log.

    Args:
        store: the log.
        at: count what was there by this moment, itself included; None for all. A time without a
            zone is compared with the source's times as their digits are.
        clock: ``source`` for when things happened, ``recorded`` for when the log took them.

    Raises:
        MomentBeforeLog: when no conversation had begun by that moment.
        StoreError: when the log cannot be read.
    """
    if at is None:
        return await _collect(each_session(store, SessionQuery()))
    found = await sessions_as_of(store, Moment(at, clock))
    if not found.sessions:
        raise MomentBeforeLog(at.isoformat(), clock, found.undated_events)
    return totals_of(found.sessions.values(), undated_events=found.undated_events)


def totals_of(sessions: Iterable[SessionSummary], *, undated_events: int | None = None) -> Totals:
    """Return the totals of sessions; nested conversations among them are left out."""
    tally = _TallyBySource()
    for session in sessions:
        tally.add(session)
    return tally.totals(undated_events)


async def _collect(sessions: AsyncIterable[SessionSummary]) -> Totals:
    tally = _TallyBySource()
    async for session in sessions:
        tally.add(session)
    return tally.totals(None)


class _TallyBySource:
    def __init__(self) -> None:
        self._all = _Tally()
        self._by_source: dict[str | None, _Tally] = {}

    def add(self, session: SessionSummary) -> None:
        if session.nested:
            return
        self._all.add(session)
        self._by_source.setdefault(session.source, _Tally()).add(session)

    def totals(self, undated_events: int | None) -> Totals:
        several = len(self._by_source) > 1
        by_source = {
            source or "unknown": tally.totals(source)
            for source, tally in sorted(self._by_source.items(), key=lambda item: item[0] or "")
        }
        return self._all.totals(
            None if several else next(iter(self._by_source), None),
            by_source if several else {},
            undated_events,
        )


@dataclass(slots=True)
class _Tally:
    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str | None] = field(default_factory=Counter)
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost_usd: Decimal | None = None
    start: tuple[datetime, str | None] | None = None
    end: tuple[datetime, str | None] | None = None

    def add(self, session: SessionSummary) -> None:
        self.counts["sessions"] += 1
        self.counts["sessions_ended"] += session.ended
        for name in _summed:
            self.counts[name] += getattr(session, name)
        self.prompt_tokens = added_count(self.prompt_tokens, session.prompt_tokens)
        self.completion_tokens = added_count(self.completion_tokens, session.completion_tokens)
        self.cost_usd = added_dollars(self.cost_usd, session.cost_usd)
        if session.ended:
            self.reasons[session.end_reason] += 1
        if session.started_at and (self.start is None or session.started_at < self.start[0]):
            self.start = (session.started_at, session.started_text)
        if session.ended_at and (self.end is None or session.ended_at > self.end[0]):
            self.end = (session.ended_at, session.ended_text)

    def totals(
        self,
        source: str | None,
        by_source: Mapping[str, Totals] | None = None,
        undated_events: int | None = None,
    ) -> Totals:
        started_at, started_text = self.start or (None, None)
        ended_at, ended_text = self.end or (None, None)
        return Totals(
            source=source,
            **{name: self.counts[name] for name in ("sessions", "sessions_ended", *_summed)},
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            cost_usd=self.cost_usd,
            started_at=started_at,
            started_text=started_text,
            ended_at=ended_at,
            ended_text=ended_text,
            end_reason=next(iter(self.reasons)) if len(self.reasons) == 1 else None,
            end_reasons={r: n for r, n in sorted(self.reasons.items(), key=str) if r is not None},
            by_source=by_source or {},
            undated_events=undated_events,
        )


_summed = (
    "messages",
    "tool_calls",
    "tool_results",
    "tool_errors",
    "parallel_call_messages",
    "turns",
    "turns_failed",
)

"""The rows of turns: how each began and ended."""

from __future__ import annotations

from datetime import UTC, datetime

from retold.domain.event import NewEvent
from retold.domain.recording import Stage, TurnCancelled, TurnCompleted, TurnFailed, TurnStarted
from retold.domain.value import ErrorInfo
from retold.projections.models.turns import Turn, turn_rows, turns
from tests.projections.histories import epoch, recorded

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)


def folded(*news: NewEvent) -> list[Turn]:
    rows = turns.folded(recorded(news, session="s"))
    return list(rows.of(turn_rows).values())


def test_a_turn_runs_until_it_ends() -> None:
    begun = TurnStarted(turn="1", agent="support").to_new_event(
        metadata={"session": "root"}, occurred_at=noon
    )
    (running,) = folded(begun)
    assert running == Turn(
        session="s",
        turn="1",
        root_session="root",
        recorded_at=epoch.replace(second=1),
        agent="support",
        started_version=1,
        started_at=noon,
    )
    (done,) = folded(begun, TurnCompleted(turn="1", duration_ms=1_500).to_new_event())
    assert (done.status, done.seconds, done.ended_version) == ("completed", 1.5, 2)
    assert done.ended_at is None
    assert done.started_at == noon


def test_a_failed_turn_says_what_failed_it() -> None:
    error = ErrorInfo(type="TimeoutError", message="too slow\0")
    failed = TurnFailed(turn="1", error=error, stage=Stage.EXECUTION)
    (row,) = folded(TurnStarted(turn="1").to_new_event(), failed.to_new_event())
    assert (row.status, row.error_type, row.stage) == ("failed", "TimeoutError", "execution")
    assert row.error == "too slow\\x00"
    assert (row.agent, row.seconds, row.abandoned) == (None, None, False)


def test_an_end_without_a_start_is_a_turn_too() -> None:
    (row,) = folded(TurnFailed(turn="1", abandoned=True).to_new_event())
    assert (row.status, row.abandoned, row.started_version) == ("failed", True, None)


def test_turns_are_told_apart() -> None:
    rows = folded(
        TurnStarted(turn="1").to_new_event(),
        TurnCancelled(turn="1").to_new_event(),
        TurnStarted(turn="2").to_new_event(),
    )
    assert {row.turn: row.status for row in rows} == {"1": "cancelled", "2": "running"}

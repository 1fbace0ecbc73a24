"""Histories of all that the read models of calls and usage read, in any order."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from retold.domain.event import NewEvent, RecordedEvent
from retold.domain.recording import (
    ConversationStarted,
    ImportedResult,
    TurnCancelled,
    TurnCompleted,
    TurnFailed,
    TurnStarted,
)
from tests.projections.calls import call_completed, call_failed, call_started
from tests.projections.histories import (
    ag2,
    message,
    recorded,
    request,
    response,
    result,
    results,
    started,
    usage,
)

_part = usage(1, 2) | {"model": "small"}
kinds: list[NewEvent] = [
    ag2(request()),
    ag2(response(calls=["a", "a", "b"])),
    ag2(response("done")),
    ag2(result("a", kind="ag2.ToolErrorEvent")),
    ag2(results(result("a"), result("b")), detached=True),
    ag2(usage(7, 3)),
    ag2(usage(None, 2)),
    ag2(usage(7, 3), detached=True),
    ag2(usage(1, 2, kind="subtask") | {"label": "expert", "parts": [_part]}),
    ag2(usage(9, 2, kind="subtask") | {"parts": [_part]}),
    message("assistant", calls=2, tokens=(3, 4), cost=0.1),
    message("user", cost=0.0),
    message("tool", result=ImportedResult(call=0, derived_error=True)),
    message("tool", result=ImportedResult(call=1, error=False)),
    call_started("1"),
    call_started("2", attempt=2),
    call_started("3", request="other"),
    call_completed("1"),
    call_completed("2", tokens=(7, 1), model=None),
    call_completed("3", tokens=None),
    call_failed("1"),
    call_failed("2", cancelled=True),
    TurnStarted(turn="1").to_new_event(),
    TurnCompleted(turn="1").to_new_event(),
    TurnFailed(turn="1").to_new_event(),
    TurnCancelled(turn="1").to_new_event(),
]
# Nothing happens in a conversation before it started.
starts: list[tuple[str, NewEvent]] = [
    ("a", started()),
    ("b", ConversationStarted(source="tau2", agent="gpt").to_new_event()),
    ("c", started(parent="conversation-a", session="a")),
    ("d", started(parent="workflow-r", session="r")),
]
mixed_histories = st.lists(
    st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(kinds)), max_size=40
).map(lambda later: [*starts, *later])


def log_of(history: Sequence[tuple[str, NewEvent]]) -> list[RecordedEvent]:
    """Return the global order of a history, each conversation's versions without gaps."""
    streams: dict[str, list[RecordedEvent]] = {
        name: recorded((new for session, new in history if session == name), session=name)
        for name in {session for session, _ in history}
    }
    return [streams[session].pop(0) for session, _ in history]

"""A conversation's usage while an event is added to it: its rows, and its unsettled model calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal

from retold.domain.event import RecordedEvent
from retold.domain.recording import conversation_of
from retold.projections.event_facts import day_of, root_session_of
from retold.projections.models.usage_table import Usage, UsageState, usage_rows, usage_state_rows
from retold.projections.payload import added_count, added_dollars
from retold.projections.rows import Rows

# Day, whose clock, agent, model.
EntryKey = tuple[str, ...]
Call = dict[str, Any]
Status = Literal["open", "answered", "failed"]
Tokens = tuple[int | None, int | None]

# A call whose outcome or usage never comes is forgotten once so many came after it.
_most_unsettled = 32


class UsageAccount:
    """The rows of one conversation, changed by one event and then put back."""

    def __init__(self, rows: Rows, event: RecordedEvent) -> None:
        """Take up what the rows say.

        Args:
            rows: with the conversation's state loaded.
            event: the event to add.
        """
        session = conversation_of(event.stream)
        self._rows = rows
        self._event = event
        self._before = rows.get(usage_state_rows, session)
        self.state = self._before or UsageState(session=session)
        self._entries = {_key_of(entry): entry for entry in self.state.entries}
        self._calls = list(self.state.calls)
        self._touched: dict[EntryKey, None] = {}

    def key(self, agent: str | None, model: str | None) -> EntryKey:
        """Return the key of the row that the event changes."""
        return (*day_of(self._event), agent or "", model or "")

    def add(
        self,
        key: EntryKey,
        *,
        tokens: Tokens = (None, None),
        cost_usd: Decimal | None = None,
        calls: int = 0,
        failed: int = 0,
    ) -> None:
        """Add to a row, or take away from it by negative counts of calls."""
        if tokens == (None, None) and cost_usd is None and not (calls or failed):
            return
        entry = self._entries.get(key, {})
        prompt, completion = tokens
        cost = entry.get("cost")
        total = added_dollars(None if cost is None else Decimal(cost), cost_usd)
        self._entries[key] = {
            "key": list(key),
            "prompt": added_count(entry.get("prompt"), prompt),
            "completion": added_count(entry.get("completion"), completion),
            "cost": None if total is None else str(total),
            "calls": entry.get("calls", 0) + calls,
            "failed": entry.get("failed", 0) + failed,
        }
        self._touched[key] = None

    def keep(self, call: Call) -> None:
        """Remember a model call until it is settled."""
        self._calls = [*self._calls, call][-_most_unsettled:]

    def take(self, status: Status, fits: Callable[[Call], bool]) -> Call | None:
        """Return the first unsettled call of a status that fits, and forget it."""
        for place, call in enumerate(self._calls):
            if call["status"] == status and fits(call):
                del self._calls[place]
                return call
        return None

    def save(self) -> None:
        """Put back what changed."""
        root = root_session_of(self._event)
        for key in self._touched:
            entry = self._entries[key]
            if not any(entry[name] for name in ("calls", "failed")) and all(
                entry[name] is None for name in ("prompt", "completion", "cost")
            ):
                del self._entries[key]
                day, clock, agent, model = key
                self._rows.delete(usage_rows, (day, clock, self.state.session, agent, model))
            else:
                self._rows.put(usage_rows, _row_of(self.state.session, root, entry))
        state = replace(self.state, calls=tuple(self._calls), entries=tuple(self._entries.values()))
        if state != (self._before or UsageState(session=state.session)):
            self._rows.put(usage_state_rows, state)


def _key_of(entry: dict[str, Any]) -> EntryKey:
    return tuple(entry["key"])


def _row_of(session: str, root: str, entry: dict[str, Any]) -> Usage:
    day, clock, agent, model = entry["key"]
    return Usage(
        day=day,
        day_of=clock,
        session=session,
        agent=agent,
        model=model,
        root_session=root,
        prompt_tokens=entry["prompt"],
        completion_tokens=entry["completion"],
        cost_usd=None if entry["cost"] is None else Decimal(entry["cost"]),
        model_calls=entry["calls"],
        failed_calls=entry["failed"],
    )

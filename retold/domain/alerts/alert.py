"""An alert: one stream, ``alert-<rule>``, that every process that watches the rule decides on.

An alert is raised once and cleared once, however many processes measure. Who is told of it, by a
hook, is decided there as well: a hook is called once, also when its process dies after that.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, TypeAlias

from pydantic import AwareDatetime

from retold.domain.alerts.rules import AlertRule, OnUnknown
from retold.domain.decider import Decider
from retold.domain.event import DomainEvent, EventRegistry
from retold.domain.value import ErrorInfo, Value

alert_category = "alert"


def alert_stream(rule: str) -> str:
    """Return the name of the stream of a rule's alert."""
    return f"{alert_category}-{rule}"


# Events ----------------------------------------------------------------------------------------


class AlertPending(DomainEvent):
    """The figure is too great, but not for long enough yet.

    Attributes:
        value: the figure.
        threshold: what it is greater than.
        at: when it was measured.
    """

    type: ClassVar[str] = "alert.pending"
    value: float
    threshold: float
    at: datetime


class AlertSubsided(DomainEvent):
    """The figure was too great, but not for long enough; ``value`` is None when it is unknown."""

    type: ClassVar[str] = "alert.subsided"
    value: float | None = None
    at: datetime


class AlertRaised(DomainEvent):
    """The figure is too great.

    Attributes:
        number: how often the alert was raised, this time included.
        rule: as it is now.
        value: the figure.
        threshold: what it is greater than.
        cause: what the figure is made of, in words.
        since: when it was first measured to be greater.
        at: when it was measured now.
    """

    type: ClassVar[str] = "alert.raised"
    number: int
    rule: AlertRule
    value: float
    threshold: float
    cause: str
    since: datetime
    at: datetime


class AlertCleared(DomainEvent):
    """The figure is no longer too great.

    Attributes:
        number: of the raising that it ends.
        value: the figure; None when it is not known any more.
        threshold: what it had to come down to.
        cause: what the figure is made of, in words.
        raised_at: when the alert was raised.
        at: when the figure was measured now.
    """

    type: ClassVar[str] = "alert.cleared"
    number: int
    value: float | None = None
    threshold: float
    cause: str
    raised_at: datetime
    at: datetime


class Change(StrEnum):
    """What a hook is told of."""

    RAISED = "raised"
    CLEARED = "cleared"


class AlertHookCalled(DomainEvent):
    """A hook is called, now; recorded before it is, so that no other process calls it, too.

    Attributes:
        number: of the raising.
        change: what it is told of.
        hook: its name.
        at: by the clock of the process that calls it.
    """

    type: ClassVar[str] = "alert.hook_called"
    number: int
    change: Change
    hook: str
    at: datetime


class AlertHookFailed(DomainEvent):
    """A hook that was called raised ``error``; it is not called again."""

    type: ClassVar[str] = "alert.hook_failed"
    number: int
    change: Change
    hook: str
    error: ErrorInfo


_event_types: tuple[type[DomainEvent], ...] = (
    AlertPending,
    AlertSubsided,
    AlertRaised,
    AlertCleared,
    AlertHookCalled,
    AlertHookFailed,
)
alert_events = EventRegistry(*_event_types)


# State -----------------------------------------------------------------------------------------


class AlertStatus(StrEnum):
    """Whether an alert is raised; ``pending`` while the figure is not too great for long enough."""

    CLEAR = "clear"
    PENDING = "pending"
    RAISED = "raised"


class AlertState(Value):
    """How an alert stands.

    Attributes:
        status: whether it is raised.
        number: how often it was raised.
        since: when the figure was first measured to be too great; None when it is not.
        raised_at: when the alert was raised, the last time.
        raised: what was recorded of that.
        cleared: what was recorded when it was cleared after that.
        told: hooks called for its raising.
        told_cleared: hooks called for its clearing.
    """

    status: AlertStatus = AlertStatus.CLEAR
    number: int = 0
    since: datetime | None = None
    raised_at: datetime | None = None
    raised: AlertRaised | None = None
    cleared: AlertCleared | None = None
    told: tuple[str, ...] = ()
    told_cleared: tuple[str, ...] = ()

    @property
    def decided_at(self) -> datetime | None:
        """When what it was raised by, or cleared by after that, was measured."""
        return self.raised_at if self.cleared is None else self.cleared.at

    def is_due(self, hook: str) -> bool:
        """Return whether a hook is to be called for how the alert stands.

        One that was never told of a raising is not told of its clearing.
        """
        if self.number == 0:
            return False
        if self.status is AlertStatus.RAISED:
            return hook not in self.told
        return self.cleared is not None and hook in self.told and hook not in self.told_cleared

    @property
    def change(self) -> Change:
        """What a hook is told of that is due."""
        return Change.RAISED if self.status is AlertStatus.RAISED else Change.CLEARED


# Commands --------------------------------------------------------------------------------------


class TakeMeasure(Value):
    """Take in a figure.

    Attributes:
        rule: that goes by it.
        value: the figure; None when it is not known.
        cause: what it is made of, in words.
        at: when it was measured.
    """

    rule: AlertRule
    value: float | None
    cause: str
    at: AwareDatetime


class CallHook(Value):
    """Let a process call a hook; nothing happens when it is not due, as another process did."""

    hook: str
    at: AwareDatetime


class FailHook(Value):
    """Note that a hook raised an error."""

    number: int
    change: Change
    hook: str
    error: ErrorInfo


AlertCommand: TypeAlias = TakeMeasure | CallHook | FailHook


def decide(command: AlertCommand, state: AlertState) -> Sequence[DomainEvent]:
    """Return what happens upon a command."""
    match command:
        case TakeMeasure():
            return _measured(command, state)
        case CallHook(hook=hook, at=at):
            if not state.is_due(hook):
                return []
            return [AlertHookCalled(number=state.number, change=state.change, hook=hook, at=at)]
        case FailHook():
            return [AlertHookFailed.model_validate(command.model_dump())]


def _measured(command: TakeMeasure, state: AlertState) -> Sequence[DomainEvent]:
    rule, value = command.rule, command.value
    if state.decided_at is not None and command.at < state.decided_at:
        # Whoever measured was slow, and others have measured since then.
        return []
    if state.status is AlertStatus.RAISED:
        is_over = rule.on_unknown is OnUnknown.CLEAR if value is None else value <= rule.clears_at
        return [_cleared(command, state)] if is_over else []
    if value is None or value <= rule.above:
        if state.status is AlertStatus.PENDING:
            return [AlertSubsided(value=value, at=command.at)]
        return []
    since = state.since or command.at
    if command.at - since >= timedelta(seconds=rule.for_seconds):
        raised = AlertRaised(
            number=state.number + 1,
            rule=rule,
            value=value,
            threshold=rule.above,
            cause=command.cause,
            since=since,
            at=command.at,
        )
        return [raised]
    if state.status is AlertStatus.PENDING:
        return []
    return [AlertPending(value=value, threshold=rule.above, at=command.at)]


def _cleared(command: TakeMeasure, state: AlertState) -> AlertCleared:
    return AlertCleared(
        number=state.number,
        value=command.value,
        threshold=command.rule.clears_at,
        cause=command.cause,
        raised_at=state.raised_at or command.at,
        at=command.at,
    )


def evolve(state: AlertState, event: DomainEvent) -> AlertState:
    """Return how an alert stands after an event."""
    changes: dict[str, object] = {}
    match event:
        case AlertPending(at=at):
            changes = {"status": AlertStatus.PENDING, "since": at}
        case AlertSubsided():
            changes = {"status": AlertStatus.CLEAR, "since": None}
        case AlertRaised():
            return AlertState(
                status=AlertStatus.RAISED,
                number=event.number,
                since=event.since,
                raised_at=event.at,
                raised=event,
            )
        case AlertCleared():
            changes = {"status": AlertStatus.CLEAR, "since": None, "cleared": event}
        case AlertHookCalled(change=Change.RAISED, hook=hook):
            changes = {"told": (*state.told, hook)}
        case AlertHookCalled(hook=hook):
            changes = {"told_cleared": (*state.told_cleared, hook)}
    return state.model_copy(update=changes)


alerts: Decider[AlertCommand, AlertState] = Decider(
    "alert", AlertState, decide, evolve, _event_types
)
"""The alert of a rule, in the stream ``alert-<rule>``."""

"""An entry: the answer to one request as it is kept, and what may become of it.

The time comes in with commands and is kept in events: nothing here asks a clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from retold.domain.cache.events import (
    CacheEntryConfirmed,
    CacheEntryEvicted,
    CacheEntryExpired,
    CacheEntryExtended,
    CacheEntryInvalidated,
    CacheEntryRejected,
    CacheEntryStored,
    MissReason,
    entry_event_types,
)
from retold.domain.cache.meaning import (
    CacheAliasAdded,
    CacheEntryEmbedded,
    CacheVetoed,
    meaning_event_types,
)
from retold.domain.decider import Decider
from retold.domain.event import DomainEvent
from retold.domain.value import Value

Gone: TypeAlias = Literal["expired", "evicted", "invalidated", "rejected"]

# A hit puts the end off only when it gains at least this share of the time: an entry that is hit a
# hundred times a second is not written a hundred times a second.
least_gain = 0.05


class CacheEntryState(Value):
    """What the stream of a key adds up to.

    Attributes:
        stored: the newest entry; None before the first, and once it is gone.
        entry: id of the newest entry, gone or not.
        expires_at: when its time is over; None for never.
        gone: why the newest entry is served no more; None while it is.
        confirmed: how often it was reported to be right.
        alias: the entry of another key that answers this one, too, while this one has none; None
            when there is none.
        veto: the greatest similarity at which an answer of this key was seen to be wrong for
            another request. It holds for later answers, as it is the requests that differ.
    """

    stored: CacheEntryStored | None = None
    entry: str | None = None
    expires_at: datetime | None = None
    gone: Gone | None = None
    confirmed: int = 0
    alias: CacheAliasAdded | None = None
    veto: float | None = None

    def is_vetoed(self, similarity: float) -> bool:
        """Return whether an answer of this key is not served to a request of a similarity."""
        return self.veto is not None and similarity <= self.veto

    def is_over(self, at: datetime) -> bool:
        """Return whether there is an entry whose time is over.

        Args:
            at: now; an entry is served until its end, not at it.
        """
        return self.stored is not None and self.expires_at is not None and at >= self.expires_at

    def absent_because(self, at: datetime, max_age: timedelta | None = None) -> MissReason | None:
        """Return why there is nothing to serve; None when there is.

        Args:
            at: now.
            max_age: how old an answer may be that the reader takes; None for any age.
        """
        if self.stored is None:
            return self.gone or "absent"
        if self.is_over(at):
            return "expired"
        if max_age is not None and at - self.stored.stored_at > max_age:
            return "too_old"
        return None

    def extended(self, at: datetime) -> datetime | None:
        """Return when the entry ends after a hit; None when that does not put its end off.

        Args:
            at: when it was hit.
        """
        if self.stored is None or self.stored.sliding_seconds is None or self.expires_at is None:
            return None
        seconds = self.stored.sliding_seconds
        end = at + timedelta(seconds=seconds)
        gains = (end - self.expires_at).total_seconds() >= seconds * least_gain
        return end if gains else None


# Commands --------------------------------------------------------------------------------------


class StoreEntry(Value):
    """Store an answer, unless the key has one by now that may be served.

    Attributes:
        stored: what is stored.
        instead_of: id of the entry that was found unfit, as it is too old for the reader; it is
            replaced although it may be served to others.
        embedded: the meanings of its question, one for each embedder; stored with it or not at all.
    """

    stored: CacheEntryStored
    instead_of: str | None = None
    embedded: tuple[CacheEntryEmbedded, ...] = ()


class AddAlias(Value):
    """Let another key's entry answer this one, unless this one has an answer of its own.

    Attributes:
        alias: what is added.
        at: now.
    """

    alias: CacheAliasAdded
    at: datetime


class VetoEntry(Value):
    """Serve an entry no more at or below a similarity.

    Attributes:
        entry: its id.
        similarity: of the request for which it was wrong.
        by: id of the label that says so.
    """

    entry: str
    similarity: float
    by: str | None = None


class ExtendEntry(Value):
    """Put off the end of an entry, which was hit."""

    entry: str
    at: datetime


class ExpireEntry(Value):
    """Let an entry be over when its time is."""

    entry: str
    at: datetime


class EvictEntry(Value):
    """Remove an entry to make room."""

    entry: str
    policy: Literal["lru", "cost"]
    capacity: int


class InvalidateEntry(Value):
    """Remove an entry, as what it says may no longer hold."""

    entry: str
    by: str
    note: str | None = None


class RejectEntry(Value):
    """Remove an entry, as an answer that was served is wrong.

    Attributes:
        entry: its id.
        hit: id of the event that tells of serving it.
        note: what is wrong.
        similarity: of the request it was served to, where only the meaning was compared: later
            answers of this key are not served at or below it either.
        by: id of the label that says so.
    """

    entry: str
    hit: str | None = None
    note: str | None = None
    similarity: float | None = None
    by: str | None = None


class ConfirmEntry(Value):
    """Note that an answer that was served is right."""

    entry: str
    hit: str | None = None
    note: str | None = None


CacheEntryCommand: TypeAlias = (
    StoreEntry
    | AddAlias
    | VetoEntry
    | ExtendEntry
    | ExpireEntry
    | EvictEntry
    | InvalidateEntry
    | RejectEntry
    | ConfirmEntry
)


def _decide(command: CacheEntryCommand, state: CacheEntryState) -> Sequence[DomainEvent]:
    if isinstance(command, StoreEntry):
        return _store(command, state)
    if isinstance(command, AddAlias):
        return _add_alias(command, state)
    if state.stored is None or command.entry != state.entry:
        # Gone by now, or another one has taken its place: that is not the one meant.
        return []
    entry = command.entry
    events: Sequence[DomainEvent]
    match command:
        case ExtendEntry():
            end = None if state.is_over(command.at) else state.extended(command.at)
            events = [] if end is None else [CacheEntryExtended(entry=entry, expires_at=end)]
        case ExpireEntry():
            events = _expired(state, command.at)
        case EvictEntry():
            policy, capacity = command.policy, command.capacity
            events = [CacheEntryEvicted(entry=entry, policy=policy, capacity=capacity)]
        case InvalidateEntry():
            events = [CacheEntryInvalidated(entry=entry, by=command.by, note=command.note)]
        case VetoEntry():
            events = _vetoed(state, entry, command.similarity, command.by)
        case RejectEntry():
            events = [
                *_vetoed(state, entry, command.similarity, command.by),
                CacheEntryRejected(entry=entry, hit=command.hit, note=command.note),
            ]
        case ConfirmEntry():
            events = [CacheEntryConfirmed(entry=entry, hit=command.hit, note=command.note)]
    return events


def _store(command: StoreEntry, state: CacheEntryState) -> Sequence[DomainEvent]:
    stored = command.stored
    if state.stored is None:
        return [stored, *command.embedded]
    expired = _expired(state, stored.stored_at)
    if expired:
        return [*expired, stored, *command.embedded]
    if command.instead_of is not None and command.instead_of == state.entry:
        replacing = stored.model_copy(update={"replaces": state.entry})
        return [replacing, *command.embedded]
    # Another process was faster; who was given that answer should not find another one here.
    return []


def _add_alias(command: AddAlias, state: CacheEntryState) -> Sequence[DomainEvent]:
    alias = command.alias
    if state.stored is not None and not state.is_over(command.at):
        return []
    if state.alias is not None and state.alias.entry == alias.entry:
        return []
    return [*_expired(state, command.at), alias]


def _vetoed(
    state: CacheEntryState, entry: str, similarity: float | None, by: str | None
) -> Sequence[DomainEvent]:
    if similarity is None or state.is_vetoed(similarity):
        return []
    return [CacheVetoed(entry=entry, similarity=similarity, by=by)]


def _expired(state: CacheEntryState, at: datetime) -> Sequence[DomainEvent]:
    if not state.is_over(at) or state.entry is None or state.expires_at is None:
        return []
    return [CacheEntryExpired(entry=state.entry, expired_at=state.expires_at, at=at)]


_gone: dict[type[DomainEvent], Gone] = {
    CacheEntryExpired: "expired",
    CacheEntryEvicted: "evicted",
    CacheEntryInvalidated: "invalidated",
    CacheEntryRejected: "rejected",
}


def _evolve(state: CacheEntryState, event: DomainEvent) -> CacheEntryState:
    match event:
        case CacheEntryStored():
            return CacheEntryState(
                stored=event, entry=event.entry, expires_at=event.expires_at, veto=state.veto
            )
        case CacheAliasAdded():
            return state.model_copy(update={"alias": event})
        case CacheVetoed():
            lower = state.veto is None or event.similarity > state.veto
            return state.model_copy(update={"veto": event.similarity}) if lower else state
        case CacheEntryExtended() if event.entry == state.entry:
            return state.model_copy(update={"expires_at": event.expires_at})
        case CacheEntryConfirmed() if event.entry == state.entry:
            return state.model_copy(update={"confirmed": state.confirmed + 1})
        case (
            CacheEntryExpired()
            | CacheEntryEvicted()
            | CacheEntryInvalidated()
            | CacheEntryRejected()
        ) if event.entry == state.entry:
            return state.model_copy(update={"stored": None, "gone": _gone[type(event)]})
        case _:
            return state


cache_entry: Decider[CacheEntryCommand, CacheEntryState] = Decider(
    name="cache_entry",
    state=CacheEntryState,
    decide=_decide,
    evolve=_evolve,
    events=(*entry_event_types, *meaning_event_types),
)

"""An entry is decided on by what its stream says, and by the time it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given as for_all, strategies as st

from retold.domain.cache.entry import (
    AddAlias,
    CacheEntryCommand,
    CacheEntryState,
    ConfirmEntry,
    EvictEntry,
    ExpireEntry,
    ExtendEntry,
    InvalidateEntry,
    RejectEntry,
    StoreEntry,
    VetoEntry,
    cache_entry,
)
from retold.domain.cache.events import (
    CachedAnswer,
    CacheEntryConfirmed,
    CacheEntryEvicted,
    CacheEntryExpired,
    CacheEntryExtended,
    CacheEntryInvalidated,
    CacheEntryRejected,
    CacheEntryStored,
    MissReason,
)
from retold.domain.cache.meaning import CacheAliasAdded, CacheEntryEmbedded, CacheVetoed
from retold.domain.event import DomainEvent
from retold.testing import given
from tests.projections.histories import recorded

noon = datetime(2025, 8, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return noon + timedelta(seconds=seconds)


def stored(
    entry: str = "a", when: float = 0, ttl: float | None = 100, *, sliding: bool = False
) -> CacheEntryStored:
    return CacheEntryStored(
        entry=entry,
        cache="default",
        key="k",
        key_version=1,
        partition="p",
        context="c",
        answer=CachedAnswer(response={"text": entry}),
        stored_at=at(when),
        expires_at=None if ttl is None else at(when + ttl),
        sliding_seconds=ttl if sliding else None,
    )


def test_the_first_answer_is_stored() -> None:
    state = given(cache_entry).when(StoreEntry(stored=stored())).then(stored())
    assert state.absent_because(at(99.9)) is None


def test_an_answer_that_came_second_is_not_stored_over_one_that_is_served() -> None:
    given(cache_entry, stored()).when(StoreEntry(stored=stored("b", 50))).then()


def test_an_answer_takes_the_place_of_one_whose_time_is_over_and_says_so() -> None:
    new = stored("b", 100)
    over = CacheEntryExpired(entry="a", expired_at=at(100), at=at(100))
    given(cache_entry, stored()).when(StoreEntry(stored=new)).then(over, new)


def test_an_answer_takes_the_place_of_the_one_that_was_too_old_for_its_reader() -> None:
    new = stored("b", 50)
    replacing = new.model_copy(update={"replaces": "a"})
    given(cache_entry, stored()).when(StoreEntry(stored=new, instead_of="a")).then(replacing)
    # Another process was faster: its answer is as young.
    given(cache_entry, stored("c", 49)).when(StoreEntry(stored=new, instead_of="a")).then()


def test_an_entry_is_over_at_its_end_and_not_before() -> None:
    given(cache_entry, stored()).when(ExpireEntry(entry="a", at=at(99.999))).then()
    over = CacheEntryExpired(entry="a", expired_at=at(100), at=at(100))
    state = given(cache_entry, stored()).when(ExpireEntry(entry="a", at=at(100))).then(over)
    assert (state.stored, state.absent_because(at(100))) == (None, "expired")


def test_an_entry_without_an_end_is_never_over() -> None:
    given(cache_entry, stored(ttl=None)).when(ExpireEntry(entry="a", at=at(1e9))).then()


def test_a_hit_puts_off_the_end_of_an_entry_whose_time_slides() -> None:
    slides = given(cache_entry, stored(sliding=True))
    extended = CacheEntryExtended(entry="a", expires_at=at(160))
    state = slides.when(ExtendEntry(entry="a", at=at(60))).then(extended)
    assert state.absent_because(at(159)) is None
    # Not for a gain that is not worth a write, and not once it is over.
    slides.when(ExtendEntry(entry="a", at=at(4))).then()
    slides.when(ExtendEntry(entry="a", at=at(100))).then()


def test_a_hit_does_not_put_off_an_absolute_end() -> None:
    given(cache_entry, stored()).when(ExtendEntry(entry="a", at=at(60))).then()


@pytest.mark.parametrize(
    ("command", "event", "reason"),
    [
        (
            EvictEntry(entry="a", policy="lru", capacity=3),
            CacheEntryEvicted(entry="a", policy="lru", capacity=3),
            "evicted",
        ),
        (
            InvalidateEntry(entry="a", by="tag x=y"),
            CacheEntryInvalidated(entry="a", by="tag x=y"),
            "invalidated",
        ),
        (
            RejectEntry(entry="a", hit="h", note="wrong"),
            CacheEntryRejected(entry="a", hit="h", note="wrong"),
            "rejected",
        ),
    ],
)
def test_what_is_removed_is_served_no_more_and_says_why(
    command: CacheEntryCommand, event: DomainEvent, reason: MissReason
) -> None:
    state = given(cache_entry, stored()).when(command).then(event)
    assert state.absent_because(at(1)) == reason
    # Again, it is gone by now; and another entry of the key is not the one meant.
    given(cache_entry, stored(), event).when(command).then()
    given(cache_entry, stored("b")).when(command).then()
    # A new answer is stored and served.
    again = given(cache_entry, stored(), event).when(StoreEntry(stored=stored("b", 5)))
    assert again.then(stored("b", 5)).absent_because(at(6)) is None


def test_a_confirmation_is_counted() -> None:
    confirmed = CacheEntryConfirmed(entry="a", hit="h")
    when = given(cache_entry, stored(), confirmed).when(ConfirmEntry(entry="a", hit="h"))
    assert when.then(confirmed).confirmed == 2


@pytest.mark.parametrize(
    ("age", "max_age", "reason"),
    [(10, 10, None), (10.1, 10, "too_old"), (0, 0, None), (0.001, 0, "too_old"), (99, None, None)],
)
def test_a_reader_takes_no_older_answer_than_it_wants(
    age: float, max_age: float | None, reason: MissReason | None
) -> None:
    limit = None if max_age is None else timedelta(seconds=max_age)
    assert cache_entry.after([stored()]).absent_because(at(age), limit) == reason


def embedded(entry: str = "a") -> CacheEntryEmbedded:
    return CacheEntryEmbedded(
        entry=entry, partition="p", embedder="e", dimension=1, vector="AACAPw=="
    )


def alias(entry: str = "x") -> CacheAliasAdded:
    return CacheAliasAdded(
        entry=entry,
        entry_key="kx",
        key="k",
        question="k?",
        partition="p",
        embedder="e",
        dimension=1,
        vector="AACAPw==",
        similarity=0.9,
        judge="same_text",
    )


def vetoed(similarity: float, entry: str = "a") -> CacheVetoed:
    return CacheVetoed(entry=entry, similarity=similarity)


def test_the_meaning_of_a_question_is_stored_with_its_answer_or_not_at_all() -> None:
    store = StoreEntry(stored=stored(), embedded=(embedded(),))
    given(cache_entry).when(store).then(stored(), embedded())
    given(cache_entry, stored("b")).when(store).then()
    again = StoreEntry(stored=stored("b", 100), embedded=(embedded("b"),))
    over = CacheEntryExpired(entry="a", expired_at=at(100), at=at(100))
    given(cache_entry, stored()).when(again).then(over, stored("b", 100), embedded("b"))


def test_another_keys_entry_answers_a_key_that_has_no_answer() -> None:
    add = AddAlias(alias=alias(), at=at(1))
    state = given(cache_entry).when(add).then(alias())
    assert (state.stored, state.alias) == (None, alias())
    given(cache_entry, alias()).when(add).then()
    given(cache_entry, alias("y")).when(add).then(alias())
    rejected = CacheEntryRejected(entry="a")
    given(cache_entry, stored(), rejected).when(add).then(alias())


def test_an_answer_of_its_own_goes_before_that_of_another_key() -> None:
    given(cache_entry, stored()).when(AddAlias(alias=alias(), at=at(99))).then()
    over = CacheEntryExpired(entry="a", expired_at=at(100), at=at(100))
    given(cache_entry, stored()).when(AddAlias(alias=alias(), at=at(100))).then(over, alias())
    state = given(cache_entry, alias()).when(StoreEntry(stored=stored())).then(stored())
    assert (state.stored, state.alias) == (stored(), None)


def test_a_veto_is_raised_and_never_lowered() -> None:
    low, high = VetoEntry(entry="a", similarity=0.5), VetoEntry(entry="a", similarity=0.9)
    state = given(cache_entry, stored()).when(low).then(vetoed(0.5))
    assert state.is_vetoed(0.5)
    assert state.is_vetoed(-1)
    assert not state.is_vetoed(0.51)
    given(cache_entry, stored(), vetoed(0.9)).when(low).then()
    given(cache_entry, stored(), vetoed(0.5)).when(high).then(vetoed(0.9))
    # Of an entry that is not the one there, nothing is said.
    given(cache_entry, stored("b")).when(low).then()
    # 0 is a similarity like any other.
    zero = VetoEntry(entry="a", similarity=0.0)
    assert given(cache_entry, stored()).when(zero).then(vetoed(0.0)).is_vetoed(0.0)


def test_a_veto_holds_for_the_next_answer_to_the_same_question() -> None:
    gone = CacheEntryRejected(entry="a")
    history = (stored(), vetoed(0.9), gone)
    state = given(cache_entry, *history).when(StoreEntry(stored=stored("b"))).then(stored("b"))
    assert state.is_vetoed(0.9)


def test_who_rejects_what_was_found_by_meaning_vetoes_it_too() -> None:
    reject = RejectEntry(entry="a", hit="h", similarity=0.9, by="label")
    veto = CacheVetoed(entry="a", similarity=0.9, by="label")
    gone = CacheEntryRejected(entry="a", hit="h")
    given(cache_entry, stored()).when(reject).then(veto, gone)
    given(cache_entry, stored(), vetoed(0.95)).when(reject).then(gone)


entries, times = st.sampled_from("abc"), st.integers(0, 400).map(at)
commands: st.SearchStrategy[CacheEntryCommand] = st.one_of(
    st.builds(
        lambda entry, when, ttl, sliding, instead: StoreEntry(
            stored=stored(entry, when, ttl, sliding=sliding), instead_of=instead
        ),
        entries,
        st.integers(0, 400),
        st.sampled_from([50, 100, None]),
        st.booleans(),
        st.none() | entries,
    ),
    st.builds(ExtendEntry, entry=entries, at=times),
    st.builds(ExpireEntry, entry=entries, at=times),
    st.builds(EvictEntry, entry=entries, policy=st.just("lru"), capacity=st.just(1)),
    st.builds(InvalidateEntry, entry=entries, by=st.just("x")),
    st.builds(RejectEntry, entry=entries),
    st.builds(ConfirmEntry, entry=entries),
    st.builds(VetoEntry, entry=entries, similarity=st.floats(-1, 1)),
    st.builds(AddAlias, alias=st.sampled_from("xy").map(alias), at=times),
)


@for_all(commanded=st.lists(commands, max_size=30))
def test_what_is_gone_stays_gone_and_the_fold_is_what_the_decider_sees(
    commanded: list[CacheEntryCommand],
) -> None:
    state, history = CacheEntryState(), list[DomainEvent]()
    for command in commanded:
        events = cache_entry.decide(command, state)
        if not isinstance(command, StoreEntry | AddAlias):
            # Nothing but a new answer lets a key be served again.
            assert state.stored is not None or not events
        state = cache_entry.after(events, state)
        history += events
        assert (state.gone is None) is (state.stored is not None or state.entry is None)
    fold = cache_entry.fold
    folded = fold.initial()
    for event in recorded(event.to_new_event() for event in history):
        folded = fold.evolve(folded, event)
    assert folded == state
    assert fold.decode(fold.encode(state)) == state

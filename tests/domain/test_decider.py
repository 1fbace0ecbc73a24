"""Deciders, their folds, and given/when/then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import pytest

from retold.domain.decider import Decider
from retold.domain.event import DomainEvent
from retold.domain.value import Value
from retold.testing import MemoryDatabase, given, memory_store


class Opened(DomainEvent):
    type: ClassVar[str] = "door.opened"
    by: str


class Shut(DomainEvent):
    type: ClassVar[str] = "door.shut"


class Rang(DomainEvent):
    type: ClassVar[str] = "bell.rang"


class Door(Value):
    is_open: bool = False
    openings: int = 0


class AlreadyOpenError(Exception):
    pass


def decide(command: str, state: Door) -> Sequence[DomainEvent]:
    if command == "shut":
        return [Shut()] if state.is_open else []
    if state.is_open:
        raise AlreadyOpenError
    return [Opened(by=command)]


def evolve(state: Door, event: DomainEvent) -> Door:
    match event:
        case Opened():
            return state.model_copy(update={"is_open": True, "openings": state.openings + 1})
        case _:
            return state.model_copy(update={"is_open": False})


door: Decider[str, Door] = Decider("door", Door, decide, evolve, (Opened, Shut))


def test_given_when_then() -> None:
    state = given(door).when("ann").then(Opened(by="ann"))
    assert state == Door(is_open=True, openings=1)
    given(door).when("shut").then()
    given(door, Opened(by="ann")).when("bob").raises(AlreadyOpenError)
    assert given(door, Opened(by="ann"), Shut()).state == Door(openings=1)


def test_a_test_that_expects_something_else_fails() -> None:
    with pytest.raises(AssertionError, match="decided  Opened"):
        given(door).when("ann").then()
    with pytest.raises(AssertionError, match="did not raise"):
        given(door).when("ann").raises(AlreadyOpenError)
    with pytest.raises(AssertionError, match="not KeyError"):
        given(door, Opened(by="a")).when("bob").raises(KeyError)


async def test_the_state_is_a_fold_of_a_stream_with_other_events_in_it() -> None:
    async with memory_store(MemoryDatabase()) as store:
        news = [Opened(by="ann").to_new_event(), Shut().to_new_event()]
        await store.append("house-1", news, expected_version=0)
        other = await store.append(
            "house-1", [Opened(by="b").to_new_event(), Rang().to_new_event()], expected_version=2
        )
        folded = await store.fold("house-1", door.fold, snapshot_every=1)
        assert (folded.state, folded.version) == (Door(is_open=True, openings=2), 4)
        assert other.last_version == 4
        again = await store.fold("house-1", door.fold)
        assert (again.state, again.from_version) == (folded.state, 4)


def test_another_way_to_evolve_is_another_code_version() -> None:
    def evolve_otherwise(state: Door, event: DomainEvent) -> Door:
        return state

    other: Decider[str, Door] = Decider("door", Door, decide, evolve_otherwise, (Opened, Shut))
    assert other.fold.code_version != door.fold.code_version

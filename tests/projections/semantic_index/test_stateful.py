"""Whatever happens to entries, the index answers as one that is built anew from the log."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import settings as hypothesis_settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from retold.domain.recorded import RecordedEvent
from retold.embedding import Vectors
from retold.projections.semantic_index import IndexSettings, Neighbour, SemanticIndex
from tests.examples import share
from tests.projections.semantic_index.vectors import (
    MadeLog,
    alias,
    answers,
    clustered,
    embedded,
    exact,
    folded,
    gone,
    near,
    recall,
    stored,
    tiny,
)

T = TypeVar("T")
pool = clustered(400, seed=11)
questions = near(pool[::20], seed=12, by=0.5)
log_of = "0123abcd/default"
how = st.sampled_from(["expired", "evicted", "invalidated", "rejected"])


class Life(RuleBasedStateMachine):
    """A process with an index of its own, beside others that write to the same log."""

    settings: IndexSettings

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "index"
        self.log = MadeLog()
        self.index = SemanticIndex(self.settings)
        self.read = 0
        self.live: dict[str, str] = {}
        self.made = 0

    def wait(self, coroutine: Any) -> Any:
        return self.loop.run_until_complete(coroutine)

    def new_vector(self) -> Vectors:
        self.made += 1
        vector: Vectors = pool[self.made % len(pool)]
        return vector

    def record(self, events: list[RecordedEvent], *, own: bool) -> None:
        """Own events are applied at once and again in their turn; others in their turn only."""
        if own:
            for event in events:
                self.index.apply(event._replace(position=0))

    @rule(count=st.integers(1, 30), own=st.booleans())
    def store(self, count: int, own: bool) -> None:
        for _ in range(count):
            vector = self.new_vector()
            entry, key = f"e{self.made}", f"k{self.made}"
            self.record(self.log.add(key, stored(entry, key), embedded(entry, vector)), own=own)
            self.live[key] = entry

    @precondition(lambda self: self.live)
    @rule(data=st.data(), own=st.booleans(), said=st.booleans())
    def replace(self, data: st.DataObject, own: bool, said: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.live)))
        vector = self.new_vector()
        entry = f"e{self.made}"
        replaced = self.live[key] if said else None
        events = self.log.add(key, stored(entry, key, replaces=replaced), embedded(entry, vector))
        self.record(events, own=own)
        self.live[key] = entry

    @precondition(lambda self: self.live)
    @rule(data=st.data(), own=st.booleans())
    def add_alias(self, data: st.DataObject, own: bool) -> None:
        key = data.draw(st.sampled_from(sorted(self.live)))
        vector = self.new_vector()
        other = f"a{self.made}"
        self.record(self.log.add(other, alias(self.live[key], key, other, vector)), own=own)

    @precondition(lambda self: self.live)
    @rule(data=st.data(), own=st.booleans(), count=st.integers(1, 12))
    def remove(self, data: st.DataObject, own: bool, count: int) -> None:
        for _ in range(min(count, len(self.live))):
            key = data.draw(st.sampled_from(sorted(self.live)))
            entry = self.live.pop(key)
            self.record(self.log.add(key, gone(entry, data.draw(how))), own=own)

    @precondition(lambda self: self.live)
    @rule(data=st.data(), own=st.booleans())
    def alias_of_what_has_just_gone(self, data: st.DataObject, own: bool) -> None:
        """Two processes at once: the one that adds the alias has not seen the other's event."""
        key = data.draw(st.sampled_from(sorted(self.live)))
        entry, other = self.live.pop(key), f"a{self.made + 1}"
        self.log.add(key, gone(entry, data.draw(how)))
        added = self.log.add(other, alias(entry, key, other, self.new_vector()))
        self.record(added, own=own)

    @rule(share_read=st.floats(0.1, 1))
    def follow(self, share_read: float) -> None:
        end = self.read + round(share_read * (len(self.log.events) - self.read))
        for event in self.log.events[self.read : end]:
            self.index.apply(event)
        self.read = end
        self.index.moved_to(str(end))

    @rule()
    def let_the_graphs_settle(self) -> None:
        self.wait(self.index.settled())

    @rule()
    def save(self) -> None:
        self.index.moved_to(str(self.read))
        self.wait(self.index.save(self.path, log=log_of))

    @rule()
    def restart(self) -> None:
        """Begin with the last snapshot and what the log holds since, or with the log alone."""
        self.index.close()
        assert self.index._upkeep.failures == 0
        loaded = SemanticIndex.load(self.path, log=log_of, settings=self.settings)
        self.index = self.wait(loaded)
        self.read = int(self.index.cursor or 0)
        self.follow(1.0)

    def answer(self, index: SemanticIndex, k: int) -> list[list[Neighbour]]:
        found: list[list[Neighbour]] = self.wait(answers(index, questions, k=k))
        return found

    @invariant()
    def it_answers_as_one_built_anew(self) -> None:
        if self.read < len(self.log.events):
            return
        fresh = folded(self.log.events, exact)
        assert self.index.partitions() == fresh.partitions()
        assert self.index._gone_early == {}
        self.compare(fresh)

    def compare(self, fresh: SemanticIndex) -> None:
        raise NotImplementedError

    def teardown(self) -> None:
        try:
            self.follow(1.0)
            self.it_answers_as_one_built_anew()
        finally:
            self.index.close()
            self.wait(self.index.settled())
            self.wait(self.loop.shutdown_default_executor())
            self.loop.close()
            self.folder.cleanup()
        assert self.index._upkeep.failures == 0


class LifeOfMatrix(Life):
    settings = exact

    def compare(self, fresh: SemanticIndex) -> None:
        for k in (1, 4):
            assert self.answer(self.index, k) == self.answer(fresh, k)


class LifeOfGraph(Life):
    settings = tiny

    def compare(self, fresh: SemanticIndex) -> None:
        found, expected = self.answer(self.index, 1), self.answer(fresh, 1)
        assert recall(found, expected) >= 0.985
        # Nothing is found that is gone, and what is found is as near as is said.
        rows = [row for part in fresh._partitions.values() for row in part.live_rows()]
        known = {(row.entry, row.key) for row in rows}
        assert all((one.entry, one.key) in known for neighbours in found for one in neighbours)


runs = hypothesis_settings(max_examples=share(30), stateful_step_count=20, deadline=None)
TestMatrix = LifeOfMatrix.TestCase
TestMatrix.settings = runs
TestGraph = LifeOfGraph.TestCase
TestGraph.settings = runs

"""A threshold follows what is learnt: in every process, after a restart, and as of any moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import retold
from retold import Cache, Meaning, RiskControlled, SameText, SemanticCachingAgent
from retold.agents.caching.by_meaning.known import known_of
from retold.domain.cache.events import CacheHit
from retold.projections.cache_risks import CacheRisks, cache_risks
from tests.agents.caching.asked import Model, answer, ask, cache_events, until
from tests.agents.caching.meant import (
    Knowing,
    Plane,
    Topics,
    by_meaning,
    decided,
    known_answer,
    lookups,
    reasons,
    semantic,
    talk,
)
from tests.projections.histories import dice

scope = "default/semantic/topics"


def meaning(**options: Any) -> Meaning:
    given: dict[str, Any] = {
        "embedder": Topics(),
        "policy": RiskControlled(per_request=0.2),
        "judge": SameText(),
        "guards": False,
        "randomness": dice(1),
    }
    return Meaning(**(given | options))


async def live(log: retold.Log, count: int, seed: int = 0) -> Knowing:
    """Ask many questions of few topics, and return the model."""
    model, chance = Knowing(), dice(seed)
    config = log.cached(model, Cache(meaning=meaning()))
    for number in range(count):
        text = f"{chance.randrange(12)} or {chance.randrange(10_000)}"
        assert await ask(log, config, session=f"{seed}-{number}", text=text) == known_answer(text)
    await log.cache.settle()
    return model


async def test_nothing_is_served_before_enough_is_known_and_then_much_is(
    sqlite_url: str,
) -> None:
    async with retold.open(sqlite_url, durability="normal") as log:
        model = await live(log, 80)
        hits = [
            decided(event)
            for event in await cache_events(log, "conversation-")
            if event.type == CacheHit.type
        ]
        assert len(hits) + model.asked == 80
        assert len(hits) > 20
        for hit in hits:
            assert isinstance(hit, CacheHit)
            assert hit.decision is not None
            assert hit.decision.score is not None
            assert hit.similarity is not None
            assert hit.threshold is not None
            # What others' answers are around it counts against it.
            assert hit.threshold <= hit.decision.score <= hit.similarity
        early = [reason for n in range(30) for reason in await reasons(log, f"0-{n}")]
        assert set(early) <= {"nothing_near", "learning"}
        (stats,) = await log.cache.stats()
        (risk,) = stats.risks
        assert (risk.scope, risk.caches) == (scope, ("default",))
        assert risk.wrong.requests == 80
        assert risk.wrong.served == len(hits) == stats.hits_semantic
        # Those of requests that were barred say nothing of a threshold.
        assert 30 <= risk.wrong.labels <= stats.labels
        assert risk.wrong.per_request_high is not None
        assert risk.wrong.per_request_high < 0.25
        assert stats.learning > 0
    # Another process goes on where this one was.
    async with retold.open(sqlite_url) as log:
        config = log.cached(Knowing(), Cache(meaning=meaning()))
        before = hits[-1]
        assert isinstance(before, CacheHit)
        await ask(log, config, session="again", text="3 or 99999")
        after = (await lookups(log, "again"))[0]
        threshold = after.threshold if isinstance(after, CacheHit) else after.levels[-1].threshold
        assert threshold is not None
        assert abs(threshold - (before.threshold or 0)) < 0.05


async def test_what_is_known_is_the_same_followed_or_folded_anew(store_url: str) -> None:
    async with retold.open(store_url, durability="normal") as log:
        await live(log, 15)
        followed = known_of(log.store).risks
        anew = await cache_risks(log.store)
        assert isinstance(anew, CacheRisks)
        assert list(followed) == list(anew) == [scope]
        assert followed.of(scope).dump() == anew.of(scope).dump()


async def test_processes_on_one_log_share_what_is_learnt_and_stored(store_url: str) -> None:
    async with retold.open(store_url) as one, retold.open(store_url) as other:
        model = Model.of(answer("one"))
        await talk(one, semantic(one, model), "a", "open? @0")
        config = semantic(other, model)
        assert await talk(other, config, "b", "are you open? @1") == ["one"]
        await one.cache.invalidate(model="fake-1")
        # What is gone is gone at once, whatever the index of the other one has heard.
        model.script.turns.append(answer("two"))
        assert await talk(other, config, "c", "open today? @2") == ["two"]
        # And what one stored the other finds, once it has heard of it.
        mine, theirs = known_of(one.store), known_of(other.store)
        await until(lambda: len(mine.index) == 1)
        assert await talk(one, semantic(one, model), "d", "open now? @2.5") == ["two"]
        shared = "default/semantic/plane"
        await until(lambda: mine.risks.of(shared).dump() == theirs.risks.of(shared).dump())


async def test_figures_are_those_of_any_moment(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        model = Model.of(answer("one"), answer("two"), answer("two"))
        config = semantic(log, model, threshold=0.9)
        await talk(log, config, "a", "open? @0")
        await talk(log, config, "b", "where? @40")
        moment = (await cache_events(log))[-1].recorded_at
        await talk(log, config, "c", "are you open? @-5")
        await talk(log, config, "d", "and where? @70")
        await talk(log, config, "d2", "and where? @70")
        (now,), (then,) = await log.cache.stats(), await log.cache.stats(at=moment)
        assert (now.hits, now.hits_exact, now.hits_semantic, now.misses) == (2, 1, 1, 3)
        assert (now.labels, now.labels_wrong, now.below_threshold, now.nothing_near) == (2, 1, 2, 1)
        assert (then.hits, then.misses, then.labels, then.below_threshold) == (0, 2, 1, 1)
        assert [risk.wrong.labels for risk in (*then.risks, *now.risks)] == [1, 2]
        assert await log.cache.stats(cache="other") == ()


async def test_another_threshold_would_have_served_others(store_url: str) -> None:
    async with retold.open(store_url) as log:
        model = Model.of(answer("one"), answer("two"), answer("two"), answer("four"))
        config = semantic(log, model, threshold=0.9)
        await talk(log, config, "a", "open? @0")
        await talk(log, config, "b", "where? @40")  # 0.77, wrong
        await talk(log, config, "c", "and where? @70")  # 0.87, right
        await talk(log, config, "d", "are you open? @-5")  # served
        await talk(log, config, "e", "how? @-60")  # 0.5, wrong, and vetoed by then

        async def figures(threshold: float) -> list[tuple[int, ...]]:
            rows = (await log.audit.cache_whatif(threshold)).rows
            return [
                (r.requests, r.served, r.would_serve, r.labelled, r.wrong, int(r.wrong_estimated))
                for r in rows
            ]

        assert await figures(0.9) == [(5, 1, 1, 0, 0, 0)]
        assert await figures(0.8) == [(5, 1, 2, 1, 0, 0)]
        assert await figures(0.7) == [(5, 1, 3, 2, 1, 1)]
        assert await figures(-1) == [(5, 1, 3, 2, 1, 1)]
        (row,) = (await log.audit.cache_whatif(0.9, scope="default/semantic/plane")).rows
        assert row.cache == "default"
        assert not (await log.audit.cache_whatif(0.9, scope="other")).rows
        # What was said of the hit counts.
        (hit,) = await cache_events(log, "conversation-d")
        await log.cache.confirm(hit.event_id)
        await log.cache.reject(hit.event_id)
        assert await figures(0.9) == [(5, 1, 1, 1, 1, 1)]


async def test_a_decision_is_explained(sqlite_url: str) -> None:
    async with retold.open(sqlite_url, actor="alice") as log:
        model = Model.of(answer("one"), answer("two"))
        config = semantic(log, model, threshold=0.9)
        await talk(log, config, "a", "open? @0")
        await talk(log, config, "b", "where? @40")
        await talk(log, config, "c", "are you open? @-5")
        missed, hit = [
            (await cache_events(log, f"conversation-{name}"))[0].event_id for name in "bc"
        ]
        why = await log.cache.explain(missed)
        assert (why.outcome, why.session, why.reason, why.asked) == (
            "missed",
            "b",
            "absent",
            "where? @40",
        )
        assert [level.level for level in why.levels] == ["exact", "contextual", "semantic"]
        assert [(entry.question, entry.answer) for entry in why.entries] == [("open? @0", "one")]
        assert [(label.equal, label.judge) for label in why.labels] == [(False, "same_text")]
        served = await log.cache.explain(str(hit))
        assert (served.outcome, served.levels[0].reason, served.levels[0].level) == (
            "hit",
            "served",
            "semantic",
        )
        assert served.entries[0].veto is not None


async def test_the_agent_of_that_name_compares_meanings(sqlite_url: str) -> None:
    model = Model.of(answer("one"), answer("two"))
    async with retold.open(sqlite_url) as log:
        agent = SemanticCachingAgent(
            "a", "You help.", config=log.model(model), meaning=by_meaning()
        )
        await agent.respond(await log.session("a"), "open? @0")
        second = await agent.respond(await log.session("b"), "are you open? @1")
        assert second.value is not None
        assert (second.value.text, second.value.is_cached) == ("one", True)
        (served,) = second.value.served
        assert (served.level, served.waited) == ("semantic", False)
        assert served.similarity is not None
        await log.cache.reject(served.event_id)
        third = await agent.respond(await log.session("c"), "are you open? @1")
        assert third.value is not None
        assert not third.value.is_cached
        stats = await agent.cache_stats()
        assert stats is not None
        assert (stats.hits_semantic, stats.labels_wrong) == (1, 1)


async def test_an_embedder_of_another_name_finds_nothing_of_the_first(sqlite_url: str) -> None:
    model = Model.of(answer("one"), answer("two"))
    async with retold.open(sqlite_url) as log:
        await talk(log, semantic(log, model), "a", "open? @0")
        config = semantic(log, model, embedder=Plane("plane-2"))
        assert await talk(log, config, "b", "open?? @0") == ["two"]
        assert await reasons(log, "b") == ["nothing_near"]


async def test_an_index_that_is_kept_in_files_is_read_from_them(
    sqlite_url: str, tmp_path: Path
) -> None:
    model, folder = Model.of(answer("one"), answer("two")), tmp_path / "index"
    async with retold.open(sqlite_url) as log:
        await talk(log, semantic(log, model, snapshots=folder), "a", "open? @0")
        await log.cache.settle()
    assert any(folder.iterdir())
    async with retold.open(sqlite_url) as log:
        config = semantic(log, model, snapshots=str(folder))
        assert await talk(log, config, "b", "are you open? @1") == ["one"]
        assert known_of(log.store).index.cursor is not None

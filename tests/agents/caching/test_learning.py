"""What models answer instead teaches a cache which questions have the same answer."""

from __future__ import annotations

import asyncio

import pytest

import retold
from retold import Cache, FixedThreshold, Meaning, ModelJudge, SameMeaning, SameText
from retold.agents.caching.by_meaning.judges import Compared
from retold.domain.cache.events import CacheHit, CacheMissed
from retold.embedding.wordllama import default_embedder
from retold.errors import AnswersNotJudged
from tests.agents.caching.asked import Model, answer, cache_events, happened
from tests.agents.caching.meant import Slow, by_meaning, lookups, reasons, semantic, talk
from tests.projections.histories import dice


async def labels(log: retold.Log) -> list[tuple[str, bool, float]]:
    """Return the source, the verdict and the probability of each label."""
    return [
        (e.data["source"], e.data["equal"], e.data["probability"])
        for e in await cache_events(log, "cache_risk-")
    ]


async def test_a_request_with_the_same_answer_becomes_another_key_of_its_entry(
    store_url: str,
) -> None:
    model = Model.of(answer("At nine."), answer("at  Nine"), answer("at ten"))
    async with retold.open(store_url) as log:
        config = semantic(log, model, threshold=0.9)
        await talk(log, config, "a", "open? @0")
        # It is too far away to be served, and its answer is the same.
        assert await talk(log, config, "b", "when do you open? @60") == ["at  Nine"]
        assert await happened(log, "cache-") == ["entry_stored", "entry_embedded", "alias_added"]
        assert await labels(log) == [("miss", True, 1.0)]
        # An equal request is served the entry by its own key.
        assert await talk(log, config, "c", "when do you open? @60") == ["At nine."]
        # What is near to it is near to the entry.
        assert await talk(log, config, "d", "at what time? @70") == ["At nine."]
        exact, near = (await lookups(log, "c"))[0], (await lookups(log, "d"))[0]
        assert isinstance(exact, CacheHit)
        assert isinstance(near, CacheHit)
        assert (exact.level, near.level, exact.entry) == ("exact", "semantic", near.entry)
        assert exact.asked_key is not None
        assert near.decision is not None
        assert near.decision.near_key == exact.asked_key
        assert near.decision.near_question == "when do you open? @60"
        # Each event has its cause: the miss, the label, and what it led to.
        missed = next(
            e for e in await cache_events(log, "conversation-b") if e.type == "cache.missed"
        )
        (label,) = await cache_events(log, "cache_risk-")
        alias = (await cache_events(log, "cache-"))[-1]
        assert (label.causation_id, alias.causation_id) == (missed.event_id, label.event_id)
        assert alias.stream == f"cache-{exact.asked_key}"
        (row,) = (await log.audit.cache_entries()).rows
        assert (row.hits, row.aliases, row.embedder) == (2, 1, "plane")
        assert [r.session for r in (await log.audit.cache_recall(row.entry)).rows] == ["c", "d"]


async def test_an_alias_goes_with_its_entry(sqlite_url: str) -> None:
    model = Model.of(*(answer("nine") for _ in range(4)))
    async with retold.open(sqlite_url) as log:
        config = semantic(log, model)
        await talk(log, config, "a", "open? @0")
        await talk(log, config, "b", "when? @60")
        (row,) = (await log.audit.cache_entries()).rows
        await log.cache.invalidate(entry=row.entry)
        await talk(log, config, "c", "when? @60")
        assert model.asked == 3
        missed = (await lookups(log, "c"))[0]
        assert isinstance(missed, CacheMissed)
        assert [level.reason for level in missed.levels] == [
            "invalidated",
            "first_turn",
            "nothing_near",
        ]
        # It has an entry of its own now.
        await talk(log, config, "d", "when? @60")
        assert model.asked == 3


async def test_an_answer_made_from_something_else_is_stored_on_its_own(sqlite_url: str) -> None:
    model = Model.of(*(answer("nine") for _ in range(4)))
    async with retold.open(sqlite_url) as log:
        old, new = (
            log.cached(model, Cache(source=source, meaning=by_meaning())) for source in ("v1", "v2")
        )
        await talk(log, old, "a", "open? @0")
        await talk(log, new, "b", "when? @60")
        assert await labels(log) == [("miss", True, 1.0)]
        assert "alias_added" not in await happened(log)
        # So who removes what was made from it removes all of it.
        assert len(await log.cache.invalidate(source="v2")) == 1
        await talk(log, new, "c", "when? @60")
        assert model.asked == 3


async def test_an_entry_seen_to_be_wrong_is_not_served_that_far_away(sqlite_url: str) -> None:
    model = Model.of(answer("one"), answer("two"), answer("three"))
    async with retold.open(sqlite_url) as log:
        strict, loose = semantic(log, model, threshold=0.99), semantic(log, model, threshold=0.5)
        await talk(log, strict, "a", "open? @0")
        await talk(log, strict, "b", "where? @40")
        assert await labels(log) == [("miss", False, 1.0)]
        veto = (await cache_events(log, "cache-"))[2]
        (label,) = await cache_events(log, "cache_risk-")
        assert (veto.type, veto.data["by"]) == ("cache.vetoed", str(label.event_id))
        # On the other side it is as far away, and nearest to the first one.
        assert await talk(log, loose, "c", "how? @-41") == ["three"]
        (missed,) = await lookups(log, "c")
        assert isinstance(missed, CacheMissed)
        assert missed.levels[-1].reason == "vetoed"
        assert missed.levels[-1].decision is not None
        assert missed.levels[-1].decision.veto == pytest.approx(0.766, abs=1e-3)
        assert await talk(log, loose, "d", "open now? @-10") == ["one"]


async def test_a_share_of_the_hits_is_asked_anew_to_see(sqlite_url: str) -> None:
    model = Model.of(*(answer("one") for _ in range(20)))
    seeded = dice(4)
    async with retold.open(sqlite_url) as log:
        policy = FixedThreshold(0.9, audit_share=0.5)
        config = semantic(log, model, policy=policy, randomness=seeded)
        await talk(log, config, "s", "open? @0")
        drawn = dice(4)
        for number in range(12):
            await talk(log, config, f"s{number}", f"open? {number} @1")
            audited = drawn.random() < 0.5
            assert await reasons(log, f"s{number}") == ["audited" if audited else "hit semantic"]
        found = await labels(log)
        assert set(found) == {("audit", True, 0.5)}
        assert 2 < len(found) < 10
        missed = [
            one
            for number in range(12)
            for one in await lookups(log, f"s{number}")
            if isinstance(one, CacheMissed)
        ]
        decision = missed[0].levels[-1].decision
        assert decision is not None
        assert (decision.audited, decision.audit_probability) == (True, 0.5)


async def test_who_only_watches_serves_nothing_and_records_what_it_would_have(
    sqlite_url: str,
) -> None:
    model = Model.of(answer("one"), answer("two"))
    async with retold.open(sqlite_url) as log:
        config = semantic(log, model, shadow=True)
        await talk(log, config, "a", "open? @0")
        assert await talk(log, config, "b", "are you open? @1") == ["two"]
        assert await reasons(log, "b") == ["shadow"]
        assert await labels(log) == [("miss", False, 1.0)]
        # Equal requests are served.
        assert await talk(log, config, "c", "open? @0") == ["one"]
        (stats,) = await log.cache.stats()
        assert (stats.hits, stats.hits_semantic, stats.shadowed) == (1, 0, 1)


async def test_guards_are_evidence_and_their_precision_is_told(sqlite_url: str) -> None:
    model = Model.of(*(answer(str(number)) for number in range(3)))
    question, other = "Is it open at 9 on Monday?", "Is it open at 8 on Monday?"
    async with retold.open(sqlite_url) as log:
        guarded, told = (
            log.cached(
                model,
                Cache(
                    name=str(guards),
                    meaning=Meaning(policy=FixedThreshold(0.9), judge=SameText(), guards=guards),
                ),
            )
            for guards in (True, False)
        )
        await talk(log, guarded, "a", question)
        assert await talk(log, guarded, "b", other) == ["1"]
        (missed,) = await lookups(log, "b")
        assert isinstance(missed, CacheMissed)
        near = missed.levels[-1]
        assert near.reason == "guarded"
        assert near.decision is not None
        assert near.decision.barred == "guarded"
        assert all(0 < note.precision <= 1 for note in near.decision.guards)
        assert near.decision.guards
        (label,) = await cache_events(log, "cache_risk-")
        assert label.data["barred"] == "guarded"
        assert label.data["guards"] == [note.guard for note in near.decision.guards]
        # Who only wants to be told is.
        await talk(log, told, "c", "Do you close at 6 on Friday?")
        assert await talk(log, told, "d", "Do you close at 5 on Friday?") == ["2"]
        (hit,) = await lookups(log, "d")
        assert isinstance(hit, CacheHit)
        assert hit.decision is not None
        assert hit.decision.guards


async def test_a_verifier_has_the_last_word(sqlite_url: str) -> None:
    asked: list[tuple[str, str, str]] = []

    async def agrees(stored: str, question: str, text: str) -> bool:
        asked.append((stored, question, text))
        if "broken" in question:
            raise ConnectionError("down")
        return "sure" in question

    model = Model.of(*(answer(str(number)) for number in range(4)))
    async with retold.open(sqlite_url) as log:
        config = semantic(log, model, verifier=agrees)
        await talk(log, config, "a", "open? @0")
        assert await talk(log, config, "b", "sure? @1") == ["0"]
        assert await talk(log, config, "c", "unsure... @-2") == ["0"]
        assert await talk(log, config, "d", "no @-4") == ["1"]
        assert await talk(log, config, "e", "broken @5") == ["2"]
        assert asked[:1] == [("open? @0", "sure? @1", "0")]
        assert await reasons(log, "d") == await reasons(log, "e") == ["verifier"]
        (missed,) = await lookups(log, "d")
        assert isinstance(missed, CacheMissed)
        assert missed.levels[-1].decision is not None
        assert (missed.levels[-1].decision.verifier or "").endswith("agrees")
        # It is asked only of what would be served.
        await talk(log, config, "f", "far @90")
        assert len(asked) == 4


async def test_feedback_on_a_hit_labels_and_vetoes(store_url: str) -> None:
    model = Model.of(answer("one"), answer("two"), answer("three"))
    async with retold.open(store_url, actor="alice") as log:
        config = semantic(log, model)
        await talk(log, config, "a", "open? @0")
        await talk(log, config, "b", "are you open? @2")
        await talk(log, config, "c", "where are you? @20")
        right, wrong = [
            next(e for e in await cache_events(log, f"conversation-{name}")) for name in "bc"
        ]
        assert await log.cache.confirm(right.event_id)
        assert await log.cache.reject(wrong.event_id, note="nonsense")
        assert await labels(log) == [("confirmed", True, 1.0), ("rejected", False, 1.0)]
        events = await cache_events(log, "cache_risk-")
        assert [e.causation_id for e in events] == [right.event_id, wrong.event_id]
        assert {e.metadata["actor"] for e in events} == {"alice"}
        assert [e.data["lookup"] for e in events] == [str(right.event_id), str(wrong.event_id)]
        assert (await happened(log, "cache-"))[-3:] == ["confirmed", "vetoed", "rejected"]
        # A later answer to the first question is not served that far away either.
        assert await talk(log, config, "d", "open? @0") == ["two"]
        assert await talk(log, config, "e", "where are you? @20") == ["three"]
        assert await reasons(log, "e") == ["vetoed"]
        # Once more, and of an exact hit: no label.
        assert not await log.cache.reject(wrong.event_id)
        assert len(await labels(log)) == 3 + 1


async def test_a_judge_that_takes_long_is_not_waited_for_and_not_lost(sqlite_url: str) -> None:
    judge = Slow(True, False)
    model = Model.of(answer("one"), answer("two"), answer("three"))
    async with retold.open(sqlite_url) as log:
        config = semantic(log, model, judge=judge, threshold=0.99)
        await talk(log, config, "a", "open? @0")
        await talk(log, config, "b", "when? @30")
        await log.cache.settle()
        assert await labels(log) == [("miss", True, 1.0)]
        # It has an entry of its own by then, so there is no need of another key.
        assert (await happened(log, "cache-")).count("entry_stored") == 2
        assert judge.compared == [
            Compared(
                stored_question="open? @0",
                asked_question="when? @30",
                stored_answer="one",
                fresh_answer="two",
            )
        ]
        await talk(log, config, "c", "where? @50")
    # The log was closed at once.
    async with retold.open(sqlite_url) as log:
        assert await labels(log) == [("miss", True, 1.0), ("miss", False, 1.0)]
        assert (await happened(log, "cache-"))[-1] == "vetoed"


async def test_a_judge_that_cannot_tell_teaches_nothing(sqlite_url: str) -> None:
    class Broken(SameText):
        async def is_same(self, compared: Compared) -> bool:
            raise ValueError("nonsense")

    model = Model.of(answer("one"), answer("two"), answer("three"))
    async with retold.open(sqlite_url) as log:
        await talk(log, semantic(log, model), "a", "open? @0")
        quick = semantic(log, model, judge=Broken())
        assert await talk(log, quick, "b", "when? @60") == ["two"]
        slow = semantic(log, model, judge=Slow(ValueError()))
        assert await talk(log, slow, "c", "where? @120") == ["three"]
        await log.cache.settle()
        assert await labels(log) == []
        assert (await happened(log, "cache-")).count("entry_stored") == 3


def compared(stored: str, fresh: str) -> Compared:
    return Compared(
        stored_question="a?", asked_question="b?", stored_answer=stored, fresh_answer=fresh
    )


@pytest.mark.parametrize(
    ("stored", "fresh", "text", "meaning"),
    [
        ("We open at nine.", "we open  at nine", True, True),
        ("We open at nine.", "We do open at nine.", False, True),
        ("It takes 14 days.", "It takes 30 days.", False, False),
        ("You can return it.", "Our shop is in Oslo.", False, False),
    ],
)
async def test_answers_are_the_same_by_text_or_by_meaning(
    stored: str, fresh: str, text: bool, meaning: bool
) -> None:
    assert await SameText().is_same(compared(stored, fresh)) is text
    judge = SameMeaning(default_embedder(), at_least=0.85)
    assert await judge.is_same(compared(stored, fresh)) is meaning
    assert judge.name == f"same_meaning/{default_embedder().name}/0.85"


async def test_a_model_judges_in_a_conversation_of_its_own(sqlite_url: str) -> None:
    said = Model.of('{"verdict": "same"}', 'So: {"verdict": "different"}', "hm")
    model = Model.of(answer("one"), answer("uno"))
    async with retold.open(sqlite_url) as log:
        judge = ModelJudge(log.model(said), name="judge")
        config = semantic(log, model, judge=judge, threshold=0.99)
        await talk(log, config, "a", "open? @0")
        await talk(log, config, "b", "when? @30")
        await log.cache.settle()
        assert await labels(log) == [("miss", True, 1.0)]
        assert said.asked == 1
        # What it was asked and what it said is in the log, and not in the conversation.
        calls = [e async for e in log.store.read_all(types={"model.call_completed"})]
        assert [e.stream for e in calls][:2] == ["conversation-a", "conversation-b"]
        assert len(calls) == 3
        assert calls[2].stream not in {"conversation-a", "conversation-b"}
        assert not await judge.is_same(compared("a", "b"))
        with pytest.raises(AnswersNotJudged):
            await judge.is_same(compared("a", "b"))
        # Nobody need be asked about the same text.
        assert await judge.is_same(compared("a", "A."))
    with pytest.raises(ValueError, match="timeout_seconds"):
        ModelJudge(said, timeout_seconds=0)


async def test_equal_requests_at_the_same_time_make_one_call(sqlite_url: str) -> None:
    model = Model.of(answer("one"), answer("one"))
    async with retold.open(sqlite_url) as log:
        config = semantic(log, model)
        await talk(log, config, "s", "open? @0")
        said = await asyncio.gather(
            *(talk(log, config, f"s{number}", "when? @60") for number in range(20))
        )
        assert said == [["one"]] * 20
        assert model.asked == 2
        (stats,) = await log.cache.stats()
        assert (stats.coalesced, stats.misses, stats.labels) == (19, 2, 1)


async def test_an_answer_that_goes_while_it_is_compared_is_stored_anew(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:

        class Removing(SameText):
            async def is_same(self, compared: Compared) -> bool:
                await log.cache.invalidate(model="fake-1")
                return True

        model = Model.of(answer("one"), answer("one"))
        config = semantic(log, model, judge=Removing())
        await talk(log, config, "a", "open? @0")
        await talk(log, config, "b", "when? @60")
        assert await talk(log, config, "c", "when? @60") == ["one"]
        assert model.asked == 2
        assert (await log.verify()).ok


async def test_nothing_is_compared_with_the_same_question(sqlite_url: str) -> None:
    """What a model says later of the same question differs as time went by."""
    model = Model.of(answer("one"), answer("two"))
    async with retold.open(sqlite_url) as log:
        cache = Cache(max_age_seconds=0, meaning=by_meaning())
        config = log.cached(model, cache)
        assert await talk(log, config, "a", "open? @0") == ["one"]
        assert await talk(log, config, "b", "open? @0") == ["two"]
        assert await labels(log) == []

"""``retold cache``: the cached answers of a log, for people and programs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import retold
from retold import Cache
from retold.cli.main import app
from tests.agents.caching.asked import Clock, Model, answer, ask, cache_events
from tests.agents.caching.meant import semantic, talk


def run(url: str, *words: str, code: int = 0) -> Result:
    """Run a command on a log."""
    result = CliRunner().invoke(app, ["cache", *words, "--url", url])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def url(tmp_path: Path) -> str:
    """URL of a log in which one question was served again, and another is over."""
    found = f"sqlite:///{tmp_path / 'log.db'}"

    async def fill() -> None:
        model = Model.of(answer("A long answer. " * 10), answer("two"))
        async with retold.open(found) as log:
            config = log.cached(model, Cache(tags={"topic": "greeting"}))
            for name in "ab":
                await ask(log, config, session=name)
            over = Cache(name="over", ttl_seconds=1, clock=Clock())
            await ask(log, log.cached(model, over), session="c", text="over?")

    asyncio.run(fill())
    return found


def listed(url: str, *words: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(run(url, "list", "-o", "json", *words).stdout)
    return rows


def test_entries_are_listed_and_recalled(url: str) -> None:
    over, one = listed(url)
    assert (over["answer"], over["cache"], one["hits"]) == ("two", "over", 1)
    assert [row["entry"] for row in listed(url, "--tag", "topic=greeting")] == [one["entry"]]
    table = run(url, "list").stdout
    assert "A long answer." in table
    assert "…" in table
    assert max(map(len, table.splitlines())) < 250
    recalled = json.loads(run(url, "recall", str(one["entry"]), "-o", "json").stdout)
    assert [(row["session"], row["turn_status"]) for row in recalled] == [("b", "completed")]


def test_figures_are_given(url: str) -> None:
    rows = json.loads(run(url, "stats", "-o", "json").stdout)
    assert [(row["cache"], row["hits"], row["misses"]) for row in rows] == [
        ("default", 1, 1),
        ("over", 0, 1),
    ]
    assert json.loads(run(url, "stats", "--at", "2020-01-01", "-o", "json").stdout) == []
    assert "hit rate" in run(url, "stats").stdout
    run(url, "stats", "--at", "noon", code=2)


def test_entries_are_invalidated_in_the_name_of_who_asked(url: str) -> None:
    command = ["--actor", "alice", "cache", "invalidate", "--tag", "topic=greeting"]
    result = CliRunner().invoke(app, [*command, "--note", "rude", "--url", url])
    assert result.exit_code == 0
    assert "hello" in result.stdout
    assert "1 entries invalidated" in result.stderr
    (gone,) = listed(url, "--gone")
    assert (gone["gone"], gone["gone_why"]) == ("invalidated", "tag topic=greeting: rude")

    async def actors() -> list[object]:
        async with retold.open(url) as log:
            events = await cache_events(log, "cache-")
            return [e.metadata.get("actor") for e in events if e.type == "cache.invalidated"]

    assert asyncio.run(actors()) == ["alice"]


def test_what_is_over_is_cleared(url: str) -> None:
    assert "over?" in run(url, "clear-expired").stdout
    assert [row["answer"] for row in listed(url, "--gone")] == ["two"]
    assert json.loads(run(url, "clear-expired", "-o", "json").stdout) == []


@pytest.fixture
def meant(tmp_path: Path) -> str:
    """URL of a log in which one question was served by meaning, and one was not near enough."""
    found = f"sqlite:///{tmp_path / 'meant.db'}"

    async def fill() -> None:
        model = Model.of(answer("nine"), answer("Oslo"), answer("nine"))
        async with retold.open(found) as log:
            config = semantic(log, model)
            for name, text in zip(
                "abcd",
                ("open? @0", "where? @50", "are you open? @-5", "when? @-60"),
                strict=True,
            ):
                await talk(log, config, name, text)

    asyncio.run(fill())
    return found


def test_a_decision_is_explained_to_people_and_programs(meant: str) -> None:
    async def lookups() -> dict[str, str]:
        async with retold.open(meant) as log:
            events = await cache_events(log, "conversation-")
            return {event.stream[-1]: str(event.event_id) for event in events}

    ids = asyncio.run(lookups())
    missed = run(meant, "explain", ids["b"]).stdout
    for said in ("missed: absent", "below_threshold", "0.6428, threshold 0.9000", "open? @0"):
        assert said in missed
    assert "another answer (miss, same_text)" in missed
    hit = json.loads(run(meant, "explain", ids["c"], "-o", "json").stdout)
    assert (hit["outcome"], hit["asked"]) == ("hit", "are you open? @-5")
    assert hit["levels"][0]["decision"]["near_question"] == "open? @0"
    assert "No event" in run(meant, "explain", "x", code=2).stderr


def test_another_threshold_is_tried_on_what_was_decided(meant: str) -> None:
    (row,) = json.loads(run(meant, "whatif", "--threshold", "0.6", "-o", "json").stdout)
    assert (row["requests"], row["served"], row["would_serve"], row["labelled"], row["wrong"]) == (
        4,
        1,
        2,
        1,
        1,
    )
    assert "would serve" in run(meant, "whatif", "--threshold", "0.6").stdout
    scope = "default/semantic/plane"
    command = ("whatif", "--threshold", "0.6", "--scope")
    assert scope in run(meant, *command, scope).stdout
    assert json.loads(run(meant, *command, "other", "-o", "json").stdout) == []
    run(meant, "whatif", "--threshold", "2", code=2)


def test_figures_tell_of_levels_and_of_what_is_wrong(meant: str) -> None:
    (row,) = json.loads(run(meant, "stats", "-o", "json").stdout)
    assert (row["hits_semantic"], row["labels"], row["labels_wrong"]) == (1, 2, 1)
    assert row["risks"][0]["scope"] == "default/semantic/plane"
    # The other one is of a request that a veto kept from being served, at any threshold.
    assert row["risks"][0]["labels"] == 1
    table = run(meant, "stats").stdout
    assert "hits semantic" in table
    assert "wrong per request" in table
    one = next(r for r in listed(meant) if r["question"] == "open? @0")
    assert (one["aliases"], one["hits"], one["embedder"]) == (1, 1, "plane")
    (served,) = json.loads(run(meant, "recall", str(one["entry"]), "-o", "json").stdout)
    assert (served["session"], served["level"]) == ("c", "semantic")


def test_wrong_usage_is_told(url: str) -> None:
    assert "Say which entries" in run(url, "invalidate", code=2).stderr
    assert "no cache entry 'x'" in run(url, "invalidate", "x", code=2).stderr

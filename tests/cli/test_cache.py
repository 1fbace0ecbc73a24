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


def test_wrong_usage_is_told(url: str) -> None:
    assert "Say which entries" in run(url, "invalidate", code=2).stderr
    assert "no cache entry 'x'" in run(url, "invalidate", "x", code=2).stderr

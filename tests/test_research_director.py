"""The example of a research director does what it says, and goes on where it was."""

from __future__ import annotations

import sys
from pathlib import Path

import retold
from tests.agents.prefixes import everything_in, log_of
from tests.forking import run

examples = Path(__file__).parents[1] / "examples"


def told(url: str) -> str:
    """Run the example, and return what it prints."""
    done = run(examples / "research_director.py", "--url", url)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_business_first_then_two_at_once_then_a_synthesis(sqlite_url: str) -> None:
    said = told(sqlite_url).splitlines()
    assert said[0].startswith("completed: Build it as a plug-in")
    assert [line.split("[")[1].split(",")[0] for line in said[2:]] == ["completed"] * 5
    async with retold.open(sqlite_url, create=False) as log:
        chats = (await (await log.session("research")).state("delegations")).by_id.values()
        assert [chat.to for chat in chats] == ["business", "technical", "ux", "business"]
        findings = list(chats)[-1].context
        assert "answers in seconds" in findings["technical_findings"]
        assert "unless it is sure" in findings["ux_findings"]
        events = await everything_in(log.store)
    decided = [e for e in events if e.type in {"delegation.requested", "delegation.completed"}]
    numbers = {chat.delegation: number for number, chat in enumerate(chats, 1)}
    order = [f"{e.type.rpartition('.')[2]} {numbers[e.data['delegation']]}" for e in decided]
    assert order[:4] == ["requested 1", "completed 1", "requested 2", "requested 3"]
    assert sorted(order[4:6]) == ["completed 2", "completed 3"]
    assert order[6:] == ["requested 4", "completed 4"]


async def test_it_goes_on_after_a_crash_without_asking_again(tmp_path: Path) -> None:
    sys.path.insert(0, str(examples))
    try:
        import research_director as example  # noqa: PLC0415 - a script finds the modules beside it
    finally:
        sys.path.remove(str(examples))

    async def conduct(log: retold.Log) -> str | None:
        session = await log.session("research")
        director = example.research_director(log)
        return (await example.conduct_research(director, session, "tea")).value

    async with log_of([]) as log:
        synthesis = await conduct(log)
        events = await everything_in(log.store)
    answered = [n for n, event in enumerate(events, 1) if event.type == "model.call_completed"]
    for length in answered:
        async with log_of(events[:length]) as log:
            assert await conduct(log) == synthesis
            again = await everything_in(log.store)
        assert sum(event.type == "model.call_completed" for event in again) == 4

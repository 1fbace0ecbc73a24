"""The process dies after any event: the plan goes on, and no model call in the log is repeated."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess

import pytest

import retold
from retold.agents.planner.progress import Progress
from retold.domain.recorded import RecordedEvent
from retold.errors import SessionBusy
from tests.agents.planner.test_planner import as_text, goal, met, not_met, planner_of
from tests.agents.prefixes import everything_in, log_of
from tests.agents.recorded import events_of
from tests.agents.scripted import Script
from tests.forking import Process
from tests.sessions.processes import lapse, repository

said = [("m1", "Which is nice?"), ("m2", "I know HTML"), ("m3", "Yes, Python it is")]
answers = [as_text, not_met, met, met]


async def converse(log: retold.Log, script: Script) -> Progress:
    """Have the whole conversation, whatever of it is in the log."""
    session = await log.session("s")
    planner = planner_of(log, script)
    assert (await planner.plan(session, goal, plan_id="choice")).ok
    told = None
    # A caller that does not know what was taken in sends all of it again, with its own ids.
    for message_id, text in said:
        told = await planner.execute(session, text, message_id=message_id)
        assert told.ok, told.error
    assert told is not None
    assert told.value is not None
    return told.value


def plan_events(events: list[RecordedEvent]) -> list[tuple[str, object]]:
    kept = [event for event in events if event.type.startswith("plan.")]
    return [(event.type, event.data) for event in kept]


async def test_at_every_event() -> None:
    async with log_of([]) as log:
        expected = await converse(log, Script(*answers))
        events = await everything_in(log.store)
    assert (expected.done, expected.total) == (2, 2)
    assert sum(event.type == "model.call_started" for event in events) == 4

    for length in range(1, len(events)):
        prefix = events[:length]
        if prefix[-1].type == "plan.step_evaluated":
            continue  # A verdict and what follows from it are one append.
        answered = sum(event.type == "model.call_completed" for event in prefix)
        script = Script(*answers[answered:])
        async with log_of(prefix) as log:
            assert await converse(log, script) == expected, length
            # Every answer that was not in the log was asked for, once, and no other.
            assert not script.turns, length
            assert plan_events(await everything_in(log.store)) == plan_events(events), length


async def test_two_processes_take_turns_and_each_knows_what_the_other_did(
    sqlite_url: str,
) -> None:
    async with retold.open(sqlite_url) as one, retold.open(sqlite_url) as other:
        mine, theirs = planner_of(one, Script(as_text, met)), planner_of(other, Script(not_met))
        await mine.plan(await one.session("s"), goal)
        told = await theirs.execute(await other.session("s"), "Which is nice?")
        assert told.value is not None
        assert told.value.fallbacks == 1
        again = await mine.execute(await one.session("s"), "I know HTML")
        assert again.value is not None
        assert (again.value.done, again.value.attempts) == (1, 0)
        async with (await other.session("s")).turn("somebody"):
            with pytest.raises(SessionBusy):
                await mine.execute(await one.session("s"), "Yes")
        progress = await theirs.progress(await other.session("s"))
        assert progress.value is not None
        assert (progress.value.done, progress.value.step and progress.value.step.id) == (1, "2")


@pytest.mark.crash
@pytest.mark.parametrize("moment", ["judging", "judged"])
def test_killed_while_a_message_is_judged(sqlite_url: str, moment: str) -> None:
    child = Process(
        *("-m", "tests.agents.planner.dying_planner", sqlite_url, moment),
        cwd=repository,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    assert json.loads(child.stdout.readline()) == {"at": moment}
    os.kill(child.pid, signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL

    asyncio.run(go_on(sqlite_url, Script(*([met] if moment == "judging" else []))))


async def go_on(url: str, script: Script) -> None:
    """Send the message again, and see that it is judged once."""
    async with retold.open(url) as log:
        await lapse(log)
        session = await log.session("s")
        told = await planner_of(log, script).execute(session, "I know HTML")
        assert told.value is not None
        assert (told.value.done, told.value.step and told.value.step.id) == (1, "2")
        assert not script.turns
        assert len(await events_of(session, "plan.message_received")) == 1
        assert len(await events_of(session, "plan.step_evaluated")) == 1
        assert len(await events_of(session, "turn.failed")) == 1

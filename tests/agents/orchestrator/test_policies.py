"""Policies of the log govern the steps of workflows, those of a worker that died included."""

from __future__ import annotations

import pytest

import retold
from retold import PatternCheck, SessionLimits, errors
from retold.agents.orchestrator.asking import recorded_answer
from tests.agents.orchestrator.orchestras import Orchestra, at_once
from tests.agents.orchestrator.test_takeover import answered_to_dead, begun_by_dead
from tests.agents.policies.asking import Asked, refusing

secret = "sk-proj-abcdefghijklmnop1234"
step = {"name": "one", "agent": "a", "task": "one"}


class Killed(BaseException):
    """The process was killed."""


def governed(log: retold.Log) -> Orchestra:
    return Orchestra(log, retold.AgentOrchestrator(log), {})


async def test_an_answer_no_policy_was_asked_about_is_not_taken_from_a_dead_worker(
    sqlite_url: str,
) -> None:
    masking = PatternCheck(action="mask", name="no keys")
    killing: list[BaseException] = [Killed()]

    def decide(check: retold.Check) -> None:
        if check.point == "output" and killing:
            raise killing.pop()

    async with retold.open(sqlite_url, policies=[Asked(decide), masking]) as log:
        band = governed(log)
        script = await band.add("a", secret, secret, "B")
        entry, _ = await begun_by_dead(band)
        with pytest.raises(Killed):
            await answered_to_dead(band, entry)
        result = await band.orchestrator.wait("r")
        assert result.value == {"one": "[API key]", "two": "B"}
        assert len(script.seen) == 3
        assert "step_lost one" in await band.happened("r", "one")


async def test_an_answer_that_was_refused_is_not_taken_from_a_dead_worker(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def killed(*_: object) -> None:
        """Record no end of the turn."""

    async with retold.open(sqlite_url, policies=[refusing("output")]) as log:
        band = governed(log)
        await band.add("a", "bad", "bad")
        entry, _ = await begun_by_dead(band, retry={"restarts": 0})
        monkeypatch.setattr("retold.agents.turn.Turn.fail", killed)
        with pytest.raises(errors.ContentRefused):
            await answered_to_dead(band, entry)
        # A process without policies knows no better than the log.
        assert await recorded_answer(log.store, entry) is None
        assert (await band.orchestrator.wait("r")).status == "failed"


@pytest.mark.parametrize(
    ("point", "attempts"), [("agent", 1), ("input", 1), ("model_call", 1), ("output", 3)]
)
async def test_only_what_the_model_says_is_asked_for_again_when_it_is_refused(
    sqlite_url: str, point: str, attempts: int
) -> None:
    async with retold.open(sqlite_url, policies=[refusing(point)]) as log:
        band = governed(log)
        await band.add("a", *["said"] * attempts)
        await band.orchestrator.define("w", [{**step, "retry": {"attempts": 3, **at_once}}])
        result = await band.orchestrator.run("w")
        assert result.status == "failed"
        assert result.error is not None
        assert result.error.type in {"PolicyRefused", "ContentRefused"}
        happened = await band.happened(result.ids.session, "one")
        assert happened.count("step_started one") == attempts


async def test_the_answer_of_a_step_is_refused_at_the_stage_of_its_turn(sqlite_url: str) -> None:
    asked = refusing("output")
    async with retold.open(sqlite_url, policies=[asked]) as log:
        band = governed(log)
        await band.add("a", "said")
        await band.orchestrator.define("w", [step])
        await band.orchestrator.run("w")
        [refused] = [e async for e in log.store.read_all(types=["policy.refused"])]
    assert refused.data["stage"] == "policy_checks"
    assert {check.is_nested for check in asked.checks} == {False}


async def test_steps_at_work_at_once_count_once_against_the_limits_of_a_run(
    sqlite_url: str,
) -> None:
    """Each of them reads what the others used, at the same time."""
    used: list[int] = []

    class Counting:
        name = "counting"

        async def check(self, check: retold.Check) -> None:
            if check.point == "model_call":
                used.append((await check.used_in_session()).turns)

    first = [{**step, "name": name, "depends_on": []} for name in "bcde"]
    second = [{**step, "name": name, "depends_on": list("bcde")} for name in "fghi"]
    async with retold.open(sqlite_url, policies=[Counting(), SessionLimits(turns=8)]) as log:
        band = governed(log)
        await band.add("a", *"BCDEFGHI")
        await band.orchestrator.define("w", [*first, *second])
        result = await band.orchestrator.run("w")
        assert result.error is None
        assert len(result.value or {}) == 8
        assert max(used) == 8
        last = {**step, "depends_on": list("fghi")}
        await band.orchestrator.define("w", [*first, *second, last])
        band.scripts["a"].turns[:] = list("BCDEFGHI")
        result = await band.orchestrator.run("w")
    assert result.error is not None
    assert result.error.type == "LimitExceeded"
    assert len(result.value or {}) == 8

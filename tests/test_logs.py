"""Log lines: what those of a turn carry, and what none of them holds."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from ag2 import Agent

import retold
from retold import logs
from tests.agents.scripted import Script, call

secret = "hunter2"


@pytest.fixture
def as_json() -> Iterator[None]:
    """Write lines as JSON while the test runs."""
    before = list(logs._renderers)
    logs.render_with(structlog.stdlib.add_log_level, structlog.processors.JSONRenderer())
    yield
    logs._renderers[:] = before


def lines(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    return [json.loads(r.getMessage()) for r in caplog.records if r.name.startswith("retold")]


async def test_lines_of_a_turn_carry_its_ids_and_nothing_of_its_contents(
    as_json: None,
    sqlite_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    own = logs.get_logger("retold.test")

    async def look() -> str:
        """Look."""
        own.info("looking")
        return secret

    async with retold.open(sqlite_url) as log:
        model = Script([call("look", "c1", json.dumps({}))], secret)
        agent = Agent("support", secret, config=log.model(model), tools=[look])
        session = await log.session("ticket-1")
        with caplog.at_level(logging.DEBUG, "retold"):
            own.info("before")
            await session.ask(agent, secret, correlation_id="order-17")
            own.info("after")
        [begun] = [e async for e in log.store.read_all(types=["turn.started"])]
    before, looking, after = lines(caplog)
    assert looking == {
        "event": "looking",
        "level": "info",
        "correlation_id": "order-17",
        "session": "ticket-1",
        "turn": begun.data["turn"],
        "agent": "support",
    }
    assert before == {"event": "before", "level": "info"}
    assert after == {"event": "after", "level": "info"}
    assert secret not in caplog.text


async def test_what_the_library_logs_in_a_turn_carries_its_ids(
    as_json: None,
    sqlite_url: str,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The telemetry of a turn cannot be summed up, which is a warning of the turn."""

    def fail(_: object) -> dict[str, object]:
        raise TypeError(f"no number: {secret}")

    monkeypatch.setattr("retold.agents.telemetry.Telemetry.summary", fail)
    async with retold.open(sqlite_url) as log:
        agent = Agent("support", config=log.model(Script("yes")))
        session = await log.session("ticket-1")
        await session.ask(agent, "is it?", correlation_id="order-17")
    (line,) = [line for line in lines(caplog) if line["event"] == "no telemetry of a turn"]
    assert line["correlation_id"] == "order-17"
    assert line["session"] == "ticket-1"
    assert line["agent"] == "support"
    assert line["error"] == "TypeError"
    assert secret not in caplog.text


def test_context_is_nested_and_left_again(caplog: pytest.LogCaptureFixture) -> None:
    own = logs.get_logger("retold.test")
    with caplog.at_level(logging.INFO, "retold"):
        with logs.log_context(run="r-1", step=None):
            with logs.log_context(step="plan"):
                own.info("in step")
            own.info("in run")
        own.info("outside")
    assert [r.getMessage() for r in caplog.records] == [
        "event='in step' run='r-1' step='plan'",
        "event='in run' run='r-1'",
        "event='outside'",
    ]


def test_rendering_with_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="one processor"):
        logs.render_with()

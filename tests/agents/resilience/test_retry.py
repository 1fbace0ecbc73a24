"""A failed call is repeated, unless something of it was published or it is no use."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
import stamina
from ag2 import Agent
from ag2.config import OpenAIConfig
from ag2.events import ModelMessageChunk

import retold
from retold import Fallback, Retry
from retold.agents.resilience.transient import is_transient, retry_after
from retold.errors import CircuitOpen, ModelTimedOut, TurnAborted
from tests.agents.openai_server import running
from tests.agents.resilience.failing import RateLimitError, at_once, causes_in, model_events
from tests.agents.scripted import Script


async def test_a_rate_limit_is_waited_out_and_each_attempt_recorded(store_url: str) -> None:
    script = Script(RateLimitError(), RateLimitError(503), "done")
    async with retold.open(store_url) as log:
        session = await log.session("s")
        agent = Agent("a", config=at_once().around(log.model(script)))
        assert (await session.ask(agent, "hello")).body == "done"
        events, causes = await model_events(session), await causes_in(session)

    assert causes == [
        ("model.call_started", "conversation.event_recorded"),
        ("model.call_failed", "model.call_started"),
        ("model.call_retried", "model.call_failed"),
        ("model.call_started", "conversation.event_recorded"),
        ("model.call_failed", "model.call_started"),
        ("model.call_retried", "model.call_failed"),
        ("model.call_started", "conversation.event_recorded"),
        ("model.call_completed", "model.call_started"),
    ]
    # Each is caused by the failure right before it.
    for before, event in pairwise(events):
        if event.type == "model.call_retried":
            assert event.causation_id == before.event_id
            assert event.data["error"] == before.data["error"]
            assert event.metadata["agent"] == "a"
    retried = [event.data for event in events if event.type == "model.call_retried"]
    assert [data["attempt"] for data in retried] == [2, 3]
    assert [data["error"]["message"] for data in retried] == ["status 429", "status 503"]
    assert [e.data["attempt"] for e in events if e.type == "model.call_started"] == [1, 2, 3]


async def test_the_last_error_is_raised_when_no_attempt_is_left(sqlite_url: str) -> None:
    script = Script(RateLimitError(), RateLimitError(500))
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        agent = Agent("a", config=at_once(2).around(log.model(script)))
        with pytest.raises(RateLimitError, match="500"):
            await session.ask(agent, "hello")
        assert [e.type for e in await model_events(session)].count("model.call_retried") == 1
        (failed,) = [e for e in await session.events() if e.type == "turn.failed"]
    assert failed.data["error"]["type"] == "RateLimitError"


@pytest.mark.parametrize("error", [RateLimitError(400), RateLimitError(401), ValueError("no")])
async def test_what_is_wrong_stays_wrong_and_is_not_repeated(
    sqlite_url: str, error: Exception
) -> None:
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        agent = Agent("a", config=at_once().around(log.model(Script(error))))
        with pytest.raises(type(error)):
            await session.ask(agent, "hello")
        assert [e.type for e in await model_events(session)] == [
            "model.call_started",
            "model.call_failed",
        ]


async def test_nothing_is_repeated_once_a_piece_of_it_was_published(sqlite_url: str) -> None:
    script = Script(ModelMessageChunk("Once upon"), RateLimitError(), "never asked for")
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        config = Fallback(answer="never given").around(at_once().around(log.model(script)))
        with pytest.raises(RateLimitError):
            await session.ask(Agent("a", config=config), "hello")
        types = [e.type for e in await model_events(session)]
    assert types == ["model.call_started", "model.call_failed"]
    assert len(script.seen) == 1


@pytest.mark.parametrize("streaming", [True, False])
async def test_over_http_a_429_is_repeated_and_a_broken_stream_is_not(
    sqlite_url: str, streaming: bool
) -> None:
    with running() as server:
        async with retold.open(sqlite_url) as log:
            config = OpenAIConfig(
                "fake-1", base_url=server.url, api_key="sk", streaming=streaming, max_retries=0
            )
            agent = Agent("a", config=at_once().around(log.model(config)))
            session = await log.session("s")
            server.refuse = 2
            assert (await session.ask(agent, "hello")).body == "echo:hello"
            assert len(server.requests) == 3
            server.requests.clear()
            server.break_off = 1
            if streaming:
                with pytest.raises(Exception, match="Connection error") as raised:
                    await session.ask(agent, "again")
                # It would be repeated, had nothing been streamed.
                assert is_transient(raised.value)
                (failed,) = [
                    event.data
                    for event in await model_events(session)
                    if event.type == "model.call_failed" and event.data["published"]
                ]
                assert failed["published"][0]["content"] == "echo"
            else:
                assert (await session.ask(agent, "again")).body == "echo:again"
            assert len(server.requests) == 1
            retried = [e for e in await model_events(session) if e.type == "model.call_retried"]
            assert len(retried) == 2
            assert {e.data["provider"] for e in retried} == {"openai"}


async def test_it_works_around_a_model_that_is_not_recorded() -> None:
    script = Script(RateLimitError(), "done")
    reply = await Agent("a", config=at_once().around(script)).ask("hello")
    assert reply.body == "done"
    assert len(script.seen) == 2


async def test_a_cancelled_call_is_not_repeated(sqlite_url: str) -> None:
    begun = asyncio.Event()

    async def hang() -> str:
        begun.set()
        await asyncio.Event().wait()
        return "never"

    script = Script(hang, "never asked for")
    async with retold.open(sqlite_url) as log:
        session = await log.session("s")
        agent = Agent("a", config=at_once().around(log.model(script)))
        task = asyncio.create_task(session.ask(agent, "hello"))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert [e.type for e in await model_events(session)][-1] == "model.call_failed"
    assert len(script.seen) == 1


async def test_stamina_can_be_told_not_to_pause(sqlite_url: str) -> None:
    script = Script(RateLimitError(), RateLimitError(headers={"retry-after": "30"}), "done")
    with stamina.set_testing(testing=True, attempts=10, cap=True):
        reply = await Agent("a", config=Retry(wait_seconds=1_000).around(script)).ask("hello")
    assert reply.body == "done"


async def test_a_provider_that_asks_for_more_time_than_there_is_is_not_asked_again() -> None:
    script = Script(RateLimitError(headers={"retry-after": "3600"}), "never asked for")
    with pytest.raises(RateLimitError):
        await Agent("a", config=at_once(total_seconds=60).around(script)).ask("hello")
    assert len(script.seen) == 1


async def test_a_failure_is_final_once_the_time_is_over() -> None:
    async def fail_late() -> RateLimitError:
        await asyncio.sleep(0.02)
        return RateLimitError()

    script = Script(fail_late, "never asked for")
    with pytest.raises(RateLimitError):
        await Agent("a", config=at_once(total_seconds=0.01).around(script)).ask("hello")


async def test_pauses_grow_unless_a_provider_asks_for_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    errors = [
        *(RateLimitError() for _ in range(3)),
        RateLimitError(headers={"retry-after-ms": "7000"}),
        *(RateLimitError() for _ in range(2)),
    ]
    retry = Retry(attempts=7, wait_seconds=0.5, longest_wait_seconds=4, jitter_seconds=0.25)
    agent = Agent("a", config=retry.around(Script(*errors, "done")))
    monkeypatch.setattr(asyncio, "sleep", sleep)
    assert (await agent.ask("hello")).body == "done"
    for pause, least in zip(pauses, [0.5, 1, 2, 7, 4, 4], strict=True):
        assert least <= pause <= least + 0.25
    assert pauses[3:] == [7, 4, 4]


def test_what_a_provider_asks_for_is_read_in_all_its_forms() -> None:
    now = datetime(2025, 8, 1, 12, tzinfo=UTC)
    forms = {
        "2.5": 2.5,
        "Fri, 01 Aug 2025 12:00:07 GMT": 7.0,
        "Fri, 01 Aug 2025 11:00:00 GMT": 0.0,
        "soon": None,
        "-1": None,
        "nan": None,
        "": None,
    }
    for given, seconds in forms.items():
        assert retry_after(RateLimitError(headers={"retry-after": given}), now) == seconds
    both = {"retry-after-ms": "1500", "retry-after": "9"}
    assert retry_after(RateLimitError(headers=both), now) == 1.5
    assert retry_after(ValueError("no response"), now) is None


class APIConnectionError(Exception):
    """By name, as openai's and anthropic's."""


class Google(Exception):
    """With its status as ``code``."""

    code = 503


class Grpc(Exception):
    """With a function for its status."""

    def code(self) -> Any:
        """Return an enumeration's member, as grpc does."""
        return SimpleNamespace(name="UNAVAILABLE")


class Boto(Exception):
    """With its status in a mapping."""

    response = {"ResponseMetadata": {"HTTPStatusCode": 429}}  # noqa: RUF012 - as botocore has it


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        *((RateLimitError(status), True) for status in (408, 425, 429, 500, 502, 503, 529)),
        *((RateLimitError(status), False) for status in (400, 401, 403, 404, 422)),
        (TimeoutError(), True),
        (ConnectionResetError(), True),
        (APIConnectionError(), True),
        (Google(), True),
        (Grpc(), True),
        (Boto(), True),
        (ModelTimedOut("m", 1.0), True),
        (CircuitOpen("c", None, None), False),
        (TurnAborted("conversation-s"), False),
        (ValueError(), False),
        (KeyError("x"), False),
    ],
)
def test_which_errors_are_worth_another_attempt(error: Exception, expected: bool) -> None:
    assert is_transient(error) is expected


@pytest.mark.parametrize(
    "options",
    [{"attempts": 0}, {"total_seconds": 0}, {"wait_seconds": float("nan")}],
)
def test_numbers_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        Retry(**options)

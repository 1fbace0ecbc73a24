"""What policies decided, as a table and as queries."""

from __future__ import annotations

import pytest
from ag2 import Agent
from ag2.testing import TestConfig

import retold
from retold import AllowedTools, ContentCheck, PatternCheck
from retold.errors import ContentRefused, PolicyFailed


def raise_error(_: str) -> None:
    """Raise one."""
    raise ZeroDivisionError


async def test_refusals_are_listed_by_policy_agent_and_session(sqlite_url: str) -> None:
    refuses = PatternCheck(patterns={"secret": "secret"}, at=["input"], name="no secrets")
    masks = PatternCheck(patterns={"name": "Ada"}, action="mask", name="no names")
    fails = ContentCheck(of=raise_error, name="broken", at=["input"])

    async with retold.open(sqlite_url, policies=[refuses]) as log:
        one, two = await log.session("one", policies=[masks]), await log.session("two")
        for session, agent in ((one, "a"), (two, "b")):
            with pytest.raises(ContentRefused):
                await session.ask(Agent(agent, config=log.model(TestConfig("x"))), "a secret")
        await one.ask(Agent("a", config=log.model(TestConfig("x"))), "I am Ada")
        with pytest.raises(PolicyFailed):
            await two.ask(Agent("b", config=log.model(TestConfig("x"))), "hi", policies=[fails])

        rows = list(reversed((await log.audit.refusals()).rows))
        assert [
            (row.root_session, row.agent, row.policy, row.what, row.error_type) for row in rows
        ] == [
            ("one", "a", "no secrets", "refused", "ContentRefused"),
            ("two", "b", "no secrets", "refused", "ContentRefused"),
            ("one", "a", "no names", "replaced", None),
            ("two", "b", "broken", "failed", "ZeroDivisionError"),
        ]
        assert rows[0].reason == "it holds what is refused: secret"
        assert (rows[0].stage, rows[0].point) == ("input_normalisation", "input")

        by_policy = await log.audit.refusals(policy="no secrets")
        assert [row.session for row in by_policy.rows] == ["two", "one"]
        assert len((await log.audit.refusals(agent="a")).rows) == 2
        assert len((await log.audit.refusals(session="two")).rows) == 2
        assert len((await log.audit.refusals(what="failed")).rows) == 1

        failures = (await log.audit.failures(kind="policy")).rows
        assert [(row.name, row.agent, row.error_type, row.failures) for row in failures] == [
            ("no secrets", "b", "ContentRefused", 1),
            ("broken", "b", "ZeroDivisionError", 1),
            ("no secrets", "a", "ContentRefused", 1),
        ]


async def test_refusals_in_nested_conversations_are_the_sessions(sqlite_url: str) -> None:
    denies = AllowedTools(deny=["look_up"], name="no looking up")

    def look_up() -> str:
        """Look something up."""
        return "found"

    async with retold.open(sqlite_url, policies=[denies]) as log:
        session = await log.session("s")
        agent = Agent("nested", config=log.model(TestConfig("done")), tools=[look_up])
        async with session.turn("work") as work:
            await work.ask(agent, "look", key="one")
        (row,) = (await log.audit.refusals(session="s")).rows
        assert row.session != "s"
        assert (row.agent, row.tool, row.point) == ("nested", "look_up", "tool_offer")

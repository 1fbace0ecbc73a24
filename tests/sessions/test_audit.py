"""Named queries and SQL of an open log, and that it is recorded who asked."""

from __future__ import annotations

import json

import pytest
from ag2 import Agent
from ag2.testing import TestConfig

import retold
from retold.errors import SqlInvalid, SqlRefused


async def test_an_answer_can_be_asked_why_it_was_given(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        session = await log.session("s", subject="user:7")
        agent = Agent("support", "Be kind.", config=log.model(TestConfig("I am sorry.")))
        await session.ask(agent, "It broke")
        *_, answer = (await log.audit.transcript("s")).rows
        chain = (await log.audit.why("s", answer.version)).rows
    assert (chain[0].text, chain[0].distance) == ("I am sorry.", 0)
    assert chain[-1].text == "It broke"
    (call,) = [row for row in chain if row.prompt is not None]
    assert (call.prompt, call.tools) == ("Be kind.", ())
    assert [row.place for row in chain] == list(range(len(chain)))
    assert all(row.effect is not None and row.effect < row.place for row in chain[1:])


async def test_who_asked_is_recorded_when_there_is_an_actor(store_url: str) -> None:
    async with retold.open(store_url, actor="auditor") as log:
        await log.audit.sessions(subject="user:7")
        await log.sql("SELECT :a AS a", {"a": 1})
        assert [row async for row in log.audit.each("human_approvals")] == []
        approvals, sql, sessions = (await log.audit.access_log(actor="auditor")).rows
    assert (sessions.action, sessions.target, sessions.rows) == ("query", "sessions", 0)
    assert json.loads(sessions.parameters or "")["subject"] == "user:7"
    assert json.loads(sql.parameters or "") == {"statement": "SELECT :a AS a", "a": 1}
    assert (approvals.target, approvals.door) == ("human_approvals", "library")


async def test_a_statement_that_fails_is_recorded_too(store_url: str) -> None:
    async with retold.open(store_url, actor="auditor") as log:
        with pytest.raises(SqlRefused):
            await log.sql("SELECT :statement FROM streams", {"statement": "SELECT 1"})
        with pytest.raises(SqlInvalid):
            await log.sql("SELECT nope FROM sessions")
        invalid, refused = (await log.audit.access_log(actor="auditor")).rows
    assert (refused.action, refused.rows, invalid.rows) == ("sql", None, None)
    asked = {"statement": "SELECT :statement FROM streams", "error": "sql_refused"}
    assert json.loads(refused.parameters or "") == asked
    assert json.loads(invalid.parameters or "")["error"] == "sql_invalid"


async def test_nothing_is_recorded_of_nobody(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        await log.audit.sessions()
        await log.sql("SELECT 1")
        assert (await log.audit.access_log()).rows == ()

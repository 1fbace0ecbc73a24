"""Whoever delegates is cancelled, at every append there is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import retold
from retold.domain.nested_chat import delegations
from retold.domain.result import Result
from retold.domain.tasks import tasks_fold
from tests.agents.hierarchical.teams import director, expert, said
from tests.agents.scripted import Script


async def test_cancelled_at_any_append_nothing_is_left_under_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    working: asyncio.Task[Any] | None = None
    cancelled_at, appends = 0, 0

    async with retold.open("sqlite:///:memory:") as log:
        real = log.store.append

        async def append(stream: str, events: Any, **options: Any) -> Any:
            nonlocal appends
            result = await real(stream, events, **options)
            appends += 1
            if appends == cancelled_at and working is not None:
                working.cancel()
                await asyncio.sleep(0)
            return result

        async def work_in(session: retold.Session) -> Result[str]:
            boss = director(log, sub_agents={"a": expert(log, "a", Script(said("A"), said("A")))})
            async with boss.in_session(session) as work:
                return await work.delegate("T", to="a")

        monkeypatch.setattr(log.store, "append", append)
        while appends >= cancelled_at:
            cancelled_at, appends = cancelled_at + 1, 0
            session = await log.session(f"s-{cancelled_at}")
            working = asyncio.create_task(work_in(session))
            await asyncio.wait([working])
            if not working.cancelled():
                continue
            working = None
            stream = f"conversation-s-{cancelled_at}"
            delegated = (await log.store.fold(stream, delegations.fold)).state
            tasks = (await log.store.fold(stream, tasks_fold)).state
            assert not delegated.open, cancelled_at
            assert all(task.status != "running" for task in tasks.by_id.values()), cancelled_at
            assert (await work_in(session)).value == "A", cancelled_at
    assert cancelled_at > 12

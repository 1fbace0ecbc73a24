"""AG2's Network hub on a log: its channels, tasks and audit are there in every later process."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

import retold
from retold.domain.knowledge import KnowledgeAppended, KnowledgeWritten
from tests.agents.knowledge.hub_child import known_to, open_hub, run_workflow
from tests.forking import start

repository = Path(__file__).parents[3]


async def _process(url: str, what: str) -> tuple[int | None, bytes]:
    child = await start(
        "-m", "tests.agents.knowledge.hub_child", url, what,
        stdout=subprocess.PIPE, cwd=repository,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(child.communicate(), 90)
    return child.returncode, said


def _said(known: dict[str, Any], sender: str) -> str:
    return " ".join(data for who, _, data in known["envelopes"] if who == sender)


@pytest.mark.crash
async def test_another_process_finds_channels_tasks_and_audit(store_url: str) -> None:
    async with retold.open(store_url) as log:
        hub = await open_hub(log)
        channel = await run_workflow(hub)
        before = await known_to(hub)
        await hub.close()
    code, said = await _process(store_url, "look")
    assert code == 0
    found = json.loads(said)
    assert found == before
    assert found["channels"] == {channel: "closed"}
    assert found["reasons"] == ["sequence_complete"]
    assert found["agents"] == ["boss", "developer", "researcher", "reviewer"]
    assert found["audit"].count("agent_registered") == 4
    assert found["audit"][-2:] == ["channel_created", "channel_closed"]
    assert found["checkpoint"] == {"step": 2}
    for sender, text in (("researcher", "specs"), ("developer", "code"), ("reviewer", "LGTM")):
        assert text in _said(found, sender)


@pytest.mark.crash
async def test_a_hub_that_was_killed_is_where_it_was(store_url: str) -> None:
    code, _ = await _process(store_url, "die")
    assert code == -signal.SIGKILL
    async with retold.open(store_url) as log:
        hub = await open_hub(log)
        found = await known_to(hub)
        await hub.close()
    assert list(found["channels"].values()) == ["active"]
    assert "build the login page" in _said(found, "boss")
    assert "specs" in _said(found, "researcher")
    assert _said(found, "reviewer").count("LGTM") == 0
    # Its turn was begun, and nothing it said was kept: it is still to be taken.
    assert found["pending"] == ["developer"]
    assert found["checkpoint"] == {"step": 2}


async def test_every_change_a_hub_makes_is_an_event_of_the_log(sqlite_url: str) -> None:
    async with retold.open(sqlite_url) as log:
        hub = await open_hub(log)
        channel = await run_workflow(hub)
        await hub.close()
        events = [event async for event in log.store.read_stream("knowledge-hub")]
        files = await log.knowledge("hub")
        wal = f"/channels/{channel}/wal.jsonl"
        appended = [
            KnowledgeAppended.from_recorded(event)
            for event in events
            if event.type == KnowledgeAppended.type and event.data["path"] == wal
        ]
        lines = (await files.read(wal) or "").splitlines(keepends=True)
        assert [one.size for one in appended] == [len(line.encode()) for line in lines]
        checkpoints = [
            KnowledgeWritten.from_recorded(event).sha256
            for event in events
            if event.data["path"] == "/tasks/task-1/checkpoint.json"
        ]
        assert len(set(checkpoints)) == 2
        assert [event.data["change"] for event in events] == [*range(1, len(events) + 1)]
        assert (await log.verify()).ok

"""A process is killed in the middle of delegations at once; another one goes on."""

from __future__ import annotations

import signal
import subprocess
from pathlib import Path

import pytest

import retold
from retold.projections.models.tree import tree
from tests.agents.hierarchical.dying_process import team, work_in
from tests.agents.hierarchical.teams import delegation_types, said
from tests.agents.scripted import Script, results_in
from tests.forking import Process
from tests.sessions.processes import lapse

repository = Path(__file__).parents[3]


def killed(url: str) -> None:
    """Run a process up to the middle of its delegations, and kill it there."""
    with Process(
        *("-m", "tests.agents.hierarchical.dying_process", url),
        stdout=subprocess.PIPE,
        cwd=repository,
    ) as process:
        assert process.stdout is not None
        said = process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert (said, process.returncode) == ("stopped\n", -signal.SIGKILL)


async def statuses(log: retold.Log) -> dict[str | None, str]:
    return {node.agent: node.status for node in await tree(log.store, "s")}


@pytest.mark.crash
async def test_delegations_at_once_go_on_after_a_kill(store_url: str) -> None:
    async with retold.open(store_url):
        pass  # makes the database, whose address the child is given
    killed(store_url)
    models = {
        "quick": Script(),
        "working": Script(said("found", 4)),
        "waiting": Script(said("thought", 8)),
    }
    async with retold.open(store_url) as log:
        running = dict.fromkeys(["director", "working", "waiting"], "running")
        assert await statuses(log) == running | {"quick": "completed"}
        with pytest.raises(retold.errors.SessionBusy):
            await work_in(log, team(log, models))
        await lapse(log)
        interrupted = dict.fromkeys(["director", "working", "waiting"], "interrupted")
        assert await statuses(log) == interrupted | {"quick": "completed"}

        results = await work_in(log, team(log, models))
        assert [result.value for result in results] == ["seen", "found", "thought"]
        assert not any(model.turns for model in models.values())
        # The tool was called before the kill, and nobody knows what it did.
        (told,) = results_in(models["working"].said).values()
        assert "the process that ran the tool died" in told
        assert set((await statuses(log)).values()) == {"completed"}
        assert (await tree(log.store, "s"))[0].total.prompt_tokens == 15
        types = await delegation_types(await log.session("s"))
        assert types.count("requested") == 3
        assert types.count("resumed") == 2
        assert types.count("completed") == 3
        assert (await log.verify()).ok

"""The policies of the log hold for what agents are asked for steps."""

from __future__ import annotations

from ag2 import Agent

import retold
from retold import PatternCheck, Refuse
from retold.agents.policies.policy import Check, Policy
from tests.agents.scripted import Script


async def test_a_refusal_fails_the_step_by_its_name_and_an_answer_is_masked() -> None:
    class NoReleases:
        name = "no releases"

        async def check(self, check: Check) -> Refuse | None:
            if check.point == "input" and "release" in (check.text or ""):
                return Refuse(reason="it asks for a release")
            return None

    policies: list[Policy] = [NoReleases(), PatternCheck(action="mask", name="no keys")]
    async with retold.open("sqlite:///:memory:", policies=policies) as log:
        orchestrator = retold.AgentOrchestrator(log)
        script = Script("use sk-proj-abcdefghijklmnop1234", "never said")
        await orchestrator.register("a", Agent("a", config=log.model(script)))
        steps = [
            {"name": "write", "agent": "a", "task": "write it"},
            {"name": "publish", "agent": "a", "task": "release it"},
        ]
        await orchestrator.define("w", steps)
        result = await orchestrator.run("w", run="r")
        assert result.status == "failed"
        assert result.value == {"write": "use [API key]"}
        assert result.error is not None
        assert result.error.type == "ContentRefused"
        assert "no releases" in result.error.message
        assert len(script.seen) == 1
        rows = (await log.audit.refusals(session="r")).rows
        assert [(row.session, row.policy, row.what) for row in reversed(rows)] == [
            ("r/write/1", "no keys", "replaced"),
            ("r/publish/1", "no releases", "refused"),
        ]
        status = await orchestrator.status()
        assert status.metrics.failures_by_type == {"ContentRefused": 1}

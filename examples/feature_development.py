"""A feature is developed by three agents, one of which fails at first, until a human lets it out.

Run it as it is: the models are scripted, so that it needs no network and no key. Give the agents
``config=log.model(OpenAIConfig(...))`` instead, and nothing else changes.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

from ag2 import Agent

import retold
from scripted_model import Rule, ScriptedModel

steps: list[dict[str, Any]] = [
    {
        "name": "requirements_analysis",
        "agent": "researcher",
        "task": "Analyze requirements and create specification",
    },
    {
        "name": "implementation",
        "capability": "implementation",
        "task": "Implement {{ item }} by the specification: {{ requirements_analysis.summary }}",
        "fan_out": "requirements_analysis.parts",
        "retry": {"attempts": 2, "wait_initial": 0.05, "wait_jitter": 0},
        "inputs": {},
    },
    {
        "name": "code_review",
        "agent": "reviewer",
        "task": "Review code quality and provide feedback",
        "inputs": ["implementation"],
    },
    {
        "name": "release",
        "agent": "developer",
        "task": "Release it",
        "condition": "code_review.approved",
        "approval": "Release it? The review says: {{ code_review.feedback }}",
    },
]
specification = {
    "summary": "login with OAuth2 and MFA",
    "parts": ["the login", "the second factor"],
}


def flaky(*answers: str | Exception) -> Rule:
    """Return a rule that gives each answer once, and then the last one."""
    left = list(answers)

    def rule(heard: str) -> str:
        del heard
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return rule


async def main() -> None:
    """Run it, look at it, let it out."""
    with tempfile.TemporaryDirectory() as folder:
        async with retold.open(f"sqlite:///{Path(folder) / 'log.db'}") as log:

            def agent(name: str, *rules: Rule) -> Agent[str]:
                return Agent(name, config=log.model(ScriptedModel(*rules)))

            orchestrator = retold.AgentOrchestrator(log)
            await orchestrator.register(
                "researcher",
                agent("researcher", flaky(json.dumps(specification))),
                capabilities=["research", "analysis"],
            )
            await orchestrator.register(
                "developer",
                agent("developer", flaky(ConnectionError("the provider is away"), "done")),
                capabilities=["coding", "implementation"],
                instances=2,
                limits={"concurrent_calls": 2},
            )
            review = {"approved": True, "feedback": "two nits, well tested"}
            await orchestrator.register(
                "reviewer", agent("reviewer", flaky(json.dumps(review))), capabilities=["review"]
            )
            await orchestrator.define("feature_development", steps)

            result = await orchestrator.run(
                "feature_development", {"feature": "user authentication"}, correlation_id="FD-1"
            )
            run = result.ids.session
            print(f"{result.status}: {', '.join(result.value or {})}")
            async for event in log.store.read_stream(f"workflow-{run}"):
                if event.type == "workflow.step_failed":
                    error = event.data["error"]
                    print(
                        f"a step failed: {error['type']}: {error['message']}, {event.data['next']}"
                    )
                if event.type == "workflow.approval_requested":
                    print(event.data["question"])

            await orchestrator.approve(run, "release", by="ann")
            result = await orchestrator.wait(run)
            print(f"{result.status}: {', '.join(result.value or {})}")
            print(f"{result.usage.model_calls} model calls")
            for name, one in (await orchestrator.status()).agents.items():
                rate = one.metrics.success_rate or 0.0
                print(f"{name}: {one.status}, {rate:.0%} of its steps succeeded")


if __name__ == "__main__":
    asyncio.run(main())

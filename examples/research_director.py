"""A research director: business first, technical and UX at the same time, then a synthesis.

Run it with ``python examples/research_director.py``. It needs no key and no network: scripted
models speak. Killed at any moment and run again with the same ``--url``, it goes on where it was,
and nobody is asked again for what is in the log.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from ag2 import Agent
from ag2.config import ModelConfig

import retold
from scripted_model import ScriptedModel

topic = "AI-powered code review tools"


def business(heard: str) -> str | None:
    """Say what a business analyst says."""
    if heard.startswith("Synthesise"):
        return (
            "Build it as a plug-in for the review that teams have: latency decides whether it is "
            "used, and trust decides whether it is kept."
        )
    return "Two things decide the market: how fast it answers, and whether reviewers trust it."


def technical(heard: str) -> str | None:
    """Say what a technical researcher says."""
    return "Incremental analysis of a diff answers in seconds; whole repositories do not."


def experience(heard: str) -> str | None:
    """Say what a researcher of user experience says."""
    return "Reviewers keep a tool that is silent unless it is sure."


def research_director(
    log: retold.Log, model: ModelConfig | None = None
) -> retold.HierarchicalAgent:
    """Return the director with its three sub-agents.

    Args:
        log: where their model calls are recorded.
        model: the model of all of them; scripted ones when None.
    """
    return retold.HierarchicalAgent(
        "research_director",
        "You direct research. Delegate specialised tasks to your sub-agents.",
        sub_agents={
            "business": Agent(
                "business_analyst",
                "Focus on business impact, market analysis, and strategic implications.",
                config=log.model(model or ScriptedModel(business)),
            ),
            "technical": Agent(
                "technical_researcher",
                "Focus on technical implementation details and code analysis.",
                config=log.model(model or ScriptedModel(technical)),
            ),
            "ux": Agent(
                "ux_researcher",
                "Focus on user behaviour, experience design, and usability studies.",
                config=log.model(model or ScriptedModel(experience)),
            ),
        },
        max_turns=5,
        timeout=120,
    )


async def conduct_research(
    director: retold.HierarchicalAgent, session: retold.Session, about: str
) -> retold.Result[str]:
    """Research a topic, and return the synthesis.

    Args:
        director: who delegates.
        session: where it is recorded.
        about: the topic.
    """
    async with director.in_session(session) as work:
        coordination = await work.delegate(
            f"Coordinate research on: {about}",
            to="business",
            context={"priority": "high", "timeline": "2 weeks"},
        )
        technical_findings, ux_findings = await asyncio.gather(
            work.delegate(
                f"Technical analysis: {about}",
                to="technical",
                context={"focus": "implementation"},
            ),
            work.delegate(f"UX research: {about}", to="ux", context={"focus": "user_needs"}),
        )
        return await work.delegate(
            f"Synthesise findings on: {about}",
            to="business",
            context={
                "coordination": coordination.value,
                "technical_findings": technical_findings.value,
                "ux_findings": ux_findings.value,
            },
        )


async def main(url: str) -> None:
    """Conduct the research, and print it and the tree of delegations."""
    async with retold.open(url) as log:
        session = await log.session("research")
        synthesis = await conduct_research(research_director(log), session, topic)
        print(f"{synthesis.status.value}: {synthesis.value}\n")
        tree = await log.audit.delegation_tree("research")
        for node in tree.rows:
            title = node.objective or "research"
            print(
                f"{'  ' * (node.depth or 0)}{node.agent}: {title} [{node.status}, "
                f"{node.total_prompt_tokens} + {node.total_completion_tokens} tokens]"
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A research director and its sub-agents.")
    parser.add_argument("--url", help="where the log is; a new file when left out")
    url = parser.parse_args().url
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(main(url or f"sqlite:///{Path(folder) / 'research.db'}"))

"""A design problem that is split until its pieces can be solved, stopped halfway, and gone on with.

Run it as it is: the model is scripted, so that it needs no network and no key. Give the agent
``config=log.model(OpenAIConfig(...))`` instead, and nothing else changes.
"""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from pathlib import Path

from ag2 import Agent

import retold
from scripted_model import Rule, ScriptedModel

problem = (
    "Design a complete e-commerce platform with user authentication, product catalog, shopping "
    "cart, payment processing, and order management"
)
plan = {
    problem: ["Design the shop front", "Design the checkout", "Design order management"],
    "Design the shop front": ["Design user authentication", "Design the product catalog"],
    "Design the checkout": [
        "Design the shopping cart",
        "Design payment processing",
        # Part of the shop front as well; it is solved once.
        "Design user authentication",
    ],
}
designs = {
    "Design user authentication": "sessions in signed cookies, passwords with Argon2",
    "Design the product catalog": "PostgreSQL with a search index",
    "Design the shopping cart": "a cart per session, kept for 30 days",
    "Design payment processing": "a provider's hosted form, webhooks made idempotent by key",
    "Design order management": "orders as events, a projection for each department",
}


def problem_in(question: str) -> str:
    """Return the problem a question is about."""
    found = re.search(r"^Problem: (.*)$", question, re.MULTILINE)
    return "" if found is None else found[1]


def assess(question: str) -> str | None:
    """Say how complex a problem is."""
    if not question.startswith("How complex"):
        return None
    return json.dumps({"complexity": "complex" if problem_in(question) in plan else "simple"})


def split(question: str) -> str | None:
    """Split a problem, the way models do that were not held to a form."""
    if not question.startswith("Split"):
        return None
    pieces = plan[problem_in(question)]
    return "Here you are:\n\n" + "\n".join(f"{n}. **{p}**" for n, p in enumerate(pieces, 1))


def put_together(question: str) -> str | None:
    """Put solutions together."""
    parts = re.findall(r"^Solution \d+: (.*)$", question, re.MULTILINE)
    return " | ".join(parts) or None


def design(question: str) -> str | None:
    """Solve a problem that is simple."""
    return designs.get(problem_in(question))


rules: tuple[Rule, ...] = (assess, split, put_together, design)


def show(result: retold.Result[retold.Solution]) -> None:
    """Print how it ended, and the tree."""
    print(f"{result.status}: {result.usage.model_calls} model calls so far")
    if result.error is not None:
        print(result.error.message)
    for node in () if result.value is None else result.value.walk():
        how = node.kind or node.status
        said = f" = {node.answer}" if node.answer and not node.children else ""
        print(f"  {'  ' * node.depth}{node.node} {node.problem[:40]} ({how}){said}")


async def main() -> None:
    """Solve it in two pieces, in two openings of the log."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'log.db'}"
        async with retold.open(url) as log:
            agent = Agent(
                "architect", "You design systems.", config=log.model(ScriptedModel(*rules))
            )
            session = await log.session("shop")
            budget = retold.Budget(model_calls=12)
            solver = retold.RecursiveAgent(agent, concurrency=2, budget=budget)
            show(await solver.solve(session, problem))

        print("\nThe log is opened anew, with a larger budget:")
        async with retold.open(url) as log:
            agent = Agent(
                "architect", "You design systems.", config=log.model(ScriptedModel(*rules))
            )
            session = await log.session("shop")
            solver = retold.RecursiveAgent(agent, budget=retold.Budget(model_calls=40))
            show(await solver.solve(session, problem))

            root = (await log.audit.problem_tree("shop")).rows[0]
            print(
                f"\nThe read model: {root.total_solved} of {root.total_problems} problems solved, "
                f"{root.total_model_calls} model calls, {root.total_prompt_tokens} prompt tokens"
            )


if __name__ == "__main__":
    asyncio.run(main())
